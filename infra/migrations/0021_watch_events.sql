-- Every watch event as it was taken in, once: what all figures of watching can be made from again.
-- It is partitioned by the moment of the showing, which an event has however often it comes.
CREATE TABLE analytics_events (
    event_id uuid NOT NULL,
    shown_at timestamptz NOT NULL,
    type text NOT NULL,
    viewer text NOT NULL,
    video_id bigint NOT NULL,
    impression_id uuid NOT NULL,
    source text NOT NULL,           -- the feed it was shown in
    watch_ms integer NOT NULL,      -- cut to what the clock and the length allow
    position_ms integer,
    duration_ms integer NOT NULL,   -- of the video; 0: it wasn't public any more
    at timestamptz NOT NULL,        -- as the client says
    received_at timestamptz NOT NULL,
    PRIMARY KEY (event_id, shown_at)
) PARTITION BY RANGE (shown_at);
CREATE INDEX analytics_events_viewer ON analytics_events (viewer);
CREATE INDEX analytics_events_received ON analytics_events (received_at);

SELECT ensure_monthly_partitions('analytics_events', month::date) FROM (
    SELECT now() AT TIME ZONE 'UTC' AS month
    UNION SELECT DISTINCT date_trunc('month', received_at AT TIME ZONE 'UTC') FROM watch_events
) months ORDER BY month;
-- The old table stays for the code of before, which may run a moment longer.
INSERT INTO analytics_events
SELECT w.event_id, coalesce(p.shown_at, w.received_at), w.type, w.viewer, w.video_id,
    w.impression_id, coalesce(p.source, 'for_you'), w.watch_ms, w.position_ms,
    coalesce(v.duration_ms, 0), w.at, w.received_at
FROM watch_events w
LEFT JOIN playbacks p ON p.impression_id = w.impression_id
LEFT JOIN videos v ON v.id = w.video_id
ON CONFLICT DO NOTHING;

-- Events are taken in later than they are received; what was true then counts.
ALTER TABLE user_tastes ADD COLUMN heard_at timestamptz; -- received up to here, events are in
CREATE TABLE history_pauses (
    user_id bigint NOT NULL REFERENCES users (id),
    paused_at timestamptz NOT NULL,
    resumed_at timestamptz,
    PRIMARY KEY (user_id, paused_at)
);
INSERT INTO history_pauses (user_id, paused_at) SELECT id, created_at FROM users WHERE history_paused;
CREATE TABLE history_deletions (
    user_id bigint NOT NULL REFERENCES users (id),
    video_id bigint NOT NULL, -- 0: everything
    deleted_at timestamptz NOT NULL,
    PRIMARY KEY (user_id, video_id)
);

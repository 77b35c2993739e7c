-- Likes, and what was watched. Histories grow for ever, so they are partitioned by month.
CREATE TABLE likes (
    user_id bigint NOT NULL REFERENCES users (id),
    video_id bigint NOT NULL REFERENCES videos (id),
    created_at timestamptz NOT NULL DEFAULT now(),
    PRIMARY KEY (user_id, video_id)
);
CREATE INDEX likes_video ON likes (video_id);

CREATE TABLE watch_history (
    user_id bigint NOT NULL,
    video_id bigint NOT NULL,
    impression_id uuid NOT NULL,
    watch_duration_ms integer NOT NULL DEFAULT 0,
    completion_rate real NOT NULL DEFAULT 0,
    created_at timestamptz NOT NULL,
    PRIMARY KEY (impression_id, created_at)
) PARTITION BY RANGE (created_at);
CREATE INDEX idx_watch_history_user ON watch_history (user_id, created_at DESC) INCLUDE (video_id);

-- Every event as it was accepted, once: the id keeps repeated deliveries out.
CREATE TABLE watch_events (
    event_id uuid PRIMARY KEY,
    type text NOT NULL,
    viewer text NOT NULL,
    video_id bigint NOT NULL,
    impression_id uuid NOT NULL,
    watch_ms integer NOT NULL,
    position_ms integer,
    at timestamptz NOT NULL,
    received_at timestamptz NOT NULL
);

-- When a viewer last counted as a view; a viewer is a person, or an address without a session.
CREATE TABLE video_viewers (
    video_id bigint NOT NULL REFERENCES videos (id),
    viewer text NOT NULL,
    viewed_at timestamptz NOT NULL,
    PRIMARY KEY (video_id, viewer)
);

-- Creates the month's partition and the next two, if they are missing.
CREATE FUNCTION ensure_watch_history_partitions(today date) RETURNS void
LANGUAGE plpgsql AS $$
DECLARE
    month date;
BEGIN
    FOR ahead IN -1..2 LOOP
        month := (date_trunc('month', today) + make_interval(months => ahead))::date;
        EXECUTE format(
            'CREATE TABLE IF NOT EXISTS watch_history_%s PARTITION OF watch_history'
            ' FOR VALUES FROM (%L) TO (%L)',
            to_char(month, 'YYYY_MM'),
            month::timestamp AT TIME ZONE 'UTC',
            (month + interval '1 month')::timestamp AT TIME ZONE 'UTC'
        );
    END LOOP;
END $$;
SELECT ensure_watch_history_partitions((now() AT TIME ZONE 'UTC')::date);

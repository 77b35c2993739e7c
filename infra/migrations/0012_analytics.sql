-- What each showing of a video came to, whoever watched: what all figures of watching are made of.
CREATE TABLE playbacks (
    impression_id uuid NOT NULL,
    shown_at timestamptz NOT NULL,
    video_id bigint NOT NULL,
    viewer text NOT NULL,
    source text NOT NULL,             -- the feed it was shown in
    watch_ms bigint NOT NULL DEFAULT 0,
    completed boolean NOT NULL DEFAULT false,
    profile_clicked boolean NOT NULL DEFAULT false,
    watched_at timestamptz,           -- first reported for a second, or whole if shorter
    viewed_at timestamptz,            -- counted as a view; none: the viewer's last one was just before
    PRIMARY KEY (impression_id, shown_at)
) PARTITION BY RANGE (shown_at);
CREATE INDEX playbacks_video ON playbacks (video_id, shown_at);
CREATE INDEX playbacks_viewed ON playbacks (viewed_at) WHERE viewed_at IS NOT NULL;
CREATE INDEX playbacks_viewer ON playbacks (viewer);

-- Creates a table's partition of last month, of this one and of the next two, if they are missing.
CREATE FUNCTION ensure_monthly_partitions(parent text, today date) RETURNS void
LANGUAGE plpgsql AS $$
DECLARE
    month date;
BEGIN
    FOR ahead IN -1..2 LOOP
        month := (date_trunc('month', today) + make_interval(months => ahead))::date;
        EXECUTE format(
            'CREATE TABLE IF NOT EXISTS %I PARTITION OF %I FOR VALUES FROM (%L) TO (%L)',
            parent || to_char(month, '_YYYY_MM'), parent,
            month::timestamp AT TIME ZONE 'UTC',
            (month + interval '1 month')::timestamp AT TIME ZONE 'UTC'
        );
    END LOOP;
END $$;
SELECT ensure_monthly_partitions('playbacks', (now() AT TIME ZONE 'UTC')::date);

-- One per sharer and hour: a person, or an address without a session.
CREATE TABLE shares (
    video_id bigint NOT NULL REFERENCES videos (id),
    viewer text NOT NULL,
    hour timestamptz NOT NULL,
    channel text NOT NULL,
    created_at timestamptz NOT NULL,
    PRIMARY KEY (video_id, viewer, hour)
);
CREATE INDEX shares_viewer ON shares (viewer);

CREATE INDEX likes_video_time ON likes (video_id, created_at);
CREATE INDEX saves_video_time ON saves (video_id, created_at);
CREATE INDEX shares_video_time ON shares (video_id, created_at);
CREATE INDEX comments_video_time ON comments (video_id, created_at) WHERE deleted_at IS NULL;
CREATE INDEX follows_followed_time ON follows (followed_id, created_at);
DROP INDEX likes_video;
DROP INDEX saves_video;

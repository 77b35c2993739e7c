-- What a new video's chance begins with, and what its last verdict compared it with, 0 to 1.
ALTER TABLE video_features
    ADD COLUMN prior real, -- what its creator's other videos reach
    ADD COLUMN standard real,
    ADD COLUMN judged_at timestamptz;

-- Who has watched a video, the last ones first.
CREATE INDEX watch_history_of_video ON watch_history (video_id, created_at DESC);

-- Jobs that administrators start, and what came of them.
CREATE TABLE admin_jobs (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    public_id text NOT NULL UNIQUE,
    name text NOT NULL,
    state text NOT NULL DEFAULT 'queued'
        CHECK (state IN ('queued', 'running', 'done', 'failed')),
    dry_run boolean NOT NULL DEFAULT false,
    percent smallint NOT NULL DEFAULT 0,
    result jsonb,
    error text,
    created_by bigint REFERENCES users (id), -- none: a schedule
    created_at timestamptz NOT NULL,
    started_at timestamptz,
    ended_at timestamptz
);

-- What people of one country, language or age watch: the decayed sum of their watch quantiles.
CREATE TABLE audience_heat (
    audience text NOT NULL, -- 'country:DE', 'language:de', 'age:18'
    video_id bigint NOT NULL REFERENCES video_features (video_id) ON DELETE CASCADE,
    hot real NOT NULL,
    PRIMARY KEY (audience, video_id)
) WITH (fillfactor = 70);
CREATE INDEX audience_heat_hot ON audience_heat (audience, hot DESC, video_id DESC);
CREATE INDEX audience_heat_video ON audience_heat (video_id);
CREATE TABLE audience_counted (
    alone boolean PRIMARY KEY DEFAULT true CHECK (alone),
    until timestamptz NOT NULL, -- viewings up to here are in
    cooled_at timestamptz NOT NULL
);

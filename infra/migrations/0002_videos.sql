-- Videos, the jobs that make them streams, and the timeline their owners see.
CREATE TYPE video_status AS ENUM (
    'draft', 'awaiting_upload', 'uploaded', 'processing', 'ready', 'scheduled', 'published',
    'rejected', 'failed', 'expired', 'removed', 'deleted', 'archived', 'purged'
);
CREATE TYPE visibility AS ENUM ('public', 'followers', 'private');
CREATE TYPE stage_state AS ENUM ('waiting', 'running', 'done', 'failed', 'skipped');
CREATE TYPE job_status AS ENUM ('submitted', 'progressing', 'complete', 'error', 'superseded');

CREATE TABLE videos (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    public_id text NOT NULL UNIQUE,
    creator_id bigint NOT NULL REFERENCES users (id),
    description text NOT NULL DEFAULT '',
    hashtags text[] NOT NULL DEFAULT '{}',
    mentions text[] NOT NULL DEFAULT '{}',
    labels text[] NOT NULL DEFAULT '{}',
    visibility visibility NOT NULL DEFAULT 'public',
    allow_comments boolean NOT NULL DEFAULT true,
    draft boolean NOT NULL DEFAULT false,
    status video_status NOT NULL DEFAULT 'awaiting_upload',
    generation integer NOT NULL DEFAULT 1, -- one per source file
    attempt integer NOT NULL DEFAULT 0,    -- one per try at transcoding that source
    filename text NOT NULL,
    content_type text NOT NULL,
    size_bytes bigint NOT NULL,
    duration_ms integer,
    width integer,
    height integer,
    playback jsonb,
    error_code text,
    created_at timestamptz NOT NULL DEFAULT now(),
    changed_at timestamptz NOT NULL DEFAULT now(), -- of the status
    published_at timestamptz
);
CREATE INDEX videos_creator ON videos (creator_id, created_at DESC);
CREATE INDEX videos_newest ON videos (published_at DESC, id DESC)
    WHERE status = 'published' AND visibility = 'public';
CREATE INDEX videos_unfinished ON videos (changed_at)
    WHERE status IN ('awaiting_upload', 'uploaded', 'processing');

CREATE TABLE video_stats (
    video_id bigint PRIMARY KEY REFERENCES videos (id),
    views bigint NOT NULL DEFAULT 0,
    likes bigint NOT NULL DEFAULT 0,
    comments bigint NOT NULL DEFAULT 0,
    shares bigint NOT NULL DEFAULT 0,
    saves bigint NOT NULL DEFAULT 0
) WITH (fillfactor = 70);
CREATE INDEX video_stats_views ON video_stats (views DESC, video_id DESC);

CREATE TABLE processing_stages (
    video_id bigint NOT NULL REFERENCES videos (id),
    generation integer NOT NULL,
    name text NOT NULL,
    state stage_state NOT NULL DEFAULT 'waiting',
    percent integer NOT NULL DEFAULT 0 CHECK (percent BETWEEN 0 AND 100),
    started_at timestamptz,
    ended_at timestamptz,
    PRIMARY KEY (video_id, generation, name)
);

-- A job in MediaConvert's sense; the token makes a repeated submission the same job.
CREATE TABLE media_jobs (
    id text PRIMARY KEY,
    token text NOT NULL UNIQUE,
    video_id bigint NOT NULL REFERENCES videos (id),
    generation integer NOT NULL,
    attempt integer NOT NULL,
    status job_status NOT NULL DEFAULT 'submitted',
    document jsonb NOT NULL,
    percent integer NOT NULL DEFAULT 0 CHECK (percent BETWEEN 0 AND 100),
    heartbeat_at timestamptz NOT NULL DEFAULT now(),
    budget_seconds integer NOT NULL, -- of work; the deadline is set when the work begins
    deadline_at timestamptz,
    started_at timestamptz,
    ended_at timestamptz,
    error_message text,
    created_at timestamptz NOT NULL DEFAULT now()
);
CREATE INDEX media_jobs_video ON media_jobs (video_id, generation, attempt);

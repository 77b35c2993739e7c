-- Bans, leaving and coming back, what sessions tell of themselves, and what can be set at run time.
ALTER TABLE users
    ADD COLUMN version integer NOT NULL DEFAULT 1,     -- of the profile, for whoever edits it
    ADD COLUMN hidden boolean NOT NULL DEFAULT false,  -- from all but the staff: banned, or leaving
    ADD COLUMN banned_at timestamptz,
    ADD COLUMN banned_until timestamptz,               -- none: for good
    ADD COLUMN banned_by bigint REFERENCES users (id),
    ADD COLUMN ban_reason text,
    ADD COLUMN deleted_at timestamptz,                 -- by themselves; to be purged at purge_at
    ADD COLUMN purge_at timestamptz,
    ADD COLUMN purged_at timestamptz;
CREATE INDEX users_purge ON users (purge_at) WHERE purge_at IS NOT NULL AND purged_at IS NULL;
CREATE INDEX users_ban_end ON users (banned_until) WHERE banned_until IS NOT NULL;
CREATE INDEX users_newest ON users (created_at DESC, id DESC);

ALTER TABLE sessions
    ADD COLUMN used_at timestamptz,
    ADD COLUMN client text NOT NULL DEFAULT ''; -- the browser, as it calls itself

-- Exact windows for what must be limited even while Redis is away.
CREATE TABLE rate_limit_hits (
    key text NOT NULL,
    at timestamptz NOT NULL,
    expires_at timestamptz NOT NULL
);
CREATE INDEX rate_limit_hits_key ON rate_limit_hits (key, at);
CREATE INDEX rate_limit_hits_expiry ON rate_limit_hits (expires_at);

-- Each change is a version of its own; the last one is in force.
CREATE TABLE configuration (
    version bigint PRIMARY KEY,
    settings jsonb NOT NULL, -- of the keys that aren't as they come
    changed_by bigint REFERENCES users (id),
    reason text NOT NULL,
    created_at timestamptz NOT NULL
);

-- What a person asked to be given of themselves.
CREATE TABLE data_exports (
    public_id text PRIMARY KEY,
    user_id bigint NOT NULL REFERENCES users (id),
    state text NOT NULL DEFAULT 'queued' CHECK (state IN ('queued', 'running', 'done', 'failed')),
    started_at timestamptz,
    ended_at timestamptz,
    created_at timestamptz NOT NULL
);
CREATE INDEX data_exports_user ON data_exports (user_id, created_at DESC);

CREATE TABLE saves (
    user_id bigint NOT NULL REFERENCES users (id),
    video_id bigint NOT NULL REFERENCES videos (id),
    created_at timestamptz NOT NULL,
    PRIMARY KEY (user_id, video_id)
);
CREATE INDEX saves_video ON saves (video_id);
CREATE INDEX saves_user ON saves (user_id, created_at DESC);
CREATE INDEX likes_user ON likes (user_id, created_at DESC);
CREATE INDEX follows_follower ON follows (follower_id, created_at DESC);

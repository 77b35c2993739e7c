-- Reports, the cases they make, what was decided and why, and the log of all that the staff does.
ALTER TABLE videos
    ADD COLUMN held boolean NOT NULL DEFAULT false,    -- by reports, until somebody has looked at it
    ADD COLUMN limited boolean NOT NULL DEFAULT false, -- not recommended to anybody
    ADD COLUMN age_restricted boolean NOT NULL DEFAULT false, -- for adults
    ADD COLUMN legal_hold boolean NOT NULL DEFAULT false;     -- never purged as long as it is set

CREATE TABLE moderation_cases (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    public_id text NOT NULL UNIQUE,
    target_type text NOT NULL CHECK (target_type IN ('video', 'comment', 'user')),
    target_id bigint NOT NULL,
    severity smallint NOT NULL DEFAULT 0, -- of the gravest reason given
    weight real NOT NULL DEFAULT 0,       -- what its reporters' words are worth together
    reports integer NOT NULL DEFAULT 0,
    held boolean NOT NULL DEFAULT false,
    opened_at timestamptz NOT NULL,
    claimed_by bigint REFERENCES users (id),
    claimed_until timestamptz,
    decided_by bigint REFERENCES users (id),
    decided_at timestamptz,
    action text
        CHECK (action IN ('dismiss', 'label', 'limit_reach', 'age_restrict', 'remove', 'ban')),
    reason text, -- the statement of reasons, as the person concerned reads it
    note text    -- for the staff only
);
CREATE UNIQUE INDEX moderation_cases_open ON moderation_cases (target_type, target_id)
    WHERE decided_at IS NULL;
CREATE INDEX moderation_cases_queue ON moderation_cases (severity DESC, weight DESC, id)
    WHERE decided_at IS NULL;
CREATE INDEX moderation_cases_target ON moderation_cases (target_type, target_id, id DESC);

CREATE TABLE reports (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    public_id text NOT NULL UNIQUE,
    case_id bigint NOT NULL REFERENCES moderation_cases (id),
    reporter_id bigint NOT NULL REFERENCES users (id),
    target_type text NOT NULL,
    target_id bigint NOT NULL,
    reason text NOT NULL,
    detail text NOT NULL DEFAULT '',
    weight real NOT NULL, -- what this reporter's word was worth then
    upheld boolean,       -- none: not decided yet
    created_at timestamptz NOT NULL,
    UNIQUE (reporter_id, target_type, target_id)
);
CREATE INDEX reports_case ON reports (case_id);

-- Append-only: each row's hash covers the one before it.
CREATE TABLE audit_log (
    seq bigint PRIMARY KEY,
    at timestamptz NOT NULL,
    actor_id bigint, -- none: the service itself
    actor text NOT NULL,
    action text NOT NULL,
    target text NOT NULL,
    detail jsonb NOT NULL DEFAULT '{}',
    request_id text NOT NULL DEFAULT '',
    prev_hash bytea NOT NULL,
    hash bytea NOT NULL
);
CREATE INDEX audit_log_actor ON audit_log (actor, seq DESC);
CREATE INDEX audit_log_action ON audit_log (action, seq DESC);
CREATE INDEX audit_log_target ON audit_log (target, seq DESC);

-- How far the log goes, so that rows missing at its end are noticed, and what is sealed in S3.
CREATE TABLE audit_heads (
    alone boolean PRIMARY KEY DEFAULT true CHECK (alone),
    seq bigint NOT NULL,
    hash bytea NOT NULL,
    sealed_seq bigint NOT NULL DEFAULT 0
);
INSERT INTO audit_heads (seq, hash) VALUES (0, '\x');

CREATE FUNCTION audit_log_is_append_only() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION 'the audit log is append-only';
END $$;
CREATE TRIGGER audit_log_is_append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON audit_log
    FOR EACH STATEMENT EXECUTE FUNCTION audit_log_is_append_only();

-- What is held, limited or restricted, or whose maker is hidden, is recommended to nobody.
ALTER FUNCTION refresh_video_features(bigint) RENAME TO put_video_features;
CREATE FUNCTION refresh_video_features(changed bigint) RETURNS void
LANGUAGE plpgsql AS $$
BEGIN
    IF EXISTS (
        SELECT FROM videos v JOIN users u ON u.id = v.creator_id WHERE v.id = changed
        AND (v.held OR v.limited OR v.age_restricted OR u.hidden)
    ) THEN
        DELETE FROM video_features WHERE video_id = changed;
    ELSE
        PERFORM put_video_features(changed);
    END IF;
END $$;
CREATE TRIGGER video_features_follow_moderation
    AFTER UPDATE OF held, limited, age_restricted ON videos
    FOR EACH ROW WHEN (
        (OLD.held, OLD.limited, OLD.age_restricted)
        IS DISTINCT FROM (NEW.held, NEW.limited, NEW.age_restricted)
    ) EXECUTE FUNCTION video_features_follow();
CREATE FUNCTION video_features_follow_maker() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    PERFORM refresh_video_features(v.id) FROM (
        SELECT id FROM videos WHERE creator_id = NEW.id AND status = 'published' ORDER BY id
    ) v;
    RETURN NULL;
END $$;
CREATE TRIGGER video_features_follow_maker AFTER UPDATE OF hidden ON users
    FOR EACH ROW WHEN (OLD.hidden IS DISTINCT FROM NEW.hidden)
    EXECUTE FUNCTION video_features_follow_maker();

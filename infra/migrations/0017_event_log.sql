-- What people do and take back, in order: the rows of likes, saves and follows can be made from it
-- again. Comments and shares are never removed, only marked as gone: they are their own log.
CREATE TABLE event_log (
    id bigint GENERATED ALWAYS AS IDENTITY, -- of one pair in the order of what happened
    at timestamptz NOT NULL DEFAULT now(),
    type text NOT NULL CHECK (type IN ('like', 'unlike', 'save', 'unsave', 'follow', 'unfollow')),
    user_id bigint NOT NULL REFERENCES users (id),
    video_id bigint REFERENCES videos (id),   -- of likes and saves
    followed_id bigint REFERENCES users (id), -- of follows
    created_at timestamptz NOT NULL,          -- of the row that came or went
    PRIMARY KEY (at, id)
) PARTITION BY RANGE (at);
CREATE INDEX event_log_user ON event_log (user_id, video_id, followed_id, id DESC);
CREATE INDEX event_log_followed ON event_log (followed_id) WHERE followed_id IS NOT NULL;
SELECT ensure_monthly_partitions('event_log', (now() AT TIME ZONE 'UTC')::date);

INSERT INTO event_log (type, user_id, video_id, created_at)
    SELECT 'like', user_id, video_id, created_at FROM likes;
INSERT INTO event_log (type, user_id, video_id, created_at)
    SELECT 'save', user_id, video_id, created_at FROM saves;
INSERT INTO event_log (type, user_id, followed_id, created_at)
    SELECT 'follow', follower_id, followed_id, created_at FROM follows;

-- What a replay makes again has been logged before.
CREATE FUNCTION is_replaying() RETURNS boolean LANGUAGE sql STABLE AS $$
    SELECT coalesce(current_setting('clipwave.replaying', true), '') = 'on'
$$;
CREATE FUNCTION log_event() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    gone boolean := TG_OP = 'DELETE';
    pair jsonb := to_jsonb(CASE TG_OP WHEN 'DELETE' THEN OLD ELSE NEW END);
BEGIN
    INSERT INTO event_log (type, user_id, video_id, followed_id, created_at) VALUES (
        CASE WHEN gone THEN 'un' ELSE '' END || TG_ARGV[0],
        coalesce(pair->>'user_id', pair->>'follower_id')::bigint, (pair->>'video_id')::bigint,
        (pair->>'followed_id')::bigint, (pair->>'created_at')::timestamptz
    );
    RETURN NULL;
END $$;
CREATE TRIGGER log_event AFTER INSERT OR DELETE ON likes
    FOR EACH ROW WHEN (NOT is_replaying()) EXECUTE FUNCTION log_event('like');
CREATE TRIGGER log_event AFTER INSERT OR DELETE ON saves
    FOR EACH ROW WHEN (NOT is_replaying()) EXECUTE FUNCTION log_event('save');
CREATE TRIGGER log_event AFTER INSERT OR DELETE ON follows
    FOR EACH ROW WHEN (NOT is_replaying()) EXECUTE FUNCTION log_event('follow');

-- What a job was told, and how far it has come: one that is interrupted goes on from there.
ALTER TABLE admin_jobs
    ADD COLUMN params jsonb NOT NULL DEFAULT '{}',
    ADD COLUMN reached jsonb;

CREATE INDEX rollup_marks_at ON rollup_marks (at);

-- Figures by quarter of an hour, hour, day and month, so that a year needs no look at every showing.
CREATE TYPE rollup_of AS ENUM ('video', 'creator');
CREATE TYPE rollup_grain AS ENUM ('quarter', 'hour', 'day', 'month');

CREATE TABLE rollups (
    of rollup_of NOT NULL,
    subject bigint NOT NULL, -- row id of the video, or of its maker
    grain rollup_grain NOT NULL,
    at timestamptz NOT NULL, -- where the bucket begins
    impressions bigint NOT NULL DEFAULT 0,
    views bigint NOT NULL DEFAULT 0,
    watched bigint NOT NULL DEFAULT 0, -- showings that were watched, whether or not they count as views
    watch_time_ms bigint NOT NULL DEFAULT 0,
    full_watches bigint NOT NULL DEFAULT 0,
    profile_views bigint NOT NULL DEFAULT 0,
    likes bigint NOT NULL DEFAULT 0,
    comments bigint NOT NULL DEFAULT 0,
    shares bigint NOT NULL DEFAULT 0,
    saves bigint NOT NULL DEFAULT 0,
    followers_gained bigint NOT NULL DEFAULT 0,
    viewers bytea NOT NULL DEFAULT '', -- a sketch of who watched
    seconds jsonb NOT NULL DEFAULT '{}', -- of videos: how many watched for how many whole seconds
    sources jsonb NOT NULL DEFAULT '{}', -- of videos: views by the feed they were seen in
    PRIMARY KEY (of, subject, grain, at)
);

-- What a transaction has changed, and the roller has yet to count anew. Only ever added to, and never
-- updated or looked for by whoever writes: nobody waits, and a mark is seen exactly when its change is.
-- (With one row per bucket, a writer that finds it there, and commits after the roller took it, is lost.)
CREATE TABLE rollup_marks (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    creator_id bigint NOT NULL,
    video_id bigint, -- none: only the creator's own figures
    at timestamptz NOT NULL, -- where the quarter of an hour begins
    marked_at timestamptz NOT NULL DEFAULT now()
);
CREATE INDEX rollup_marks_creator ON rollup_marks (creator_id, at);
CREATE INDEX rollup_marks_video ON rollup_marks (video_id, at);

CREATE FUNCTION quarter_of(moment timestamptz) RETURNS timestamptz
LANGUAGE sql IMMUTABLE PARALLEL SAFE STRICT AS $$
    SELECT date_bin('15 minutes', moment, 'epoch')
$$;

CREATE FUNCTION mark_playbacks() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    INSERT INTO rollup_marks (creator_id, video_id, at)
        SELECT DISTINCT v.creator_id, v.id, quarter_of(c.shown_at)
        FROM changed c JOIN videos v ON v.id = c.video_id;
    RETURN NULL;
END $$;
CREATE TRIGGER mark_new_playbacks AFTER INSERT ON playbacks REFERENCING NEW TABLE AS changed
    FOR EACH STATEMENT EXECUTE FUNCTION mark_playbacks();
CREATE TRIGGER mark_changed_playbacks AFTER UPDATE ON playbacks REFERENCING NEW TABLE AS changed
    FOR EACH STATEMENT EXECUTE FUNCTION mark_playbacks();
CREATE TRIGGER mark_gone_playbacks AFTER DELETE ON playbacks REFERENCING OLD TABLE AS changed
    FOR EACH STATEMENT EXECUTE FUNCTION mark_playbacks();

CREATE FUNCTION mark_reaction() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    reaction record := CASE TG_OP WHEN 'DELETE' THEN OLD ELSE NEW END;
BEGIN
    INSERT INTO rollup_marks (creator_id, video_id, at)
        SELECT creator_id, id, quarter_of(reaction.created_at)
        FROM videos WHERE id = reaction.video_id;
    RETURN NULL;
END $$;
CREATE TRIGGER mark_reaction AFTER INSERT OR DELETE ON likes
    FOR EACH ROW EXECUTE FUNCTION mark_reaction();
CREATE TRIGGER mark_reaction AFTER INSERT OR DELETE ON saves
    FOR EACH ROW EXECUTE FUNCTION mark_reaction();
CREATE TRIGGER mark_reaction AFTER INSERT OR DELETE ON shares
    FOR EACH ROW EXECUTE FUNCTION mark_reaction();
CREATE TRIGGER mark_reaction AFTER INSERT OR DELETE OR UPDATE OF deleted_at ON comments
    FOR EACH ROW EXECUTE FUNCTION mark_reaction();

CREATE FUNCTION mark_follow() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    follow follows := CASE TG_OP WHEN 'DELETE' THEN OLD ELSE NEW END;
BEGIN
    INSERT INTO rollup_marks (creator_id, at)
        VALUES (follow.followed_id, quarter_of(follow.created_at));
    RETURN NULL;
END $$;
CREATE TRIGGER mark_follow AFTER INSERT OR DELETE ON follows
    FOR EACH ROW EXECUTE FUNCTION mark_follow();

-- What is there already is counted by the roller's first runs.
INSERT INTO rollup_marks (creator_id, video_id, at)
SELECT DISTINCT v.creator_id, v.id, quarter_of(happened.at) FROM (
    SELECT video_id, shown_at AS at FROM playbacks
    UNION SELECT video_id, created_at FROM likes
    UNION SELECT video_id, created_at FROM saves
    UNION SELECT video_id, created_at FROM shares
    UNION SELECT video_id, created_at FROM comments
) happened JOIN videos v ON v.id = happened.video_id;
INSERT INTO rollup_marks (creator_id, at)
SELECT DISTINCT followed_id, quarter_of(created_at) FROM follows;

-- Comments in threads of two levels, and what people are told of.
CREATE TABLE comments (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    public_id text NOT NULL UNIQUE,
    video_id bigint NOT NULL REFERENCES videos (id),
    author_id bigint NOT NULL REFERENCES users (id),
    parent_id bigint REFERENCES comments (id),
    text text NOT NULL,
    likes bigint NOT NULL DEFAULT 0,
    replies bigint NOT NULL DEFAULT 0,
    held boolean NOT NULL DEFAULT false, -- by reports, until somebody has looked at it
    created_at timestamptz NOT NULL,
    deleted_at timestamptz,
    deleted_by bigint REFERENCES users (id)
) WITH (fillfactor = 80);
CREATE INDEX comments_video ON comments (video_id, created_at DESC, id DESC)
    WHERE parent_id IS NULL AND deleted_at IS NULL;
CREATE INDEX comments_top ON comments (video_id, likes DESC, id DESC)
    WHERE parent_id IS NULL AND deleted_at IS NULL;
CREATE INDEX comments_replies ON comments (parent_id, created_at, id)
    WHERE parent_id IS NOT NULL AND deleted_at IS NULL;
CREATE INDEX comments_author ON comments (author_id, created_at DESC);

CREATE TABLE comment_likes (
    user_id bigint NOT NULL REFERENCES users (id),
    comment_id bigint NOT NULL REFERENCES comments (id),
    created_at timestamptz NOT NULL,
    PRIMARY KEY (user_id, comment_id)
);
CREATE INDEX comment_likes_comment ON comment_likes (comment_id);

-- What happened to somebody; alike things are one row as long as it isn't read.
CREATE TABLE notifications (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    public_id text NOT NULL UNIQUE,
    user_id bigint NOT NULL REFERENCES users (id),
    type text NOT NULL
        CHECK (type IN ('like', 'comment', 'follow', 'mention', 'processing', 'moderation')),
    about text NOT NULL, -- what makes two of a type alike, such as a video's row id
    video_id bigint REFERENCES videos (id),
    text text NOT NULL DEFAULT '',
    read_at timestamptz,
    updated_at timestamptz NOT NULL
);
CREATE UNIQUE INDEX notifications_unread ON notifications (user_id, type, about)
    WHERE read_at IS NULL;
CREATE INDEX notifications_user ON notifications (user_id, updated_at DESC, id DESC);
CREATE INDEX notifications_about ON notifications (about);

CREATE TABLE notification_actors (
    notification_id bigint NOT NULL REFERENCES notifications (id) ON DELETE CASCADE,
    user_id bigint NOT NULL REFERENCES users (id),
    at timestamptz NOT NULL,
    PRIMARY KEY (notification_id, user_id)
);
CREATE INDEX notification_actors_user ON notification_actors (user_id);

-- The one way to tell somebody something: not of what they did themselves, nor of what somebody did
-- whom they have nothing to do with; with `once`, each person's act only once, read or not.
CREATE FUNCTION notify_person(
    person bigint, kind text, what text, actor bigint, video bigint, words text, moment timestamptz,
    once boolean
) RETURNS void LANGUAGE plpgsql AS $$
DECLARE
    notification bigint;
BEGIN
    IF person = actor OR EXISTS (
        SELECT FROM blocks WHERE (blocker_id, blocked_id) IN ((person, actor), (actor, person))
    ) OR once AND EXISTS (
        SELECT FROM notifications n JOIN notification_actors a ON a.notification_id = n.id
        WHERE n.user_id = person AND n.type = kind AND n.about = what AND a.user_id = actor
    ) THEN
        RETURN;
    END IF;
    INSERT INTO notifications AS n (public_id, user_id, type, about, video_id, text, updated_at)
    VALUES (
        replace(gen_random_uuid()::text, '-', ''), person, kind, what, video, words, moment
    ) ON CONFLICT (user_id, type, about) WHERE read_at IS NULL
    DO UPDATE SET updated_at = greatest(n.updated_at, excluded.updated_at), text = excluded.text
    RETURNING id INTO notification;
    IF actor IS NOT NULL THEN
        INSERT INTO notification_actors (notification_id, user_id, at)
        VALUES (notification, actor, moment)
        ON CONFLICT (notification_id, user_id) DO UPDATE SET at = excluded.at;
    END IF;
END $$;

-- Every upload ends in something its maker is told; whom a published video names is told, too.
CREATE FUNCTION tell_of_processing() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    PERFORM notify_person(
        NEW.creator_id, 'processing', 'video:' || NEW.id, NULL, NEW.id,
        CASE WHEN NEW.status = 'published' THEN '' ELSE coalesce(NEW.error_code, 'internal') END,
        NEW.changed_at, false
    );
    IF NEW.status = 'published' THEN
        PERFORM notify_person(
            u.id, 'mention', 'video:' || NEW.id, NEW.creator_id, NEW.id, '', NEW.changed_at, true
        ) FROM (
            SELECT id FROM users
            WHERE username_key IN (SELECT lower(name) FROM unnest(NEW.mentions) name) ORDER BY id
        ) u;
    END IF;
    RETURN NULL;
END $$;
CREATE TRIGGER tell_of_processing AFTER UPDATE OF status ON videos
    FOR EACH ROW WHEN (
        OLD.status IS DISTINCT FROM NEW.status
        AND OLD.status NOT IN ('removed', 'deleted')
        AND NEW.status IN ('published', 'failed', 'rejected')
    ) EXECUTE FUNCTION tell_of_processing();

-- Who follows and blocks whom, what the feed has learned, what it may show and what it has shown.
CREATE TABLE follows (
    follower_id bigint NOT NULL REFERENCES users (id),
    followed_id bigint NOT NULL REFERENCES users (id),
    created_at timestamptz NOT NULL,
    PRIMARY KEY (follower_id, followed_id),
    CHECK (follower_id <> followed_id)
);
CREATE INDEX follows_followed ON follows (followed_id, created_at DESC);

CREATE TABLE blocks (
    blocker_id bigint NOT NULL REFERENCES users (id),
    blocked_id bigint NOT NULL REFERENCES users (id),
    created_at timestamptz NOT NULL,
    PRIMARY KEY (blocker_id, blocked_id),
    CHECK (blocker_id <> blocked_id)
);
CREATE INDEX blocks_blocked ON blocks (blocked_id);

CREATE TABLE not_interested (
    user_id bigint NOT NULL REFERENCES users (id),
    scope text NOT NULL CHECK (scope IN ('video', 'creator', 'sound', 'hashtag')),
    value text NOT NULL, -- a row id, or the hashtag
    created_at timestamptz NOT NULL,
    PRIMARY KEY (user_id, scope, value)
);

-- The version counts what changes a taste; a cached taste of another version is an old one.
CREATE TABLE user_tastes (
    user_id bigint PRIMARY KEY REFERENCES users (id),
    version bigint NOT NULL,
    reset_at timestamptz -- what was watched before says nothing any more
) WITH (fillfactor = 70);

-- What a viewing was worth, once there is something to tell.
ALTER TABLE watch_history
    ADD COLUMN skipped boolean NOT NULL DEFAULT false,
    ADD COLUMN shared boolean NOT NULL DEFAULT false,
    ADD COLUMN quantile real, -- of its watch time among videos as long
    ADD COLUMN reward real;
CREATE INDEX watch_history_video ON watch_history (user_id, video_id, created_at DESC);
CREATE INDEX watch_history_time ON watch_history (created_at, impression_id);

CREATE TABLE watch_histograms (
    bucket smallint PRIMARY KEY, -- of durations
    counts double precision[] NOT NULL,
    counted_until timestamptz NOT NULL
);

CREATE TABLE hashtags (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    tag text NOT NULL UNIQUE
);

CREATE TYPE exploration_stage AS ENUM ('testing', 'growing', 'open', 'demoted');

-- All that ranking reads of a video that everybody may see, and of no other: one narrow row.
CREATE TABLE video_features (
    video_id bigint PRIMARY KEY REFERENCES videos (id),
    creator_id bigint NOT NULL,
    sound_id bigint NOT NULL DEFAULT 0, -- 0: none
    tag_ids bigint[] NOT NULL DEFAULT '{}', -- of its hashtags, in order
    duration_ms integer NOT NULL,
    published_at timestamptz NOT NULL,
    country text NOT NULL DEFAULT '', -- its creator's
    stage exploration_stage NOT NULL DEFAULT 'testing',
    shown bigint NOT NULL DEFAULT 0,
    viewings bigint NOT NULL DEFAULT 0,
    quantile_sum double precision NOT NULL DEFAULT 0,
    completed bigint NOT NULL DEFAULT 0,
    liked bigint NOT NULL DEFAULT 0,
    shared bigint NOT NULL DEFAULT 0,
    skipped bigint NOT NULL DEFAULT 0,
    heat double precision NOT NULL DEFAULT 0, -- decayed sum of quantiles, as of heated_at
    heated_at timestamptz NOT NULL,
    hot real NOT NULL DEFAULT 0 -- the same for sorting; refreshed every minute
) WITH (fillfactor = 70);
CREATE INDEX video_features_creator ON video_features (creator_id, published_at DESC);
CREATE INDEX video_features_sound ON video_features (sound_id, hot DESC, video_id DESC)
    WHERE sound_id <> 0;
CREATE INDEX video_features_hot ON video_features (hot DESC, video_id DESC);
CREATE INDEX video_features_nearby ON video_features (country, hot DESC, video_id DESC);
CREATE INDEX video_features_newest ON video_features (published_at DESC, video_id DESC);
CREATE INDEX video_features_exploring ON video_features (stage, published_at DESC)
    WHERE stage IN ('testing', 'growing');

CREATE TABLE video_tags (
    tag_id bigint NOT NULL REFERENCES hashtags (id),
    video_id bigint NOT NULL REFERENCES video_features (video_id) ON DELETE CASCADE,
    hot real NOT NULL DEFAULT 0,
    PRIMARY KEY (tag_id, video_id)
);
CREATE INDEX video_tags_hot ON video_tags (tag_id, hot DESC, video_id DESC);
CREATE INDEX video_tags_video ON video_tags (video_id);

-- The row follows its video in the transaction that changes it, whoever changes it.
CREATE FUNCTION refresh_video_features(changed bigint) RETURNS void
LANGUAGE plpgsql AS $$
DECLARE
    video videos%ROWTYPE;
    own bigint[];
BEGIN
    SELECT * INTO video FROM videos WHERE id = changed;
    IF video.status IS DISTINCT FROM 'published' OR video.visibility <> 'public' THEN
        DELETE FROM video_features WHERE video_id = changed;
        RETURN;
    END IF;
    INSERT INTO hashtags (tag) SELECT DISTINCT unnest(video.hashtags) ORDER BY 1
        ON CONFLICT DO NOTHING;
    SELECT coalesce(array_agg(h.id ORDER BY named.place), '{}') INTO own
        FROM unnest(video.hashtags) WITH ORDINALITY AS named (tag, place)
        JOIN hashtags h ON h.tag = named.tag;
    INSERT INTO video_features AS f (
        video_id, creator_id, sound_id, tag_ids, duration_ms, published_at, country, heated_at)
    SELECT video.id, video.creator_id, coalesce(video.sound_id, 0), own,
        coalesce(video.duration_ms, 0), video.published_at, coalesce(u.country, ''),
        video.published_at
        FROM users u WHERE u.id = video.creator_id
    ON CONFLICT (video_id) DO UPDATE SET sound_id = excluded.sound_id,
        tag_ids = excluded.tag_ids, duration_ms = excluded.duration_ms,
        published_at = excluded.published_at, country = excluded.country;
    DELETE FROM video_tags WHERE video_id = changed AND tag_id <> ALL (own);
    INSERT INTO video_tags (tag_id, video_id, hot)
        SELECT DISTINCT named.id, changed, f.hot
        FROM unnest(own) AS named (id), video_features f WHERE f.video_id = changed
        ON CONFLICT DO NOTHING;
END $$;

CREATE FUNCTION video_features_follow() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    PERFORM refresh_video_features(NEW.id);
    RETURN NULL;
END $$;
CREATE TRIGGER video_features_follow
    AFTER UPDATE OF status, visibility, hashtags, sound_id, duration_ms ON videos
    FOR EACH ROW WHEN (
        (OLD.status, OLD.visibility, OLD.hashtags, OLD.sound_id, OLD.duration_ms)
        IS DISTINCT FROM
        (NEW.status, NEW.visibility, NEW.hashtags, NEW.sound_id, NEW.duration_ms)
    ) EXECUTE FUNCTION video_features_follow();
SELECT refresh_video_features(id) FROM videos WHERE status = 'published' ORDER BY id;

-- One trained item model is one space; a new one is written beside it, then the pointer moves.
CREATE TABLE model_runs (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    kind text NOT NULL CHECK (kind IN ('items', 'ranker')),
    state text NOT NULL CHECK (state IN ('running', 'champion', 'refused', 'failed', 'retired')),
    settings jsonb NOT NULL DEFAULT '{}',
    metrics jsonb NOT NULL DEFAULT '{}',
    artifact bytea, -- a network's weights
    started_at timestamptz NOT NULL,
    ended_at timestamptz
);
CREATE UNIQUE INDEX model_runs_champion ON model_runs (kind) WHERE state = 'champion';

CREATE TABLE video_embeddings (
    space_id bigint NOT NULL REFERENCES model_runs (id),
    video_id bigint NOT NULL,
    embedding halfvec(128) NOT NULL, -- of length 1
    give real NOT NULL,  -- n^-a
    take real NOT NULL,  -- n^g
    from_content boolean NOT NULL DEFAULT false,
    PRIMARY KEY (space_id, video_id)
) PARTITION BY LIST (space_id); -- each space has one ANN index of its own
CREATE INDEX video_embeddings_near ON video_embeddings
    USING hnsw (embedding halfvec_cosine_ops) WITH (m = 16, ef_construction = 64);

CREATE TABLE video_neighbors (
    space_id bigint NOT NULL REFERENCES model_runs (id),
    video_id bigint NOT NULL,
    ids bytea NOT NULL,     -- up to 100 row ids, little-endian int64
    cowatch bytea NOT NULL, -- and what each gets, little-endian float32
    content bytea NOT NULL,
    PRIMARY KEY (space_id, video_id)
) PARTITION BY LIST (space_id);

CREATE TABLE user_embeddings (
    user_id bigint PRIMARY KEY REFERENCES users (id),
    space_id bigint NOT NULL,
    embedding halfvec(128) NOT NULL,
    updated_at timestamptz NOT NULL
);

CREATE FUNCTION create_space_partitions(space bigint) RETURNS void LANGUAGE plpgsql AS $$
BEGIN
    EXECUTE format('CREATE TABLE IF NOT EXISTS video_embeddings_%s PARTITION OF video_embeddings'
        ' FOR VALUES IN (%s)', space, space);
    EXECUTE format('CREATE TABLE IF NOT EXISTS video_neighbors_%s PARTITION OF video_neighbors'
        ' FOR VALUES IN (%s)', space, space);
END $$;

CREATE FUNCTION drop_space_partitions(space bigint) RETURNS void LANGUAGE plpgsql AS $$
BEGIN
    EXECUTE format('DROP TABLE IF EXISTS video_embeddings_%s', space);
    EXECUTE format('DROP TABLE IF EXISTS video_neighbors_%s', space);
END $$;

-- What feeds have shown: the log of exposures, and the reason that a cursor never changes its page.
CREATE TABLE feed_pages (
    feed_id text NOT NULL,
    first integer NOT NULL, -- slot
    started_at timestamptz NOT NULL,
    served_at timestamptz NOT NULL,
    viewer text NOT NULL,
    user_id bigint,
    source text NOT NULL,
    mode text NOT NULL,
    space_id bigint,
    ranker_run_id bigint,
    variants jsonb NOT NULL DEFAULT '{}',
    video_ids bigint[] NOT NULL,
    found integer[] NOT NULL, -- bits: who found each video
    propensities real[] NOT NULL,
    scores double precision[] NOT NULL,
    features text[] NOT NULL,
    weights double precision[] NOT NULL,
    feature_values bytea NOT NULL, -- little-endian float64, slot after slot
    PRIMARY KEY (feed_id, first, started_at)
) PARTITION BY RANGE (started_at);
CREATE INDEX feed_pages_time ON feed_pages (served_at);

CREATE FUNCTION ensure_feed_pages_partitions(today date) RETURNS void
LANGUAGE plpgsql AS $$
DECLARE
    month date;
BEGIN
    FOR ahead IN -1..2 LOOP
        month := (date_trunc('month', today) + make_interval(months => ahead))::date;
        EXECUTE format(
            'CREATE TABLE IF NOT EXISTS feed_pages_%s PARTITION OF feed_pages'
            ' FOR VALUES FROM (%L) TO (%L)',
            to_char(month, 'YYYY_MM'),
            month::timestamp AT TIME ZONE 'UTC',
            (month + interval '1 month')::timestamp AT TIME ZONE 'UTC'
        );
    END LOOP;
END $$;
SELECT ensure_feed_pages_partitions((now() AT TIME ZONE 'UTC')::date);

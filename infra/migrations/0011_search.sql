-- Finding by words: folded alike for what is written and what is asked, in any script. Functions
-- that generated columns use name each other with their schema.
CREATE FUNCTION search_fold(given text) RETURNS text
LANGUAGE sql IMMUTABLE PARALLEL SAFE STRICT AS $$
    -- Without the marks of Latin and Arabic letters, the tatweel, and what only changes looks;
    -- letters that are typed for one another are one.
    SELECT translate(replace(lower(regexp_replace(
        normalize(given, NFKD), '[\u0300-\u036f\u064b-\u065f\u0670\u0640\ufe0e\ufe0f]', '', 'g'
    ) COLLATE "pg_c_utf8"), 'ß', 'ss'), 'ىة', 'يه')
$$;

-- Words end at spaces and punctuation; each symbol such as an emoji is a word of its own. Scripts
-- that write without spaces are cut into pairs of letters.
CREATE FUNCTION search_parts(given text) RETURNS SETOF text
LANGUAGE sql IMMUTABLE PARALLEL SAFE STRICT AS $$
    SELECT left(part, 40) FROM regexp_split_to_table(
        regexp_replace(
            public.search_fold(given), '([\u2190-\u2bff\U0001f000-\U0001faff])', ' \1 ', 'g'
        ),
        '[\s!-/:-@[-^`{-~\u00a1-\u00bf\u2000-\u206f\u3000-\u303f\uff01-\uff0f]+'
    ) AS part WHERE part <> ''
$$;
CREATE FUNCTION search_pieces(part text) RETURNS SETOF text
LANGUAGE sql IMMUTABLE PARALLEL SAFE STRICT AS $$
    SELECT CASE
        WHEN length(part) > 2
            AND part ~ '[\u0e00-\u0eff\u1000-\u109f\u1780-\u17ff\u3040-\u30ff\u3400-\u9fff]'
        THEN substr(part, place, 2) ELSE piece
    END
    FROM regexp_split_to_table(part, '_+') AS piece,
        generate_series(1, CASE
            WHEN length(part) > 2
                AND part ~ '[\u0e00-\u0eff\u1000-\u109f\u1780-\u17ff\u3040-\u30ff\u3400-\u9fff]'
            THEN length(part) - 1 ELSE 1
        END) AS place
    WHERE piece <> ''
$$;
CREATE FUNCTION search_terms(asked text) RETURNS text[]
LANGUAGE sql IMMUTABLE PARALLEL SAFE STRICT AS $$
    SELECT coalesce(array_agg(piece ORDER BY place, nth), '{}') FROM (
        SELECT piece, min(place) AS place, min(nth) AS nth
        FROM public.search_parts(asked) WITH ORDINALITY AS parts (part, place),
            public.search_pieces(part) WITH ORDINALITY AS pieces (piece, nth)
        GROUP BY piece
    ) found
$$;
CREATE FUNCTION search_words(written text) RETURNS text[]
LANGUAGE sql IMMUTABLE PARALLEL SAFE STRICT AS $$
    SELECT coalesce(array_agg(DISTINCT word ORDER BY word), '{}') FROM (
        SELECT public.search_pieces(part) AS word FROM public.search_parts(written) part
        UNION ALL
        SELECT replace(part, '_', '') FROM public.search_parts(written) part
    ) found WHERE word <> ''
$$;
-- What is left of a word's first letters without one or two of them: two words that differ by two
-- errors at most have something of it in common (Garbe, SymSpell, 2012).
CREATE FUNCTION search_deletes(word text) RETURNS text[]
LANGUAGE sql IMMUTABLE PARALLEL SAFE STRICT AS $$
    WITH beginning AS (SELECT left(word, 7) AS part),
    once AS (
        SELECT part, place, overlay(part PLACING '' FROM place FOR 1) AS rest
        FROM beginning, generate_series(1, length(part)) AS place
    )
    SELECT array_agg(DISTINCT rest) FROM (
        SELECT part AS rest FROM beginning
        UNION ALL SELECT rest FROM once
        UNION ALL SELECT overlay(rest PLACING '' FROM other FOR 1)
            FROM once, generate_series(1, place - 1) AS other
    ) every
$$;

-- Every word there is to be found, to guess what somebody meant who typed another.
CREATE TABLE search_vocabulary (
    word text COLLATE "C" PRIMARY KEY,
    deletes text[] NOT NULL GENERATED ALWAYS AS (search_deletes(word)) STORED
);
CREATE INDEX search_vocabulary_deletes ON search_vocabulary USING gin (deletes);

-- Which words what there is to be found has, and what is public only: `key` is a row id.
CREATE TABLE search_entries (
    kind text NOT NULL CHECK (kind IN ('videos', 'users', 'hashtags', 'sounds')),
    word text COLLATE "C" NOT NULL,
    key bigint NOT NULL,
    PRIMARY KEY (kind, word, key)
);
CREATE INDEX search_entries_key ON search_entries (kind, key);
CREATE FUNCTION put_search_entry(of text, row_id bigint, written text) RETURNS void
LANGUAGE plpgsql AS $$
DECLARE
    words text[] := search_words(coalesce(written, ''));
BEGIN
    DELETE FROM search_entries WHERE kind = of AND key = row_id AND word <> ALL (words);
    INSERT INTO search_entries (kind, word, key)
        SELECT of, word, row_id FROM unnest(words) AS word ON CONFLICT DO NOTHING;
    INSERT INTO search_vocabulary (word)
        SELECT word FROM unnest(words) AS word ORDER BY 1 ON CONFLICT DO NOTHING;
END $$;

CREATE FUNCTION search_follows_video() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    PERFORM put_search_entry('videos', NEW.id, CASE
        WHEN NEW.status = 'published' AND NEW.visibility = 'public' THEN NEW.description END);
    RETURN NULL;
END $$;
CREATE TRIGGER search_follows_video AFTER UPDATE OF description, status, visibility ON videos
    FOR EACH ROW WHEN (
        (OLD.description, OLD.status, OLD.visibility)
        IS DISTINCT FROM (NEW.description, NEW.status, NEW.visibility)
    ) EXECUTE FUNCTION search_follows_video();
CREATE FUNCTION search_follows_person() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    PERFORM put_search_entry('users', NEW.id, CASE
        WHEN NOT NEW.hidden THEN NEW.username || ' ' || NEW.display_name END);
    RETURN NULL;
END $$;
CREATE TRIGGER search_follows_person
    AFTER INSERT OR UPDATE OF username, display_name, hidden ON users
    FOR EACH ROW EXECUTE FUNCTION search_follows_person();
CREATE FUNCTION search_follows_sound() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    PERFORM put_search_entry('sounds', NEW.id, CASE WHEN NEW.public THEN NEW.title END);
    RETURN NULL;
END $$;
CREATE TRIGGER search_follows_sound AFTER INSERT OR UPDATE OF title, public ON sounds
    FOR EACH ROW EXECUTE FUNCTION search_follows_sound();
CREATE FUNCTION search_follows_hashtag() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    PERFORM put_search_entry('hashtags', NEW.id, NEW.tag);
    RETURN NULL;
END $$;
CREATE TRIGGER search_follows_hashtag AFTER INSERT ON hashtags
    FOR EACH ROW EXECUTE FUNCTION search_follows_hashtag();

SELECT put_search_entry('videos', id, description) FROM videos
    WHERE status = 'published' AND visibility = 'public' ORDER BY id;
SELECT put_search_entry('users', id, username || ' ' || display_name) FROM users
    WHERE NOT hidden ORDER BY id;
SELECT put_search_entry('sounds', id, title) FROM sounds WHERE public ORDER BY id;
SELECT put_search_entry('hashtags', id, tag) FROM hashtags ORDER BY id;

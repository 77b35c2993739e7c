-- What is written without spaces is found wherever it stands in a long run, and with a typing error;
-- an emoji is found whatever its skin tone or gender.
CREATE OR REPLACE FUNCTION search_fold(given text) RETURNS text
LANGUAGE sql IMMUTABLE PARALLEL SAFE STRICT AS $$
    -- Without the marks of Latin and Arabic letters, the tatweel, and what only changes looks;
    -- letters that are typed for one another are one.
    SELECT translate(replace(lower(regexp_replace(
        normalize(given, NFKD),
        '\u200d[\u2640\u2642]|[\u0300-\u036f\u064b-\u065f\u0670\u0640\ufe0e\ufe0f\U0001f3fb-\U0001f3ff]',
        '', 'g'
    ) COLLATE "pg_c_utf8"), 'ß', 'ss'), 'ىة', 'يه')
$$;

-- Whether a part is of a script that writes without spaces: then it may be several words.
CREATE FUNCTION search_is_run(part text) RETURNS boolean
LANGUAGE sql IMMUTABLE PARALLEL SAFE STRICT AS $$
    SELECT length(part) > 2
        AND part ~ '[\u0e00-\u0eff\u1000-\u109f\u1780-\u17ff\u3040-\u30ff\u3400-\u9fff]'
$$;
CREATE OR REPLACE FUNCTION search_parts(given text) RETURNS SETOF text
LANGUAGE sql IMMUTABLE PARALLEL SAFE STRICT AS $$
    SELECT CASE WHEN public.search_is_run(part) THEN part ELSE left(part, 40) END
    FROM regexp_split_to_table(
        regexp_replace(
            public.search_fold(given), '([\u2190-\u2bff\U0001f000-\U0001faff])', ' \1 ', 'g'
        ),
        '[\s!-/:-@[-^`{-~\u00a1-\u00bf\u2000-\u206f\u3000-\u303f\uff01-\uff0f]+'
    ) AS part WHERE part <> ''
$$;
CREATE OR REPLACE FUNCTION search_pieces(part text) RETURNS SETOF text
LANGUAGE sql IMMUTABLE PARALLEL SAFE STRICT AS $$
    SELECT CASE WHEN public.search_is_run(part) THEN substr(part, place, 2) ELSE piece END
    FROM regexp_split_to_table(part, '_+') AS piece,
        generate_series(
            1, CASE WHEN public.search_is_run(part) THEN length(part) - 1 ELSE 1 END
        ) AS place
    WHERE piece <> ''
$$;
CREATE OR REPLACE FUNCTION search_words(written text) RETURNS text[]
LANGUAGE sql IMMUTABLE PARALLEL SAFE STRICT AS $$
    SELECT coalesce(array_agg(DISTINCT word ORDER BY word), '{}') FROM (
        SELECT public.search_pieces(part) AS word FROM public.search_parts(written) part
        UNION ALL
        SELECT left(replace(part, '_', ''), 40) FROM public.search_parts(written) part
    ) found WHERE word <> ''
$$;
DROP FUNCTION search_terms(text);

SELECT put_search_entry('videos', id, description) FROM videos
    WHERE status = 'published' AND visibility = 'public' AND description ~
    '\u200d[\u2640\u2642]|[\U0001f3fb-\U0001f3ff]|[\u0e00-\u0eff\u1000-\u109f\u1780-\u17ff\u3040-\u30ff\u3400-\u9fff]'
    ORDER BY id;
SELECT put_search_entry('users', id, username || ' ' || display_name) FROM users
    WHERE NOT hidden AND display_name ~ '\u200d[\u2640\u2642]|[\U0001f3fb-\U0001f3ff]' ORDER BY id;
SELECT put_search_entry('sounds', id, title) FROM sounds
    WHERE public AND title ~ '\u200d[\u2640\u2642]|[\U0001f3fb-\U0001f3ff]' ORDER BY id;

"""A big world for the serving benchmark: videos, viewers and what they watched, made in SQL."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime

import numpy as np

from chalicelib.feed import space_store
from chalicelib.feed.learning.factors import unit
from chalicelib.feed.tables import DIMENSIONS, Floats, Ints
from chalicelib.platform.database import Connection, Database

TOPICS = 200
TAGS = 3000
NEIGHBOURS = 100
CHUNK = 10_000
SEED = 4


@dataclass(frozen=True)
class Sizes:
    """How big the world is."""

    videos: int = 200_000
    users: int = 20_000
    watches: int = 2_000_000


Tell = Callable[[str], None]


def build(database: Database, sizes: Sizes, tell: Tell) -> int:
    """Fill a migrated, empty database. Returns the id of its space."""
    steps: list[tuple[str, Callable[[Connection], None]]] = [
        ("people", lambda t: _people(t, sizes)),
        ("videos", lambda t: _videos(t, sizes)),
        ("watching", lambda t: _watching(t, sizes)),
    ]
    for name, step in steps:
        tell(name)
        with database.transaction() as transaction:
            _be_patient(transaction)
            step(transaction)
    tell("vectors and neighbours")
    with database.transaction() as transaction:
        _be_patient(transaction)
        space_id = _space(transaction, sizes)
    tell("statistics")
    with database.transaction() as transaction:
        _be_patient(transaction)
        transaction.execute("ANALYZE")
    with database.transaction() as transaction:
        _be_patient(transaction)
        transaction.execute("CHECKPOINT")  # what was just filled isn't written out by a reader
    return space_id


def _be_patient(transaction: Connection) -> None:
    transaction.execute(
        "SELECT set_config('statement_timeout', '0', true),"
        " set_config('maintenance_work_mem', '1GB', true),"
        " set_config('synchronous_commit', 'off', true)"
    )


def _people(transaction: Connection, sizes: Sizes) -> None:
    transaction.execute(
        "INSERT INTO users (public_id, username, username_key, display_name, password_hash,"
        " birth_date, country) SELECT 'u' || n, 'u' || n, 'u' || n, 'U', '', '1990-01-01',"
        " (ARRAY['DE', 'FR', 'US', 'JP'])[1 + n %% 4] FROM generate_series(1, %s) n",
        (sizes.users,),
    )
    transaction.execute("INSERT INTO user_stats (user_id) SELECT id FROM users")
    transaction.execute(
        "INSERT INTO follows (follower_id, followed_id, created_at)"
        " SELECT u.id, 1 + (u.id * 7919 + n * 104729) %% %s, now()"
        " FROM users u, generate_series(1, 20::bigint) n"
        " WHERE u.id <> 1 + (u.id * 7919 + n * 104729) %% %s ON CONFLICT DO NOTHING",
        (sizes.users, sizes.users),
    )


def _videos(transaction: Connection, sizes: Sizes) -> None:
    """Each video belongs to one topic; half of its hashtags come from there."""
    transaction.execute(
        "INSERT INTO hashtags (tag) SELECT 'tag' || n FROM generate_series(1, %s) n", (TAGS,)
    )
    transaction.execute(
        "INSERT INTO videos (public_id, creator_id, description, filename, content_type,"
        " size_bytes, status, duration_ms, width, height, published_at, playback)"
        " SELECT 'v' || n, 1 + (n * 48271) %% %(users)s, 'A clip #' || n, '', '', 0, 'published',"
        " 5000 + n %% 60000, 360, 640, now() - n * interval '10 seconds', %(playback)s::jsonb"
        " FROM generate_series(1, %(videos)s::bigint) n",
        {"users": sizes.users, "videos": sizes.videos, "playback": _PLAYBACK},
    )
    transaction.execute("INSERT INTO video_stats (video_id) SELECT id FROM videos")
    transaction.execute(
        "INSERT INTO video_features (video_id, creator_id, sound_id, tag_ids, duration_ms,"
        " published_at, country, stage, shown, viewings, quantile_sum, completed, heated_at, hot)"
        " SELECT v.id, v.creator_id, CASE WHEN v.id %% 3 = 0 THEN 1 + v.id %% 5000 ELSE 0 END,"
        " ARRAY[1 + v.id %% %(topics)s, 1 + (v.id * 31) %% %(tags)s], v.duration_ms,"
        " v.published_at, u.country, CASE WHEN v.id <= 500 THEN 'testing' ELSE 'open'"
        " END::exploration_stage, 200, 150, 150 * (0.3 + 0.4 * random()), 60, now(),"
        " greatest(1e-6, power(random(), 8) * 1000)"
        " FROM videos v JOIN users u ON u.id = v.creator_id",
        {"topics": TOPICS, "tags": TAGS},
    )
    transaction.execute(
        "INSERT INTO video_tags (tag_id, video_id, hot) SELECT DISTINCT tag, video_id, hot"
        " FROM video_features, unnest(tag_ids) tag"
    )


def _watching(transaction: Connection, sizes: Sizes) -> None:
    """Everybody watches most of what they watch in three topics of their own."""
    each = sizes.watches // sizes.users
    transaction.execute(
        "INSERT INTO watch_history (user_id, video_id, impression_id, watch_duration_ms,"
        " completion_rate, created_at, quantile, reward)"
        " SELECT u.id, least(%(videos)s, 1 + CASE WHEN random() < 0.8"
        "  THEN ((u.id * 17 + (n %% 3) * 41) %% %(topics)s)"
        "   + %(topics)s * floor(random() * %(videos)s / %(topics)s)::bigint"
        "  ELSE floor(random() * %(videos)s)::bigint END), gen_random_uuid(), 8000, 0.8,"
        " now() - n * interval '4 hours', 0.7, 0.7"
        " FROM users u, generate_series(1, %(each)s) n",
        {"videos": sizes.videos, "topics": TOPICS, "each": each},
    )


def _space(transaction: Connection, sizes: Sizes) -> int:
    now = datetime.now(UTC)
    space_id = space_store.start_run(transaction, "items", now)
    space_store.create_space(transaction, space_id)
    transaction.execute("DROP INDEX video_embeddings_near")  # quicker built at once
    random = np.random.default_rng(SEED)
    centres = random.standard_normal((TOPICS, DIMENSIONS)).astype(np.float32)
    with transaction.cursor().copy(
        "COPY video_embeddings (space_id, video_id, embedding, give, take) FROM STDIN"
    ) as copy:
        for ids, vectors in _vectors(random, centres, sizes.videos):
            for video, vector in zip(ids.tolist(), vectors, strict=True):
                text = "[" + ",".join(f"{value:.4f}" for value in vector.tolist()) + "]"
                copy.write_row((space_id, video, text, 0.1, 3.0))
    transaction.execute(_INDEX)
    with transaction.cursor().copy(
        "COPY video_neighbors (space_id, video_id, ids, cowatch, content) FROM STDIN"
        " WITH (FORMAT binary)"
    ) as copy:
        copy.set_types(["int8", "int8", "bytea", "bytea", "bytea"])
        weights = np.linspace(0.1, 0.001, NEIGHBOURS).astype("<f4").tobytes()
        for video in range(1, sizes.videos + 1):
            steps = random.integers(0, sizes.videos // TOPICS, NEIGHBOURS)
            near = 1 + (video - 1) % TOPICS + TOPICS * steps
            copy.write_row((space_id, video, near.astype("<i8").tobytes(), weights, weights))
    settings = {"tau": 4.0, "vector_weight": 0.3, "scale": 1.0, "model": {}}
    space_store.end_run(transaction, space_id, "champion", settings=settings, metrics={}, now=now)
    return space_id


def _vectors(
    random: np.random.Generator, centres: Floats, videos: int
) -> Iterator[tuple[Ints, Floats]]:
    """Yield row ids and vectors of length 1 around the centres of their topics."""
    for first in range(1, videos + 1, CHUNK):
        ids = np.arange(first, min(first + CHUNK, videos + 1))
        noise = random.standard_normal((len(ids), DIMENSIONS)).astype(np.float32)
        yield ids, unit(centres[(ids - 1) % TOPICS] + noise)


# As the migration has it.
_INDEX = (
    "CREATE INDEX video_embeddings_near ON video_embeddings"
    " USING hnsw (embedding halfvec_cosine_ops) WITH (m = 16, ef_construction = 64)"
)
_PLAYBACK = """{"hls_key": "v/a/1.1/main.m3u8", "mp4_key": "v/a/1.1/a.mp4",
"poster_key": "v/a/1.1/poster.jpg", "placeholder": "data:image/jpeg;base64,AAAA", "width": 360,
"height": 640, "duration_ms": 5000,
"start": {"key": "v/a/1.1/a.cmfv", "bytes": 20000, "codecs": "avc1.4d401e"}}"""

"""SQL of candidate generation: who might be shown, and what ranking reads of them.

Both statements answer with one packed value, which numpy reads without a loop over rows.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

import numpy as np
from numpy.typing import NDArray
from pgvector import HalfVector

from chalicelib.feed.reward import USUAL_QUANTILE
from chalicelib.feed.tables import DIMENSIONS, Floats, Found, Ints, Neighbours, Pool, Videos
from chalicelib.platform.database import Connection

EF_SEARCH = 200  # recall@200 of 0.96; under the LIMIT it would cut the answer short
SHRINK = 10.0  # viewings' worth of what is usual, so that few viewings say little
USUAL_RATES = (0.3, 0.05, 0.01, 0.3)  # completed, liked, shared, skipped
NOWHERE = HalfVector([0.0] * DIMENSIONS).to_text()

# Each generator takes the best of a key by an index that is sorted so: no sort, no scan.
_POOL = """
WITH found (video_id, bit) AS (
    (SELECT f.video_id, %(following)s FROM follows w CROSS JOIN LATERAL (
        SELECT video_id FROM video_features WHERE creator_id = w.followed_id
        ORDER BY published_at DESC LIMIT 20
    ) f WHERE w.follower_id = %(user)s LIMIT 200)
    UNION ALL
    SELECT t.video_id, %(hashtag)s FROM unnest(%(tags)s::bigint[]) wanted (id) CROSS JOIN LATERAL (
        SELECT video_id FROM video_tags WHERE tag_id = wanted.id
        ORDER BY hot DESC, video_id DESC LIMIT 25
    ) t
    UNION ALL
    SELECT f.video_id, %(sound)s FROM unnest(%(sounds)s::bigint[]) wanted (id) CROSS JOIN LATERAL (
        SELECT video_id FROM video_features WHERE sound_id = wanted.id AND sound_id <> 0
        ORDER BY hot DESC, video_id DESC LIMIT 20
    ) f
    UNION ALL
    SELECT id, %(neighbour)s FROM unnest(%(neighbours)s::bigint[]) near (id)
    UNION ALL
    (SELECT video_id, %(long)s FROM video_embeddings WHERE space_id = %(space)s AND %(has_taste)s
        ORDER BY embedding <=> %(long_taste)s::halfvec LIMIT 200)
    UNION ALL
    (SELECT video_id, %(short)s FROM video_embeddings WHERE space_id = %(space)s AND %(has_taste)s
        ORDER BY embedding <=> %(short_taste)s::halfvec LIMIT 200)
    UNION ALL
    (SELECT video_id, %(trending)s FROM video_features ORDER BY hot DESC, video_id DESC LIMIT 150)
    UNION ALL
    (SELECT video_id, %(nearby)s FROM video_features WHERE country = %(country)s
        AND country <> '' ORDER BY hot DESC, video_id DESC LIMIT 100)
    UNION ALL
    SELECT id, %(nearby)s FROM unnest(%(alike)s::bigint[]) alike (id)
    UNION ALL
    (SELECT video_id, %(exploration)s FROM video_features WHERE stage = 'testing'
        ORDER BY published_at DESC LIMIT 40)
    UNION ALL
    (SELECT video_id, %(exploration)s FROM video_features WHERE stage = 'growing'
        ORDER BY published_at DESC LIMIT 20)
    UNION ALL
    (SELECT video_id, %(newest)s FROM video_features
        ORDER BY published_at DESC, video_id DESC LIMIT 60)
), merged AS (
    SELECT video_id, bit_or(bit) AS bits FROM found GROUP BY video_id
)
SELECT string_agg(int8send(video_id) || int4send(bits), ''::bytea ORDER BY video_id) AS packed
FROM merged
"""

_FILTERS = """
    f.creator_id <> ALL (ARRAY(
        SELECT blocked_id FROM blocks WHERE blocker_id = %(user)s
        UNION ALL SELECT blocker_id FROM blocks WHERE blocked_id = %(user)s
        UNION ALL SELECT value::bigint FROM not_interested
            WHERE user_id = %(user)s AND scope = 'creator'))
    AND f.video_id <> ALL (ARRAY(SELECT value::bigint FROM not_interested
        WHERE user_id = %(user)s AND scope = 'video'))
    AND f.sound_id <> ALL (ARRAY(SELECT value::bigint FROM not_interested
        WHERE user_id = %(user)s AND scope = 'sound'))
    AND NOT f.tag_ids && ARRAY(SELECT h.id FROM not_interested n JOIN hashtags h ON h.tag = n.value
        WHERE n.user_id = %(user)s AND n.scope = 'hashtag')
    AND (%(hidden)s::text[] = '{}' OR NOT EXISTS (
        SELECT FROM videos v WHERE v.id = f.video_id AND v.description ~* ANY (%(hidden)s::text[])))
"""

_VIDEOS = (
    """
SELECT string_agg(int8send(f.video_id) || int8send(f.creator_id) || int8send(f.sound_id)
    || int8send(coalesce(f.tag_ids[1], 0)) || int8send(coalesce(f.tag_ids[2], 0))
    || int8send(coalesce(f.tag_ids[3], 0)) || int8send(coalesce(f.tag_ids[4], 0))
    || int8send(f.duration_ms) || timestamptz_send(f.published_at)
    || int8send(f.viewings) || float8send(f.quantile_sum) || int8send(f.completed)
    || int8send(f.liked) || int8send(f.shared) || int8send(f.skipped) || float4send(f.hot)
    || int8send(f.shown) || float4send(coalesce(f.prior, 'NaN'::real)), ''::bytea
    ORDER BY f.video_id) AS packed
FROM video_features f WHERE f.video_id = ANY (%(ids)s::bigint[]) AND """
    + _FILTERS
)

_EPOCH = 946_684_800  # 2000-01-01, from which PostgreSQL counts microseconds, in Unix time
_CANDIDATE = np.dtype([("id", ">i8"), ("bits", ">i4")])
_PLACE = np.dtype(
    [("id", ">i8"), ("take", ">f4"), ("head", ">i2", 2), ("vector", ">f2", DIMENSIONS)]
)
_ROW = np.dtype(
    [
        ("id", ">i8"), ("creator", ">i8"), ("sound", ">i8"), ("tags", ">i8", 4),
        ("duration", ">i8"), ("published", ">i8"), ("viewings", ">i8"), ("quantiles", ">f8"),
        ("counts", ">i8", 4), ("hot", ">f4"), ("shown", ">i8"), ("prior", ">f4"),
    ]
)  # fmt: skip


@dataclass(frozen=True)
class Viewer:
    """Whom a pool is for; everybody without an account is the same."""

    row_id: int | None
    country: str = ""
    hidden_keywords: Sequence[str] = ()

    @property
    def hidden_patterns(self) -> list[str]:
        """The hidden keywords as regular expressions of PostgreSQL that match whole words."""
        return [_whole(word) for word in self.hidden_keywords if word]


@dataclass(frozen=True)
class Wanted:
    """What a viewer's taste asks the generators for."""

    tags: Sequence[int] = ()
    sounds: Sequence[int] = ()
    neighbours: Sequence[int] = ()
    alike: Sequence[int] = ()  # what people like the viewer watch
    short: Floats | None = None
    long: Floats | None = None


def limit_time(transaction: Connection, milliseconds: int) -> None:
    """Let no statement take longer than this, up to the end of the transaction or savepoint."""
    transaction.execute("SELECT set_config('statement_timeout', %s, true)", (str(milliseconds),))


def read_pool(transaction: Connection, viewer: Viewer, wanted: Wanted, space_id: int) -> Pool:
    """Return the candidates of a viewer, with who found them, in the order of their ids."""
    has_taste = wanted.short is not None and wanted.long is not None
    if has_taste:
        transaction.execute("SELECT set_config('hnsw.ef_search', %s, true)", (str(EF_SEARCH),))
    bits = {name: int(source) for name, source in _BITS.items()}
    row = transaction.execute(
        _POOL,
        {
            **bits, "user": viewer.row_id, "country": viewer.country,
            "alike": array(wanted.alike), "tags": list(wanted.tags),
            "sounds": list(wanted.sounds), "neighbours": array(wanted.neighbours),
            "space": space_id, "has_taste": has_taste, "long_taste": _halfvec(wanted.long),
            "short_taste": _halfvec(wanted.short),
        },
        binary=True,
    ).fetchone()  # fmt: skip
    packed = np.frombuffer((row or {})["packed"] or b"", _CANDIDATE)
    return Pool(packed["id"].astype(np.int64), packed["bits"].astype(np.uint16))


def read_videos(transaction: Connection, ids: Ints, viewer: Viewer) -> Videos:
    """Return what ranking knows of those videos that a viewer may be shown, in the order of ids.

    What is not for everybody any more, blocked either way, or not wanted, is left out. Vectors and
    take are zeros: they belong to a space.
    """
    if not len(ids):
        return _videos(np.zeros(0, _ROW))
    row = transaction.execute(
        _VIDEOS,
        {
            "ids": array(ids.tolist()), "user": viewer.row_id, "hidden": viewer.hidden_patterns,
        },
        binary=True,
    ).fetchone()  # fmt: skip
    rows = np.frombuffer((row or {})["packed"] or b"", _ROW)
    return _videos(rows)


def array(ids: Sequence[int]) -> str:
    """Return row ids as the text of a bigint[]: ten times as fast as psycopg's own way."""
    return f"{{{','.join(map(str, ids))}}}"


def find_tags(transaction: Connection, names: Sequence[str]) -> list[int]:
    """Return the ids of those hashtags that there are."""
    rows = transaction.execute(
        "SELECT id FROM hashtags WHERE tag = ANY (%s) ORDER BY id", (list(names),)
    ).fetchall()
    return [row["id"] for row in rows]


def read_newest(transaction: Connection, since: datetime) -> Ints:
    """Return the videos that were published since a moment, at most 100, the newest."""
    rows = transaction.execute(
        "SELECT video_id FROM video_features WHERE published_at >= %s"
        " ORDER BY published_at DESC, video_id DESC LIMIT 100",
        (since,),
    ).fetchall()
    return np.array([row["video_id"] for row in rows], np.int64)


def read_others(transaction: Connection, known: Ints, limit: int) -> Ints:
    """Return the newest videos that are not among those known."""
    rows = transaction.execute(
        "SELECT video_id FROM video_features WHERE video_id <> ALL (%s)"
        " ORDER BY published_at DESC, video_id DESC LIMIT %s",
        (known.tolist(), limit),
    ).fetchall()
    return np.array([row["video_id"] for row in rows], np.int64)


def read_seen(transaction: Connection, user_row_id: int, since: datetime | None = None) -> Ints:
    """Return the videos that somebody has seen, all of them or those since a moment."""
    row = transaction.execute(
        "SELECT string_agg(int8send(video_id), ''::bytea) AS packed FROM watch_history"
        " WHERE user_id = %s AND created_at >= coalesce(%s, '-infinity'::timestamptz)",
        (user_row_id, since),
        binary=True,
    ).fetchone()
    return np.frombuffer((row or {})["packed"] or b"", ">i8").astype(np.int64)


def read_neighbours(transaction: Connection, ids: Ints, space_id: int) -> dict[int, Neighbours]:
    """Return the neighbours of those videos that have any in a space."""
    rows = transaction.execute(
        "SELECT video_id, ids, cowatch, content FROM video_neighbors"
        " WHERE space_id = %s AND video_id = ANY (%s::bigint[])",
        (space_id, array(ids.tolist())),
        binary=True,
    ).fetchall()
    return {
        row["video_id"]: Neighbours(
            np.frombuffer(row["ids"], "<i8"),
            np.frombuffer(row["cowatch"], "<f4"),
            np.frombuffer(row["content"], "<f4"),
        )
        for row in rows
    }


def read_vectors(
    transaction: Connection, ids: Sequence[int], space_id: int
) -> tuple[Ints, Floats, Floats]:
    """Return those videos that have a place in a space, their vectors, and their take."""
    row = transaction.execute(
        "SELECT string_agg(int8send(video_id) || float4send(take) || halfvec_send(embedding),"
        " ''::bytea) AS packed FROM video_embeddings"
        " WHERE space_id = %s AND video_id = ANY (%s::bigint[])",
        (space_id, array(ids)),
        binary=True,
    ).fetchone()
    rows = np.frombuffer((row or {})["packed"] or b"", _PLACE)
    return (
        rows["id"].astype(np.int64),
        rows["vector"].astype(np.float32),
        rows["take"].astype(np.float32),
    )


def read_middle(transaction: Connection, ids: Sequence[int], space_id: int) -> str | None:
    """Return the mean vector of some videos, as text; None if none has a place in a space."""
    row = transaction.execute(
        "SELECT avg(embedding)::text AS middle FROM video_embeddings"
        " WHERE space_id = %s AND video_id = ANY (%s::bigint[])",
        (space_id, array(ids)),
    ).fetchone()
    return row["middle"] if row else None


def read_near(
    transaction: Connection, middle: str, space_id: int, limit: int
) -> list[tuple[int, float]]:
    """Return the videos nearest to a vector, given as text, with their cosines to it."""
    transaction.execute("SELECT set_config('hnsw.ef_search', %s, true)", (str(max(limit, 40)),))
    rows = transaction.execute(
        "SELECT video_id, 1 - (embedding <=> %(middle)s::halfvec) AS cosine FROM video_embeddings"
        " WHERE space_id = %(space)s ORDER BY embedding <=> %(middle)s::halfvec LIMIT %(limit)s",
        {"middle": middle, "space": space_id, "limit": limit},
    ).fetchall()
    return [(row["video_id"], row["cosine"]) for row in rows]


def read_durations(transaction: Connection, ids: Sequence[int]) -> dict[int, int]:
    """Return the lengths in milliseconds of those videos that everybody may see."""
    rows = transaction.execute(
        "SELECT video_id, duration_ms FROM video_features WHERE video_id = ANY (%s)", (list(ids),)
    ).fetchall()
    return {row["video_id"]: row["duration_ms"] for row in rows}


def read_give_vectors(
    transaction: Connection, ids: Sequence[int], space_id: int
) -> dict[int, Floats]:
    """Return `give * vector` of those videos that have a place in a space."""
    rows = transaction.execute(
        "SELECT video_id, give, halfvec_send(embedding) AS embedding FROM video_embeddings"
        " WHERE space_id = %s AND video_id = ANY (%s)",
        (space_id, list(ids)),
        binary=True,
    ).fetchall()
    return {
        row["video_id"]: np.frombuffer(row["embedding"], ">f2", offset=4).astype(np.float32)
        * np.float32(row["give"])
        for row in rows
    }


def _videos(rows: NDArray[np.void]) -> Videos:
    viewings = rows["viewings"].astype(np.float64) + SHRINK
    usual = np.array(USUAL_RATES) * SHRINK
    return Videos(
        ids=rows["id"].astype(np.int64),
        creators=rows["creator"].astype(np.int64),
        sounds=rows["sound"].astype(np.int64),
        tags=rows["tags"].astype(np.int64),
        duration_ms=rows["duration"].astype(np.int64),
        published=rows["published"] / 1e6 + _EPOCH,
        vectors=np.zeros((len(rows), DIMENSIONS), np.float32),
        take=np.zeros(len(rows), np.float32),
        quantile_sum=rows["quantiles"].astype(np.float32),
        prior=rows["prior"].astype(np.float32),
        appeal=((rows["quantiles"] + USUAL_QUANTILE * SHRINK) / viewings).astype(np.float32),
        rates=((rows["counts"] + usual) / viewings[:, None]).astype(np.float32),
        hot=rows["hot"].astype(np.float32),
        shown=rows["shown"].astype(np.int64),
        viewings=rows["viewings"].astype(np.float32),
    )


def _halfvec(vector: Floats | None) -> str:
    return NOWHERE if vector is None else HalfVector(vector).to_text()


def _whole(word: str) -> str:
    begins = r"\m" if re.match(r"\w", word) else ""
    ends = r"\M" if re.search(r"\w\Z", word) else ""
    escaped = re.sub(r"([^\w\s])", r"\\\1", word)
    return begins + escaped + ends


_BITS = {
    "following": Found.FOLLOWING, "hashtag": Found.HASHTAG, "sound": Found.SOUND,
    "neighbour": Found.NEIGHBOUR, "long": Found.LONG_TASTE, "short": Found.SHORT_TASTE,
    "trending": Found.TRENDING, "nearby": Found.NEARBY, "exploration": Found.EXPLORATION,
    "newest": Found.NEWEST,
}  # fmt: skip

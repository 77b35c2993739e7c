"""SQL of training: what was watched, and what is said of videos, as columns."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime

import numpy as np
from numpy.typing import NDArray
from pgvector import HalfVector

from chalicelib.feed.tables import DIMENSIONS, Floats, Ints
from chalicelib.platform.database import Connection

MOST_EVENTS = 500_000  # the newest: what fits a function's memory and its quarter of an hour
MOST_VIDEOS = 100_000
_EVENT = np.dtype([("user", ">i8"), ("video", ">i8"), ("reward", ">f4"), ("at", ">f8")])


@dataclass(frozen=True)
class WatchLog:
    """Events as columns, in no order; `at` in seconds since 1970."""

    users: Ints
    videos: Ints
    rewards: Floats
    at: NDArray[np.float64]


def allow_minutes(transaction: Connection) -> None:
    """Let this transaction's statements take as long as training may."""
    transaction.execute("SET LOCAL statement_timeout = '10min'")


def read_events(transaction: Connection, since: datetime, least_reward: float) -> WatchLog:
    """Return the newest viewings of public videos that were worth something."""
    row = transaction.execute(
        "SELECT string_agg(int8send(user_id) || int8send(video_id) || float4send(reward)"
        " || float8send(extract(epoch FROM created_at)::float8), ''::bytea) AS packed FROM ("
        "  SELECT h.user_id, h.video_id, h.reward, h.created_at FROM watch_history h"
        "  JOIN video_features f ON f.video_id = h.video_id"
        "  WHERE h.created_at >= %s AND h.reward >= %s"
        "  ORDER BY h.created_at DESC LIMIT %s) newest",
        (since, least_reward, MOST_EVENTS),
    ).fetchone()
    rows = np.frombuffer((row or {})["packed"] or b"", _EVENT)
    return WatchLog(
        rows["user"].astype(np.int64),
        rows["video"].astype(np.int64),
        rows["reward"].astype(np.float32),
        rows["at"].astype(np.float64),
    )


def read_words(transaction: Connection) -> Iterator[tuple[int, Sequence[str]]]:
    """Yield the newest public videos with what is said of them, marked by kind."""
    rows = transaction.execute(
        "SELECT v.id, v.description, v.hashtags, f.creator_id, f.sound_id"
        " FROM video_features f JOIN videos v ON v.id = f.video_id"
        " ORDER BY f.published_at DESC LIMIT %s",
        (MOST_VIDEOS,),
    )
    for row in rows:
        words = [f"w:{word}" for word in row["description"].lower().split() if word[:1].isalpha()]
        tags = [f"#:{tag}" for tag in row["hashtags"]] * 2  # what a creator chose to say
        sound = [f"s:{row['sound_id']}"] if row["sound_id"] else []
        yield row["id"], [*words, *tags, *sound, f"c:{row['creator_id']}"]


def read_vectors(transaction: Connection, space_id: int) -> tuple[Ints, Floats]:
    """Return the videos of a space that people have watched, and their vectors."""
    rows = transaction.execute(
        "SELECT video_id, halfvec_send(embedding) AS embedding FROM video_embeddings"
        " WHERE space_id = %s AND NOT from_content",
        (space_id,),
    ).fetchall()
    if not rows:
        return np.zeros(0, np.int64), np.zeros((0, DIMENSIONS), np.float32)
    vectors = [np.frombuffer(row["embedding"], ">f2", offset=4) for row in rows]
    ids = np.array([row["video_id"] for row in rows], np.int64)
    return ids, np.stack(vectors).astype(np.float32)


def write_user_vectors(
    transaction: Connection, space_id: int, users: Ints, vectors: Floats, now: datetime
) -> None:
    """Keep where people stand in a space, for those who are looked for by taste."""
    transaction.execute(
        "INSERT INTO user_embeddings (user_id, space_id, embedding, updated_at)"
        " SELECT id, %s, vector::halfvec, %s FROM unnest(%s::bigint[], %s::text[])"
        " AS new (id, vector) ON CONFLICT (user_id) DO UPDATE SET space_id = excluded.space_id,"
        " embedding = excluded.embedding, updated_at = excluded.updated_at",
        (space_id, now, users.tolist(), [HalfVector(vector).to_text() for vector in vectors]),
    )

"""SQL of where new videos are placed: by what they say, and by who has watched them."""

from collections import defaultdict
from collections.abc import Sequence
from datetime import datetime

import numpy as np

from chalicelib.feed.reward import LEAST_REWARD
from chalicelib.feed.tables import Floats, Ints
from chalicelib.platform.database import Connection

MOST = 200  # videos at a time
COMMON = 2000  # videos with a hashtag, from which it says nothing any more

# What is like a new video: the same hashtags, the rare ones above all, sound and creator.
_LIKE = """
WITH new AS (
    SELECT video_id, tag_ids, sound_id, creator_id FROM video_features
    WHERE video_id = ANY (%(ids)s)
), tags AS (
    SELECT tag.id, ln(%(common)s::float8 / greatest(1, (SELECT count(*) FROM (
        SELECT FROM video_tags WHERE tag_id = tag.id LIMIT %(common)s) tagged))) AS weight
    FROM (SELECT DISTINCT unnest(tag_ids) AS id FROM new) tag
), alike AS (
    SELECT n.video_id, near.video_id AS near, g.weight
    FROM new n CROSS JOIN LATERAL unnest(n.tag_ids) AS said (id) JOIN tags g ON g.id = said.id
    CROSS JOIN LATERAL (SELECT video_id FROM video_tags WHERE tag_id = g.id
        ORDER BY hot DESC, video_id DESC LIMIT 50) near
    UNION ALL
    SELECT n.video_id, near.video_id, 1.0 FROM new n
    CROSS JOIN LATERAL (SELECT video_id FROM video_features WHERE creator_id = n.creator_id
        ORDER BY published_at DESC LIMIT 20) near
    UNION ALL
    SELECT n.video_id, near.video_id, 1.0 FROM new n
    CROSS JOIN LATERAL (SELECT video_id FROM video_features WHERE sound_id = n.sound_id
        AND sound_id <> 0 ORDER BY hot DESC, video_id DESC LIMIT 20) near
)
SELECT video_id, array_agg(near) AS near, array_agg(weight) AS weights FROM (
    SELECT a.video_id, a.near, sum(a.weight)::float8 AS weight FROM alike a
    JOIN video_embeddings e ON e.space_id = %(space)s AND e.video_id = a.near
        AND NOT e.from_content
    WHERE a.near <> a.video_id GROUP BY a.video_id, a.near
) summed GROUP BY video_id
"""


def find_young(transaction: Connection, space_id: int, since: datetime) -> list[int]:
    """Return videos that training doesn't know: without a place, or watched since a moment."""
    rows = transaction.execute(
        "SELECT f.video_id FROM video_features f LEFT JOIN video_embeddings e"
        "  ON e.space_id = %(space)s AND e.video_id = f.video_id"
        " WHERE f.stage IN ('testing', 'growing')"
        "  AND (e.video_id IS NULL AND f.published_at >= %(since)s"
        "   OR e.from_content AND f.viewings > 0 AND f.heated_at >= %(since)s)"
        " ORDER BY f.published_at DESC LIMIT %(most)s",
        {"space": space_id, "since": since, "most": MOST},
    ).fetchall()
    return [row["video_id"] for row in rows]


def read_alike(
    transaction: Connection, ids: Sequence[int], space_id: int
) -> dict[int, tuple[Ints, Floats]]:
    """Return what training knows and is like each video: ids, and how much they are alike."""
    rows = transaction.execute(
        _LIKE, {"ids": list(ids), "space": space_id, "common": COMMON}
    ).fetchall()
    return {
        row["video_id"]: (np.array(row["near"], np.int64), np.array(row["weights"], np.float32))
        for row in rows
    }


def read_watchers(
    transaction: Connection, ids: Sequence[int], space_id: int
) -> dict[int, list[tuple[float, Floats]]]:
    """Return, by video, what the last who wanted to watch it found it worth, and their tastes."""
    rows = transaction.execute(
        "SELECT wanted.id, h.reward, halfvec_send(e.embedding) AS embedding"
        " FROM unnest(%(ids)s::bigint[]) AS wanted (id) CROSS JOIN LATERAL ("
        "  SELECT user_id, reward FROM watch_history WHERE video_id = wanted.id"
        "  AND reward >= %(least)s ORDER BY created_at DESC LIMIT 200) h"
        " JOIN user_embeddings e ON e.user_id = h.user_id AND e.space_id = %(space)s",
        {"ids": list(ids), "least": LEAST_REWARD, "space": space_id},
        binary=True,
    ).fetchall()
    found: defaultdict[int, list[tuple[float, Floats]]] = defaultdict(list)
    for row in rows:
        vector = np.frombuffer(row["embedding"], ">f2", offset=4).astype(np.float32)
        found[row["id"]].append((row["reward"], vector))
    return found

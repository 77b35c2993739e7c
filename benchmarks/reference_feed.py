"""A feed in its plainest form: a query per source, vectors as text, cosine times boosts in a loop.

The recipe of the two-phase design that this project began from: candidates of four sources, what
was watched filtered out, and a score that is the product of cosine, quality, creator and freshness.
"""

import json
import math
from datetime import datetime
from typing import Any

from chalicelib.platform.database import Connection

SOURCES = {
    "followed": "SELECT v.id FROM videos v WHERE v.creator_id IN (SELECT followed_id FROM follows"
    " WHERE follower_id = %(user)s) AND v.status = 'published'"
    " ORDER BY v.created_at DESC LIMIT 200",
    "hashtags": "SELECT f.video_id AS id FROM video_features f WHERE f.tag_ids && (SELECT"
    " array_agg(DISTINCT tag) FROM (SELECT unnest(w.tag_ids) AS tag FROM watch_history h"
    " JOIN video_features w ON w.video_id = h.video_id WHERE h.user_id = %(user)s"
    " ORDER BY h.created_at DESC LIMIT 20) liked) ORDER BY f.published_at DESC LIMIT 300",
    "sounds": "SELECT f.video_id AS id FROM video_features f WHERE f.sound_id IN (SELECT"
    " w.sound_id FROM watch_history h JOIN video_features w ON w.video_id = h.video_id"
    " WHERE h.user_id = %(user)s AND w.sound_id <> 0 ORDER BY h.created_at DESC LIMIT 10)"
    " ORDER BY f.published_at DESC LIMIT 200",
    "trending": "SELECT v.id FROM videos v JOIN video_stats s ON s.video_id = v.id"
    " WHERE v.status = 'published' ORDER BY s.views DESC, v.published_at DESC LIMIT 300",
}


def rank(transaction: Connection, user: int, space_id: int, now: datetime, count: int) -> list[int]:
    """Return the best videos for somebody."""
    found: set[int] = set()
    for statement in SOURCES.values():
        found |= {row["id"] for row in transaction.execute(statement, {"user": user}).fetchall()}
    watched = transaction.execute(
        "SELECT DISTINCT video_id FROM watch_history WHERE user_id = %s", (user,)
    ).fetchall()
    found -= {row["video_id"] for row in watched}
    own = transaction.execute(
        "SELECT avg(e.embedding::vector)::text AS vector FROM (SELECT video_id FROM watch_history"
        " WHERE user_id = %s ORDER BY created_at DESC LIMIT 50) h JOIN video_embeddings e"
        " ON e.space_id = %s AND e.video_id = h.video_id",
        (user, space_id),
    ).fetchone()
    videos = transaction.execute(
        "SELECT f.*, e.embedding::text AS vector FROM video_features f JOIN video_embeddings e"
        " ON e.space_id = %s AND e.video_id = f.video_id WHERE f.video_id = ANY (%s)",
        (space_id, list(found)),
    ).fetchall()
    mine = json.loads((own or {})["vector"] or "[]")
    scores = {video["video_id"]: _score(mine, video, now) for video in videos}
    return sorted(scores, key=lambda video: -scores[video])[:count]


def _score(mine: list[float], video: dict[str, Any], now: datetime) -> float:
    score: float = _cosine(mine, json.loads(video["vector"]))
    score *= 0.5 + video["quantile_sum"] / max(1, video["viewings"])
    score *= 1 + math.log1p(video["shown"]) / 10
    return score * math.exp(-(now - video["published_at"]).total_seconds() / 259_200)


def _cosine(one: list[float], other: list[float]) -> float:
    dot = sum(a * b for a, b in zip(one, other, strict=False))
    lengths = math.sqrt(sum(a * a for a in one)) * math.sqrt(sum(b * b for b in other))
    return dot / lengths if lengths else 0.0

"""SQL of feeds that are lists: the newest of followed creators, the hottest of a tag or a sound."""

from datetime import datetime
from typing import Any

import numpy as np

from chalicelib.feed.tables import Ints
from chalicelib.platform.database import Connection


def following(transaction: Connection, user_row_id: int, limit: int) -> Ints:
    """Return the newest public videos of the creators that somebody follows."""
    return _ids(
        transaction,
        "SELECT newest.video_id AS id FROM follows w CROSS JOIN LATERAL ("
        "  SELECT video_id, published_at FROM video_features WHERE creator_id = w.followed_id"
        "  ORDER BY published_at DESC LIMIT %(limit)s"
        " ) newest WHERE w.follower_id = %(user)s"
        " ORDER BY newest.published_at DESC, newest.video_id DESC LIMIT %(limit)s",
        user=user_row_id,
        limit=limit,
    )


def hashtag(transaction: Connection, tag: str, limit: int) -> Ints:
    """Return the hottest videos of a hashtag."""
    return _ids(
        transaction,
        "SELECT t.video_id AS id FROM hashtags h JOIN video_tags t ON t.tag_id = h.id"
        " WHERE h.tag = %(tag)s ORDER BY t.hot DESC, t.video_id DESC LIMIT %(limit)s",
        tag=tag,
        limit=limit,
    )


def sound(transaction: Connection, sound_id: str, limit: int) -> Ints:
    """Return the hottest videos with a sound."""
    return _ids(
        transaction,
        "SELECT f.video_id AS id FROM sounds s JOIN video_features f ON f.sound_id = s.id"
        " WHERE s.public_id = %(sound)s AND f.sound_id <> 0"
        " ORDER BY f.hot DESC, f.video_id DESC LIMIT %(limit)s",
        sound=sound_id,
        limit=limit,
    )


def trending(transaction: Connection, limit: int) -> Ints:
    """Return what is hottest; of what nobody has watched yet, the newest first."""
    return _ids(
        transaction,
        "SELECT video_id AS id FROM video_features"
        " ORDER BY hot DESC, video_id DESC LIMIT %(limit)s",
        limit=limit,
    )


def seen_before(transaction: Connection, user_row_id: int, before: datetime, limit: int) -> Ints:
    """Return what somebody had seen before a moment, the longest ago first."""
    return _ids(
        transaction,
        "SELECT video_id AS id FROM watch_history WHERE user_id = %(user)s"
        " AND created_at < %(before)s GROUP BY video_id ORDER BY max(created_at) LIMIT %(limit)s",
        user=user_row_id,
        before=before,
        limit=limit,
    )


def _ids(transaction: Connection, statement: str, **values: Any) -> Ints:
    rows = transaction.execute(statement, values).fetchall()
    return np.array([row["id"] for row in rows], dtype=np.int64)

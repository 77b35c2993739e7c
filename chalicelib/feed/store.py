"""SQL of candidate generation: what there is to show, and what was seen."""

from datetime import datetime

from chalicelib.platform.database import Connection

_SHOWABLE = "v.status = 'published' AND v.visibility = 'public' AND v.published_at <= %(snapshot)s"


def newest(transaction: Connection, snapshot: datetime, limit: int) -> list[int]:
    """Return the newest videos of a moment, newest first."""
    rows = transaction.execute(
        f"SELECT v.id FROM videos v WHERE {_SHOWABLE}"  # noqa: S608 - a constant of this module
        " ORDER BY v.published_at DESC, v.id DESC LIMIT %(limit)s",
        {"snapshot": snapshot, "limit": limit},
    ).fetchall()
    return [row["id"] for row in rows]


def most_watched(transaction: Connection, snapshot: datetime, limit: int) -> list[int]:
    """Return the most viewed videos of a moment, most viewed first."""
    joined = "FROM video_stats s JOIN videos v ON v.id = s.video_id"
    rows = transaction.execute(
        f"SELECT v.id {joined} WHERE {_SHOWABLE}"
        " ORDER BY s.views DESC, s.video_id DESC LIMIT %(limit)s",
        {"snapshot": snapshot, "limit": limit},
    ).fetchall()
    return [row["id"] for row in rows]


def seen(transaction: Connection, user_row_id: int, before: datetime) -> list[int]:
    """Return what somebody had seen before a moment, the longest ago first."""
    rows = transaction.execute(
        "SELECT video_id FROM watch_history WHERE user_id = %s AND created_at < %s"
        " GROUP BY video_id ORDER BY max(created_at)",
        (user_row_id, before),
    ).fetchall()
    return [row["video_id"] for row in rows]

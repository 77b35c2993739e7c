"""SQL of what somebody has watched."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from chalicelib.platform.database import Connection


@dataclass(frozen=True)
class Watch:
    """When and how long a video was last watched; times in milliseconds, completion 0 to 1."""

    video_row_id: int
    watched_at: datetime
    watch_ms: int
    completion_rate: float


def list_watched(
    transaction: Connection, user_row_id: int, *, before: Sequence[Any] | None, limit: int
) -> list[Watch]:
    """Return what somebody has watched, each video once, the last first, after a position."""
    at, row_id = before or (None, None)
    rows = transaction.execute(
        "SELECT * FROM (SELECT DISTINCT ON (video_id) video_id AS video_row_id,"
        " created_at AS watched_at, watch_duration_ms AS watch_ms,"
        " completion_rate::float8 AS completion_rate FROM watch_history"
        " WHERE user_id = %(user)s AND (watch_duration_ms > 0 OR skipped)"
        " ORDER BY video_id, created_at DESC) last"
        " WHERE %(at)s::timestamptz IS NULL OR (watched_at, video_row_id) < (%(at)s, %(row)s)"
        " ORDER BY watched_at DESC, video_row_id DESC LIMIT %(limit)s",
        {"user": user_row_id, "at": at, "row": row_id, "limit": limit},
    ).fetchall()
    return [Watch(**row) for row in rows]


def delete(
    transaction: Connection, user_row_id: int, video_row_id: int | None, now: datetime
) -> None:
    """Forget what somebody has watched, all or of one video; also what was reported and isn't in.

    The taste must be locked.
    """
    given = {"user": user_row_id, "video": video_row_id, "now": now}
    transaction.execute(
        "INSERT INTO history_deletions AS d (user_id, video_id, deleted_at)"
        " VALUES (%(user)s, coalesce(%(video)s::bigint, 0), %(now)s)"
        " ON CONFLICT (user_id, video_id) DO UPDATE SET"
        " deleted_at = greatest(d.deleted_at, excluded.deleted_at)",
        given,
    )
    transaction.execute(
        "DELETE FROM watch_history WHERE user_id = %(user)s"
        " AND (%(video)s::bigint IS NULL OR video_id = %(video)s)",
        given,
    )

"""SQL about videos and their visibility; every change of status names the states it may leave."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from psycopg.types.json import Jsonb

from chalicelib.accounts.models import UserRef
from chalicelib.platform.database import Connection
from chalicelib.videos.models import NewVideo, Stats, Status, Video, Visibility

_VIDEO = """
    SELECT v.id AS row_id, v.public_id AS id, v.creator_id AS creator_row_id, v.description,
           v.hashtags, v.mentions, v.labels, v.visibility::text AS visibility, v.allow_comments,
           v.draft, v.status::text AS status, v.generation, v.attempt, v.size_bytes,
           v.duration_ms, v.width, v.height, v.playback, v.error_code, v.created_at,
           v.published_at, u.public_id AS user_id, u.username, u.display_name,
           s.views, s.likes, s.comments, s.shares, s.saves,
           CASE WHEN %(viewer)s::bigint IS NULL THEN NULL ELSE EXISTS (
               SELECT FROM likes l WHERE l.user_id = %(viewer)s AND l.video_id = v.id
           ) END AS liked
    FROM videos v
    JOIN users u ON u.id = v.creator_id
    JOIN video_stats s ON s.video_id = v.id
"""
_STATS = ("views", "likes", "comments", "shares", "saves")


def insert_video(
    transaction: Connection,
    *,
    public_id: str,
    creator_row_id: int,
    new: NewVideo,
    hashtags: Sequence[str],
    mentions: Sequence[str],
) -> int:
    """Create a video that awaits its file, with its counts. Returns the row id."""
    row = transaction.execute(
        "INSERT INTO videos (public_id, creator_id, description, hashtags, mentions, labels,"
        " visibility, allow_comments, draft, filename, content_type, size_bytes)"
        " VALUES (%s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s) RETURNING id",
        (
            public_id, creator_row_id, new.description, list(hashtags), list(mentions),
            list(new.labels), new.visibility, new.allow_comments, new.draft, new.filename,
            new.content_type, new.size_bytes,
        ),
    ).fetchone()  # fmt: skip
    assert row is not None  # noqa: S101 - RETURNING of a plain INSERT gives a row
    transaction.execute("INSERT INTO video_stats (video_id) VALUES (%s)", (row["id"],))
    return int(row["id"])


def find_video(
    transaction: Connection, public_id: str, *, viewer_row_id: int | None = None
) -> Video | None:
    """Return one video, whatever its state; who may see it is decided elsewhere."""
    row = transaction.execute(
        _VIDEO + "WHERE v.public_id = %(id)s", {"id": public_id, "viewer": viewer_row_id}
    ).fetchone()
    return None if row is None else _video(row)


def find_videos(
    transaction: Connection, row_ids: Sequence[int], *, viewer_row_id: int | None = None
) -> list[Video]:
    """Return videos by row id, in the order asked for; what is gone is left out."""
    rows = transaction.execute(
        _VIDEO + "WHERE v.id = ANY(%(ids)s)", {"ids": list(row_ids), "viewer": viewer_row_id}
    ).fetchall()
    found = {row["row_id"]: _video(row) for row in rows}
    return [found[row_id] for row_id in row_ids if row_id in found]


def list_own(
    transaction: Connection,
    creator_row_id: int,
    *,
    status: str | None,
    before: tuple[datetime, int] | None,
    limit: int,
) -> list[Video]:
    """Return a creator's videos of any state, newest first, after a position."""
    created_at, row_id = before or (None, None)
    rows = transaction.execute(
        _VIDEO + "WHERE v.creator_id = %(viewer)s"
        " AND (%(status)s::text IS NULL OR v.status = %(status)s::video_status)"
        " AND (%(at)s::timestamptz IS NULL OR (v.created_at, v.id) < (%(at)s, %(row_id)s))"
        " ORDER BY v.created_at DESC, v.id DESC LIMIT %(limit)s",
        {
            "viewer": creator_row_id, "status": status, "at": created_at, "row_id": row_id,
            "limit": limit,
        },
    ).fetchall()  # fmt: skip
    return [_video(row) for row in rows]


def mark_uploaded(transaction: Connection, row_id: int, generation: int, now: datetime) -> bool:
    """Note that the file is here. Returns whether the video still waits for being looked at."""
    cursor = transaction.execute(
        "UPDATE videos SET status = 'uploaded', changed_at = %s"
        " WHERE id = %s AND generation = %s AND status IN ('awaiting_upload', 'uploaded')",
        (now, row_id, generation),
    )
    return cursor.rowcount == 1


def mark_processing(
    transaction: Connection,
    row_id: int,
    *,
    duration_ms: int,
    width: int,
    height: int,
    now: datetime,
) -> int | None:
    """Move a validated upload on and return its new attempt; None if somebody else did."""
    row = transaction.execute(
        "UPDATE videos SET status = 'processing', attempt = attempt + 1, duration_ms = %s,"
        " width = %s, height = %s, error_code = NULL, changed_at = %s"
        " WHERE id = %s AND status = 'uploaded' RETURNING attempt",
        (duration_ms, width, height, now, row_id),
    ).fetchone()
    return None if row is None else int(row["attempt"])


def mark_retried(transaction: Connection, row_id: int, attempt: int, now: datetime) -> bool:
    """Open the attempt after `attempt`. Returns whether it was still the current one."""
    cursor = transaction.execute(
        "UPDATE videos SET attempt = attempt + 1, changed_at = %s"
        " WHERE id = %s AND attempt = %s AND status = 'processing'",
        (now, row_id, attempt),
    )
    return cursor.rowcount == 1


def mark_finished(
    transaction: Connection,
    row_id: int,
    attempt: int,
    *,
    playback: dict[str, Any],
    now: datetime,
) -> Status | None:
    """Publish, or make a draft ready. Returns the new status; None when it isn't due any more."""
    row = transaction.execute(
        "UPDATE videos SET playback = %(playback)s, changed_at = %(now)s,"
        " width = %(width)s, height = %(height)s, duration_ms = %(duration)s,"
        " status = CASE WHEN draft THEN 'ready' ELSE 'published' END::video_status,"
        " published_at = CASE WHEN draft THEN NULL ELSE %(now)s END"
        " WHERE id = %(id)s AND attempt = %(attempt)s AND status = 'processing'"
        " RETURNING status::text AS status, creator_id",
        {
            "playback": Jsonb(playback), "now": now, "id": row_id, "attempt": attempt,
            "width": playback["width"], "height": playback["height"],
            "duration": playback["duration_ms"],
        },
    ).fetchone()  # fmt: skip
    if row is None:
        return None
    if row["status"] == Status.PUBLISHED:
        _count_published(transaction, row["creator_id"])
    return Status(row["status"])


def mark_published(transaction: Connection, row_id: int, now: datetime) -> bool:
    """Publish a ready draft. Returns whether it was one."""
    row = transaction.execute(
        "UPDATE videos SET status = 'published', draft = false, published_at = %s, changed_at = %s"
        " WHERE id = %s AND status = 'ready' RETURNING creator_id",
        (now, now, row_id),
    ).fetchone()
    if row is None:
        return False
    _count_published(transaction, row["creator_id"])
    return True


def mark_ended(
    transaction: Connection, row_id: int, *, status: Status, code: str, now: datetime
) -> bool:
    """End the way of an unfinished video, with a reason. Returns whether it was unfinished."""
    cursor = transaction.execute(
        "UPDATE videos SET status = %s, error_code = %s, changed_at = %s WHERE id = %s"
        " AND status IN ('awaiting_upload', 'uploaded', 'processing')",
        (status, code, now, row_id),
    )
    return cursor.rowcount == 1


def find_unfinished(
    transaction: Connection, status: Status, *, changed_before: datetime, limit: int
) -> list[Video]:
    """Return videos that have been in an unfinished state since before a moment, oldest first."""
    rows = transaction.execute(
        _VIDEO + "WHERE v.status = %(status)s AND v.changed_at < %(before)s"
        " ORDER BY v.changed_at LIMIT %(limit)s",
        {"status": status, "before": changed_before, "limit": limit, "viewer": None},
    ).fetchall()
    return [_video(row) for row in rows]


def _count_published(transaction: Connection, creator_row_id: int) -> None:
    transaction.execute(
        "UPDATE user_stats SET videos = videos + 1 WHERE user_id = %s", (creator_row_id,)
    )


def _video(row: dict[str, Any]) -> Video:
    fields = dict(row)
    creator = UserRef(fields.pop("user_id"), fields.pop("username"), fields.pop("display_name"))
    stats = Stats(**{name: fields.pop(name) for name in _STATS})
    fields["status"] = Status(fields["status"])
    fields["visibility"] = Visibility(fields["visibility"])
    return Video(creator=creator, stats=stats, **fields)

"""SQL that changes videos; every change of status names the states it may leave."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from psycopg.types.json import Jsonb

from chalicelib.platform.database import Connection
from chalicelib.videos.models import Status, Video

MORE_ATTEMPTS = 3  # that a retry by hand allows


def mark_uploaded(
    transaction: Connection, row_id: int, generation: int, now: datetime
) -> int | None:
    """Note that the file is here, and return how often that was noted.

    None if the video doesn't wait for being looked at.
    """
    row = transaction.execute(
        "UPDATE videos SET status = 'uploaded', changed_at = %s, arrivals = arrivals + 1"
        " WHERE id = %s AND generation = %s AND status IN ('awaiting_upload', 'uploaded')"
        " RETURNING arrivals",
        (now, row_id, generation),
    ).fetchone()
    return None if row is None else int(row["arrivals"])


def forget_arrival(transaction: Connection, row_id: int) -> None:
    """Count one arrival less of a file that still waits for being looked at."""
    transaction.execute(
        "UPDATE videos SET arrivals = arrivals - 1 WHERE id = %s AND status = 'uploaded'"
        " AND arrivals > 0",
        (row_id,),
    )


def find_twin(transaction: Connection, video: Video, sha256: bytes) -> str | None:
    """Return the public id of a video that the same creator made of the same file and recipe.

    Holds the creator's row until the end of the transaction, so that of two equal files that
    arrive together one sees the other.
    """
    transaction.execute(
        "SELECT FROM users WHERE id = %s FOR NO KEY UPDATE", (video.creator_row_id,)
    )
    row = transaction.execute(
        "SELECT t.public_id FROM videos t, videos v WHERE v.id = %s AND t.id <> v.id"
        " AND t.creator_id = v.creator_id AND t.sha256 = %s"
        " AND t.effects IS NOT DISTINCT FROM v.effects"
        " AND (NOT v.sound_chosen OR t.sound_id IS NOT DISTINCT FROM v.sound_id)"
        " AND t.status IN ('processing', 'ready', 'scheduled', 'published') LIMIT 1",
        (video.row_id, sha256),
    ).fetchone()
    return None if row is None else str(row["public_id"])


def mark_processing(
    transaction: Connection,
    row_id: int,
    *,
    sha256: bytes,
    probe: Mapping[str, Any],
    duration_ms: int,
    width: int,
    height: int,
    now: datetime,
) -> int | None:
    """Move a validated upload on and return its new attempt; None if somebody else did."""
    row = transaction.execute(
        "UPDATE videos SET status = 'processing', attempt = attempt + 1, sha256 = %s, probe = %s,"
        " duration_ms = %s, width = %s, height = %s, error_code = NULL, changed_at = %s"
        " WHERE id = %s AND status = 'uploaded' RETURNING attempt",
        (sha256, Jsonb(probe), duration_ms, width, height, now, row_id),
    ).fetchone()
    return None if row is None else int(row["attempt"])


def mark_rendered(
    transaction: Connection, row_id: int, *, duration_ms: int, width: int, height: int
) -> None:
    """Note what the picture is with its effects."""
    transaction.execute(
        "UPDATE videos SET duration_ms = %s, width = %s, height = %s"
        " WHERE id = %s AND status = 'processing'",
        (duration_ms, width, height, row_id),
    )


def mark_retried(transaction: Connection, row_id: int, attempt: int, now: datetime) -> bool:
    """Open the attempt after `attempt`. Returns whether it was still the current one."""
    cursor = transaction.execute(
        "UPDATE videos SET attempt = attempt + 1, changed_at = %s"
        " WHERE id = %s AND attempt = %s AND status = 'processing'",
        (now, row_id, attempt),
    )
    return cursor.rowcount == 1


def reopen(transaction: Connection, row_id: int, *, status: Status, now: datetime) -> bool:
    """Take a failed video up again, with new attempts. Returns whether it was a failed one."""
    cursor = transaction.execute(
        "UPDATE videos SET status = %s, error_code = NULL, attempts_allowed = attempt + %s,"
        " arrivals = 0, changed_at = %s WHERE id = %s AND status = 'failed'",
        (status, MORE_ATTEMPTS, now, row_id),
    )
    return cursor.rowcount == 1


def mark_finished(
    transaction: Connection,
    row_id: int,
    attempt: int,
    *,
    playback: Mapping[str, Any],
    now: datetime,
) -> Status | None:
    """Publish, or make a draft ready. Returns the new status; None when it isn't due any more."""
    row = transaction.execute(
        "UPDATE videos SET playback = %(playback)s, changed_at = %(now)s, preview = NULL,"
        " width = %(width)s, height = %(height)s, duration_ms = %(duration)s,"
        " status = CASE WHEN draft THEN 'ready' ELSE 'published' END::video_status,"
        " published_at = CASE WHEN draft THEN NULL ELSE %(now)s END"
        " WHERE id = %(id)s AND attempt = %(attempt)s AND status = 'processing'"
        " RETURNING status::text AS status",
        {
            "playback": Jsonb(dict(playback)), "now": now, "id": row_id, "attempt": attempt,
            "width": playback["width"], "height": playback["height"],
            "duration": playback["duration_ms"],
        },
    ).fetchone()  # fmt: skip
    if row is None:
        return None
    if row["status"] == Status.PUBLISHED:
        _count_published(transaction, row_id, 1)
    return Status(row["status"])


def mark_published(transaction: Connection, row_id: int, now: datetime) -> bool:
    """Publish a ready draft. Returns whether it was one."""
    cursor = transaction.execute(
        "UPDATE videos SET status = 'published', draft = false, published_at = %s, changed_at = %s"
        " WHERE id = %s AND status = 'ready'",
        (now, now, row_id),
    )
    if cursor.rowcount == 1:
        _count_published(transaction, row_id, 1)
    return cursor.rowcount == 1


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


def mark_deleted(
    transaction: Connection,
    row_id: int,
    *,
    by: int,
    reason: str | None,
    now: datetime,
    retain_until: datetime,
) -> bool:
    """Take a video away from everybody. Returns whether it was still there."""
    row = transaction.execute(
        "UPDATE videos v SET status = 'deleted', status_before = b.status, deleted_by = %(by)s,"
        " delete_reason = %(reason)s, retain_until = %(until)s, changed_at = %(now)s,"
        " version = v.version + 1"
        " FROM (SELECT id, status FROM videos WHERE id = %(id)s FOR UPDATE) b"
        " WHERE v.id = b.id"
        " AND b.status NOT IN ('removed', 'deleted', 'archived', 'purged')"
        " RETURNING b.status::text AS status",
        {"by": by, "reason": reason, "until": retain_until, "now": now, "id": row_id},
    ).fetchone()
    if row is None:
        return False
    if row["status"] == Status.PUBLISHED:
        _count_published(transaction, row_id, -1)
    return True


def mark_restored(transaction: Connection, row_id: int, now: datetime) -> Status | None:
    """Bring a deleted video back as it was; None when it is too late.

    One that was deleted on its way comes back as failed, so that a retry can take it up.
    """
    row = transaction.execute(
        "UPDATE videos SET deleted_by = NULL, delete_reason = NULL, retain_until = NULL,"
        " status = CASE WHEN status_before IN ('uploaded', 'processing') THEN 'failed'"
        "   WHEN status_before = 'awaiting_upload' THEN 'expired' ELSE status_before END,"
        " error_code = CASE WHEN status_before IN ('uploaded', 'processing') THEN 'internal'"
        "   WHEN status_before = 'awaiting_upload' THEN 'upload_expired' ELSE error_code END,"
        " status_before = NULL, archived_at = NULL, cleared_at = NULL, changed_at = %(now)s,"
        " version = version + 1"
        " WHERE id = %(id)s AND status IN ('deleted', 'archived') AND retain_until > %(now)s"
        " RETURNING status::text AS status",
        {"now": now, "id": row_id},
    ).fetchone()
    if row is None:
        return None
    if row["status"] == Status.PUBLISHED:
        _count_published(transaction, row_id, 1)
    return Status(row["status"])


def edit(transaction: Connection, row_id: int, version: int, **changes: Any) -> bool:
    """Change what a video's maker may change. Returns whether `version` was still the current one.

    Of `changes` those that are None stay as they are; a new `cover_ms` takes the old cover away.
    """
    cursor = transaction.execute(
        "UPDATE videos SET description = coalesce(%(description)s, description),"
        " hashtags = coalesce(%(hashtags)s, hashtags), mentions = coalesce(%(mentions)s, mentions),"
        " labels = coalesce(%(labels)s, labels),"
        " visibility = coalesce(%(visibility)s::visibility, visibility),"
        " allow_comments = coalesce(%(allow_comments)s, allow_comments),"
        " cover = CASE WHEN %(cover_ms)s::integer <> cover_ms THEN NULL ELSE cover END,"
        " cover_ms = coalesce(%(cover_ms)s, cover_ms), version = version + 1"
        " WHERE id = %(id)s AND version = %(version)s",
        {**changes, "id": row_id, "version": version},
    )
    return cursor.rowcount == 1


def replace_playback(
    transaction: Connection,
    row_id: int,
    *,
    before: Mapping[str, Any],
    after: Mapping[str, Any],
    cover: Mapping[str, Any] | None = None,
) -> bool:
    """Exchange a video's playback, and the cover if given, unless somebody else did.

    Returns whether it was exchanged.
    """
    cursor = transaction.execute(
        "UPDATE videos SET playback = %s, cover = coalesce(%s, cover)"
        " WHERE id = %s AND playback = %s",
        (Jsonb(dict(after)), Jsonb(dict(cover)) if cover else None, row_id, Jsonb(dict(before))),
    )
    return cursor.rowcount == 1


def set_preview(
    transaction: Connection, row_id: int, generation: int, preview: Mapping[str, Any]
) -> None:
    """Let the owner see a video before its ladder is done."""
    transaction.execute(
        "UPDATE videos SET preview = %s"
        " WHERE id = %s AND generation = %s AND status = 'processing'",
        (Jsonb(dict(preview)), row_id, generation),
    )


def set_cover(
    transaction: Connection, row_id: int, cover_ms: int, cover: Mapping[str, Any]
) -> None:
    """Put the chosen cover in the poster's place, unless another was chosen meanwhile."""
    transaction.execute(
        "UPDATE videos SET cover = %s WHERE id = %s AND cover_ms = %s",
        (Jsonb(dict(cover)), row_id, cover_ms),
    )


def set_sound(transaction: Connection, row_id: int, sound_row_id: int, score: float | None) -> None:
    """Link a video to the sound that was heard in it."""
    transaction.execute(
        "UPDATE videos SET sound_id = %s, sound_score = %s WHERE id = %s AND NOT sound_chosen",
        (sound_row_id, score, row_id),
    )


def _count_published(transaction: Connection, row_id: int, change: int) -> None:
    transaction.execute(
        "UPDATE user_stats SET videos = videos + %s"
        " WHERE user_id = (SELECT creator_id FROM videos WHERE id = %s)",
        (change, row_id),
    )
    transaction.execute(
        "UPDATE sounds SET video_count = video_count + %s"
        " WHERE id = (SELECT sound_id FROM videos WHERE id = %s)",
        (change, row_id),
    )

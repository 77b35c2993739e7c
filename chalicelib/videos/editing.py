"""What a maker changes of a video, takes away, and brings back."""

from collections.abc import Sequence
from datetime import timedelta

from chalicelib.accounts.models import Action, Session
from chalicelib.accounts.permissions import is_allowed
from chalicelib.platform.context import Context
from chalicelib.platform.errors import FieldError, Problem
from chalicelib.platform.observability import count, logger
from chalicelib.videos import extras, jobs, multipart, sounds, store, transitions
from chalicelib.videos.models import Status, Video, Visibility
from chalicelib.videos.shelving import ask_to_place
from chalicelib.videos.upload import find_hashtags, find_mentions
from chalicelib.videos.visibility import GONE

RETENTION = timedelta(days=30)


def edit(
    context: Context,
    video: Video,
    *,
    description: str | None = None,
    visibility: Visibility | None = None,
    allow_comments: bool | None = None,
    labels: Sequence[str] | None = None,
    cover_ms: int | None = None,
) -> None:
    """Change what is given. Raises Problem `precondition_failed` if somebody else was first."""
    if cover_ms is not None and video.duration_ms is not None and cover_ms >= video.duration_ms:
        detail = f"The video ends at {video.duration_ms} ms; take a moment before that."
        error = FieldError("/cover_ms", "beyond_the_end", detail)
        raise Problem("validation_failed", detail, errors=[error])
    with context.database.transaction() as transaction:
        edited = transitions.edit(
            transaction,
            video.row_id,
            video.version,
            description=description,
            hashtags=None if description is None else find_hashtags(description),
            mentions=None if description is None else find_mentions(description),
            labels=None if labels is None else list(labels),
            visibility=visibility,
            allow_comments=allow_comments,
            cover_ms=cover_ms,
        )
        if not edited:
            raise Problem("precondition_failed", "Somebody changed it meanwhile; read it again.")
        changed = store.find_videos(transaction, [video.row_id])[0]
        if changed.cover_ms is not None and changed.cover is None:
            extras.choose_cover(context, transaction, changed)
        if changed.visibility is not video.visibility:
            sounds.open_to_all(transaction, video.row_id)
        ask_to_place(context, transaction, video.id)  # its page, too, says what it is


def delete(context: Context, video: Video, session: Session, reason: str | None) -> Video:
    """Take a video away from everybody at once, and keep it for 30 days.

    Raises Problem `validation_failed` without a reason for somebody else's video.
    """
    own = video.creator_row_id == session.user_row_id
    if not own and not reason:
        detail = "Say why: its maker will be told."
        error = FieldError("/reason", "missing", detail)
        raise Problem("validation_failed", detail, errors=[error])
    if video.status is Status.AWAITING_UPLOAD:
        multipart.abort_upload(context, video)
    now = context.clock.now()
    with context.database.transaction() as transaction:
        deleted = transitions.mark_deleted(
            transaction,
            video.row_id,
            by=session.user_row_id,
            reason=reason,
            now=now,
            retain_until=now + RETENTION,
        )
        if deleted:
            jobs.end_all(transaction, video.row_id, now)
            ask_to_place(context, transaction, video.id)
            count("VideoDeleted")
            logger.info("video_deleted", extra={"video": video.id, "own": own})
        return store.find_videos(transaction, [video.row_id])[0]


def check_restorable(video: Video, session: Session) -> None:
    """Raise Problem `not_restorable` when it isn't the caller's to bring a video back."""
    staff = is_allowed(session.role, Action.DELETE_ANY_VIDEO)
    if video.deleted_by is not None and video.deleted_by != session.user_row_id and not staff:
        raise Problem("not_restorable", "It was removed by our moderators.")


def restore(context: Context, video: Video, session: Session) -> Video:
    """Bring a deleted video back, whose files are where they were.

    Raises Problem `not_restorable` when it is too late, or when it isn't the caller's to decide.
    """
    check_restorable(video, session)
    with context.database.transaction() as transaction:
        status = transitions.mark_restored(transaction, video.row_id, context.clock.now())
        if status is None and video.status in GONE:
            raise Problem("not_restorable", "Its 30 days are over, or it was removed for good.")
        if status is not None:
            ask_to_place(context, transaction, video.id)
        return store.find_videos(transaction, [video.row_id])[0]

"""Taking videos away and bringing them back; what the staff does is in the audit log."""

from collections.abc import Sequence
from typing import Any

from chalicelib.accounts.models import Session
from chalicelib.moderation import store
from chalicelib.platform import audit
from chalicelib.platform.context import Context
from chalicelib.platform.database import Connection
from chalicelib.platform.errors import not_found
from chalicelib.videos import archiving, editing
from chalicelib.videos import store as video_store
from chalicelib.videos.models import Video


def find_videos(context: Context, row_ids: Sequence[int]) -> dict[int, Video]:
    """Return videos by row id."""
    with context.database.transaction() as transaction:
        return {video.row_id: video for video in video_store.find_videos(transaction, row_ids)}


def find(transaction: Connection, video_id: str) -> Video:
    """Return a video, whatever its state. Raises Problem `not_found`."""
    video = video_store.find_video(transaction, video_id)
    if video is None:
        raise not_found("video")
    return video


def remove(context: Context, session: Session, video: Video, reason: str | None) -> Video:
    """Take a video away: one's own, or with a reason somebody else's."""
    with context.database.transaction() as transaction:
        gone = editing.delete(context, video, session, reason)
        if gone.status is not video.status:
            detail = {"reason": reason}
            _note(context, transaction, session, video, action="remove", detail=detail)
    return gone


def restore(context: Context, session: Session, video: Video) -> Video:
    """Bring a video back, out of the archive if it is there. Raises Problem `not_restorable`."""
    editing.check_restorable(video, session)
    archiving.bring_back(context, video)
    with context.database.transaction() as transaction:
        back = editing.restore(context, video, session)
        if back.status is not video.status:
            _note(context, transaction, session, video, action="restore", detail={})
    archiving.forget_copies(context, back)
    return back


def set_legal_hold(context: Context, session: Session, video_id: str, *, held: bool) -> None:
    """Keep a video from ever being purged, or not any more. Raises Problem `not_found`."""
    with context.database.transaction() as transaction:
        video = find(transaction, video_id)
        if store.set_legal_hold(transaction, video.row_id, held=held):
            action = "hold" if held else "release"
            audit.append(
                context, transaction, session, action=action, target=f"video:{video.id}", detail={}
            )


def _note(
    context: Context,
    transaction: Connection,
    session: Session,
    video: Video,
    *,
    action: str,
    detail: dict[str, Any],
) -> None:
    """Put what was done to somebody else's video into the audit log."""
    if video.creator_row_id != session.user_row_id:
        target = f"video:{video.id}"
        audit.append(context, transaction, session, action=action, target=target, detail=detail)

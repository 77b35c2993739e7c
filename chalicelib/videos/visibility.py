"""The one place that decides whether somebody may see a video."""

from chalicelib.accounts.models import Action, Session
from chalicelib.accounts.permissions import is_allowed
from chalicelib.platform.database import Connection
from chalicelib.platform.errors import Problem, not_found
from chalicelib.videos import store
from chalicelib.videos.models import Status, Video, Visibility

GONE = frozenset({Status.REMOVED, Status.DELETED, Status.ARCHIVED, Status.PURGED})


def may_see(video: Video, session: Session | None) -> bool:
    """Whether a viewer may know of a video.

    Of what is published and public, or for followers and they are one, unless one of the two has
    blocked the other; and of their own. The staff may know of all. What is held until it was looked
    into, what the viewer has reported, what is for adults, and what a banned person made is there
    for nobody else.
    """
    if session is not None and may_manage(video, session):
        return True
    if video.status is not Status.PUBLISHED or video.blocked or _is_kept_away(video):
        return False
    return video.visibility is Visibility.PUBLIC or (
        video.visibility is Visibility.FOLLOWERS and video.following_creator
    )


def _is_kept_away(video: Video) -> bool:
    if video.held or video.reported or video.creator_hidden:
        return True
    return video.age_restricted and not video.viewer_is_adult


def is_staff(session: Session | None) -> bool:
    """Whether somebody looks after what others make."""
    return session is not None and is_allowed(session.role, Action.DELETE_ANY_VIDEO)


def may_manage(video: Video, session: Session) -> bool:
    """Whether somebody may see a video's inner life: its owner and the staff."""
    return video.creator_row_id == session.user_row_id or is_staff(session)


def find_visible(transaction: Connection, public_id: str, session: Session | None) -> Video:
    """Return a video the viewer may see. Raises Problem `deleted` or `not_found` for any other."""
    row_id = session.user_row_id if session else None
    video = store.find_video(transaction, public_id, viewer_row_id=row_id)
    if video is not None and _was_seen(video, session):
        raise Problem("deleted", "Its maker or our moderators have taken it away.")
    if video is None or not may_see(video, session):
        raise not_found("video")
    return video


def find_changeable(
    transaction: Connection, public_id: str, session: Session, *, gone_too: bool = False
) -> Video:
    """Return a video the caller may change; with `gone_too`, even one that was deleted.

    Raises Problem `forbidden` for somebody else's that they may see, `not_found` or `deleted`.
    """
    video = store.find_video(transaction, public_id, viewer_row_id=session.user_row_id)
    if gone_too and video is not None and may_manage(video, session):
        return video
    video = find_visible(transaction, public_id, session)
    if not may_manage(video, session):
        raise Problem("forbidden", "Only its maker and the staff may change a video.")
    return video


def _was_seen(video: Video, session: Session | None) -> bool:
    """Whether a viewer may know that there was such a video."""
    if video.status not in GONE:
        return False
    if session is not None and may_manage(video, session):
        return True
    was_public = video.status_before is Status.PUBLISHED and video.visibility is Visibility.PUBLIC
    return was_public and not video.blocked and not _is_kept_away(video)


def find_managed(transaction: Connection, public_id: str, session: Session) -> Video:
    """Return a video the caller may manage. Raises Problem `not_found` for any other."""
    video = store.find_video(transaction, public_id, viewer_row_id=session.user_row_id)
    if video is None or not may_manage(video, session):
        raise not_found("video")
    return video

"""Comments in threads of two levels: rows and counts change in one transaction."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from chalicelib.accounts.models import Session
from chalicelib.engagement import comment_store as store
from chalicelib.engagement import notifications
from chalicelib.engagement.comment_store import Comment
from chalicelib.engagement.notification_store import Notice
from chalicelib.platform import audit
from chalicelib.platform.context import Context
from chalicelib.platform.database import Connection
from chalicelib.platform.errors import FieldError, Problem, not_found
from chalicelib.platform.observability import count
from chalicelib.videos import store as video_store
from chalicelib.videos import visibility


def find_visible(transaction: Connection, public_id: str, session: Session | None) -> Comment:
    """Return a comment the viewer may see. Raises Problem `not_found` for any other."""
    comment = store.find_comment(transaction, public_id, **_viewer(session))
    if comment is None:
        raise not_found("comment")
    viewer = session.user_row_id if session else None
    videos = video_store.find_videos(transaction, [comment.video_row_id], viewer_row_id=viewer)
    if not videos or not visibility.may_see(videos[0], session):
        raise not_found("comment")
    return comment


def list_comments(
    context: Context,
    session: Session | None,
    video_id: str,
    *,
    sort: str,
    after: Sequence[Any] | None,
    limit: int,
) -> list[Comment]:
    """Return a video's comments, `new` or `top` first, after a position."""
    with context.database.transaction() as transaction:
        video = visibility.find_visible(transaction, video_id, session)
        return store.list_comments(
            transaction, sort, video.row_id, **_viewer(session), after=after, limit=limit
        )


def list_replies(
    context: Context,
    session: Session | None,
    comment_id: str,
    *,
    after: Sequence[Any] | None,
    limit: int,
) -> list[Comment]:
    """Return the replies to a comment, the oldest first, after a position."""
    with context.database.transaction() as transaction:
        comment = find_visible(transaction, comment_id, session)
        return store.list_comments(
            transaction, "replies", comment.row_id, **_viewer(session), after=after, limit=limit
        )


def add(
    context: Context, session: Session, video_id: str, *, text: str, parent_id: str | None
) -> Comment:
    """Write a comment, or a reply; a reply to a reply joins its thread.

    Raises Problem `comments_off`, `not_found` or `deleted` for the video, `validation_failed` for
    a parent that isn't one of its comments.
    """
    now = context.clock.now()
    author = session.user_row_id
    with context.database.transaction() as transaction:
        video = visibility.find_visible(transaction, video_id, session)
        if not video.allow_comments:
            raise Problem("comments_off", "Its maker takes no comments on this video.")
        parent = _find_parent(transaction, session, video.row_id, parent_id)
        thread = (parent.parent_row_id or parent.row_id) if parent else None
        if thread is not None and not store.hold_thread(transaction, thread):
            raise _unknown_parent()
        row_id, public_id = store.insert_comment(
            transaction, video=video.row_id, author=author, parent=thread, text=text, now=now
        )
        told, about = (
            (parent.author_row_id, notifications.of_comment(parent.row_id))
            if parent
            else (video.creator_row_id, notifications.of_video(video.row_id))
        )
        notice = Notice(
            user_row_id=told,
            type="comment",
            about=about,
            actor_row_id=author,
            video_row_id=video.row_id,
            now=now,
        )
        notifications.notify(context, transaction, notice)
        notifications.tell_of_mentions(
            context, transaction, text, actor=author, comment=row_id, video=video.row_id, now=now
        )
        comment = store.find_comment(transaction, public_id, **_viewer(session))
    assert comment is not None  # noqa: S101 - its author sees it
    count("Comments")
    return comment


def delete(context: Context, session: Session, comment_id: str) -> None:
    """Take a comment away: its author may, the video's maker, and the staff.

    Raises Problem `not_found`, or `forbidden` for anybody else.
    """
    with context.database.transaction() as transaction:
        comment = find_visible(transaction, comment_id, session)
        video = video_store.find_videos(transaction, [comment.video_row_id])[0]
        own = session.user_row_id in (comment.author_row_id, video.creator_row_id)
        if not own and not visibility.is_staff(session):
            detail = "Only its author, the video's maker and the staff may delete a comment."
            raise Problem("forbidden", detail)
        remove(transaction, comment.row_id, session.user_row_id, context.clock.now())
        if not own:
            target = f"comment:{comment.id}"
            audit.append(context, transaction, session, action="remove", target=target, detail={})


def remove(transaction: Connection, row_id: int, by: int | None, now: datetime) -> None:
    """Take a comment away with its replies, and what people were told of them."""
    author, video, maker = store.find_sides(transaction, row_id)
    gone = store.remove(transaction, [row_id], by=by, now=now)
    notifications.forget_comments(transaction, gone)
    if gone and not store.writes_about(transaction, author, video):
        notifications.retract(
            transaction,
            user_row_id=maker,
            type="comment",
            about=notifications.of_video(video),
            actor_row_id=author,
        )


def set_like(context: Context, session: Session, comment_id: str, *, liked: bool) -> int:
    """Like or unlike a comment, any number of times, and return its likes afterwards."""
    now = context.clock.now()
    with context.database.transaction() as transaction:
        comment = find_visible(transaction, comment_id, session)
        step = store.set_like(
            transaction, session.user_row_id, comment.row_id, liked=liked, now=now
        )
        likes = store.count_like(transaction, comment.row_id, step)
        if step:
            notifications.tell_of_like(
                context,
                transaction,
                user_row_id=comment.author_row_id,
                about=notifications.of_comment(comment.row_id),
                actor_row_id=session.user_row_id,
                video_row_id=comment.video_row_id,
                now=now,
                liked=liked,
            )
    return likes


def _viewer(session: Session | None) -> dict[str, Any]:
    return {
        "viewer": session.user_row_id if session else None,
        "staff": visibility.is_staff(session),
    }


def _find_parent(
    transaction: Connection, session: Session, video: int, parent_id: str | None
) -> Comment | None:
    if parent_id is None:
        return None
    parent = store.find_comment(transaction, parent_id, **_viewer(session))
    if parent is None or parent.video_row_id != video:
        raise _unknown_parent()
    return parent


def _unknown_parent() -> Problem:
    detail = "There is no such comment on this video."
    error = FieldError("/parent_id", "unknown_comment", detail)
    return Problem("validation_failed", detail, errors=[error])

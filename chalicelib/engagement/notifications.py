"""What people are told: alike things together, never their own acts, never of blocked people."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

import psycopg

from chalicelib.accounts.models import Session
from chalicelib.accounts.store import fold
from chalicelib.engagement import notification_store as store
from chalicelib.engagement.notification_store import Notice, Notification
from chalicelib.platform.breaker import Breaker, BreakerOpen, guard
from chalicelib.platform.context import Context
from chalicelib.platform.database import Connection
from chalicelib.platform.observability import count, logger
from chalicelib.videos.upload import find_mentions
from chalicelib.videos.verdicts import verdict

MOST_MENTIONS = 20  # of people in one text who are told
PUT_OFF_AT_ONCE = 500
_VERBS = {
    ("like", "video"): "liked your video",
    ("like", "comment"): "liked your comment",
    ("comment", "video"): "commented on your video",
    ("comment", "comment"): "replied to your comment",
    ("mention", "video"): "mentioned you in a video",
    ("mention", "comment"): "mentioned you in a comment",
    ("follow", "person"): "started following you",
}


def of_video(row_id: int) -> str:
    """Return what makes news of a video alike."""
    return f"video:{row_id}"


def of_comment(row_id: int) -> str:
    """Return what makes news of a comment alike."""
    return f"comment:{row_id}"


def notify(context: Context, transaction: Connection, notice: Notice) -> None:
    """Tell somebody something, in the transaction in which it happens.

    Where telling fails, what happened doesn't fail with it: it is told later, by `tell_put_off`.
    """
    try:
        with guard(context, Breaker.NOTIFICATIONS), transaction.transaction():
            store.notify(transaction, notice)
    except (BreakerOpen, psycopg.Error) as error:
        logger.warning("notice_put_off", extra={"reason": str(error)})
        count("NoticesPutOff")
        store.put_off(transaction, notice)


def tell_put_off(context: Context) -> int:
    """Tell what could not be told when it happened. Returns how much that was."""
    try:
        with guard(context, Breaker.NOTIFICATIONS), context.database.transaction() as transaction:
            return store.tell_put_off(transaction, PUT_OFF_AT_ONCE)
    except BreakerOpen:
        return 0


def tell_of_follow(
    context: Context, transaction: Connection, follower: int, followed: int, now: datetime
) -> None:
    """Tell somebody, by row id, that somebody follows them."""
    notice = Notice(
        user_row_id=followed,
        type="follow",
        about="person",
        actor_row_id=follower,
        now=now,
        once=True,
    )
    notify(context, transaction, notice)


def tell_of_like(
    context: Context,
    transaction: Connection,
    *,
    user_row_id: int,
    about: str,
    actor_row_id: int,
    video_row_id: int,
    now: datetime,
    liked: bool,
) -> None:
    """Tell somebody that somebody likes what they made, or take that back."""
    if not liked:
        retract(
            transaction,
            user_row_id=user_row_id,
            type="like",
            about=about,
            actor_row_id=actor_row_id,
        )
        return
    notice = Notice(
        user_row_id=user_row_id,
        type="like",
        about=about,
        actor_row_id=actor_row_id,
        video_row_id=video_row_id,
        now=now,
        once=True,
    )
    notify(context, transaction, notice)


def retract(
    transaction: Connection,
    *,
    user_row_id: int,
    type: str,
    about: str,
    actor_row_id: int,
) -> None:
    """Take back what somebody was told of an act and hasn't read yet."""
    store.retract(
        transaction, user_row_id=user_row_id, type=type, about=about, actor_row_id=actor_row_id
    )


def forget_comments(transaction: Connection, row_ids: Sequence[int]) -> None:
    """Remove what anybody was told about comments that are gone."""
    store.forget(transaction, [of_comment(row_id) for row_id in row_ids])


def tell_of_mentions(
    context: Context,
    transaction: Connection,
    text: str,
    *,
    actor: int,
    comment: int,
    video: int,
    now: datetime,
) -> None:
    """Tell whom a comment names."""
    names = [fold(name) for name in find_mentions(text)[:MOST_MENTIONS]]
    for person in store.find_names(transaction, names):
        notice = Notice(
            user_row_id=person,
            type="mention",
            about=of_comment(comment),
            actor_row_id=actor,
            video_row_id=video,
            now=now,
        )
        notify(context, transaction, notice)


def list_shown(
    context: Context, session: Session, *, before: Sequence[Any] | None, limit: int
) -> list[Notification]:
    """Return what the caller is told, the newest first."""
    with context.database.transaction() as transaction:
        return store.list_shown(transaction, session.user_row_id, before=before, limit=limit)


def count_unread(context: Context, session: Session) -> int:
    """Return how much of it the caller hasn't read."""
    with context.database.transaction() as transaction:
        return store.count_unread(transaction, session.user_row_id)


def mark_read(context: Context, session: Session, ids: Sequence[str] | None) -> None:
    """Note that the caller has read some of it, by public id, or with None all."""
    with context.database.transaction() as transaction:
        store.mark_read(transaction, session.user_row_id, ids, context.clock.now())


def sentence(notification: Notification) -> str:
    """Return a notification in words."""
    if notification.type == "moderation":
        return notification.text
    if notification.type == "processing":
        if not notification.text:
            return "Your video is published"
        return f"Your video could not be published: {verdict(notification.text).title}"
    verb = _VERBS[notification.type, notification.about.partition(":")[0]]
    return f"{_names(notification)} {verb}"


def _names(notification: Notification) -> str:
    first = notification.actors[0].display_name
    others = notification.actor_count - 1
    if not others:
        return first
    if others == 1:
        return f"{first} and {notification.actors[1].display_name}"
    return f"{first} and {others} others"

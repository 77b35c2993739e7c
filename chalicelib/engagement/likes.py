"""Likes: the row and the count change in one transaction, so that they can't part."""

from datetime import datetime

from chalicelib.accounts.models import Session
from chalicelib.engagement import appraisal, notifications, viewing_store
from chalicelib.feed import taste_store
from chalicelib.platform.context import Context
from chalicelib.platform.database import Connection
from chalicelib.videos.models import Video
from chalicelib.videos.visibility import find_visible


def set_like(context: Context, session: Session, public_id: str, *, liked: bool) -> int:
    """Like or unlike a video, any number of times, and return its likes afterwards.

    Raises Problem for a video that the caller may not know of.
    """
    user_row_id = session.user_row_id
    with context.database.transaction() as transaction:
        video = find_visible(transaction, public_id, session)
        taste_store.hold(transaction, user_row_id)
        now = context.clock.now()
        step = _set_row(transaction, user_row_id, video.row_id, liked=liked, now=now)
        change = None
        if step:
            change = appraisal.revalue(context, transaction, user_row_id, video.row_id, now)
        count = _count(transaction, video, step)
        if step:
            notifications.tell_of_like(
                context,
                transaction,
                user_row_id=video.creator_row_id,
                about=notifications.of_video(video.row_id),
                actor_row_id=user_row_id,
                video_row_id=video.row_id,
                now=now,
                liked=liked,
            )
    appraisal.tell(context, [change] if change else [])
    return count


def _set_row(
    transaction: Connection, user_row_id: int, video_row_id: int, *, liked: bool, now: datetime
) -> int:
    """Return by how much the likes change: 1, -1, or 0 where it was so before."""
    if liked:
        return transaction.execute(
            "INSERT INTO likes (user_id, video_id, created_at) VALUES (%s, %s, %s)"
            " ON CONFLICT DO NOTHING",
            (user_row_id, video_row_id, now),
        ).rowcount
    return -transaction.execute(
        "DELETE FROM likes WHERE user_id = %s AND video_id = %s", (user_row_id, video_row_id)
    ).rowcount


def _count(transaction: Connection, video: Video, step: int) -> int:
    """Return the likes afterwards."""
    if step:
        viewing_store.count_like(transaction, video.row_id, step)
    row = transaction.execute(
        "UPDATE video_stats SET likes = likes + %s WHERE video_id = %s RETURNING likes",
        (step, video.row_id),
    ).fetchone()
    if step:
        transaction.execute(
            "UPDATE user_stats SET received_likes = received_likes + %s WHERE user_id = %s",
            (step, video.creator_row_id),
        )
    return int(row["likes"]) if row else 0

"""What viewers tell the feed: not this, and start over."""

from enum import StrEnum

from chalicelib.engagement import appraisal
from chalicelib.engagement import preference_store as store
from chalicelib.feed import fresh, taste_store
from chalicelib.platform.context import Context
from chalicelib.platform.errors import Problem
from chalicelib.videos.models import Video


class Scope(StrEnum):
    """What somebody is not interested in."""

    VIDEO = "video"
    CREATOR = "creator"
    SOUND = "sound"
    HASHTAG = "hashtag"


def set_not_interested(
    context: Context,
    user_row_id: int,
    video: Video,
    *,
    scope: Scope,
    value: str | None,
    unwanted: bool,
) -> None:
    """Keep out of somebody's feed what a video stands for, or let it in again.

    `value` names one of the video's hashtags; without it all of them are meant. Raises Problem
    `validation_failed` where the video has no such thing.
    """
    values = _values(video, scope, value)
    now = context.clock.now()
    with context.database.transaction() as transaction:
        taste_store.hold(transaction, user_row_id)
        store.set_not_interested(
            transaction, user_row_id, scope=scope, values=values, unwanted=unwanted, now=now
        )
        change = appraisal.revalue(context, transaction, user_row_id, video.row_id, now)
    appraisal.tell(context, [change])


def reset(context: Context, user_row_id: int) -> None:
    """Start over: what was watched before this moment says nothing about taste any more."""
    now = context.clock.now()
    with context.database.transaction() as transaction:
        taste_store.hold(transaction, user_row_id)
        taste_store.advance(transaction, user_row_id, now=now, starts_over=True)
    fresh.forget(context, user_row_id)


def _values(video: Video, scope: Scope, value: str | None) -> list[str]:
    if scope is Scope.VIDEO:
        return [str(video.row_id)]
    if scope is Scope.CREATOR:
        return [str(video.creator_row_id)]
    if scope is Scope.SOUND:
        if video.sound_row_id is None:
            raise Problem("validation_failed", "This video has no sound to leave out.")
        return [str(video.sound_row_id)]
    tags = video.hashtags if value is None else [value.removeprefix("#").lower()]
    if not tags or not set(tags) <= set(video.hashtags):
        raise Problem("validation_failed", "Name one of the video's own hashtags.")
    return tags

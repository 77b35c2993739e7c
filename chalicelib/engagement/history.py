"""What somebody has watched: to read, and to forget, also for what is recommended."""

from collections.abc import Sequence
from typing import Any

from chalicelib.accounts.models import Session
from chalicelib.engagement import history_store as store
from chalicelib.engagement.history_store import Watch
from chalicelib.feed import fresh, taste_store
from chalicelib.platform.context import Context
from chalicelib.platform.errors import not_found
from chalicelib.videos import store as video_store
from chalicelib.videos.models import Video
from chalicelib.videos.visibility import may_see


def list_watched(
    context: Context, session: Session, *, before: Sequence[Any] | None, limit: int
) -> tuple[list[tuple[Watch, Video]], Watch | None]:
    """Return a page of what the caller has watched and may still see.

    Also where the next page goes on; None at the end.
    """
    with context.database.transaction() as transaction:
        found = store.list_watched(transaction, session.user_row_id, before=before, limit=limit + 1)
        shown = found[:limit]
        videos = {
            video.row_id: video
            for video in video_store.find_videos(
                transaction,
                [watch.video_row_id for watch in shown],
                viewer_row_id=session.user_row_id,
            )
            if may_see(video, session)
        }
    items = [(watch, videos[watch.video_row_id]) for watch in shown if watch.video_row_id in videos]
    return items, shown[-1] if len(found) > limit else None


def forget(context: Context, session: Session, video_id: str | None = None) -> None:
    """Forget everything that the caller has watched, or one video.

    Raises Problem `not_found` for a video that there isn't.
    """
    now = context.clock.now()
    with context.database.transaction() as transaction:
        row_id = None
        if video_id is not None:
            video = video_store.find_video(transaction, video_id)
            if video is None:
                raise not_found("video")
            row_id = video.row_id
        taste_store.hold(transaction, session.user_row_id)
        taste_store.advance(transaction, session.user_row_id, now=now)
        store.delete(transaction, session.user_row_id, row_id, now)
    fresh.forget(context, session.user_row_id)

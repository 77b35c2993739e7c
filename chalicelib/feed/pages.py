"""Pages of a feed: what a slot showed is written before it is answered, and never changes."""

from collections.abc import Sequence

import numpy as np

from chalicelib.accounts.models import Session
from chalicelib.feed import choosing, impressions, page_store, reasons
from chalicelib.feed.features import FEATURES
from chalicelib.feed.models import FeedPage, FeedRequest, Item, Position
from chalicelib.feed.page_store import ServedPage
from chalicelib.platform import ids
from chalicelib.platform.context import Context
from chalicelib.platform.database import Connection
from chalicelib.videos import store as video_store
from chalicelib.videos.models import Video
from chalicelib.videos.visibility import may_see


def read_page(
    context: Context,
    request: FeedRequest,
    *,
    session: Session | None,
    position: Position | None,
    limit: int,
) -> FeedPage:
    """Return the page at a position, or the first one of a new feed.

    The same position gives the same videos, whatever has happened since, without those that the
    viewer may not be shown any more.
    """
    at = position or Position(ids.public_id(), 0, context.clock.now())
    end = at.offset + limit
    wanting: Sequence[str] = ()
    with context.database.transaction() as transaction:
        pages = page_store.read_pages(transaction, at.feed_id, at.started_at)
        if _served(pages) < end:
            pages, wanting = _go_on(context, transaction, request, at, end)
        items = _show(context, transaction, request, _slots(pages, at.offset, end), session)
    following = Position(at.feed_id, end, at.started_at) if _served(pages) >= end else None
    degraded = [*wanting, *(["cache"] if context.cache.degraded else [])]
    return FeedPage(at.feed_id, items, following, degraded)


def _go_on(
    context: Context, transaction: Connection, request: FeedRequest, at: Position, end: int
) -> tuple[list[ServedPage], Sequence[str]]:
    """Fill a feed's slots up to an end, as far as there is anything to show.

    Returns all of its pages, and what was wanting.
    """
    page_store.hold(transaction, at.feed_id)
    pages = page_store.read_pages(transaction, at.feed_id, at.started_at)
    first = _served(pages)
    if first >= end:
        return pages, ()
    choice = choosing.choose(
        context,
        transaction,
        request,
        feed_id=at.feed_id,
        started_at=at.started_at,
        shown=[video for page in pages for video in page.video_ids],
        count=end - first,
    )
    if not len(choice.video_ids):
        return pages, choice.degraded
    page = ServedPage(
        feed_id=at.feed_id,
        first=first,
        started_at=at.started_at,
        served_at=context.clock.now(),
        viewer=request.viewer,
        user_row_id=request.user_row_id,
        source=request.stream,
        mode=request.mode,
        space_id=choice.space_id,
        ranker_run_id=choice.ranker_run_id,
        variants=choice.variants,
        video_ids=choice.video_ids.tolist(),
        found=choice.found,
        propensities=choice.propensities,
        scores=choice.scores,
        features=FEATURES,
        weights=choice.weights.tolist(),
        values=np.ascontiguousarray(choice.values, "<f8").tobytes(),
    )
    page_store.insert_page(transaction, page)
    return [*pages, page], choice.degraded


def _served(pages: Sequence[ServedPage]) -> int:
    return pages[-1].end if pages else 0


def _slots(pages: Sequence[ServedPage], start: int, end: int) -> list[tuple[ServedPage, int]]:
    return [
        (page, slot) for page in pages for slot in range(max(start, page.first), min(end, page.end))
    ]


def _show(
    context: Context,
    transaction: Connection,
    request: FeedRequest,
    slots: Sequence[tuple[ServedPage, int]],
    session: Session | None,
) -> list[Item]:
    """Return what slots show, each with the token that proves it."""
    row_ids = [page.video_ids[slot - page.first] for page, slot in slots]
    found = video_store.find_videos(transaction, row_ids, viewer_row_id=request.user_row_id)
    videos = {video.row_id: video for video in found if may_see(video, session)}
    return [
        _item(context, request, page, slot, videos[row_id])
        for (page, slot), row_id in zip(slots, row_ids, strict=True)
        if row_id in videos
    ]


def _item(
    context: Context, request: FeedRequest, page: ServedPage, slot: int, video: Video
) -> Item:
    impression = impressions.of_slot(
        page.feed_id, slot, viewer=page.viewer, video_row_id=video.row_id,
        stream=request.stream, issued_at=page.served_at,
    )  # fmt: skip
    token = impressions.write_token(context.signer, impression)
    return Item(video, token, reasons.of_slot(page, slot, video), slot)

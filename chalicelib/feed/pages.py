"""Pages of a feed: one pool per feed, cut where the cursor says, so that nothing repeats."""

import json
from collections.abc import Sequence
from uuid import uuid4

from chalicelib.accounts.models import Session
from chalicelib.feed import candidates, impressions
from chalicelib.feed.models import (
    Candidate,
    FeedPage,
    Impression,
    Item,
    Mode,
    Position,
    Source,
)
from chalicelib.platform import ids
from chalicelib.platform.context import Context
from chalicelib.platform.database import Connection
from chalicelib.videos import store as video_store
from chalicelib.videos.models import Video
from chalicelib.videos.visibility import may_see

POOL_SECONDS = 1800


def read_page(
    context: Context,
    *,
    session: Session | None,
    viewer: str,
    mode: Mode,
    position: Position | None,
    limit: int,
) -> FeedPage:
    """Return the page at a position, or the first one of a new feed.

    What was removed since the pool was made is passed over; a lost pool is made again as of
    the feed's own moment.
    """
    at = position or Position(ids.public_id(), 0, context.clock.now())
    user_row_id = session.user_row_id if session else None
    with context.database.transaction() as transaction:
        pool = _load_pool(context, transaction, user_row_id, mode, at)
        shown, end = _take(transaction, pool, at.offset, limit, session)
    items = _show(context, at, viewer, shown)
    following = Position(at.feed_id, end, at.snapshot) if end < len(pool) else None
    degraded = ["cache"] if context.cache.degraded else []
    return FeedPage(at.feed_id, items, following, degraded)


def _load_pool(
    context: Context, transaction: Connection, user_row_id: int | None, mode: Mode, at: Position
) -> list[Candidate]:
    cached = context.cache.get(f"feed:{at.feed_id}")
    if cached is not None:
        return [Candidate(row_id, Source(source)) for row_id, source in json.loads(cached)]
    pool = candidates.generate(
        transaction, user_row_id=user_row_id, mode=mode, snapshot=at.snapshot
    )
    packed = json.dumps([[c.video_row_id, c.source] for c in pool], separators=(",", ":"))
    context.cache.put(f"feed:{at.feed_id}", packed.encode(), seconds=POOL_SECONDS)
    return pool


def _take(
    transaction: Connection,
    pool: Sequence[Candidate],
    offset: int,
    limit: int,
    session: Session | None,
) -> tuple[list[tuple[Candidate, Video]], int]:
    """Return up to `limit` showable videos from an offset on, and the offset after them."""
    shown: list[tuple[Candidate, Video]] = []
    while len(shown) < limit and offset < len(pool):
        wanted = pool[offset : offset + limit - len(shown)]
        offset += len(wanted)
        row_ids = [candidate.video_row_id for candidate in wanted]
        found = video_store.find_videos(
            transaction, row_ids, viewer_row_id=session.user_row_id if session else None
        )
        by_row = {video.row_id: video for video in found if may_see(video, None)}
        shown += [(c, by_row[c.video_row_id]) for c in wanted if c.video_row_id in by_row]
    return shown, offset


def _show(
    context: Context, at: Position, viewer: str, shown: Sequence[tuple[Candidate, Video]]
) -> list[Item]:
    """Give every video its place and the token that proves it was shown."""
    now = context.clock.now()
    items: list[Item] = []
    for position, (candidate, video) in enumerate(shown, start=at.offset):
        impression = Impression(
            id=uuid4(),
            viewer=viewer,
            video_row_id=video.row_id,
            feed_id=at.feed_id,
            position=position,
            source=candidate.source,
            issued_at=now,
        )
        token = impressions.write_token(context.signer, impression)
        items.append(Item(video, token, candidate.source, position))
    return items

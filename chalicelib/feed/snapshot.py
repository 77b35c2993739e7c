"""What is trending, as a file in S3: what people see while the database is away."""

from dataclasses import replace

from pydantic import TypeAdapter

from chalicelib.feed import candidate_store, impressions, listing_store
from chalicelib.feed.candidate_store import Viewer
from chalicelib.feed.models import FeedPage, Item, Position, ReasonCode, Stream
from chalicelib.feed.reasons import reason
from chalicelib.platform import ids
from chalicelib.platform.context import Context
from chalicelib.videos import store as video_store
from chalicelib.videos.models import Video

KEY = "snapshots/trending.json"  # nothing that CloudFront or the edge serve
LENGTH = 100
_VIDEOS = TypeAdapter(list[Video])


def write(context: Context) -> int:
    """Replace the snapshot by what is trending now. Returns of how many videos it is."""
    with context.database.transaction() as transaction:
        trending = listing_store.trending(transaction, LENGTH)
        shown = candidate_store.read_videos(transaction, trending, Viewer(None)).ids
        ordered = [video for video in trending.tolist() if video in set(shown.tolist())]
        found = video_store.find_videos(transaction, ordered)
    # What only the owner and the workers need stays in the database.
    videos = [replace(video, probe=None, promised_sha256=None, preview=None) for video in found]
    data = _VIDEOS.dump_json(videos)
    bucket = context.settings.media_bucket
    context.storage.write(bucket, KEY, data, "application/json", "no-store")
    return len(videos)


def read_page(context: Context, viewer: str, *, position: Position | None, limit: int) -> FeedPage:
    """Return a page of the snapshot, which begins anew at its end, without the database.

    Nothing is known of the viewer, so what they have seen or blocked isn't left out.
    """
    now = context.clock.now()
    at = position or Position(ids.public_id(), 0, now)
    videos = _VIDEOS.validate_json(context.storage.read(context.settings.media_bucket, KEY))
    count = min(limit, len(videos))
    items = []
    for slot in range(at.offset, at.offset + count):
        video = videos[slot % len(videos)]
        impression = impressions.of_slot(
            at.feed_id, slot, viewer=viewer, video_row_id=video.row_id,
            stream=Stream.TRENDING, issued_at=now,
        )  # fmt: skip
        token = impressions.write_token(context.signer, impression)
        items.append(Item(video, token, [reason(ReasonCode.TRENDING, video)], slot))
    following = Position(at.feed_id, at.offset + count, at.started_at) if count else None
    degraded = ["database", *(["cache"] if context.cache.degraded else [])]
    return FeedPage(at.feed_id, items, following, degraded)

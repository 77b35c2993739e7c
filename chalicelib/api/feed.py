"""The feed, and what viewers report of their watching."""

from datetime import datetime
from typing import Annotated, Literal
from uuid import UUID

from pydantic import AwareDatetime, Field

from chalicelib.api import schemas
from chalicelib.api.paging import Page, WholeNumber, read_cursor, write_cursor
from chalicelib.api.requests import Request
from chalicelib.api.routing import Audience, Reply, endpoint
from chalicelib.api.validation import Input
from chalicelib.engagement import watching
from chalicelib.engagement.models import EventType, Reported
from chalicelib.feed import pages
from chalicelib.feed.models import Item, Mode, Position, Source
from chalicelib.videos.delivery import MediaUrls, media_urls

REASONS = {
    Source.NEWEST: ("explore", "New on Clipwave"),
    Source.MOST_WATCHED: ("trending", "Many people are watching this"),
}
LONGEST_CLAIM_MS = 24 * 3600 * 1000


class FeedQuery(Page):
    """Which feed, and from where on."""

    limit: Annotated[WholeNumber, Field(ge=1, le=30)] = 10
    source: Literal["for_you"] = "for_you"
    mode: Mode | None = None


class WatchEvent(Input):
    """One thing that happened to a shown video."""

    id: UUID
    type: EventType
    impression_token: Annotated[str, Field(max_length=1024)]
    at: AwareDatetime
    watch_ms: Annotated[int, Field(ge=0, le=LONGEST_CLAIM_MS)] = 0
    position_ms: Annotated[int, Field(ge=0, le=LONGEST_CLAIM_MS)] | None = None


class WatchEvents(Input):
    """A batch of events."""

    events: Annotated[list[WatchEvent], Field(min_length=1, max_length=50)]


@endpoint("GET", "/feed", allow=Audience.ANYONE, query=FeedQuery)
def read_feed(request: Request, *, query: FeedQuery) -> Reply:
    """Return a page of the feed; without an account, of what most people watch."""
    mode = query.mode or (Mode.PERSONAL if request.session else Mode.POPULAR)
    session = request.caller if mode is Mode.PERSONAL else request.session
    filters = f"feed {query.source} {mode}"
    page = pages.read_page(
        request.context,
        session=session,
        viewer=request.viewer,
        mode=mode,
        position=_position(read_cursor(request, filters, query.cursor)),
        limit=query.limit,
    )
    following = page.next
    cursor = write_cursor(request, filters, _packed(following)) if following else None
    media = media_urls(request.context)
    answer = {
        "feed_id": page.feed_id,
        "items": [_show(item, media) for item in page.items],
        "next_cursor": cursor,
        "degraded": page.degraded,
    }
    return Reply(answer)


@endpoint("POST", "/events", allow=Audience.ANYONE, body=WatchEvents)
def record_events(request: Request, *, body: WatchEvents) -> Reply:
    """Take in what was watched."""
    receipt = watching.record(
        request.context,
        viewer=request.viewer,
        user_row_id=request.session.user_row_id if request.session else None,
        events=[Reported(**dict(event)) for event in body.events],
    )
    answer = {
        "accepted": receipt.accepted,
        "duplicates": receipt.duplicates,
        "rejected": [{"id": str(event_id), "code": code} for event_id, code in receipt.rejected],
    }
    return Reply(answer, 202)


def _show(item: Item, media: MediaUrls) -> dict[str, object]:
    code, text = REASONS[item.source]
    return {
        "video": schemas.Video.of(item.video, media).model_dump(mode="json"),
        "impression_token": item.impression_token,
        "reasons": [{"code": code, "text": text}],
        "position": item.position,
    }


def _packed(position: Position) -> list[object]:
    return [position.feed_id, position.offset, position.snapshot.isoformat()]


def _position(packed: list[object] | None) -> Position | None:
    if packed is None:
        return None
    feed_id, offset, snapshot = packed
    return Position(str(feed_id), int(str(offset)), datetime.fromisoformat(str(snapshot)))

"""The feed, why it shows what it shows, and what viewers report of their watching."""

from datetime import datetime
from typing import Annotated
from uuid import UUID

from pydantic import AwareDatetime, BaseModel, Field

from chalicelib.accounts import registration, sessions
from chalicelib.accounts.models import User
from chalicelib.api import kept, schemas
from chalicelib.api.fields import Trimmed
from chalicelib.api.paging import Page, WholeNumber, read_cursor, write_cursor
from chalicelib.api.requests import Request
from chalicelib.api.routing import Audience, Reply, endpoint, render
from chalicelib.api.validation import Input
from chalicelib.engagement import models, preferences, watching
from chalicelib.engagement.models import EventType, Reported
from chalicelib.engagement.preferences import Scope
from chalicelib.feed import pages, snapshot, why
from chalicelib.feed.audiences import audiences_of
from chalicelib.feed.models import FeedPage, FeedRequest, Item, Mode, Position, Stream
from chalicelib.platform.errors import Problem
from chalicelib.platform.limits import LimitClass
from chalicelib.videos import visibility
from chalicelib.videos.delivery import MediaUrls, media_urls

LONGEST_CLAIM_MS = 24 * 3600 * 1000
SOURCE = r"^(for_you|following|trending|hashtag:#?\w{1,50}|sound:[A-Za-z0-9]{1,64})$"


class FeedQuery(Page):
    """Which feed, and from where on."""

    limit: Annotated[WholeNumber, Field(ge=1, le=30)] = 10
    source: Annotated[str, Field(pattern=SOURCE)] = Stream.FOR_YOU
    mode: Mode | None = None


class NotInterested(Input):
    """What of a video somebody doesn't want to see; a hashtag can be named."""

    scope: Scope = Scope.VIDEO
    value: Annotated[str, Field(max_length=51), Trimmed] | None = None


class WatchEvent(Input):
    """One thing that happened to a shown video."""

    id: UUID
    type: EventType
    impression_token: Annotated[str, Field(max_length=1024), Trimmed]
    at: AwareDatetime
    watch_ms: Annotated[int, Field(ge=0, le=LONGEST_CLAIM_MS)] = 0
    position_ms: Annotated[int, Field(ge=0, le=LONGEST_CLAIM_MS)] | None = None


class WatchEvents(Input):
    """A batch of events."""

    events: Annotated[list[WatchEvent], Field(min_length=1, max_length=50)]


class Reason(BaseModel):
    """Why a video is shown."""

    code: str
    text: str


class FeedItem(BaseModel):
    """A video in a feed; the token proves to POST /events that it was shown."""

    video: schemas.Video
    impression_token: str
    reasons: list[Reason]
    position: int


class Feed(BaseModel):
    """A page of a feed; `degraded` names what was wanting while it was made."""

    feed_id: str
    items: list[FeedItem]
    next_cursor: str | None
    degraded: list[str]


class Contribution(BaseModel):
    """What one feature gave to a score: value times weight."""

    feature: str
    value: float
    weight: float


class Explanation(BaseModel):
    """All that a score was made of."""

    reasons: list[Reason]
    source: str
    score: float
    contributions: list[Contribution]


class Rejected(BaseModel):
    """An event that wasn't believed."""

    id: UUID
    code: str


class Receipt(BaseModel):
    """What became of a batch of events."""

    accepted: int
    duplicates: int
    rejected: list[Rejected]


def read_trending_snapshot(request: Request, *, query: FeedQuery) -> Reply:
    """Return what was trending when the database was last there."""
    filters = _filters(query, _mode(request, query))
    try:
        position = _position(read_cursor(request, filters, query.cursor))
    except Problem:  # of somebody whom the database would have known
        position = None
    page = snapshot.read_page(request.context, request.viewer, position=position, limit=query.limit)
    return _answer(request, page, filters)


@endpoint(
    "GET",
    "/feed",
    allow=Audience.ANYONE,
    limit=LimitClass.FEED,
    query=FeedQuery,
    response=Feed,
    problems=("authentication_required",),
    links={
        "read_video": ("video_id", "/items/0/video/id"),
        "like": ("video_id", "/items/0/video/id"),
        "save": ("video_id", "/items/0/video/id"),
        "write_comment": ("video_id", "/items/0/video/id"),
        "read_user": ("user_id", "/items/0/video/creator/id"),
        "explain_item": ("impression_token", "/items/0/impression_token"),
    },
    fallback=read_trending_snapshot,
)
def read_feed(request: Request, *, query: FeedQuery) -> Reply:
    """Return a page of the feed; without an account, of what most people watch.

    A page that was served a moment ago is given as it was, unless something of it has changed.
    """
    cache = request.context.cache
    mode = _mode(request, query)
    filters = _filters(query, mode)
    key = f"{request.viewer} {filters} {query.limit} {query.cursor}"
    if query.cursor and (known := kept.find(cache, key)):
        return Reply(known)
    person = _person(request, query, mode)
    page = pages.read_page(
        request.context,
        _asked(request, query, mode, person),
        session=request.session,
        position=_position(read_cursor(request, filters, query.cursor)),
        limit=query.limit,
    )
    reply = _answer(request, page, filters)
    if query.cursor and not page.degraded:
        kept.keep(cache, key, render(reply.body), _about(page, person))
    return reply


@endpoint("POST", "/feed/reset", allow=Audience.SIGNED_IN, limit=LimitClass.WRITE, status=204)
def reset_feed(request: Request) -> Reply:
    """Start over as a new viewer; follows, blocks and filters stay."""
    preferences.reset(request.context, request.caller.user_row_id)
    return Reply(status=204)


@endpoint(
    "GET",
    "/feed/why/{impression_token}",
    allow=Audience.SIGNED_IN,
    limit=LimitClass.READ,
    response=Explanation,
    problems=("not_found",),
)
def explain_item(request: Request) -> Reply:
    """Tell why a video was shown: all that its score was made of."""
    found = why.explain(request.context, request.params["impression_token"], request.viewer)
    answer = Explanation(
        reasons=[Reason(**vars(reason)) for reason in found.reasons],
        source=found.source,
        score=found.score,
        contributions=[Contribution(**vars(part)) for part in found.contributions],
    )
    return Reply(answer)


@endpoint(
    "PUT",
    "/videos/{video_id}/not-interested",
    allow=Audience.SIGNED_IN,
    limit=LimitClass.WRITE,
    body=NotInterested,
    status=204,
    problems=("not_found", "deleted"),
)
def refuse_video(request: Request, *, body: NotInterested) -> Reply:
    """Keep a video, or what it stands for, out of the caller's feed."""
    return _set_not_interested(request, body, unwanted=True)


@endpoint(
    "DELETE",
    "/videos/{video_id}/not-interested",
    allow=Audience.SIGNED_IN,
    limit=LimitClass.WRITE,
    body=NotInterested,
    status=204,
    problems=("not_found", "deleted"),
)
def admit_video(request: Request, *, body: NotInterested) -> Reply:
    """Let it into the caller's feed again."""
    return _set_not_interested(request, body, unwanted=False)


def record_events_unproven(request: Request, *, body: WatchEvents) -> Reply:
    """Take in what was watched while the database is away, and with it who a session belongs to."""
    token = request.session_token
    if request.session is None and token:
        session = sessions.hash_of(token)
        receipt = watching.receive_unproven(request.context, session=session, events=_told(body))
        return _received(receipt)
    return record_events(request, body=body)


# Watching changes the next page, not one that was served.
@endpoint(
    "POST",
    "/events",
    allow=Audience.ANYONE,
    limit=LimitClass.EVENTS,
    body=WatchEvents,
    response=Receipt,
    status=202,
    changes=False,
    fallback=record_events_unproven,
)
def record_events(request: Request, *, body: WatchEvents) -> Reply:
    """Take in what was watched."""
    receipt = watching.receive(
        request.context,
        viewer=request.viewer,
        user_row_id=request.session.user_row_id if request.session else None,
        events=_told(body),
    )
    return _received(receipt)


def _told(body: WatchEvents) -> list[Reported]:
    return [Reported(**dict(event)) for event in body.events]


def _received(receipt: models.Receipt) -> Reply:
    rejected = [Rejected(id=event_id, code=code) for event_id, code in receipt.rejected]
    answer = Receipt(accepted=receipt.accepted, duplicates=receipt.duplicates, rejected=rejected)
    return Reply(answer, 202)


def _mode(request: Request, query: FeedQuery) -> Mode:
    return query.mode or (Mode.PERSONAL if request.session else Mode.POPULAR)


def _filters(query: FeedQuery, mode: Mode) -> str:
    return f"feed {query.source} {mode}"


def _person(request: Request, query: FeedQuery, mode: Mode) -> User | None:
    """Return the viewer. Raises Problem for a feed that needs an account."""
    if mode is Mode.PERSONAL or query.source == Stream.FOLLOWING:
        return registration.find_user(request.context, request.caller.user_row_id)
    if request.session is None:
        return None
    return registration.find_user(request.context, request.session.user_row_id)


def _asked(request: Request, query: FeedQuery, mode: Mode, person: User | None) -> FeedRequest:
    stream, _, key = query.source.partition(":")
    return FeedRequest(
        viewer=request.viewer,
        user_row_id=person.row_id if person else None,
        mode=mode,
        stream=Stream(stream),
        key=_key(stream, key),
        country=person.country if person else None,
        hidden_keywords=tuple(person.hidden_keywords) if person else (),
        interests=tuple(person.interests) if person else (),
        audiences=audiences_of(person, request.context.clock.now().date()) if person else (),
    )


def _answer(request: Request, page: FeedPage, filters: str) -> Reply:
    following = page.next
    media = media_urls(request.context)
    answer = Feed(
        feed_id=page.feed_id,
        items=[_show(item, media) for item in page.items],
        next_cursor=write_cursor(request, filters, _packed(following)) if following else None,
        degraded=list(page.degraded),
    )
    # The cache is told of in the header by whoever serves it.
    wanting = ", ".join(name for name in page.degraded if name != "cache")
    return Reply(answer, headers={"X-Degraded": wanting} if wanting else {})


def _about(page: FeedPage, person: User | None) -> set[str]:
    """Return what a page shows, as paths name it, and for whom."""
    videos = [item.video for item in page.items]
    about = {video.id for video in videos} | {video.creator.id for video in videos}
    return about | {person.id, f"@{person.username}"} if person else about


def _key(stream: str, key: str) -> str:
    return key.removeprefix("#").lower() if stream == Stream.HASHTAG else key


def _set_not_interested(request: Request, body: NotInterested, *, unwanted: bool) -> Reply:
    with request.context.database.transaction() as transaction:
        video = visibility.find_visible(transaction, request.params["video_id"], request.caller)
    preferences.set_not_interested(
        request.context,
        request.caller.user_row_id,
        video,
        scope=body.scope,
        value=body.value,
        unwanted=unwanted,
    )
    return Reply(status=204)


def _show(item: Item, media: MediaUrls) -> FeedItem:
    return FeedItem(
        video=schemas.Video.of(item.video, media),
        impression_token=item.impression_token,
        reasons=[Reason(**vars(reason)) for reason in item.reasons],
        position=item.position,
    )


def _packed(position: Position) -> list[object]:
    return [position.feed_id, position.offset, position.started_at.isoformat()]


def _position(packed: list[object] | None) -> Position | None:
    if packed is None:
        return None
    feed_id, offset, started_at = packed
    return Position(str(feed_id), int(str(offset)), datetime.fromisoformat(str(started_at)))

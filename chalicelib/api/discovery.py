"""Hashtags and sounds, what is trending, and videos like another one."""

from typing import Annotated, Literal

from pydantic import BaseModel, Field

from chalicelib.api import schemas
from chalicelib.api.paging import Page, WholeNumber, read_moment, write_moment
from chalicelib.api.requests import Request
from chalicelib.api.routing import Audience, Reply, endpoint
from chalicelib.api.search import Hashtag, Sound
from chalicelib.api.validation import Input
from chalicelib.discovery import pages
from chalicelib.feed import similar
from chalicelib.platform.limits import LimitClass
from chalicelib.videos.delivery import media_urls
from chalicelib.videos.listing import Position
from chalicelib.videos.models import Video

Window = Literal["1h", "24h", "7d"]
# The same for everybody; lists of sounds leave out whom the caller has nothing to do with.
KEPT_BY_ALL = {"Cache-Control": f"public, max-age={pages.KEPT_SECONDS}"}


class TrendsQuery(Input):
    """Over how long, and how many."""

    window: Window = "24h"
    limit: Annotated[WholeNumber, Field(ge=1, le=50)] = 20


class Count(Input):
    """How many."""

    limit: Annotated[WholeNumber, Field(ge=1, le=50)] = 20


class TrendingHashtag(Hashtag):
    """A hashtag with its rank from 1 and by how many it rose; null for a new one."""

    rank: int
    change: int | None


class TrendingSound(Sound):
    """A sound with its rank from 1 and by how many it rose; null for a new one."""

    rank: int
    change: int | None


class TrendingHashtags(BaseModel):
    """What is trending, most first."""

    items: list[TrendingHashtag]
    next_cursor: None = None


class TrendingSounds(BaseModel):
    """What is trending, most first."""

    items: list[TrendingSound]
    next_cursor: None = None


@endpoint(
    "GET",
    "/hashtags/trending",
    allow=Audience.ANYONE,
    limit=LimitClass.READ,
    query=TrendsQuery,
    response=TrendingHashtags,
)
def list_trending_hashtags(request: Request, *, query: TrendsQuery) -> Reply:
    """List the hashtags that are watched most now."""
    found = pages.trending_hashtags(request.context, query.window, query.limit)
    items = [
        TrendingHashtag(**vars(trend.item), rank=trend.rank, change=trend.change) for trend in found
    ]
    return Reply(TrendingHashtags(items=items), headers=KEPT_BY_ALL)


@endpoint(
    "GET",
    "/sounds/trending",
    allow=Audience.ANYONE,
    limit=LimitClass.READ,
    query=TrendsQuery,
    response=TrendingSounds,
)
def list_trending_sounds(request: Request, *, query: TrendsQuery) -> Reply:
    """List the sounds that are watched most now."""
    found = pages.trending_sounds(request.context, request.session, query.window, query.limit)
    media = media_urls(request.context)
    items = [
        TrendingSound(**dict(Sound.of(trend.item, media)), rank=trend.rank, change=trend.change)
        for trend in found
    ]
    return Reply(TrendingSounds(items=items), headers={} if request.session else KEPT_BY_ALL)


@endpoint(
    "GET",
    "/hashtags/{tag}",
    allow=Audience.ANYONE,
    limit=LimitClass.READ,
    response=Hashtag,
    problems=("not_found",),
)
def read_hashtag(request: Request) -> Reply:
    """Show a hashtag, and how much it is on."""
    return Reply(Hashtag(**vars(pages.read_hashtag(request.context, request.params["tag"]))))


@endpoint(
    "GET",
    "/hashtags/{tag}/videos",
    allow=Audience.ANYONE,
    limit=LimitClass.READ,
    query=Page,
    response=schemas.VideoPage,
    problems=("not_found",),
)
def list_hashtag_videos(request: Request, *, query: Page) -> Reply:
    """List a hashtag's videos, the newest first."""
    tag = request.params["tag"]
    filters = f"hashtag {tag}"
    found = pages.list_hashtag_videos(
        request.context,
        request.session,
        tag,
        before=read_moment(request, filters, query.cursor),
        limit=query.limit,
    )
    return _page(request, filters, *found)


@endpoint(
    "GET",
    "/sounds/{sound_id}",
    allow=Audience.ANYONE,
    limit=LimitClass.READ,
    response=Sound,
    problems=("not_found",),
)
def read_sound(request: Request) -> Reply:
    """Show a sound that one can put under a video."""
    sound = pages.read_sound(request.context, request.session, request.params["sound_id"])
    return Reply(Sound.of(sound, media_urls(request.context)))


@endpoint(
    "GET",
    "/sounds/{sound_id}/videos",
    allow=Audience.ANYONE,
    limit=LimitClass.READ,
    query=Page,
    response=schemas.VideoPage,
    problems=("not_found",),
)
def list_sound_videos(request: Request, *, query: Page) -> Reply:
    """List the videos with a sound, the newest first."""
    sound_id = request.params["sound_id"]
    filters = f"sound {sound_id}"
    found = pages.list_sound_videos(
        request.context,
        request.session,
        sound_id,
        before=read_moment(request, filters, query.cursor),
        limit=query.limit,
    )
    return _page(request, filters, *found)


@endpoint(
    "GET",
    "/videos/{video_id}/similar",
    allow=Audience.ANYONE,
    limit=LimitClass.READ,
    query=Count,
    response=schemas.VideoPage,
    problems=("not_found", "deleted"),
)
def list_similar(request: Request, *, query: Count) -> Reply:
    """List videos like one, the nearest first."""
    video_id = request.params["video_id"]
    found = similar.list_similar(request.context, request.session, video_id, query.limit)
    return _page(request, "", found, None)


def _page(request: Request, filters: str, videos: list[Video], last: Position | None) -> Reply:
    media = media_urls(request.context)
    items = [schemas.Video.of(video, media) for video in videos]
    cursor = write_moment(request, filters, *last) if last else None
    return Reply(schemas.VideoPage(items=items, next_cursor=cursor))

"""What the caller likes, saves and shares."""

from pydantic import BaseModel

from chalicelib.api import schemas
from chalicelib.api.fields import Channel
from chalicelib.api.paging import Page, read_moment, write_moment
from chalicelib.api.requests import Request
from chalicelib.api.routing import Audience, Reply, endpoint
from chalicelib.api.validation import Input
from chalicelib.engagement import collected, saves, shares
from chalicelib.engagement.collected import Kind
from chalicelib.platform.limits import LimitClass
from chalicelib.videos.delivery import media_urls


class SaveState(BaseModel):
    """Whether the caller has saved a video, and how many have."""

    saved: bool
    save_count: int


class ShareForm(Input):
    """Where somebody passes a video on."""

    channel: Channel


class Shared(BaseModel):
    """A video's address, and how often it was shared."""

    url: str
    share_count: int


@endpoint(
    "PUT",
    "/videos/{video_id}/save",
    allow=Audience.SIGNED_IN,
    limit=LimitClass.LIKE,
    response=SaveState,
    problems=("not_found", "deleted"),
)
def save(request: Request) -> Reply:
    """Save a video."""
    return _set_save(request, saved=True)


@endpoint(
    "DELETE",
    "/videos/{video_id}/save",
    allow=Audience.SIGNED_IN,
    limit=LimitClass.LIKE,
    response=SaveState,
    problems=("not_found", "deleted"),
)
def unsave(request: Request) -> Reply:
    """Save a video no more."""
    return _set_save(request, saved=False)


@endpoint(
    "POST",
    "/videos/{video_id}/share",
    allow=Audience.ANYONE,
    limit=LimitClass.LIKE,
    body=ShareForm,
    response=Shared,
    problems=("not_found", "deleted"),
)
def share(request: Request, *, body: ShareForm) -> Reply:
    """Get a video's address to pass on; counted once per person and hour."""
    url, count = shares.share(
        request.context,
        request.session,
        request.viewer,
        request.params["video_id"],
        body.channel,
    )
    return Reply(Shared(url=url, share_count=count))


@endpoint(
    "GET",
    "/users/me/likes",
    allow=Audience.SIGNED_IN,
    limit=LimitClass.READ,
    query=Page,
    response=schemas.VideoPage,
)
def list_liked(request: Request, *, query: Page) -> Reply:
    """List the videos that the caller likes, the last liked first."""
    return _list(request, query, "likes")


@endpoint(
    "GET",
    "/users/me/saves",
    allow=Audience.SIGNED_IN,
    limit=LimitClass.READ,
    query=Page,
    response=schemas.VideoPage,
)
def list_saved(request: Request, *, query: Page) -> Reply:
    """List the videos that the caller has saved, the last saved first."""
    return _list(request, query, "saves")


def _set_save(request: Request, *, saved: bool) -> Reply:
    video_id = request.params["video_id"]
    count = saves.set_save(request.context, request.caller, video_id, saved=saved)
    return Reply(SaveState(saved=saved, save_count=count))


def _list(request: Request, query: Page, kind: Kind) -> Reply:
    videos, last = collected.list_collected(
        request.context,
        request.caller,
        kind,
        before=read_moment(request, kind, query.cursor),
        limit=query.limit,
    )
    media = media_urls(request.context)
    items = [schemas.Video.of(video, media) for video in videos]
    cursor = write_moment(request, kind, *last) if last else None
    return Reply(schemas.VideoPage(items=items, next_cursor=cursor))

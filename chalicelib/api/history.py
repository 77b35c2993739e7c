"""What the caller has watched."""

from pydantic import BaseModel

from chalicelib.api import schemas
from chalicelib.api.paging import Page, read_moment, write_moment
from chalicelib.api.requests import Request
from chalicelib.api.routing import Audience, Reply, endpoint
from chalicelib.engagement import history
from chalicelib.platform.limits import LimitClass
from chalicelib.videos.delivery import media_urls

FILTERS = "history"


class Watched(schemas.Video):
    """A video with when and how long it was last watched."""

    watched_at: schemas.Moment
    watch_ms: int
    completion_rate: float


class HistoryPage(BaseModel):
    """A page of what was watched."""

    items: list[Watched]
    next_cursor: str | None


@endpoint(
    "GET",
    "/users/me/history",
    allow=Audience.SIGNED_IN,
    limit=LimitClass.READ,
    query=Page,
    response=HistoryPage,
)
def list_history(request: Request, *, query: Page) -> Reply:
    """List what the caller has watched, each video once, the last first."""
    found, last = history.list_watched(
        request.context,
        request.caller,
        before=read_moment(request, FILTERS, query.cursor),
        limit=query.limit,
    )
    media = media_urls(request.context)
    items = [
        Watched(
            **dict(schemas.Video.of(video, media)),
            watched_at=watch.watched_at,
            watch_ms=watch.watch_ms,
            completion_rate=watch.completion_rate,
        )
        for watch, video in found
    ]
    cursor = None
    if last:
        cursor = write_moment(request, FILTERS, last.watched_at, last.video_row_id)
    return Reply(HistoryPage(items=items, next_cursor=cursor))


@endpoint(
    "DELETE", "/users/me/history", allow=Audience.SIGNED_IN, limit=LimitClass.WRITE, status=204
)
def forget_history(request: Request) -> Reply:
    """Forget all that the caller has watched, also for what they are recommended."""
    history.forget(request.context, request.caller)
    return Reply(status=204)


@endpoint(
    "DELETE",
    "/users/me/history/{video_id}",
    allow=Audience.SIGNED_IN,
    limit=LimitClass.WRITE,
    status=204,
    problems=("not_found",),
)
def forget_video(request: Request) -> Reply:
    """Forget that the caller has watched a video."""
    history.forget(request.context, request.caller, request.params["video_id"])
    return Reply(status=204)

"""Other people: their profiles and lists, following and blocking them."""

from pydantic import BaseModel

from chalicelib.accounts import relationships
from chalicelib.accounts.models import Acquaintance
from chalicelib.api import conditional, schemas
from chalicelib.api.paging import Page, read_moment, write_moment
from chalicelib.api.requests import Request
from chalicelib.api.routing import Audience, Reply, endpoint
from chalicelib.engagement import follows
from chalicelib.platform.limits import LimitClass
from chalicelib.videos import listing
from chalicelib.videos.delivery import media_urls


class PeoplePage(BaseModel):
    """A page of people."""

    items: list[schemas.UserRef]
    next_cursor: str | None


class FollowState(BaseModel):
    """How the caller stands to a person now, and how many follow them."""

    state: str
    follower_count: int


@endpoint(
    "GET",
    "/users/{user_id}",
    allow=Audience.ANYONE,
    limit=LimitClass.READ,
    response=schemas.User,
    problems=("not_found",),
    tagged=True,
    links=dict.fromkeys(("follow", "block", "list_videos", "list_followers"), ("user_id", "/id")),
)
def read_user(request: Request) -> Reply:
    """Show a person, by id or by @name."""
    person, relationship = relationships.show(
        request.context, request.params["user_id"], request.session
    )
    own = request.session is not None and person.row_id == request.session.user_row_id
    shown = schemas.User.of_person(person, None if own else relationship)
    return conditional.reply(request, shown, person.version)


@endpoint(
    "GET",
    "/users/{user_id}/videos",
    allow=Audience.ANYONE,
    limit=LimitClass.READ,
    query=Page,
    response=schemas.VideoPage,
    problems=("not_found",),
)
def list_videos(request: Request, *, query: Page) -> Reply:
    """List a person's published videos that the caller may see, the newest first."""
    name = request.params["user_id"]
    filters = f"videos of {name}"
    found = listing.of_person(
        request.context,
        name,
        request.session,
        before=read_moment(request, filters, query.cursor),
        limit=query.limit + 1,
    )
    shown = found[: query.limit]
    cursor = None
    if len(found) > query.limit:
        at = shown[-1].published_at or shown[-1].created_at
        cursor = write_moment(request, filters, at, shown[-1].row_id)
    media = media_urls(request.context)
    items = [schemas.Video.of(video, media) for video in shown]
    return Reply(schemas.VideoPage(items=items, next_cursor=cursor))


@endpoint(
    "GET",
    "/users/{user_id}/followers",
    allow=Audience.ANYONE,
    limit=LimitClass.READ,
    query=Page,
    response=PeoplePage,
    problems=("not_found",),
)
def list_followers(request: Request, *, query: Page) -> Reply:
    """List who follows a person, the newest first."""
    return _list_people(request, query, "followers")


@endpoint(
    "GET",
    "/users/{user_id}/following",
    allow=Audience.ANYONE,
    limit=LimitClass.READ,
    query=Page,
    response=PeoplePage,
    problems=("not_found",),
)
def list_following(request: Request, *, query: Page) -> Reply:
    """List whom a person follows, the newest first."""
    return _list_people(request, query, "following")


@endpoint(
    "GET",
    "/users/me/blocks",
    allow=Audience.SIGNED_IN,
    limit=LimitClass.READ,
    query=Page,
    response=PeoplePage,
)
def list_blocked(request: Request, *, query: Page) -> Reply:
    """List whom the caller blocks, the newest first."""
    filters = "blocks"
    found = relationships.list_blocked(
        request.context,
        request.caller,
        before=read_moment(request, filters, query.cursor),
        limit=query.limit + 1,
    )
    return _page(request, filters, found, query.limit)


@endpoint(
    "PUT",
    "/users/{user_id}/follow",
    allow=Audience.SIGNED_IN,
    limit=LimitClass.LIKE,
    response=FollowState,
    problems=("not_found",),
)
def follow(request: Request) -> Reply:
    """Follow a person."""
    return _set_follow(request, following=True)


@endpoint(
    "DELETE",
    "/users/{user_id}/follow",
    allow=Audience.SIGNED_IN,
    limit=LimitClass.LIKE,
    response=FollowState,
    problems=("not_found",),
)
def unfollow(request: Request) -> Reply:
    """Follow a person no more."""
    return _set_follow(request, following=False)


@endpoint(
    "PUT",
    "/users/{user_id}/block",
    allow=Audience.SIGNED_IN,
    limit=LimitClass.WRITE,
    status=204,
    problems=("not_found",),
)
def block(request: Request) -> Reply:
    """Have nothing to do with a person any more, in either direction."""
    relationships.set_block(
        request.context, request.caller, request.params["user_id"], blocking=True
    )
    return Reply(status=204)


@endpoint(
    "DELETE",
    "/users/{user_id}/block",
    allow=Audience.SIGNED_IN,
    limit=LimitClass.WRITE,
    status=204,
    problems=("not_found",),
)
def unblock(request: Request) -> Reply:
    """Take a block back."""
    relationships.set_block(
        request.context, request.caller, request.params["user_id"], blocking=False
    )
    return Reply(status=204)


def _set_follow(request: Request, *, following: bool) -> Reply:
    count = follows.set_follow(
        request.context, request.caller, request.params["user_id"], following=following
    )
    state = "following" if following else "none"
    return Reply(FollowState(state=state, follower_count=count))


def _list_people(request: Request, query: Page, kind: str) -> Reply:
    name = request.params["user_id"]
    filters = f"{kind} of {name}"
    found = relationships.list_people(
        request.context,
        kind,
        name,
        request.session,
        before=read_moment(request, filters, query.cursor),
        limit=query.limit + 1,
    )
    return _page(request, filters, found, query.limit)


def _page(request: Request, filters: str, found: list[Acquaintance], limit: int) -> Reply:
    shown = found[:limit]
    cursor = None
    if len(found) > limit:
        cursor = write_moment(request, filters, shown[-1].since, shown[-1].row_id)
    items = [schemas.UserRef.of(one.person) for one in shown]
    return Reply(PeoplePage(items=items, next_cursor=cursor))

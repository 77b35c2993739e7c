"""Other people: their profiles, following and blocking them."""

from chalicelib.accounts import relationships
from chalicelib.api import schemas
from chalicelib.api.requests import Request
from chalicelib.api.routing import Audience, Reply, endpoint


@endpoint("GET", "/users/{user_id}", allow=Audience.ANYONE)
def read_user(request: Request) -> Reply:
    """Show a person, by id or by @name."""
    person, relationship = relationships.show(
        request.context, request.params["user_id"], request.session
    )
    own = request.session is not None and person.row_id == request.session.user_row_id
    return Reply(schemas.User.of_person(person, None if own else relationship))


@endpoint("PUT", "/users/{user_id}/follow", allow=Audience.SIGNED_IN)
def follow(request: Request) -> Reply:
    """Follow a person."""
    return _set_follow(request, following=True)


@endpoint("DELETE", "/users/{user_id}/follow", allow=Audience.SIGNED_IN)
def unfollow(request: Request) -> Reply:
    """Follow a person no more."""
    return _set_follow(request, following=False)


@endpoint("PUT", "/users/{user_id}/block", allow=Audience.SIGNED_IN)
def block(request: Request) -> Reply:
    """Have nothing to do with a person any more, in either direction."""
    relationships.set_block(
        request.context, request.caller, request.params["user_id"], blocking=True
    )
    return Reply(status=204)


@endpoint("DELETE", "/users/{user_id}/block", allow=Audience.SIGNED_IN)
def unblock(request: Request) -> Reply:
    """Take a block back."""
    relationships.set_block(
        request.context, request.caller, request.params["user_id"], blocking=False
    )
    return Reply(status=204)


def _set_follow(request: Request, *, following: bool) -> Reply:
    count = relationships.set_follow(
        request.context, request.caller, request.params["user_id"], following=following
    )
    return Reply({"state": "following" if following else "none", "follower_count": count})

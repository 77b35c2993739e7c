"""Register, log in and out, the session, becoming a creator."""

import re
from datetime import date
from typing import Annotated, Literal

from pydantic import AfterValidator, Field, StringConstraints

from chalicelib.accounts import registration, sessions
from chalicelib.accounts.permissions import permissions_of
from chalicelib.accounts.registration import SignedIn
from chalicelib.api import schemas
from chalicelib.api.cookies import expired_cookie, session_cookie
from chalicelib.api.requests import Request
from chalicelib.api.routing import Audience, Reply, endpoint
from chalicelib.api.validation import Input

HASHTAG = re.compile(r"\w{1,50}")


def _hashtag(value: str) -> str:
    tag = value.removeprefix("#").lower()
    if not HASHTAG.fullmatch(tag):
        raise ValueError("use 1 to 50 letters, digits or underscores")
    return tag


Username = Annotated[str, Field(pattern=r"^[A-Za-z0-9_.]{3,30}$")]
Hashtag = Annotated[str, AfterValidator(_hashtag)]
Password = Annotated[str, StringConstraints(strip_whitespace=False, max_length=4096)]


class Registration(Input):
    """What it takes to join."""

    username: Username
    password: Password
    birth_date: date
    display_name: Annotated[str, Field(min_length=1, max_length=50)] | None = None
    email: Annotated[str, Field(max_length=254, pattern=r"^[^@\s]+@[^@\s]+$")] | None = None
    country: Annotated[str, Field(pattern=r"^[A-Z]{2}$")] | None = None
    language: Annotated[str, Field(pattern=r"^[a-z]{2,3}$")] | None = None
    interests: Annotated[tuple[Hashtag, ...], Field(max_length=20)] = ()


class Login(Input):
    """Name and password."""

    username: Annotated[str, Field(max_length=256)]
    password: Password


class CreatorTerms(Input):
    """The consent that makes a creator."""

    accept_terms: Literal[True]


@endpoint("POST", "/auth/register", allow=Audience.ANYONE, body=Registration)
def register(request: Request, *, body: Registration) -> Reply:
    """Create an account and sign in."""
    signed_in = registration.register(request.context, **body.model_dump())
    return _signed_in(request, signed_in, status=201)


@endpoint("POST", "/auth/login", allow=Audience.ANYONE, body=Login)
def log_in(request: Request, *, body: Login) -> Reply:
    """Sign in; a session that came along ends, so that ids are never reused."""
    signed_in = registration.log_in(request.context, username=body.username, password=body.password)
    if request.session_token:
        sessions.end(request.context, request.session_token)
    return _signed_in(request, signed_in)


@endpoint("POST", "/auth/logout", allow=Audience.SIGNED_IN)
def log_out(request: Request) -> Reply:
    """End this session."""
    sessions.end(request.context, request.session_token or "")
    return Reply(status=204, headers={"Set-Cookie": expired_cookie(request.context.settings)})


@endpoint("GET", "/auth/session", allow=Audience.ANYONE)
def read_session(request: Request) -> Reply:
    """Tell the caller who they are."""
    if request.session is None:
        return Reply(schemas.SessionState(authenticated=False, user=None, permissions=[]))
    user = registration.find_user(request.context, request.session.user_row_id)
    state = schemas.SessionState(
        authenticated=True, user=schemas.Me.of_user(user), permissions=permissions_of(user.role)
    )
    return Reply(state)


@endpoint("GET", "/users/me", allow=Audience.SIGNED_IN)
def read_me(request: Request) -> Reply:
    """Show the caller to themselves."""
    return Reply(
        schemas.Me.of_user(registration.find_user(request.context, request.caller.user_row_id))
    )


@endpoint("POST", "/users/me/creator", allow=Audience.SIGNED_IN, body=CreatorTerms)
def become_creator(request: Request, *, body: CreatorTerms) -> Reply:
    """Let the caller upload."""
    signed_in = registration.become_creator(
        request.context, request.caller.user_row_id, request.session_token or ""
    )
    return _signed_in(request, signed_in)


def _signed_in(request: Request, signed_in: SignedIn, status: int = 200) -> Reply:
    cookie = session_cookie(request.context.settings, signed_in.token)
    return Reply(schemas.Me.of_user(signed_in.user), status, {"Set-Cookie": cookie})

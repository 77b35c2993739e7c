"""Register, log in and out, sessions, the password, becoming a creator."""

from datetime import date
from typing import Annotated, Literal

from pydantic import BaseModel, Field

from chalicelib.accounts import registration, sessions
from chalicelib.accounts.permissions import permissions_of
from chalicelib.accounts.registration import SignedIn
from chalicelib.api import schemas
from chalicelib.api.cookies import expired_cookie, session_cookie
from chalicelib.api.fields import (
    Country,
    DisplayName,
    Email,
    Interests,
    Language,
    Password,
    Trimmed,
    Username,
)
from chalicelib.api.requests import Request
from chalicelib.api.routing import Audience, Reply, endpoint
from chalicelib.api.validation import Input
from chalicelib.platform.limits import LimitClass


class Registration(Input):
    """What it takes to join."""

    username: Username
    password: Password
    birth_date: date
    display_name: DisplayName | None = None
    email: Email | None = None
    country: Country | None = None
    language: Language | None = None
    interests: Interests = ()


class Login(Input):
    """Name and password."""

    username: Annotated[str, Field(max_length=256), Trimmed]
    password: Password


class NewPassword(Input):
    """The password so far, and the one from now on."""

    current: Password
    new: Password


class CreatorTerms(Input):
    """The consent that makes a creator."""

    accept_terms: Literal[True]


class OpenSession(BaseModel):
    """One of the caller's sessions; `current` is the one that asks."""

    id: str
    client: str
    created_at: schemas.Moment
    used_at: schemas.Moment
    expires_at: schemas.Moment
    current: bool


class OpenSessions(BaseModel):
    """All of the caller's sessions, the one used last first."""

    items: list[OpenSession]
    next_cursor: None = None


@endpoint(
    "POST",
    "/auth/register",
    allow=Audience.ANYONE,
    limit=LimitClass.REGISTER,
    body=Registration,
    response=schemas.Me,
    status=201,
    problems=("username_taken", "under_age", "password_too_short", "password_breached"),
    links={"read_user": ("user_id", "/id")},
)
def register(request: Request, *, body: Registration) -> Reply:
    """Create an account and sign in."""
    signed_in = registration.register(request.context, **body.model_dump(), client=_client(request))
    return _signed_in(request, signed_in, status=201)


@endpoint(
    "POST",
    "/auth/login",
    allow=Audience.ANYONE,
    limit=LimitClass.LOGIN,
    body=Login,
    response=schemas.Me,
    problems=("invalid_credentials", "banned"),
)
def log_in(request: Request, *, body: Login) -> Reply:
    """Sign in; a session that came along ends, so that ids are never reused."""
    signed_in = registration.log_in(
        request.context,
        username=body.username,
        password=body.password,
        client=_client(request),
    )
    if request.session_token:
        sessions.end(request.context, request.session_token)
    return _signed_in(request, signed_in)


@endpoint("POST", "/auth/logout", allow=Audience.SIGNED_IN, limit=LimitClass.WRITE, status=204)
def log_out(request: Request) -> Reply:
    """End this session."""
    sessions.end(request.context, request.session_token or "")
    return Reply(status=204, headers={"Set-Cookie": expired_cookie(request.context.settings)})


@endpoint(
    "GET",
    "/auth/session",
    allow=Audience.ANYONE,
    limit=LimitClass.READ,
    response=schemas.SessionState,
)
def read_session(request: Request) -> Reply:
    """Tell the caller who they are."""
    if request.session is None:
        return Reply(schemas.SessionState(authenticated=False, user=None, permissions=[]))
    user = registration.find_user(request.context, request.session.user_row_id)
    state = schemas.SessionState(
        authenticated=True, user=schemas.Me.of_user(user), permissions=permissions_of(user.role)
    )
    return Reply(state)


@endpoint(
    "GET",
    "/auth/sessions",
    allow=Audience.SIGNED_IN,
    limit=LimitClass.WRITE,
    response=OpenSessions,
    links={"end_session": ("session_id", "/items/0/id")},
)
def list_sessions(request: Request) -> Reply:
    """List the caller's sessions."""
    found = sessions.list_open(request.context, request.caller, request.session_token or "")
    return Reply(OpenSessions(items=[OpenSession(**vars(one)) for one in found]))


@endpoint("DELETE", "/auth/sessions", allow=Audience.SIGNED_IN, limit=LimitClass.WRITE, status=204)
def end_other_sessions(request: Request) -> Reply:
    """End all of the caller's sessions but this one."""
    sessions.end_others(request.context, request.caller, request.session_token or "")
    return Reply(status=204)


@endpoint(
    "DELETE",
    "/auth/sessions/{session_id}",
    allow=Audience.SIGNED_IN,
    limit=LimitClass.WRITE,
    status=204,
    problems=("not_found",),
)
def end_session(request: Request) -> Reply:
    """End one of the caller's sessions."""
    sessions.end_other(request.context, request.caller, request.params["session_id"])
    return Reply(status=204)


@endpoint(
    "POST",
    "/auth/password",
    allow=Audience.SIGNED_IN,
    limit=LimitClass.WRITE,
    body=NewPassword,
    status=204,
    problems=("invalid_credentials", "password_too_short", "password_breached"),
)
def change_password(request: Request, *, body: NewPassword) -> Reply:
    """Change the password; all other sessions end, and this one gets another id."""
    signed_in = registration.change_password(
        request.context, request.caller, current=body.current, new=body.new
    )
    cookie = session_cookie(request.context.settings, signed_in.token)
    return Reply(status=204, headers={"Set-Cookie": cookie})


@endpoint(
    "POST",
    "/users/me/creator",
    allow=Audience.SIGNED_IN,
    limit=LimitClass.WRITE,
    body=CreatorTerms,
    response=schemas.Me,
)
def become_creator(request: Request, *, body: CreatorTerms) -> Reply:
    """Let the caller upload."""
    return _signed_in(
        request, registration.become_creator(request.context, request.caller.user_row_id)
    )


def _client(request: Request) -> str:
    return request.headers.get("user-agent", "")


def _signed_in(request: Request, signed_in: SignedIn, status: int = 200) -> Reply:
    cookie = session_cookie(request.context.settings, signed_in.token)
    return Reply(schemas.Me.of_user(signed_in.user), status, {"Set-Cookie": cookie})

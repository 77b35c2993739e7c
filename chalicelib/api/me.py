"""The caller's own profile, what is held about them, whom they block; and leaving."""

from typing import Annotated, Any

from pydantic import BaseModel, Field

from chalicelib.accounts import registration
from chalicelib.api import conditional, schemas
from chalicelib.api.fields import Country, DisplayName, Interests, Language, Password, Said, Trimmed
from chalicelib.api.requests import Request
from chalicelib.api.routing import Audience, Reply, endpoint
from chalicelib.api.validation import Input
from chalicelib.platform.errors import FieldError, Problem
from chalicelib.platform.limits import LimitClass
from chalicelib.upkeep import exporting
from chalicelib.upkeep.models import Export

Keyword = Annotated[str, Field(min_length=1, max_length=50), Said]
CLEARABLE = frozenset({"country", "language"})


class ProfileChanges(Input):
    """What people change of themselves; what isn't given stays, null clears what may be empty."""

    display_name: DisplayName | None = None
    bio: Annotated[str, Field(max_length=300), Trimmed] | None = None
    country: Country | None = None
    language: Language | None = None
    interests: Interests | None = None
    history_paused: Annotated[bool, Field(strict=True)] | None = None
    hidden_keywords: Annotated[tuple[Keyword, ...], Field(max_length=100)] | None = None


class Leaving(Input):
    """The password, so that nobody else can do this."""

    password: Password


class PurgeDate(BaseModel):
    """When everything will be gone; until then logging in brings it back."""

    purge_at: schemas.Moment


class DataExport(BaseModel):
    """How far a copy of all that is held is; with its URL, once it is done, for a quarter hour."""

    id: str
    status: str
    url: str | None = None
    created_at: schemas.Moment


@endpoint(
    "GET",
    "/users/me",
    allow=Audience.SIGNED_IN,
    limit=LimitClass.WRITE,
    response=schemas.Me,
    tagged=True,
)
def read_me(request: Request) -> Reply:
    """Show the caller to themselves."""
    user = registration.find_user(request.context, request.caller.user_row_id)
    return conditional.reply(request, schemas.Me.of_user(user), user.version)


@endpoint(
    "PATCH",
    "/users/me",
    allow=Audience.SIGNED_IN,
    limit=LimitClass.WRITE,
    body=ProfileChanges,
    response=schemas.Me,
    conditional=True,
)
def edit_me(request: Request, *, body: ProfileChanges) -> Reply:
    """Change the caller's profile."""
    changes = _changes(body)
    session = request.caller
    user = registration.find_user(request.context, session.user_row_id)
    conditional.check_version(request, user.version)
    if changes:
        user = registration.edit_profile(request.context, session, user.version, changes)
    return conditional.reply(request, schemas.Me.of_user(user), user.version)


@endpoint(
    "DELETE",
    "/users/me",
    allow=Audience.SIGNED_IN,
    limit=LimitClass.WRITE,
    body=Leaving,
    response=PurgeDate,
    status=202,
    problems=("invalid_credentials", "last_admin"),
)
def leave(request: Request, *, body: Leaving) -> Reply:
    """Hide the caller at once and purge them after 30 days, unless they log in before."""
    purge_at = registration.leave(request.context, request.caller, password=body.password)
    return Reply(PurgeDate(purge_at=purge_at), 202)


@endpoint(
    "POST",
    "/users/me/export",
    allow=Audience.SIGNED_IN,
    limit=LimitClass.WRITE,
    response=DataExport,
    status=202,
    links={"read_export": ("export_id", "/id")},
)
def start_export(request: Request) -> Reply:
    """Have everything held about the caller put together; one that is on its way is given again."""
    return Reply(_show_export(exporting.start(request.context, request.caller)), 202)


@endpoint(
    "GET",
    "/users/me/exports/{export_id}",
    allow=Audience.SIGNED_IN,
    limit=LimitClass.WRITE,
    response=DataExport,
    problems=("not_found",),
)
def read_export(request: Request) -> Reply:
    """Tell how far an export is, and where it is once it is done."""
    found = exporting.find(request.context, request.caller, request.params["export_id"])
    return Reply(_show_export(found))


def _changes(body: ProfileChanges) -> dict[str, Any]:
    given = {name: getattr(body, name) for name in sorted(body.model_fields_set)}
    empty = [name for name, value in given.items() if value is None and name not in CLEARABLE]
    if empty:
        errors = [FieldError(f"/{name}", "null", "Leave it out to keep it.") for name in empty]
        raise Problem("validation_failed", f"{', '.join(empty)} can't be null.", errors=errors)
    return {
        name: list(value) if isinstance(value, tuple) else value for name, value in given.items()
    }


def _show_export(found: Export) -> DataExport:
    return DataExport(id=found.id, status=found.state, url=found.url, created_at=found.created_at)

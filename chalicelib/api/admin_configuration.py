"""What can be set while the service runs, and the log of all that the staff does."""

from collections.abc import Mapping
from typing import Annotated, Any

from pydantic import BaseModel, Field, RootModel

from chalicelib.accounts.models import Action
from chalicelib.admin import configuration
from chalicelib.admin.models import Version
from chalicelib.api import conditional, schemas
from chalicelib.api.fields import Reason, Trimmed
from chalicelib.api.paging import Page, read_cursor, write_cursor
from chalicelib.api.requests import Request
from chalicelib.api.routing import Audience, Reply, endpoint
from chalicelib.api.validation import Input
from chalicelib.moderation import audit_checks
from chalicelib.platform.limits import LimitClass

NO_REASON = "no reason given"


class ConfigurationChanges(RootModel[dict[str, Any]]):
    """New values by key, nested or joined by dots; null gives back the default. `reason` is kept.

    What GET shows can be sent back: `values` may be given instead of the keys themselves.
    """


class Rollback(Input):
    """Which version's values are to be in force again, and why."""

    version: Annotated[int, Field(ge=0, le=2**53, strict=True)]
    reason: Reason = NO_REASON


class Configuration(BaseModel):
    """Every setting's value, and what each can be."""

    version: int
    values: dict[str, Any]
    changed_by: str | None
    changed_at: schemas.Moment | None
    reason: str
    schema_: Annotated[dict[str, Any], Field(serialization_alias="schema")]


class ConfigurationVersion(BaseModel):
    """What somebody changed: `changed` holds all that differed from the defaults then."""

    version: int
    changed: dict[str, Any]
    changed_by: str | None
    changed_at: schemas.Moment | None
    reason: str


class ConfigurationHistory(BaseModel):
    """A page of versions, the last first."""

    items: list[ConfigurationVersion]
    next_cursor: str | None


class AuditQuery(Page):
    """Whose deeds, which, or to what; as the entries name them."""

    actor: Annotated[str, Field(max_length=100), Trimmed] | None = None
    action: Annotated[str, Field(max_length=100), Trimmed] | None = None
    target: Annotated[str, Field(max_length=100), Trimmed] | None = None


class AuditEntry(BaseModel):
    """One deed; its hash covers the one before it."""

    seq: int
    at: schemas.Moment
    actor: str
    action: str
    target: str
    detail: dict[str, Any]
    request_id: str
    prev_hash: str
    hash: str


class AuditPage(BaseModel):
    """A page of the log, the last entry first."""

    items: list[AuditEntry]
    next_cursor: str | None


class BrokenEntry(BaseModel):
    """An entry that isn't as it was written, and what is wrong with it."""

    seq: int
    problem: str


class AuditVerification(BaseModel):
    """Whether the log is as it was written: how far it was found so, and what isn't."""

    ok: bool
    checked: int
    first_broken: BrokenEntry | None
    seals: int


@endpoint(
    "GET",
    "/admin/config",
    allow=Action.ADMIN_API,
    limit=LimitClass.ADMIN,
    response=Configuration,
    tagged=True,
)
def read_configuration(request: Request) -> Reply:
    """Show every setting, its value and what it can be."""
    return _show(request, configuration.read(request.context))


@endpoint(
    "PATCH",
    "/admin/config",
    allow=Audience.ADMINS,
    limit=LimitClass.ADMIN,
    body=ConfigurationChanges,
    response=Configuration,
    conditional=True,
)
def change_configuration(request: Request, *, body: ConfigurationChanges) -> Reply:
    """Set some keys; in force everywhere within 30 seconds."""
    current = configuration.read(request.context)
    conditional.check_version(request, current.number)
    changes, reason = _changes(body.root)
    changed = configuration.change(request.context, request.caller, current.number, changes, reason)
    return _show(request, changed)


@endpoint(
    "GET",
    "/admin/config/history",
    allow=Action.ADMIN_API,
    limit=LimitClass.ADMIN,
    query=Page,
    response=ConfigurationHistory,
)
def read_history(request: Request, *, query: Page) -> Reply:
    """List what was changed when, by whom and why."""
    before = read_cursor(request, "configuration", query.cursor)
    found = configuration.history(request.context, before=before, limit=query.limit + 1)
    shown = found[: query.limit]
    cursor = None
    if len(found) > query.limit:
        cursor = write_cursor(request, "configuration", shown[-1].number)
    items = [
        ConfigurationVersion(
            version=one.number,
            changed=dict(one.changed),
            changed_by=one.changed_by,
            changed_at=one.created_at,
            reason=one.reason,
        )
        for one in shown
    ]
    return Reply(ConfigurationHistory(items=items, next_cursor=cursor))


@endpoint(
    "POST",
    "/admin/config/rollback",
    allow=Audience.ADMINS,
    limit=LimitClass.ADMIN,
    body=Rollback,
    response=Configuration,
    problems=("not_found",),
    tagged=True,
)
def roll_back(request: Request, *, body: Rollback) -> Reply:
    """Put an earlier version's values in force again."""
    made = configuration.roll_back(request.context, request.caller, body.version, body.reason)
    return _show(request, made)


@endpoint(
    "GET",
    "/admin/audit",
    allow=Audience.ADMINS,
    limit=LimitClass.ADMIN,
    query=AuditQuery,
    response=AuditPage,
)
def read_audit(request: Request, *, query: AuditQuery) -> Reply:
    """List what the staff did, the last first."""
    filters = f"audit {query.actor} {query.action} {query.target}"
    found = audit_checks.list_entries(
        request.context,
        actor=query.actor,
        action=query.action,
        target=query.target,
        before=read_cursor(request, filters, query.cursor),
        limit=query.limit + 1,
    )
    shown = found[: query.limit]
    cursor = write_cursor(request, filters, shown[-1].seq) if len(found) > query.limit else None
    items = [
        AuditEntry(**{**vars(one), "prev_hash": one.prev_hash.hex(), "hash": one.hash.hex()})
        for one in shown
    ]
    return Reply(AuditPage(items=items, next_cursor=cursor))


@endpoint(
    "GET",
    "/admin/audit/verify",
    allow=Audience.ADMINS,
    limit=LimitClass.ADMIN,
    response=AuditVerification,
)
def verify_audit(request: Request) -> Reply:
    """Walk along the whole chain of the log, and compare it with its seals."""
    found = audit_checks.verify(request.context)
    broken = BrokenEntry(**vars(found.first_broken)) if found.first_broken else None
    shown = AuditVerification(
        ok=broken is None, checked=found.checked, first_broken=broken, seals=found.seals
    )
    return Reply(shown)


def _changes(said: Mapping[str, Any]) -> tuple[dict[str, Any], str]:
    """Return what is to be set, and why."""
    rest = {name: value for name, value in said.items() if name not in ("reason", "values")}
    values = said.get("values", {})
    reason = said.get("reason") or NO_REASON
    return {**rest, **(values if isinstance(values, Mapping) else {"values": values})}, str(reason)


def _show(request: Request, version: Version) -> Reply:
    shown = Configuration(
        version=version.number,
        values=configuration.values_of(version),
        changed_by=version.changed_by,
        changed_at=version.created_at,
        reason=version.reason,
        schema_=configuration.schema(),
    )
    return conditional.reply(request, shown, version.number)

"""The staff's view of people: who they are, their roles, their bans."""

from typing import Annotated, Literal

from pydantic import AwareDatetime, BaseModel, Field

from chalicelib.accounts import standing
from chalicelib.accounts.models import Action, Role
from chalicelib.admin import people
from chalicelib.admin.models import Member
from chalicelib.api import schemas
from chalicelib.api.fields import Reason, Trimmed
from chalicelib.api.paging import Page, read_moment, write_moment
from chalicelib.api.requests import Request
from chalicelib.api.routing import Reply, endpoint
from chalicelib.api.validation import Input
from chalicelib.platform.limits import LimitClass


class MemberQuery(Page):
    """Whom to look for: the start of a name, a role, a status."""

    q: Annotated[str, Field(max_length=50), Trimmed] | None = None
    role: Role | None = None
    status: Literal["active", "banned", "leaving", "purged"] | None = None


class RoleChange(Input):
    """What somebody is to be, and why."""

    role: Role
    reason: Reason


class BanOrder(Input):
    """Until when somebody is banned, for good without an end, and why; they read the reason."""

    reason: Reason
    until: AwareDatetime | None = None


class Ban(BaseModel):
    """A ban in force."""

    until: schemas.Moment | None
    reason: str | None


class ShownMember(BaseModel):
    """A person as the staff sees them."""

    id: str
    username: str
    display_name: str
    role: str
    status: str
    created_at: schemas.Moment
    ban: Ban | None
    purge_at: schemas.Moment | None
    video_count: int
    follower_count: int
    open_sessions: int
    reports_about: int

    @classmethod
    def of(cls, member: Member) -> "ShownMember":
        """Show a person."""
        fields = {name: getattr(member, name) for name in cls.model_fields if name != "ban"}
        banned = member.status == "banned"
        ban = Ban(until=member.banned_until, reason=member.ban_reason) if banned else None
        return cls(**fields, ban=ban)


class MemberPage(BaseModel):
    """A page of people."""

    items: list[ShownMember]
    next_cursor: str | None


@endpoint(
    "GET",
    "/admin/users",
    allow=Action.ADMIN_API,
    limit=LimitClass.ADMIN,
    query=MemberQuery,
    response=MemberPage,
)
def list_members(request: Request, *, query: MemberQuery) -> Reply:
    """List people, who joined last first."""
    filters = f"members {query.q} {query.role} {query.status}"
    found = people.list_members(
        request.context,
        text=query.q,
        role=query.role,
        status=query.status,
        before=read_moment(request, filters, query.cursor),
        limit=query.limit + 1,
    )
    shown = found[: query.limit]
    cursor = None
    if len(found) > query.limit:
        cursor = write_moment(request, filters, shown[-1].created_at, shown[-1].row_id)
    return Reply(MemberPage(items=[ShownMember.of(one) for one in shown], next_cursor=cursor))


@endpoint(
    "GET",
    "/admin/users/{user_id}",
    allow=Action.ADMIN_API,
    limit=LimitClass.ADMIN,
    response=ShownMember,
    problems=("not_found",),
)
def read_member(request: Request) -> Reply:
    """Show a person, by id or by @name."""
    return _show(request, request.params["user_id"])


@endpoint(
    "POST",
    "/admin/users/{user_id}/role",
    allow=Action.MANAGE_ROLES,
    limit=LimitClass.ADMIN,
    body=RoleChange,
    response=ShownMember,
    problems=("not_found", "last_admin"),
)
def set_role(request: Request, *, body: RoleChange) -> Reply:
    """Make somebody else something; all their sessions end."""
    name = request.params["user_id"]
    standing.set_role(request.context, request.caller, name, body.role, body.reason)
    return _show(request, name)


@endpoint(
    "POST",
    "/admin/users/{user_id}/ban",
    allow=Action.BAN_USERS,
    limit=LimitClass.ADMIN,
    body=BanOrder,
    response=ShownMember,
    problems=("not_found", "last_admin"),
)
def ban(request: Request, *, body: BanOrder) -> Reply:
    """Ban somebody; their sessions end at once, and nobody sees them or what they made."""
    name = request.params["user_id"]
    standing.ban(request.context, request.caller, name, until=body.until, reason=body.reason)
    return _show(request, name)


@endpoint(
    "DELETE",
    "/admin/users/{user_id}/ban",
    allow=Action.BAN_USERS,
    limit=LimitClass.ADMIN,
    response=ShownMember,
    problems=("not_found",),
)
def unban(request: Request) -> Reply:
    """Take a ban back."""
    name = request.params["user_id"]
    standing.unban(request.context, request.caller, name)
    return _show(request, name)


def _show(request: Request, name: str) -> Reply:
    return Reply(ShownMember.of(people.find_member(request.context, name)))

"""What the caller is told of."""

from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field, model_validator

from chalicelib.api import schemas
from chalicelib.api.fields import Said
from chalicelib.api.paging import Page, read_moment, write_moment
from chalicelib.api.requests import Request
from chalicelib.api.routing import Audience, Reply, endpoint
from chalicelib.api.validation import Input
from chalicelib.engagement import notifications
from chalicelib.platform.limits import LimitClass

FILTERS = "notifications"
NotificationId = Annotated[str, Field(min_length=1, max_length=64), Said]


class Reading(Input):
    """What the caller has read: some of it, or all, which is also what saying nothing means."""

    model_config = ConfigDict(json_schema_extra={"not": {"required": ["ids", "all"]}})

    ids: tuple[NotificationId, ...] = Field(default_factory=tuple, min_length=1, max_length=100)
    all: Literal[True] = True

    @model_validator(mode="after")
    def _says_what(self) -> "Reading":
        if len(self.model_fields_set) > 1:
            raise ValueError("give either ids, or all: true, or nothing for all")
        return self


class Notification(BaseModel):
    """Something the caller is told; `actors` are the last of those who did it."""

    id: str
    type: Literal["like", "comment", "follow", "mention", "processing", "moderation"]
    actors: list[schemas.UserRef]
    actor_count: int
    video_id: str | None
    text: str
    read: bool
    updated_at: schemas.Moment


class NotificationPage(BaseModel):
    """A page of what the caller is told."""

    items: list[Notification]
    next_cursor: str | None


class Unread(BaseModel):
    """How much the caller hasn't read."""

    unread: int


@endpoint(
    "GET",
    "/notifications",
    allow=Audience.SIGNED_IN,
    limit=LimitClass.READ,
    query=Page,
    response=NotificationPage,
)
def list_notifications(request: Request, *, query: Page) -> Reply:
    """List what the caller is told, the newest first, alike things together."""
    found = notifications.list_shown(
        request.context,
        request.caller,
        before=read_moment(request, FILTERS, query.cursor),
        limit=query.limit + 1,
    )
    shown = found[: query.limit]
    cursor = None
    if len(found) > query.limit:
        last = shown[-1]
        cursor = write_moment(request, FILTERS, last.updated_at, last.row_id)
    items = [
        Notification(
            id=one.id,
            type=one.type,  # type: ignore[arg-type]  # the database knows no others
            actors=[schemas.UserRef.of(actor) for actor in one.actors],
            actor_count=one.actor_count,
            video_id=one.video_id,
            text=notifications.sentence(one),
            read=one.read,
            updated_at=one.updated_at,
        )
        for one in shown
    ]
    return Reply(NotificationPage(items=items, next_cursor=cursor))


@endpoint(
    "GET",
    "/notifications/count",
    allow=Audience.SIGNED_IN,
    limit=LimitClass.READ,
    response=Unread,
)
def count_notifications(request: Request) -> Reply:
    """Tell how much the caller hasn't read."""
    return Reply(Unread(unread=notifications.count_unread(request.context, request.caller)))


@endpoint(
    "POST",
    "/notifications/read",
    allow=Audience.SIGNED_IN,
    limit=LimitClass.WRITE,
    body=Reading,
    status=204,
)
def read_notifications(request: Request, *, body: Reading) -> Reply:
    """Note what the caller has read."""
    notifications.mark_read(request.context, request.caller, body.ids or None)
    return Reply(status=204)

"""The moderators' desk: the queue, flagged videos, and what is done about them."""

from typing import Annotated, Any

from pydantic import BaseModel, Field

from chalicelib.accounts.models import Action
from chalicelib.api import conditional, schemas
from chalicelib.api.fields import Reason, Trimmed
from chalicelib.api.paging import Page, read_cursor, write_cursor
from chalicelib.api.requests import Request
from chalicelib.api.routing import Audience, Reply, endpoint
from chalicelib.api.validation import Input
from chalicelib.api.videos import Retention
from chalicelib.moderation import deciding, removal
from chalicelib.moderation.models import Case, Decision, TargetType
from chalicelib.platform.limits import LimitClass
from chalicelib.platform.outbox import relay_quietly
from chalicelib.videos.delivery import media_urls


class DecisionForm(Input):
    """What is done about a case; the reason is what the person concerned reads."""

    action: Decision
    reason: Reason
    note: Annotated[str, Field(max_length=2000), Trimmed] = ""


class Removal(Input):
    """Why a video is taken away; its maker reads it."""

    reason: Reason


class Duplicate(BaseModel):
    """A video that shows the same."""

    video_id: str
    score: float


class ShownCase(BaseModel):
    """All open reports of one thing, and what the fingerprints say of it."""

    id: str
    target_type: str
    target_id: str | None
    severity: int
    weight: float
    report_count: int
    reasons: dict[str, int]
    details: list[str]
    duplicates: list[Duplicate]
    held: bool
    opened_at: schemas.Moment
    claimed_by: str | None
    claimed_until: schemas.Moment | None
    decided_at: schemas.Moment | None
    action: str | None
    reason: str | None

    @classmethod
    def of(cls, case: Case) -> "ShownCase":
        """Show a case."""
        names = [name for name in cls.model_fields if name != "duplicates"]
        duplicates = [Duplicate(video_id=one, score=score) for one, score in case.duplicates]
        return cls(**{name: getattr(case, name) for name in names}, duplicates=duplicates)


class Queue(BaseModel):
    """A page of cases, the gravest first."""

    items: list[ShownCase]
    next_cursor: str | None


class FlaggedVideo(BaseModel):
    """A video with the case about it."""

    video: schemas.Video
    case: ShownCase


class FlaggedVideos(BaseModel):
    """A page of flagged videos, the gravest first."""

    items: list[FlaggedVideo]
    next_cursor: str | None


@endpoint(
    "GET",
    "/admin/queue",
    allow=Action.ADMIN_API,
    limit=LimitClass.ADMIN,
    query=Page,
    response=Queue,
)
def read_queue(request: Request, *, query: Page) -> Reply:
    """List open cases: what was reported, and duplicates."""
    shown, cursor = _cases(request, query, "queue", None)
    return Reply(Queue(items=[ShownCase.of(case) for case in shown], next_cursor=cursor))


@endpoint(
    "GET",
    "/admin/videos/flagged",
    allow=Action.ADMIN_API,
    limit=LimitClass.ADMIN,
    query=Page,
    response=FlaggedVideos,
)
def list_flagged(request: Request, *, query: Page) -> Reply:
    """List videos that were reported, or show the same as another."""
    shown, cursor = _cases(request, query, "flagged", TargetType.VIDEO)
    videos = removal.find_videos(request.context, [case.target_row_id for case in shown])
    media = media_urls(request.context)
    items = [
        FlaggedVideo(
            video=schemas.Video.of(videos[case.target_row_id], media), case=ShownCase.of(case)
        )
        for case in shown
        if case.target_row_id in videos
    ]
    return Reply(FlaggedVideos(items=items, next_cursor=cursor))


@endpoint(
    "POST",
    "/admin/queue/{case_id}/claim",
    allow=Action.ADMIN_API,
    limit=LimitClass.ADMIN,
    response=ShownCase,
    problems=("not_found", "claimed", "decided"),
)
def claim(request: Request) -> Reply:
    """Take a case for ten minutes; nobody else can decide it meanwhile."""
    case = deciding.claim(request.context, request.caller, request.params["case_id"])
    return Reply(ShownCase.of(case))


@endpoint(
    "POST",
    "/admin/queue/{case_id}/decision",
    allow=Action.ADMIN_API,
    limit=LimitClass.ADMIN,
    body=DecisionForm,
    response=ShownCase,
    problems=("not_found", "claimed", "decided", "last_admin"),
    idempotent=True,
)
def decide(request: Request, *, body: DecisionForm) -> Reply:
    """Decide a case; the person concerned is told what was done, and why."""
    case = deciding.decide(
        request.context,
        request.caller,
        request.params["case_id"],
        action=body.action,
        reason=body.reason,
        note=body.note,
    )
    return Reply(ShownCase.of(case))


@endpoint(
    "DELETE",
    "/admin/videos/{video_id}",
    allow=Action.DELETE_ANY_VIDEO,
    limit=LimitClass.ADMIN,
    body=Removal,
    response=Retention,
    status=202,
    problems=("not_found",),
)
def remove_video(request: Request, *, body: Removal) -> Reply:
    """Take anybody's video away; its maker can't bring it back."""
    with request.context.database.transaction() as transaction:
        video = removal.find(transaction, request.params["video_id"])
        video = removal.remove(request.context, request.caller, video, body.reason)
    relay_quietly(request.context.database, request.context.queues)
    return Reply(Retention(retain_until=video.retain_until or video.created_at), 202)


@endpoint(
    "POST",
    "/admin/videos/{video_id}/restore",
    allow=Action.DELETE_ANY_VIDEO,
    limit=LimitClass.ADMIN,
    response=schemas.Video,
    problems=("not_found", "not_restorable"),
    tagged=True,
)
def restore_any_video(request: Request) -> Reply:
    """Bring a removed video back."""
    with request.context.database.transaction() as transaction:
        video = removal.find(transaction, request.params["video_id"])
    video = removal.restore(request.context, request.caller, video)
    relay_quietly(request.context.database, request.context.queues)
    shown = schemas.Video.of(video, media_urls(request.context))
    return conditional.reply(request, shown, video.version)


@endpoint(
    "PUT",
    "/admin/videos/{video_id}/legal-hold",
    allow=Audience.ADMINS,
    limit=LimitClass.ADMIN,
    status=204,
    problems=("not_found",),
)
def hold_video(request: Request) -> Reply:
    """Keep a video and its files from ever being purged."""
    removal.set_legal_hold(request.context, request.caller, request.params["video_id"], held=True)
    return Reply(status=204)


@endpoint(
    "DELETE",
    "/admin/videos/{video_id}/legal-hold",
    allow=Audience.ADMINS,
    limit=LimitClass.ADMIN,
    status=204,
    problems=("not_found",),
)
def release_video(request: Request) -> Reply:
    """Let a video be purged again when its time comes."""
    removal.set_legal_hold(request.context, request.caller, request.params["video_id"], held=False)
    return Reply(status=204)


def _cases(
    request: Request, query: Page, filters: str, kind: TargetType | None
) -> tuple[list[Case], str | None]:
    position: Any = read_cursor(request, filters, query.cursor)
    found = deciding.list_queue(
        request.context,
        kind=kind,
        after=tuple(position) if position else None,
        limit=query.limit + 1,
    )
    shown = found[: query.limit]
    if len(found) <= query.limit:
        return shown, None
    last = shown[-1]
    return shown, write_cursor(request, filters, [last.severity, last.weight, last.row_id])

"""One's own videos, a video, its processing."""

from typing import Annotated, Literal

from pydantic import BaseModel, Field

from chalicelib.accounts.models import Action, Session
from chalicelib.api import conditional, schemas
from chalicelib.api.fields import Said, Trimmed
from chalicelib.api.paging import Page, read_moment, write_moment
from chalicelib.api.requests import Request
from chalicelib.api.routing import Audience, Reply, endpoint
from chalicelib.api.validation import Input
from chalicelib.engagement import likes
from chalicelib.moderation import removal
from chalicelib.platform.database import Connection
from chalicelib.platform.errors import not_found
from chalicelib.platform.limits import LimitClass
from chalicelib.platform.outbox import relay
from chalicelib.videos import (
    drafts,
    editing,
    fingerprints,
    retrying,
    store,
    timeline,
    visibility,
)
from chalicelib.videos.delivery import media_urls
from chalicelib.videos.models import Status, Video, Visibility

Label = Literal["ai_generated", "branded"]


class VideoChanges(Input):
    """What a maker changes; what isn't given stays."""

    description: Annotated[str, Field(max_length=2200), Trimmed] | None = None
    visibility: Visibility | None = None
    allow_comments: bool | None = None
    labels: Annotated[tuple[Label, ...], Field(max_length=2)] | None = None
    cover_ms: Annotated[int, Field(ge=0, strict=True)] | None = None


class Deletion(Input):
    """Why a video is taken away."""

    reason: Annotated[str, Field(min_length=1, max_length=500), Said] | None = None


class Retention(BaseModel):
    """Until when a deleted video can be brought back."""

    retain_until: schemas.Moment


class Retried(BaseModel):
    """A video that is being taken up again."""

    id: str
    status: str


class LikeState(BaseModel):
    """Whether the caller likes a video, and how many do."""

    liked: bool
    like_count: int


class OwnVideos(Page):
    """The query of one's own videos."""

    status: Status | None = None


@endpoint(
    "GET",
    "/videos/mine",
    allow=Action.UPLOAD,
    limit=LimitClass.READ,
    query=OwnVideos,
    response=schemas.VideoPage,
)
def list_own_videos(request: Request, *, query: OwnVideos) -> Reply:
    """List the caller's videos of every state, newest first."""
    filters = f"mine {query.status}"
    with request.context.database.transaction() as transaction:
        found = store.list_own(
            transaction,
            request.caller.user_row_id,
            status=query.status,
            before=read_moment(request, filters, query.cursor),
            limit=query.limit + 1,
        )
    shown = found[: query.limit]
    cursor = None
    if len(found) > query.limit:
        last = shown[-1]
        cursor = write_moment(request, filters, last.created_at, last.row_id)
    media = media_urls(request.context)
    items = [schemas.Video.of(video, media) for video in shown]
    return Reply(schemas.VideoPage(items=items, next_cursor=cursor))


@endpoint(
    "GET",
    "/videos/{video_id}",
    allow=Audience.ANYONE,
    limit=LimitClass.READ,
    response=schemas.Video,
    problems=("not_found", "deleted"),
    tagged=True,
)
def read_video(request: Request) -> Reply:
    """Show a video to whoever may see it."""
    with request.context.database.transaction() as transaction:
        video_id = request.params["video_id"]
        video = visibility.find_visible(transaction, video_id, request.session)
    return _show(request, video)


@endpoint(
    "PATCH",
    "/videos/{video_id}",
    allow=Audience.SIGNED_IN,
    limit=LimitClass.WRITE,
    body=VideoChanges,
    response=schemas.Video,
    problems=("not_found", "deleted"),
    conditional=True,
)
def edit_video(request: Request, *, body: VideoChanges) -> Reply:
    """Change what is said about a video, who may see it, or its cover."""
    with request.context.database.transaction() as transaction:
        video_id = request.params["video_id"]
        video = visibility.find_changeable(transaction, video_id, request.caller)
        conditional.check_version(request, video.version)
        editing.edit(request.context, video, **body.model_dump())
        video = visibility.find_changeable(transaction, video.id, request.caller)
    relay(request.context.database, request.context.queues)
    return _show(request, video)


@endpoint(
    "DELETE",
    "/videos/{video_id}",
    allow=Action.DELETE_OWN_VIDEOS,
    limit=LimitClass.WRITE,
    body=Deletion,
    response=Retention,
    status=202,
    problems=("not_found", "deleted"),
)
def delete_video(request: Request, *, body: Deletion) -> Reply:
    """Take a video away from everybody; its maker can bring it back for 30 days."""
    with request.context.database.transaction() as transaction:
        video_id = request.params["video_id"]
        video = visibility.find_changeable(transaction, video_id, request.caller, gone_too=True)
        video = removal.remove(request.context, request.caller, video, body.reason)
    relay(request.context.database, request.context.queues)
    assert video.retain_until is not None  # noqa: S101 - a deleted video has one
    return Reply(Retention(retain_until=video.retain_until), 202)


@endpoint(
    "POST",
    "/videos/{video_id}/restore",
    allow=Action.DELETE_OWN_VIDEOS,
    limit=LimitClass.WRITE,
    response=schemas.Video,
    problems=("not_found", "not_restorable"),
    tagged=True,
)
def restore_video(request: Request) -> Reply:
    """Bring a deleted video back."""
    with request.context.database.transaction() as transaction:
        video = visibility.find_managed(transaction, request.params["video_id"], request.caller)
    video = removal.restore(request.context, request.caller, video)
    relay(request.context.database, request.context.queues)
    return _show(request, video)


@endpoint(
    "GET",
    "/videos/{video_id}/processing",
    allow=Audience.SIGNED_IN,
    limit=LimitClass.READ,
    response=schemas.Processing,
    problems=("not_found",),
)
def read_processing(request: Request) -> Reply:
    """Show how far a video is, and if it failed, why."""
    with request.context.database.transaction() as transaction:
        video = visibility.find_managed(transaction, request.params["video_id"], request.caller)
        report = timeline.read_timeline(transaction, video)
        duplicates = _find_duplicates(transaction, video, request.caller)
    media = media_urls(request.context)
    return Reply(schemas.Processing.of(report, video, duplicates, media))


@endpoint(
    "POST",
    "/videos/{video_id}/processing/retry",
    allow=Audience.SIGNED_IN,
    limit=LimitClass.UPLOAD,
    response=Retried,
    status=202,
    problems=("not_found", "not_retryable"),
)
def retry_processing(request: Request) -> Reply:
    """Take up a failed video where it stopped."""
    with request.context.database.transaction() as transaction:
        video = visibility.find_managed(transaction, request.params["video_id"], request.caller)
    retrying.retry(request.context, video)
    return Reply(Retried(id=video.id, status=Status.PROCESSING), 202)


@endpoint(
    "POST",
    "/videos/{video_id}/publish",
    allow=Action.UPLOAD,
    limit=LimitClass.WRITE,
    response=schemas.Video,
    problems=("not_found", "not_ready"),
    tagged=True,
)
def publish_draft(request: Request) -> Reply:
    """Publish a draft now."""
    with request.context.database.transaction() as transaction:
        video = visibility.find_managed(transaction, request.params["video_id"], request.caller)
        if video.creator_row_id != request.caller.user_row_id:
            raise not_found("video")
        drafts.publish_draft(request.context, video)
        video = visibility.find_managed(transaction, video.id, request.caller)
    relay(request.context.database, request.context.queues)
    return _show(request, video)


@endpoint(
    "PUT",
    "/videos/{video_id}/like",
    allow=Audience.SIGNED_IN,
    limit=LimitClass.LIKE,
    response=LikeState,
    problems=("not_found", "deleted"),
)
def like(request: Request) -> Reply:
    """Like a video."""
    return _set_like(request, liked=True)


@endpoint(
    "DELETE",
    "/videos/{video_id}/like",
    allow=Audience.SIGNED_IN,
    limit=LimitClass.LIKE,
    response=LikeState,
    problems=("not_found", "deleted"),
)
def unlike(request: Request) -> Reply:
    """Take a like back."""
    return _set_like(request, liked=False)


def _find_duplicates(
    transaction: Connection, video: Video, session: Session
) -> list[schemas.DuplicateNotice]:
    scores = {
        found.video_row_id: found.score
        for found in fingerprints.read_duplicates(transaction, video.row_id)
    }
    return [
        schemas.DuplicateNotice(
            video_id=other.id if visibility.may_see(other, session) else None,
            score=scores[other.row_id],
        )
        for other in store.find_videos(transaction, list(scores))
    ]


def _show(request: Request, video: Video) -> Reply:
    shown = schemas.Video.of(video, media_urls(request.context))
    return conditional.reply(request, shown, video.version)


def _set_like(request: Request, *, liked: bool) -> Reply:
    video_id = request.params["video_id"]
    count = likes.set_like(request.context, request.caller, video_id, liked=liked)
    return Reply(LikeState(liked=liked, like_count=count))

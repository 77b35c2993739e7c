"""Upload, one's own videos, a video, its processing."""

from datetime import datetime
from typing import Annotated, Literal

from pydantic import Field

from chalicelib.accounts.models import Action
from chalicelib.api import schemas
from chalicelib.api.paging import Page, read_cursor, write_cursor
from chalicelib.api.requests import Request
from chalicelib.api.routing import Audience, Reply, endpoint
from chalicelib.api.validation import Input
from chalicelib.engagement import likes
from chalicelib.platform.errors import not_found
from chalicelib.videos import drafts, store, timeline, upload, visibility
from chalicelib.videos.models import NewVideo, Status, Visibility

LARGEST_FILE = 1 << 40  # anything above is a mistake, not a video


class VideoUpload(Input):
    """What a creator announces."""

    filename: Annotated[str, Field(min_length=1, max_length=255)]
    content_type: Annotated[str, Field(min_length=1, max_length=100)]
    size_bytes: Annotated[int, Field(ge=1, le=LARGEST_FILE, strict=True)]
    description: Annotated[str, Field(max_length=2200)] = ""
    visibility: Visibility = Visibility.PUBLIC
    allow_comments: bool = True
    labels: Annotated[tuple[Literal["ai_generated", "branded"], ...], Field(max_length=2)] = ()
    draft: bool = False


class OwnVideos(Page):
    """The query of one's own videos."""

    status: Status | None = None


@endpoint("POST", "/videos", allow=Action.UPLOAD, body=VideoUpload, idempotent=True)
def create_video(request: Request, *, body: VideoUpload) -> Reply:
    """Announce a video and get the form to send it with."""
    new = NewVideo(**body.model_dump())
    video, form = upload.create_video(request.context, request.caller.user_row_id, new)
    answer = {
        "video": schemas.Video.of(video).model_dump(mode="json"),
        "upload": {
            "kind": "post",
            "url": form.url,
            "fields": dict(form.fields),
            "expires_at": schemas.utc(form.expires_at),
        },
    }
    return Reply(answer, 201)


@endpoint("GET", "/videos/mine", allow=Action.UPLOAD, query=OwnVideos)
def list_own_videos(request: Request, *, query: OwnVideos) -> Reply:
    """List the caller's videos of every state, newest first."""
    filters = f"mine {query.status}"
    position = read_cursor(request, filters, query.cursor)
    before = (datetime.fromisoformat(position[0]), position[1]) if position else None
    with request.context.database.transaction() as transaction:
        found = store.list_own(
            transaction,
            request.caller.user_row_id,
            status=query.status,
            before=before,
            limit=query.limit + 1,
        )
    shown = found[: query.limit]
    cursor = None
    if len(found) > query.limit:
        last = shown[-1]
        cursor = write_cursor(request, filters, [last.created_at.isoformat(), last.row_id])
    items = [schemas.Video.of(video).model_dump(mode="json") for video in shown]
    return Reply({"items": items, "next_cursor": cursor})


@endpoint("GET", "/videos/{video_id}", allow=Audience.ANYONE)
def read_video(request: Request) -> Reply:
    """Show a video to whoever may see it."""
    with request.context.database.transaction() as transaction:
        video_id = request.params["video_id"]
        video = visibility.find_visible(transaction, video_id, request.session)
    return Reply(schemas.Video.of(video))


@endpoint("GET", "/videos/{video_id}/processing", allow=Audience.SIGNED_IN)
def read_processing(request: Request) -> Reply:
    """Show how far a video is, and if it failed, why."""
    with request.context.database.transaction() as transaction:
        video = visibility.find_managed(transaction, request.params["video_id"], request.caller)
        report = timeline.read_timeline(transaction, video)
    return Reply(schemas.Processing.of(report))


@endpoint("POST", "/videos/{video_id}/publish", allow=Action.UPLOAD)
def publish_draft(request: Request) -> Reply:
    """Publish a draft now."""
    with request.context.database.transaction() as transaction:
        video = visibility.find_managed(transaction, request.params["video_id"], request.caller)
        if video.creator_row_id != request.caller.user_row_id:
            raise not_found("video")
        drafts.publish_draft(request.context, video)
        video = visibility.find_managed(transaction, video.id, request.caller)
    return Reply(schemas.Video.of(video))


@endpoint("PUT", "/videos/{video_id}/like", allow=Audience.SIGNED_IN)
def like(request: Request) -> Reply:
    """Like a video."""
    return _set_like(request, liked=True)


@endpoint("DELETE", "/videos/{video_id}/like", allow=Audience.SIGNED_IN)
def unlike(request: Request) -> Reply:
    """Take a like back."""
    return _set_like(request, liked=False)


def _set_like(request: Request, *, liked: bool) -> Reply:
    with request.context.database.transaction() as transaction:
        video = visibility.find_visible(transaction, request.params["video_id"], request.caller)
        count = likes.set_like(transaction, request.caller.user_row_id, video, liked=liked)
    return Reply({"liked": liked, "like_count": count})

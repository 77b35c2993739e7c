"""Sending a video's file: announce it, send it in one piece or in parts, go on, complete."""

from typing import Annotated, Any, Literal

from pydantic import BaseModel, Field

from chalicelib.accounts.models import Action
from chalicelib.api import schemas
from chalicelib.api.fields import Said, Trimmed
from chalicelib.api.requests import Request
from chalicelib.api.routing import Audience, Reply, endpoint
from chalicelib.api.validation import Input
from chalicelib.api.videos import Label
from chalicelib.platform.database import Connection
from chalicelib.platform.errors import not_found
from chalicelib.platform.limits import LimitClass
from chalicelib.videos import multipart, sending, upload, visibility
from chalicelib.videos.delivery import media_urls
from chalicelib.videos.models import NewVideo, UploadForm, Video, Visibility

LARGEST_FILE = 1 << 40  # anything above is a mistake, not a video
LATEST_COVER_MS = 24 * 60 * 60 * 1000
MAX_PARTS = upload.MAX_BYTES // multipart.PART_BYTES


class VideoUpload(Input):
    """What a creator announces."""

    filename: Annotated[str, Field(min_length=1, max_length=255), Said]
    content_type: Annotated[str, Field(min_length=1, max_length=100), Said]
    size_bytes: Annotated[int, Field(ge=1, le=LARGEST_FILE, strict=True)]
    sha256: Annotated[str, Field(pattern="^[0-9a-fA-F]{64}$")] | None = None
    description: Annotated[str, Field(max_length=2200), Trimmed] = ""
    visibility: Visibility | None = None
    allow_comments: bool = True
    labels: Annotated[tuple[Label, ...], Field(max_length=2)] = ()
    draft: bool = False
    effects: dict[str, Any] | None = None
    sound_id: Annotated[str, Field(max_length=32), Trimmed] | None = None
    cover_ms: Annotated[int, Field(ge=0, le=LATEST_COVER_MS, strict=True)] | None = None


class SentPart(Input):
    """A part that S3 has taken, with the ETag it answered."""

    number: Annotated[int, Field(ge=1, le=MAX_PARTS, strict=True)]
    etag: Annotated[str, Field(min_length=1, max_length=100), Said]


class Completion(Input):
    """What was sent: all parts of an upload in parts, nothing for one in one piece."""

    parts: Annotated[tuple[SentPart, ...], Field(max_length=MAX_PARTS)] = ()


class PostUpload(BaseModel):
    """A form that sends the whole file at once."""

    kind: Literal["post"] = "post"
    url: str
    fields: dict[str, str]
    expires_at: schemas.Moment


class PartToSend(BaseModel):
    """Where to PUT one part."""

    number: int
    url: str


class ArrivedPart(BaseModel):
    """A part that has arrived."""

    number: int
    etag: str
    size_bytes: int


class MultipartUpload(BaseModel):
    """A file that is sent in parts, all of `part_size_bytes` but the last."""

    kind: Literal["multipart"] = "multipart"
    upload_id: str
    part_size_bytes: int
    parts: list[PartToSend]
    uploaded: list[ArrivedPart]
    expires_at: schemas.Moment


Upload = PostUpload | MultipartUpload


class Announced(BaseModel):
    """A video to be, and how its file is sent."""

    video: schemas.Video
    upload: Upload


@endpoint(
    "POST",
    "/videos",
    allow=Action.UPLOAD,
    limit=LimitClass.UPLOAD,
    body=VideoUpload,
    response=Announced,
    status=201,
    problems=("unsupported_media_type", "media_too_large", "effects_invalid"),
    idempotent=True,
    links={"read_video": ("video_id", "/video/id"), "resume_upload": ("video_id", "/video/id")},
)
def create_video(request: Request, *, body: VideoUpload) -> Reply:
    """Announce a video and get the way to send its file."""
    video = upload.create_video(request.context, request.caller.user_row_id, _new_video(body))
    offered = sending.offer(request.context, video)
    return Reply(Announced(video=_show(request, video), upload=_show_upload(offered)), 201)


@endpoint(
    "GET",
    "/videos/{video_id}/upload",
    allow=Audience.SIGNED_IN,
    limit=LimitClass.READ,
    response=Upload,
    problems=("not_found", "upload_finished"),
)
def resume_upload(request: Request) -> Reply:
    """Show what is needed to go on sending a file, and which of its parts have arrived."""
    with request.context.database.transaction() as transaction:
        video = _find_own(transaction, request)
    return Reply(_show_upload(sending.resume(request.context, video)))


@endpoint(
    "POST",
    "/videos/{video_id}/upload/complete",
    allow=Audience.SIGNED_IN,
    limit=LimitClass.WRITE,
    body=Completion,
    response=schemas.Video,
    status=202,
    problems=("not_found", "upload_finished"),
)
def complete_upload(request: Request, *, body: Completion) -> Reply:
    """Put the parts of a file together; its processing starts by itself."""
    sent = [multipart.SentPart(part.number, part.etag) for part in body.parts]
    with request.context.database.transaction() as transaction:
        video = _find_own(transaction, request)
    sending.complete(request.context, video, sent)
    with request.context.database.transaction() as transaction:
        video = _find_own(transaction, request)
    return Reply(_show(request, video), 202)


def _new_video(body: VideoUpload) -> NewVideo:
    fields = body.model_dump(exclude={"sha256", "effects"}, exclude_none=True)
    sha256 = bytes.fromhex(body.sha256) if body.sha256 else None
    return NewVideo(**fields, sha256=sha256, effects=_read_effects(body.effects))


def _read_effects(raw: dict[str, Any] | None) -> dict[str, Any] | None:
    if raw is None:
        return None
    from chalicelib.api.effects import parse_effects  # noqa: PLC0415 - few need it

    return parse_effects(raw).to_json()


def _find_own(transaction: Connection, request: Request) -> Video:
    video = visibility.find_managed(transaction, request.params["video_id"], request.caller)
    if video.creator_row_id != request.caller.user_row_id:
        raise not_found("video")
    return video


def _show(request: Request, video: Video) -> schemas.Video:
    return schemas.Video.of(video, media_urls(request.context))


def _show_upload(offered: sending.Upload) -> Upload:
    if isinstance(offered, UploadForm):
        return PostUpload(
            url=offered.url, fields=dict(offered.fields), expires_at=offered.expires_at
        )
    return MultipartUpload(
        upload_id=offered.upload_id,
        part_size_bytes=multipart.PART_BYTES,
        parts=[PartToSend(number=number, url=url) for number, url in offered.urls.items()],
        uploaded=[ArrivedPart(**vars(part)) for part in offered.uploaded],
        expires_at=offered.expires_at,
    )

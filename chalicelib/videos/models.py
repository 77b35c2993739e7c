"""Videos as the domain sees them."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Any

from chalicelib.accounts.models import UserRef


class Status(StrEnum):
    """Where a video is in its life; only the transitions in store.py lead from one to another."""

    AWAITING_UPLOAD = "awaiting_upload"
    UPLOADED = "uploaded"
    PROCESSING = "processing"
    READY = "ready"
    PUBLISHED = "published"
    REJECTED = "rejected"
    FAILED = "failed"
    EXPIRED = "expired"


class Visibility(StrEnum):
    """Who may see a published video."""

    PUBLIC = "public"
    FOLLOWERS = "followers"
    PRIVATE = "private"


class Stage(StrEnum):
    """The steps of the timeline, in order."""

    UPLOAD = "upload"
    VALIDATE = "validate"
    TRANSCODE = "transcode"
    THUMBNAILS = "thumbnails"
    AUDIO = "audio"
    FINGERPRINT = "fingerprint"
    PUBLISH = "publish"


class StageState(StrEnum):
    """How far a step is."""

    WAITING = "waiting"
    RUNNING = "running"
    DONE = "done"
    FAILED = "failed"
    SKIPPED = "skipped"


@dataclass(frozen=True)
class Stats:
    """Exact counts."""

    views: int
    likes: int
    comments: int
    shares: int
    saves: int


@dataclass(frozen=True)
class Video:
    """A video with its creator and counts; `liked` is None for anonymous viewers."""

    id: str
    row_id: int
    creator: UserRef
    creator_row_id: int
    description: str
    hashtags: list[str]
    mentions: list[str]
    labels: list[str]
    visibility: Visibility
    allow_comments: bool
    draft: bool
    status: Status
    generation: int
    attempt: int
    size_bytes: int
    duration_ms: int | None
    width: int | None
    height: int | None
    playback: Mapping[str, Any] | None = field(repr=False)
    error_code: str | None
    created_at: datetime
    published_at: datetime | None
    stats: Stats
    liked: bool | None


@dataclass(frozen=True)
class NewVideo:
    """What a creator says about a video before its first byte."""

    filename: str
    content_type: str
    size_bytes: int
    description: str = ""
    visibility: Visibility = Visibility.PUBLIC
    allow_comments: bool = True
    labels: tuple[str, ...] = ()
    draft: bool = False


@dataclass(frozen=True)
class UploadForm:
    """Where and how the browser sends the file; valid until `expires_at`."""

    url: str
    fields: Mapping[str, str] = field(repr=False)
    expires_at: datetime


@dataclass(frozen=True)
class StageReport:
    """One line of the timeline."""

    name: Stage
    state: StageState
    percent: int
    started_at: datetime | None
    ended_at: datetime | None


@dataclass(frozen=True)
class Job:
    """A transcoding job; `row_id` of the video, times in UTC."""

    id: str
    video_row_id: int
    video_id: str
    generation: int
    attempt: int
    status: str
    document: Mapping[str, Any] = field(repr=False)

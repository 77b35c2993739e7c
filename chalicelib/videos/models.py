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
    REMOVED = "removed"
    DELETED = "deleted"
    ARCHIVED = "archived"
    PURGED = "purged"


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


class Step(StrEnum):
    """What a job is for. The first two are the chain to publication, the others are extras."""

    RENDER = "render"
    FULL = "full"
    PREVIEW = "preview"
    COVER = "cover"
    AV1 = "av1"


CHAIN = frozenset({Step.RENDER, Step.FULL})


@dataclass(frozen=True)
class SoundRef:
    """A sound beside a video that plays it."""

    id: str
    title: str
    creator: UserRef
    audio_key: str


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
    """A video with its creator and counts, and how its viewer stands to both.

    `liked` is None for anonymous viewers; `blocked` is true whoever of the two has blocked.
    `reported` tells whether the viewer has reported the video or its creator.
    """

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
    content_type: str
    size_bytes: int
    duration_ms: int | None
    width: int | None
    height: int | None
    upload_id: str | None
    promised_sha256: bytes | None
    probe: Mapping[str, Any] | None = field(repr=False)
    effects: Mapping[str, Any] | None
    sound: SoundRef | None
    sound_row_id: int | None
    sound_chosen: bool
    sound_score: float | None
    cover_ms: int | None
    cover: Mapping[str, Any] | None = field(repr=False)
    preview: Mapping[str, Any] | None = field(repr=False)
    playback: Mapping[str, Any] | None = field(repr=False)
    version: int
    attempts_allowed: int
    status_before: Status | None
    deleted_by: int | None
    retain_until: datetime | None
    error_code: str | None
    created_at: datetime
    published_at: datetime | None
    stats: Stats
    liked: bool | None
    saved: bool
    following_creator: bool
    blocked: bool
    held: bool
    limited: bool
    age_restricted: bool
    legal_hold: bool
    creator_hidden: bool
    reported: bool
    viewer_is_adult: bool


@dataclass(frozen=True)
class NewVideo:
    """What a creator says about a video before its first byte."""

    filename: str
    content_type: str
    size_bytes: int
    description: str = ""
    visibility: Visibility | None = None  # none: as is usual for its maker
    allow_comments: bool = True
    labels: tuple[str, ...] = ()
    draft: bool = False
    sha256: bytes | None = None
    effects: Mapping[str, Any] | None = None
    sound_id: str | None = None
    cover_ms: int | None = None


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
    """A job of one step; `outputs` is the report of a complete one."""

    id: str
    video_row_id: int
    video_id: str
    generation: int
    step: Step
    attempt: int
    status: str
    document: Mapping[str, Any] = field(repr=False)
    external_id: str | None = None
    outputs: Mapping[str, Any] | None = field(default=None, repr=False)

"""The objects of the API as clients see them; built from the domain's, never the other way."""

from collections.abc import Mapping
from datetime import date, datetime
from typing import Annotated, Any

from pydantic import BaseModel, PlainSerializer

from chalicelib.accounts import models as people
from chalicelib.accounts.permissions import permissions_of
from chalicelib.videos import models as videos
from chalicelib.videos import timeline
from chalicelib.videos.delivery import MediaUrls, playback_of
from chalicelib.videos.visibility import GONE


def utc(moment: datetime) -> str:
    """Return a moment as RFC 3339 in UTC, to the millisecond."""
    return moment.isoformat(timespec="milliseconds").replace("+00:00", "Z")


Moment = Annotated[datetime, PlainSerializer(utc)]


class UserRef(BaseModel):
    """A person beside something they made."""

    id: str
    username: str
    display_name: str
    avatar_url: str | None = None

    @classmethod
    def of(cls, user: people.UserRef) -> "UserRef":
        """Show a person."""
        return cls(id=user.id, username=user.username, display_name=user.display_name)


class Relationship(BaseModel):
    """How the caller stands to a person."""

    following: bool
    followed_by: bool
    blocking: bool


class User(UserRef):
    """A person as others see them; `relationship` is None for anonymous callers and oneself."""

    bio: str
    role: str
    follower_count: int
    following_count: int
    video_count: int
    received_like_count: int
    created_at: Moment
    relationship: Relationship | None = None

    @classmethod
    def of_person(cls, user: people.User, relationship: people.Relationship | None) -> "User":
        """Show a person to somebody else."""
        fields = {name: getattr(user, name) for name in cls.model_fields if hasattr(user, name)}
        shown = None
        if relationship is not None:
            told = {name: getattr(relationship, name) for name in Relationship.model_fields}
            shown = Relationship(**told)
        return cls(**fields, relationship=shown)


class Me(User):
    """A person with what only they may see."""

    email: str | None
    birth_date: date
    country: str | None
    language: str | None
    interests: list[str]
    history_paused: bool
    hidden_keywords: list[str]
    permissions: list[str]

    @classmethod
    def of_user(cls, user: people.User) -> "Me":
        """Show somebody to themselves."""
        fields = {name: getattr(user, name) for name in cls.model_fields if hasattr(user, name)}
        return cls(**fields, permissions=permissions_of(user.role))


class SessionState(BaseModel):
    """Whether the caller is signed in, and as whom."""

    authenticated: bool
    user: Me | None
    permissions: list[str]


class Start(BaseModel):
    """What one range request must fetch for playback to begin."""

    url: str
    bytes: int
    codecs: str


class Playback(BaseModel):
    """Everything a player needs; URLs are relative to the origin."""

    hls_url: str
    mp4_url: str
    poster_url: str
    placeholder: str
    storyboard_url: str | None = None
    width: int
    height: int
    duration_ms: int
    start: Start

    @classmethod
    def of(
        cls, playback: Mapping[str, Any], cover: Mapping[str, Any] | None, media: MediaUrls
    ) -> "Playback":
        """Show the stored playback data under the paths for this viewer."""
        return cls(**playback_of(playback, cover, media))


class SoundRef(BaseModel):
    """The sound of a video."""

    id: str
    title: str
    creator: UserRef

    @classmethod
    def of(cls, sound: videos.SoundRef) -> "SoundRef":
        """Show a sound."""
        return cls(id=sound.id, title=sound.title, creator=UserRef.of(sound.creator))


class VideoStats(BaseModel):
    """Exact counts."""

    views: int
    likes: int
    comments: int
    shares: int
    saves: int


class VideoViewer(BaseModel):
    """What the caller has done with a video."""

    liked: bool
    saved: bool
    following_creator: bool


class Video(BaseModel):
    """A video as the caller may see it."""

    id: str
    creator: UserRef
    description: str
    hashtags: list[str]
    mentions: list[str]
    sound: SoundRef | None
    duration_ms: int | None
    width: int | None
    height: int | None
    status: str
    visibility: str
    allow_comments: bool
    labels: list[str]
    created_at: Moment
    published_at: Moment | None
    stats: VideoStats
    viewer: VideoViewer | None
    playback: Playback | None

    @classmethod
    def of(cls, video: videos.Video, media: MediaUrls) -> "Video":
        """Show a video."""
        return cls(
            id=video.id,
            creator=UserRef.of(video.creator),
            description=video.description,
            hashtags=video.hashtags,
            mentions=video.mentions,
            sound=SoundRef.of(video.sound) if video.sound else None,
            duration_ms=video.duration_ms,
            width=video.width,
            height=video.height,
            status=video.status,
            visibility=video.visibility,
            allow_comments=video.allow_comments,
            labels=video.labels,
            created_at=video.created_at,
            published_at=video.published_at,
            stats=VideoStats(**vars(video.stats)),
            viewer=_viewer(video),
            playback=_playback(video, media),
        )


class VideoPage(BaseModel):
    """A page of videos."""

    items: list[Video]
    next_cursor: str | None


class StageReport(BaseModel):
    """One line of the processing timeline."""

    name: str
    state: str
    percent: int
    started_at: Moment | None
    ended_at: Moment | None


class ProcessingError(BaseModel):
    """Why a video ended, and what to do about it."""

    code: str
    title: str
    hint: str


class Preview(BaseModel):
    """What the owner can play before everything is done."""

    mp4_url: str
    width: int
    height: int
    duration_ms: int


class DuplicateNotice(BaseModel):
    """A video that shows the same; which one is said only of those that everybody may see."""

    video_id: str | None
    score: float


class SoundMatch(BaseModel):
    """How sure we are of the sound that was heard; None where the creator chose it."""

    sound: SoundRef
    score: float | None


class Processing(BaseModel):
    """How far a video is."""

    status: str
    percent: int
    attempt: int
    queue_position: int | None
    error: ProcessingError | None
    stages: list[StageReport]
    preview: Preview | None
    duplicates: list[DuplicateNotice]
    sound_match: SoundMatch | None

    @classmethod
    def of(
        cls,
        report: timeline.Timeline,
        video: videos.Video,
        duplicates: list[DuplicateNotice],
        media: MediaUrls,
    ) -> "Processing":
        """Show a timeline."""
        sound = SoundRef.of(video.sound) if video.sound else None
        return cls(
            status=report.status,
            percent=report.percent,
            attempt=report.attempt,
            queue_position=report.queue_position,
            preview=_preview(video, media),
            duplicates=duplicates,
            sound_match=SoundMatch(sound=sound, score=video.sound_score) if sound else None,
            error=ProcessingError(**vars(report.error)) if report.error else None,
            stages=[StageReport(**vars(stage)) for stage in report.stages],
        )


def _viewer(video: videos.Video) -> VideoViewer | None:
    if video.liked is None:
        return None
    return VideoViewer(
        liked=video.liked, saved=video.saved, following_creator=video.following_creator
    )


def _playback(video: videos.Video, media: MediaUrls) -> Playback | None:
    if video.playback is None or video.status in GONE:
        return None
    return Playback.of(video.playback, video.cover, media)


def _preview(video: videos.Video, media: MediaUrls) -> Preview | None:
    if video.preview is None:
        return None
    shown = {**video.preview, "mp4_url": media.of(video.preview["key"])}
    return Preview(**{name: shown[name] for name in Preview.model_fields})

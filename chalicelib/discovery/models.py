"""What is found, as the domain sees it."""

from dataclasses import dataclass, field
from enum import StrEnum

from chalicelib.accounts.models import UserRef
from chalicelib.videos.models import Video


class Kind(StrEnum):
    """What one can look for."""

    VIDEOS = "videos"
    USERS = "users"
    HASHTAGS = "hashtags"
    SOUNDS = "sounds"


@dataclass(frozen=True)
class Hashtag:
    """A hashtag, and what it is on that everybody may see."""

    tag: str
    video_count: int
    view_count: int


@dataclass(frozen=True)
class Sound:
    """A sound that everybody may use; `audio_key` in the media bucket."""

    id: str
    title: str
    creator: UserRef
    duration_ms: int
    video_count: int
    audio_key: str


@dataclass(frozen=True)
class Found:
    """What was found, the best first."""

    videos: list[Video] = field(default_factory=list)
    users: list[UserRef] = field(default_factory=list)
    hashtags: list[Hashtag] = field(default_factory=list)
    sounds: list[Sound] = field(default_factory=list)


@dataclass(frozen=True)
class Suggestion:
    """Something to look for."""

    text: str
    kind: str

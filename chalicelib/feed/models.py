"""The feed's own words."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from uuid import UUID

from chalicelib.videos.models import Video


class Mode(StrEnum):
    """With or without what is known about the viewer."""

    PERSONAL = "personal"
    POPULAR = "popular"


class Source(StrEnum):
    """Which candidate generator found a video."""

    NEWEST = "newest"
    MOST_WATCHED = "most_watched"


@dataclass(frozen=True)
class Candidate:
    """A video that may be shown, and why it came into question."""

    video_row_id: int
    source: Source


@dataclass(frozen=True)
class Impression:
    """One showing of a video to one viewer; its token is the only proof of having watched."""

    id: UUID
    viewer: str
    video_row_id: int
    feed_id: str
    position: int
    source: Source
    issued_at: datetime


@dataclass(frozen=True)
class Item:
    """A video in its place in a feed."""

    video: Video
    impression_token: str
    source: Source
    position: int


@dataclass(frozen=True)
class Position:
    """Where a feed goes on: which one, after how many items, and the moment it stands for."""

    feed_id: str
    offset: int
    snapshot: datetime


@dataclass(frozen=True)
class FeedPage:
    """Some items of a feed, and where it goes on; `next` is None at its end."""

    feed_id: str
    items: list[Item]
    next: Position | None
    degraded: list[str]

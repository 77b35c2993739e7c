"""The feed's own words."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from uuid import UUID

from chalicelib.videos.models import Video


class Mode(StrEnum):
    """With or without what is known about the viewer."""

    PERSONAL = "personal"
    POPULAR = "popular"


class Stream(StrEnum):
    """Which feed: the ranked one, or a list."""

    FOR_YOU = "for_you"
    FOLLOWING = "following"
    TRENDING = "trending"
    HASHTAG = "hashtag"
    SOUND = "sound"


@dataclass(frozen=True)
class FeedRequest:
    """Whose feed it is, and which. `key` names the hashtag or the sound.

    `interests` are hashtags, `audiences` whom the viewer has something in common with.
    """

    viewer: str
    user_row_id: int | None
    mode: Mode
    stream: Stream = Stream.FOR_YOU
    key: str | None = None
    country: str | None = None
    hidden_keywords: Sequence[str] = ()
    interests: Sequence[str] = ()
    audiences: Sequence[str] = ()


@dataclass(frozen=True)
class Impression:
    """One showing of a video to one viewer; its token is the only proof of having watched."""

    id: UUID
    viewer: str
    video_row_id: int
    feed_id: str
    position: int
    stream: Stream
    issued_at: datetime


class ReasonCode(StrEnum):
    """Why somebody is shown a video."""

    FOLLOWING = "following"
    HASHTAG = "hashtag"
    SOUND = "sound"
    SIMILAR_TASTE = "similar_taste"
    TRENDING = "trending"
    NEW_CREATOR = "new_creator"
    POPULAR_NEARBY = "popular_nearby"
    EXPLORE = "explore"


@dataclass(frozen=True)
class Reason:
    """Why, as a code and as a sentence for people."""

    code: ReasonCode
    text: str


@dataclass(frozen=True)
class Item:
    """A video in its place in a feed."""

    video: Video
    impression_token: str
    reasons: Sequence[Reason]
    position: int


@dataclass(frozen=True)
class Position:
    """Where a feed goes on: which one, after how many slots, and the moment it began."""

    feed_id: str
    offset: int
    started_at: datetime


@dataclass(frozen=True)
class FeedPage:
    """Some items of a feed, and where it goes on; `next` is None at its end."""

    feed_id: str
    items: list[Item]
    next: Position | None
    degraded: list[str]


@dataclass(frozen=True)
class Contribution:
    """What one feature gave to a score: value times weight."""

    feature: str
    value: float
    weight: float


@dataclass(frozen=True)
class Explanation:
    """Why a video was shown: the score is the sum of all value times weight."""

    reasons: Sequence[Reason]
    source: str
    score: float
    contributions: Sequence[Contribution]

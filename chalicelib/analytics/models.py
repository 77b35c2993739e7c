"""The analytics' own words."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime

from chalicelib.feed.experiments import LayerReport
from chalicelib.videos.models import Video


@dataclass(frozen=True)
class DailyCount:
    """How many on a day, in UTC."""

    day: date
    value: int


@dataclass(frozen=True)
class FeedHealth:
    """Whether feeds show more than a few videos; shares are between 0 and 1.

    `coverage` is the share of public videos that were shown at all, `concentration` the Gini
    coefficient of impressions over these, `novelty` the share of impressions of videos at most a
    week old, `exploration` that of exploring slots. None before anything was shown.
    """

    impressions: int
    coverage: float | None
    concentration: float | None
    novelty: float | None
    exploration: float | None


@dataclass(frozen=True)
class PlatformReport:
    """What went on in some days up to a moment."""

    as_of: datetime
    days: int
    daily_actives: Sequence[DailyCount]
    uploads: int
    published: int
    failures: Mapping[str, int]
    watch_time_ms: int
    feed_health: FeedHealth
    experiments: Sequence[LayerReport]


@dataclass(frozen=True)
class Figures:
    """What videos came to in some days; rates are between 0 and 1, None before anybody watched."""

    impressions: int
    views: int
    unique_viewers: int
    watch_time_ms: int
    average_watch_ms: float | None
    completion_rate: float | None
    likes: int
    comments: int
    shares: int
    saves: int
    profile_views: int


@dataclass(frozen=True)
class Overview:
    """A creator's figures, and those of as many days before."""

    as_of: datetime
    figures: Figures
    followers_gained: int
    previous: Figures
    previous_followers_gained: int


@dataclass(frozen=True)
class Exposure:
    """How a video was tried out on people who didn't ask for it.

    `watch_through` is the mean share of others' viewings that theirs outlast, `threshold` what it
    must come to; both None until they are known.
    """

    stage: str
    shown: int
    watch_through: float | None
    threshold: float | None
    decision: str


@dataclass(frozen=True)
class VideoReport:
    """All there is to say about one video."""

    as_of: datetime
    video: Video
    figures: Figures
    retention: Sequence[float]
    sources: Mapping[str, int]
    full_watches: int
    exposure: Exposure | None

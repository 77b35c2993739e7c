"""The analytics' own words."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime

from chalicelib.feed.experiments import LayerReport


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

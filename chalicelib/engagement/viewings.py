"""What a viewing was worth: one row per impression, and what follows from it for the feed."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from uuid import UUID

from chalicelib.engagement.models import EventType, Watched
from chalicelib.feed.reward import SKIP_MS, WHOLE, Histograms, Signals


@dataclass(frozen=True)
class Viewing:
    """What one impression has come to so far; times in milliseconds."""

    impression_id: UUID
    video_row_id: int
    shown_at: datetime
    duration_ms: int
    watch_ms: int = 0
    skipped: bool = False
    shared: bool = False
    quantile: float | None = None  # among viewings of videos as long; None: only shown
    reward: float | None = None

    @property
    def completion(self) -> float:
        """The share of the video that was reached, at most 1."""
        return min(1.0, self.watch_ms / self.duration_ms) if self.duration_ms else 0.0

    @property
    def completed(self) -> bool:
        """Whether the video was watched to its end."""
        return self.completion >= WHOLE


def merge(before: Mapping[UUID, Viewing], new: Sequence[Watched]) -> list[Viewing]:
    """Return the viewings that events belong to, as they are now; watch time only ever grows."""
    events: defaultdict[UUID, list[Watched]] = defaultdict(list)
    for item in new:
        events[item.impression.id].append(item)
    return [
        _extend(before.get(impression_id) or _begin(items[0]), items)
        for impression_id, items in events.items()
    ]


def _begin(item: Watched) -> Viewing:
    impression = item.impression
    return Viewing(impression.id, impression.video_row_id, impression.issued_at, item.duration_ms)


def _extend(viewing: Viewing, items: Sequence[Watched]) -> Viewing:
    watch_ms = max(viewing.watch_ms, *(item.watch_ms for item in items))
    left = viewing.skipped or any(item.type is EventType.SKIP for item in items)
    shared = viewing.shared or any(item.type is EventType.SHARE for item in items)
    after = replace(viewing, watch_ms=watch_ms, shared=shared)
    return replace(after, skipped=left and watch_ms <= SKIP_MS and not after.completed)


def appraise(viewing: Viewing, histograms: Histograms, signals: Signals) -> Viewing:
    """Return a viewing with what it was worth; one that was only shown is worth nothing yet."""
    if viewing.watch_ms == 0 and not viewing.skipped:
        return viewing
    given = replace(signals, shared=viewing.shared, skipped=viewing.skipped)
    quantile, worth = histograms.appraise(viewing.watch_ms, viewing.duration_ms, given)
    return replace(viewing, quantile=quantile, reward=worth)

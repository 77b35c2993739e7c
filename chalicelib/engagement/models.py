"""Watching as the domain sees it."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from uuid import UUID

from chalicelib.feed.models import Impression

VIEW_MS = 1000  # a view is a second of playing, or the whole of a shorter video


class EventType(StrEnum):
    """What can be reported."""

    IMPRESSION = "impression"
    VIEW = "view"
    PROGRESS = "progress"
    COMPLETE = "complete"
    SKIP = "skip"
    REWATCH = "rewatch"
    SHARE = "share"
    PROFILE_CLICK = "profile_click"


WATCHING = frozenset(
    {
        EventType.VIEW,
        EventType.PROGRESS,
        EventType.COMPLETE,
        EventType.SKIP,
        EventType.REWATCH,
    }
)


@dataclass(frozen=True)
class Reported:
    """An event as the client sends it; times in milliseconds of playing."""

    id: UUID
    type: EventType
    impression_token: str
    at: datetime
    watch_ms: int = 0
    position_ms: int | None = None


@dataclass(frozen=True)
class Watched:
    """An event that is believed: its impression, its video's length, its watch time clamped."""

    event: Reported
    impression: Impression
    duration_ms: int
    watch_ms: int

    @property
    def is_view(self) -> bool:
        """Whether this much watching makes a view."""
        return self.event.type in WATCHING and self.watch_ms >= min(VIEW_MS, self.duration_ms)


@dataclass(frozen=True)
class Playback:
    """What one showing of a video has come to; `viewed_at` where it counts as a view."""

    impression: Impression
    watch_ms: int
    completed: bool
    profile_clicked: bool
    watched_at: datetime | None
    viewed_at: datetime | None


@dataclass(frozen=True)
class Receipt:
    """What became of a batch."""

    accepted: int
    duplicates: int
    rejected: list[tuple[UUID, str]]

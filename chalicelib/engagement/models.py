"""Watching as the domain sees it."""

from collections.abc import Sequence
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
class Claim:
    """What somebody says of a showing of ours; its token was good. Times in milliseconds."""

    id: UUID
    type: EventType
    impression: Impression
    at: datetime
    watch_ms: int
    position_ms: int | None


@dataclass(frozen=True)
class Report:
    """Claims that came together.

    `session` is the hash, in hexadecimal, of a session that could not be looked up when they came:
    only then isn't it known yet whose they are.
    """

    received_at: datetime
    claims: Sequence[Claim]
    user_row_id: int | None = None
    session: str | None = None


@dataclass(frozen=True)
class Watched:
    """A claim that is believed: its video's length, 0 if it isn't public; its time clamped."""

    claim: Claim
    user_row_id: int | None
    received_at: datetime
    duration_ms: int
    watch_ms: int

    @property
    def impression(self) -> Impression:
        """The showing."""
        return self.claim.impression

    @property
    def type(self) -> EventType:
        """What happened."""
        return self.claim.type

    @property
    def is_view(self) -> bool:
        """Whether this much watching makes a view."""
        enough = self.watch_ms >= min(VIEW_MS, self.duration_ms) > 0
        return enough and self.type in WATCHING


Pair = tuple[int, str]  # a video's row id, and a viewer


@dataclass(frozen=True)
class Showing:
    """A showing that was watched, since when, and whether it counts as a view."""

    id: UUID
    shown_at: datetime
    video_row_id: int
    viewer: str
    at: datetime
    counts: bool = False

    @property
    def pair(self) -> Pair:
        """Of which one in half an hour counts."""
        return self.video_row_id, self.viewer


@dataclass(frozen=True)
class Playback:
    """What one showing of a video has come to; `viewed_at` where it counts as a view.

    `watched_at` is when the first event came that makes it watched.
    """

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

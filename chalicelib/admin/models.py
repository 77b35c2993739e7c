"""The administration's own words."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any

from chalicelib.accounts.models import Role
from chalicelib.platform.context import Context

# Is told how many percent are done, and from where on to go on after an interruption.
Reach = Callable[[int, Mapping[str, Any]], None]


class JobName(StrEnum):
    """What can be started by hand."""

    TRAIN = "train"
    RETENTION = "retention"
    ARCHIVE = "archive"
    BACKUP = "backup"
    INTEGRITY = "integrity"
    SEAL_AUDIT = "seal-audit"
    RECOUNT = "recount"
    ROLL_UP = "roll-up"
    REPLAY = "replay"
    BACKFILL_USER_EMBEDDINGS = "backfill-user-embeddings"


class JobState(StrEnum):
    """How far a job is."""

    QUEUED = "queued"
    RUNNING = "running"
    DONE = "done"
    FAILED = "failed"


@dataclass(frozen=True)
class Job:
    """One run of a job; `result` once it is done, `error` where it failed."""

    id: str
    name: JobName
    state: JobState
    dry_run: bool
    params: Mapping[str, Any]
    reached: Mapping[str, Any] | None
    percent: int
    result: Mapping[str, Any] | None
    error: str | None
    created_at: datetime
    started_at: datetime | None
    ended_at: datetime | None


@dataclass(frozen=True)
class Version:
    """The configuration as somebody left it; `changed` is what differs from the defaults."""

    number: int
    changed: Mapping[str, Any]
    changed_by: str | None
    reason: str
    created_at: datetime | None


@dataclass(frozen=True)
class Member:
    """A person as the staff sees them; `status` is active, banned, leaving or purged."""

    row_id: int
    id: str
    username: str
    display_name: str
    role: Role
    status: str
    created_at: datetime
    banned_until: datetime | None
    ban_reason: str | None
    purge_at: datetime | None
    video_count: int
    follower_count: int
    open_sessions: int
    reports_about: int


@dataclass(frozen=True)
class Task:
    """What a job is to do: how it was told to, from where on, and whom to tell how far it is."""

    dry_run: bool
    params: Mapping[str, Any]
    reached: Mapping[str, Any] | None
    reach: Reach

    def tell(self, percent: int) -> None:
        """Say how far it is, without a place to go on from."""
        self.reach(percent, {})


class Interrupted(Exception):
    """The time of a function is over; the job goes on in the next one, where it has got to."""


Work = Callable[[Context, Task], Mapping[str, Any]]

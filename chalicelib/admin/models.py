"""The administration's own words."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any

from chalicelib.platform.context import Context

Progress = Callable[[int], None]  # is told how many percent are done


class JobName(StrEnum):
    """What can be started by hand."""

    TRAIN = "train"
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
    percent: int
    result: Mapping[str, Any] | None
    error: str | None
    created_at: datetime
    started_at: datetime | None
    ended_at: datetime | None


Work = Callable[[Context, bool, Progress], Mapping[str, Any]]

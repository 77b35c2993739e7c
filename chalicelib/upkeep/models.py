"""The house-keeping's own words."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

Tell = Callable[[int], None]  # is told how many percent of a job are done


@dataclass(frozen=True)
class Export:
    """A copy of all that is held about a person; `url` once it is done."""

    id: str
    state: str
    created_at: datetime
    url: str | None = None

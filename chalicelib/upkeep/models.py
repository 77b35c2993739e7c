"""The house-keeping's own words."""

from dataclasses import dataclass
from datetime import datetime


@dataclass(frozen=True)
class Export:
    """A copy of all that is held about a person; `url` once it is done."""

    id: str
    state: str
    created_at: datetime
    url: str | None = None

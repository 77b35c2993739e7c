"""The time of day, as a seam that tests can hold still."""

from datetime import UTC, datetime, timedelta
from typing import Protocol

LEAST_SKEW = timedelta(seconds=2)  # less comes of the way to the server, and does no harm


class Clock(Protocol):
    """Tells the time."""

    def now(self) -> datetime:
        """Return the present moment, aware, in UTC."""
        ...


class SystemClock:
    """The machine's own clock, put right by the database's where they differ.

    All functions judge by one time then: a machine whose clock is wrong takes nothing for overdue.
    """

    def __init__(self) -> None:
        self._skew = timedelta(0)

    def now(self) -> datetime:
        """Return the present moment, aware, in UTC."""
        return self.own() + self._skew

    def own(self) -> datetime:
        """Return what the machine's clock says."""
        return datetime.now(UTC)

    def agree(self, now: datetime) -> timedelta:
        """Go by another clock from here on. Returns by how much this one is wrong."""
        skew = now - self.own()
        self._skew = skew if abs(skew) > LEAST_SKEW else timedelta(0)
        return self._skew

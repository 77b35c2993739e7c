"""Buckets of time, and how a span is put together from them.

All buckets begin in UTC. Time zones differ from it by quarters of an hour (India by 5:30, Nepal by
5:45), so every day of every zone, also one of 23 or 25 hours, is made of whole quarters; hours,
days and months are used where they lie inside it. What is left, in zones of long ago and in buckets
that have changed and aren't counted anew yet, is read from the rows.
"""

from bisect import bisect_left
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from enum import StrEnum

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


class Grain(StrEnum):
    """How long a bucket is; each consists of whole ones of those before."""

    QUARTER = "quarter"
    HOUR = "hour"
    DAY = "day"
    MONTH = "month"

    @property
    def length(self) -> timedelta:
        """Return how long a bucket is, where they are all as long: not of months."""
        return _LENGTHS[self]

    def floor(self, moment: datetime) -> datetime:
        """Return where the bucket of a moment begins."""
        if self is Grain.MONTH:
            utc = moment.astimezone(UTC)
            return utc.replace(day=1, hour=0, minute=0, second=0, microsecond=0)
        return moment - (moment - EPOCH) % _LENGTHS[self]

    def after(self, begin: datetime) -> datetime:
        """Return where the bucket ends that begins at a moment, and the next one begins."""
        if self is Grain.MONTH:
            return self.floor(begin + timedelta(days=31))
        return begin + _LENGTHS[self]

    def ceil(self, moment: datetime) -> datetime:
        """Return the first moment from this on where a bucket begins."""
        begin = self.floor(moment)
        return begin if begin == moment else self.after(begin)


_LENGTHS = {
    Grain.QUARTER: timedelta(minutes=15), Grain.HOUR: timedelta(hours=1),
    Grain.DAY: timedelta(days=1),
}  # fmt: skip


@dataclass(frozen=True)
class Cell:
    """Whole buckets in a row; without a grain, rows that are counted one by one."""

    grain: Grain | None
    since: datetime
    until: datetime


def cover(
    since: datetime, until: datetime, grains: Sequence[Grain], stale: Sequence[datetime]
) -> Iterator[Cell]:
    """Return cells that a span consists of, the coarsest possible, in order.

    `grains` from the finest on. `stale` are the moments, sorted, whose buckets can't be used.
    """
    if since >= until:
        return
    if not grains:
        yield Cell(None, since, until)
        return
    *finer, grain = grains
    first, last = grain.ceil(since), grain.floor(until)
    if first >= last:
        yield from cover(since, until, finer, stale)
        return
    yield from cover(since, first, finer, stale)
    while (bad := _first_stale(stale, first, last)) is not None:
        begin = grain.floor(bad)
        end = grain.after(begin)
        if first < begin:
            yield Cell(grain, first, begin)
        yield from cover(begin, end, finer, stale)
        first = end
    if first < last:
        yield Cell(grain, first, last)
    yield from cover(last, until, finer, stale)


def _first_stale(stale: Sequence[datetime], since: datetime, until: datetime) -> datetime | None:
    place = bisect_left(stale, since)
    return stale[place] if place < len(stale) and stale[place] < until else None

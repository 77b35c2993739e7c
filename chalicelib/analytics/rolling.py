"""Brings rollups up to date: counts anew, whole, what has changed, the finest buckets first.

A bucket that is counted twice is the same, so a run may be killed anywhere: what it took is taken
back with its transaction. Only one runs at a time, since an hour is made of quarters that another
might be changing.
"""

import time
from collections.abc import Collection, Iterator, Mapping, Sequence
from datetime import datetime

from chalicelib.analytics import rollup_store as store
from chalicelib.analytics.grains import Cell, Grain
from chalicelib.analytics.row_store import SHOWINGS, Of, Range, count_rows
from chalicelib.analytics.tallies import Tally
from chalicelib.platform.context import Context
from chalicelib.platform.database import Connection
from chalicelib.platform.observability import count, gauge
from chalicelib.platform.partitions import find_beginning

GRAINS = {
    Of.VIDEO: (Grain.HOUR, Grain.DAY, Grain.MONTH),
    Of.CREATOR: (Grain.QUARTER, Grain.HOUR, Grain.DAY, Grain.MONTH),
}
AT_ONCE = 10_000  # marks
MOST_SECONDS = 40  # of a run; the rest waits for the next one
Buckets = Collection[tuple[int, datetime]]  # a subject's row id, and where its bucket begins


def roll(context: Context) -> dict[str, int]:
    """Count what has changed, until nothing is left or the time is over. Returns how many marks."""
    began, done = time.monotonic(), 0
    while time.monotonic() - began < MOST_SECONDS:
        with context.database.transaction() as transaction:
            marks = _roll_some(transaction)
        done += marks
        if marks < AT_ONCE:
            break
    gauge("AnalyticsLagSeconds", lag_seconds(context) or 0.0)
    count("AnalyticsMarks", done)
    return {"marks": done}


def lag_seconds(context: Context) -> float | None:
    """Return for how long the oldest change waits to be counted; None if none does."""
    with context.database.transaction() as transaction:
        return store.read_lag(transaction)


def _roll_some(transaction: Connection) -> int:
    """Count what some marks stand for. Returns how many were taken."""
    if not store.hold(transaction):
        return 0
    taken, marks = store.take_marks(transaction, AT_ONCE)
    _roll_up(transaction, Of.VIDEO, {(one.video, one.at) for one in marks if one.video})
    _roll_up(transaction, Of.CREATOR, {(one.creator, one.at) for one in marks})
    return taken


def _roll_up(transaction: Connection, of: Of, changed: Buckets) -> None:
    base, *coarser = GRAINS[of]
    buckets = _buckets(base, changed)
    ranges = list(_runs(base, buckets))
    found = count_rows(transaction, of, ranges, base.length)
    tallies = dict.fromkeys(buckets, Tally())
    tallies |= {(ranges[nth].subject, at): tally for (nth, at), tally in found.items()}
    tallies |= _keep_watching(transaction, of, base, tallies)
    store.write(transaction, of, base, tallies)
    finer = base
    for grain in coarser:
        parents = _buckets(grain, changed)
        cells = [(subject, Cell(finer, at, grain.after(at))) for subject, at in parents]
        sums = store.read_cells(transaction, of, cells)
        store.write(transaction, of, grain, dict(zip(parents, sums, strict=True)))
        finer = grain


def _keep_watching(
    transaction: Connection, of: Of, grain: Grain, tallies: Mapping[tuple[int, datetime], Tally]
) -> dict[tuple[int, datetime], Tally]:
    """Return those of buckets of which the showings aren't kept any more: with what was counted."""
    horizon = find_beginning(transaction, SHOWINGS)
    old = [bucket for bucket in tallies if bucket[1] < horizon]
    cells = [(subject, Cell(grain, at, grain.after(at))) for subject, at in old]
    kept = store.read_cells(transaction, of, cells)
    return {
        bucket: tallies[bucket].with_watching_of(before)
        for bucket, before in zip(old, kept, strict=True)
    }


def _buckets(grain: Grain, changed: Buckets) -> Sequence[tuple[int, datetime]]:
    return sorted({(subject, grain.floor(at)) for subject, at in changed})


def _runs(grain: Grain, buckets: Buckets) -> Iterator[Range]:
    """Return buckets, sorted, as few ranges: those that follow one another are one."""
    run: Range | None = None
    for subject, at in buckets:
        if run and (run.subject, run.until) == (subject, at):
            run = Range(subject, run.since, grain.after(at))
            continue
        if run:
            yield run
        run = Range(subject, at, grain.after(at))
    if run:
        yield run

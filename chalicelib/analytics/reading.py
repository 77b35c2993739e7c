"""What subjects came to in some spans of time: rollups, and the rows of what isn't in them yet.

All of it is to be read in one snapshot: then a figure is exactly what the rows say at that moment.
Only where showings aren't kept any more, a change waits for the roller, which keeps what was
counted.
"""

from collections import defaultdict
from collections.abc import Iterator, Sequence
from datetime import datetime

from chalicelib.analytics import rollup_store as store
from chalicelib.analytics.grains import Cell, cover
from chalicelib.analytics.rolling import GRAINS
from chalicelib.analytics.row_store import SHOWINGS, Of, Range, count_rows
from chalicelib.analytics.tallies import Tally, total
from chalicelib.platform.database import Connection
from chalicelib.platform.partitions import find_beginning

Span = tuple[datetime, datetime]  # from, and before


def read(
    transaction: Connection,
    of: Of,
    subjects: Sequence[int],
    spans: Sequence[Span],
    *,
    viewers: bool = True,
    detail: bool = False,
) -> dict[int, list[Tally]]:
    """Return what each subject came to in each span, in their order.

    `viewers` says whether unique viewers are wanted, `detail` whether seconds and sources are.
    """
    stale = store.find_stale(transaction, of, subjects, find_beginning(transaction, SHOWINGS))
    cells: list[tuple[int, int, Cell]] = []
    ranges: list[tuple[int, int, Range]] = []
    for subject in subjects:
        for place, span in enumerate(spans):
            for cell in _cover(of, span, stale.get(subject, [])):
                if cell.grain:
                    cells.append((subject, place, cell))
                else:
                    ranges.append((subject, place, Range(subject, cell.since, cell.until)))
    parts: defaultdict[tuple[int, int], list[Tally]] = defaultdict(list)
    wanted = [(subject, cell) for subject, _, cell in cells]
    sums = store.read_cells(transaction, of, wanted, viewers=viewers, detail=detail)
    for (subject, place, _), tally in zip(cells, sums, strict=True):
        parts[subject, place].append(tally)
    rows = count_rows(transaction, of, [one for *_, one in ranges], GRAINS[of][0].length)
    for (nth, _), tally in rows.items():
        subject, place, _ = ranges[nth]
        parts[subject, place].append(tally)
    return {
        subject: [total(parts[subject, place]) for place in range(len(spans))]
        for subject in subjects
    }


def watch_time_ms(transaction: Connection, since: datetime) -> int:
    """Return how long people have watched from a day's beginning in UTC on, with an account or not.

    What has changed since it was rolled up is taken out of the days, and counted from the rows.
    """
    stale = store.find_all_stale(transaction, since)
    grain = GRAINS[Of.CREATOR][0]
    cells = [(creator, Cell(grain, at, grain.after(at))) for creator, at in stale]
    ranges = [Range(creator, at, grain.after(at)) for creator, at in stale]
    rolled = total(store.read_cells(transaction, Of.CREATOR, cells, viewers=False, detail=False))
    rows = total(count_rows(transaction, Of.CREATOR, ranges, grain.length).values())
    days = store.read_watch_time(transaction, since)
    return days - rolled.of("watch_time_ms") + rows.of("watch_time_ms")


def _cover(of: Of, span: Span, stale: Sequence[datetime]) -> Iterator[Cell]:
    """Return the cells of a span; what must be read from the rows in as few of them as possible."""
    loose: Cell | None = None
    for cell in cover(*span, GRAINS[of], stale):
        if loose and cell.grain is None and loose.until == cell.since:
            loose = Cell(None, loose.since, cell.until)
            continue
        if loose:
            yield loose
        loose = cell if cell.grain is None else None
        if cell.grain:
            yield cell
    if loose:
        yield loose

"""SQL of rollups, and of the marks that say which of them are to be counted anew."""

import json
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from chalicelib.analytics import sketches
from chalicelib.analytics.grains import Cell, Grain
from chalicelib.analytics.row_store import Of
from chalicelib.analytics.tallies import COUNTS, Tally, total
from chalicelib.platform.database import Connection

_SUMS = ", ".join(f"coalesce(sum(r.{name}), 0)::bigint AS {name}" for name in COUNTS)
_CELLS = f"""
    SELECT w.nth::integer - 1 AS nth, c.* FROM unnest(
        %(subjects)s::bigint[], %(grains)s::text[], %(sinces)s::timestamptz[],
        %(untils)s::timestamptz[]
    ) WITH ORDINALITY AS w (subject, grain, since, until, nth)
    CROSS JOIN LATERAL (
        SELECT {_SUMS},
            array_agg(r.viewers) FILTER (WHERE %(viewers)s AND r.viewers <> '') AS viewers,
            array_agg(r.seconds) FILTER (WHERE %(detail)s AND r.seconds <> '{{}}') AS seconds,
            array_agg(r.sources) FILTER (WHERE %(detail)s AND r.sources <> '{{}}') AS sources
        FROM rollups r WHERE r.of = %(of)s::rollup_of AND r.subject = w.subject
            AND r.grain = w.grain::rollup_grain AND r.at >= w.since AND r.at < w.until
    ) c
"""  # noqa: S608 - constants
_STALE = {
    Of.VIDEO: "SELECT DISTINCT video_id AS subject, at FROM rollup_marks"
    " WHERE video_id = ANY (%s) AND at >= %s ORDER BY 2",
    Of.CREATOR: "SELECT DISTINCT creator_id AS subject, at FROM rollup_marks"
    " WHERE creator_id = ANY (%s) AND at >= %s ORDER BY 2",
}
_PUT = f"""
    INSERT INTO rollups (of, grain, subject, at, {", ".join(COUNTS)}, viewers, seconds, sources)
    SELECT %s, %s, subject, at, {", ".join(COUNTS)}, viewers, seconds::jsonb, sources::jsonb
    FROM unnest(%s::bigint[], %s::timestamptz[], {"%s::bigint[], " * len(COUNTS)}%s::bytea[],
        %s::text[], %s::text[])
        AS new (subject, at, {", ".join(COUNTS)}, viewers, seconds, sources)
    ON CONFLICT (of, subject, grain, at) DO UPDATE SET
        {", ".join(f"{name} = excluded.{name}" for name in (*COUNTS, "viewers"))},
        seconds = excluded.seconds, sources = excluded.sources
"""  # noqa: S608 - constants


@dataclass(frozen=True)
class Mark:
    """A quarter of an hour, by where it begins, in which something changed."""

    creator: int
    video: int | None
    at: datetime


def hold(transaction: Connection) -> bool:
    """Let nobody else roll until the commit. Returns whether nobody else does."""
    row = transaction.execute(
        "SELECT pg_try_advisory_xact_lock(hashtextextended('rollups', 0)) AS held"
    ).fetchone()
    return bool(row and row["held"])


def take_marks(transaction: Connection, limit: int) -> tuple[int, set[Mark]]:
    """Take marks away, those of the oldest buckets; return how many, and those that differ.

    What they stand for is committed, so that the next statement sees it. Marks of one time are
    taken together, so that after a replay a month isn't put together anew for each of its hours.
    """
    rows = transaction.execute(
        "DELETE FROM rollup_marks WHERE id IN (SELECT id FROM rollup_marks ORDER BY at LIMIT %s)"
        " RETURNING creator_id, video_id, at",
        (limit,),
    ).fetchall()
    return len(rows), {Mark(row["creator_id"], row["video_id"], row["at"]) for row in rows}


def read_lag(transaction: Connection) -> float | None:
    """Return for how many seconds the oldest mark has waited; None if there is none."""
    row = transaction.execute(
        "SELECT extract(epoch FROM clock_timestamp() - min(marked_at))::float8 AS lag"
        " FROM rollup_marks"
    ).fetchone()
    return row["lag"] if row else None


def find_stale(
    transaction: Connection, of: Of, subjects: Sequence[int], since: datetime
) -> dict[int, list[datetime]]:
    """Return which quarters of an hour, from a moment on, have changed since they were counted."""
    found: defaultdict[int, list[datetime]] = defaultdict(list)
    for row in transaction.execute(_STALE[of], (list(subjects), since)).fetchall():
        found[row["subject"]].append(row["at"])
    return found


def find_all_stale(transaction: Connection, since: datetime) -> list[tuple[int, datetime]]:
    """Return the creators' quarters of an hour, from a moment on, that have changed."""
    rows = transaction.execute(
        "SELECT DISTINCT creator_id, at FROM rollup_marks WHERE at >= %s ORDER BY 1, 2", (since,)
    ).fetchall()
    return [(row["creator_id"], row["at"]) for row in rows]


def read_watch_time(transaction: Connection, since: datetime) -> int:
    """Return the watch time of all days in UTC from the one on that begins at a moment."""
    row = transaction.execute(
        "SELECT coalesce(sum(watch_time_ms), 0)::bigint AS total FROM rollups"
        " WHERE of = 'creator' AND grain = 'day' AND at >= %s",
        (since,),
    ).fetchone()
    return int(row["total"]) if row else 0


def read_cells(
    transaction: Connection,
    of: Of,
    cells: Sequence[tuple[int, Cell]],
    *,
    viewers: bool = True,
    detail: bool = True,
) -> list[Tally]:
    """Return what each cell of a subject came to, in their order.

    `viewers` and `detail` say whether sketches, and seconds and sources, are wanted.
    """
    if not cells:
        return []
    given: dict[str, Any] = {
        "of": of, "viewers": viewers, "detail": detail,
        "subjects": [subject for subject, _ in cells],
        "grains": [cell.grain for _, cell in cells],
        "sinces": [cell.since for _, cell in cells],
        "untils": [cell.until for _, cell in cells],
    }  # fmt: skip
    rows = transaction.execute(_CELLS + " ORDER BY w.nth", given, binary=True).fetchall()
    return [_sum(row) for row in rows]


def write(
    transaction: Connection, of: Of, grain: Grain, buckets: Mapping[tuple[int, datetime], Tally]
) -> None:
    """Keep buckets, by subject and beginning, as they are now; those with nothing in them go."""
    empty = [bucket for bucket, tally in buckets.items() if not tally]
    transaction.execute(
        "DELETE FROM rollups r USING unnest(%s::bigint[], %s::timestamptz[]) AS gone (subject, at)"
        " WHERE r.of = %s::rollup_of AND r.subject = gone.subject"
        " AND r.grain = %s::rollup_grain AND r.at = gone.at",
        ([subject for subject, _ in empty], [at for _, at in empty], of, grain),
    )
    rows = [_row(subject, at, tally) for (subject, at), tally in buckets.items() if tally]
    if rows:
        transaction.execute(_PUT, (of, grain, *map(list, zip(*rows, strict=True))))


def _row(subject: int, at: datetime, tally: Tally) -> tuple[object, ...]:
    counts = (tally.counts.get(name, 0) for name in COUNTS)
    details = json.dumps(dict(tally.seconds)), json.dumps(dict(tally.sources))
    return (subject, at, *counts, tally.viewers, *details)


def _sum(row: dict[str, Any]) -> Tally:
    seconds = ({int(key): n for key, n in one.items()} for one in row["seconds"] or ())
    details = [Tally(seconds=one) for one in seconds]
    details += [Tally(sources=one) for one in row["sources"] or ()]
    extra = total(details)
    viewers = sketches.union(row["viewers"] or ())
    counts = {name: row[name] for name in COUNTS}
    return Tally(counts, viewers, extra.seconds, extra.sources)

"""SQL of watch events, each kept once: the ledger of what was taken in, and the raw log."""

from collections.abc import Collection, Iterable, Sequence
from datetime import date, timedelta
from uuid import UUID

from chalicelib.engagement.models import Claim, Watched
from chalicelib.platform.database import Connection, columns

LONGEST_DELAY = timedelta(days=20)  # no message comes later: 14 days in a queue, and redriven


def find_durations(transaction: Connection, row_ids: Iterable[int]) -> dict[int, int]:
    """Return the lengths of published videos in milliseconds."""
    rows = transaction.execute(
        "SELECT id, duration_ms FROM videos WHERE id = ANY(%s) AND status = 'published'",
        (list(row_ids),),
    ).fetchall()
    return {row["id"]: row["duration_ms"] for row in rows}


def find_gone(transaction: Connection, row_ids: Collection[int]) -> set[int]:
    """Return which people have been erased."""
    rows = transaction.execute(
        "SELECT id FROM users WHERE id = ANY(%s) AND purged_at IS NOT NULL", (list(row_ids),)
    ).fetchall()
    return {row["id"] for row in rows}


def find_recorded(transaction: Connection, claims: Sequence[Claim]) -> set[UUID]:
    """Return which events have been taken in."""
    rows = transaction.execute(
        "SELECT e.event_id FROM analytics_events e"
        " JOIN unnest(%s::uuid[], %s::timestamptz[]) AS c (event_id, shown_at)"
        " ON e.event_id = c.event_id AND e.shown_at = c.shown_at",
        columns([(one.id, one.impression.issued_at) for one in claims], 2),
    ).fetchall()
    return {row["event_id"] for row in rows}


def insert_events(transaction: Connection, watched: Sequence[Watched]) -> list[Watched]:
    """Keep events, in the order of ids, and return those that were new, each id once."""
    unique: dict[UUID, Watched] = {}
    for one in sorted(watched, key=lambda one: (one.claim.id, one.received_at)):
        unique.setdefault(one.claim.id, one)
    rows = transaction.execute(
        "INSERT INTO analytics_events (event_id, shown_at, type, viewer, video_id, impression_id,"
        " source, watch_ms, position_ms, duration_ms, at, received_at)"
        " SELECT * FROM unnest(%s::uuid[], %s::timestamptz[], %s::text[], %s::text[],"
        " %s::bigint[], %s::uuid[], %s::text[], %s::integer[], %s::integer[], %s::integer[],"
        " %s::timestamptz[], %s::timestamptz[]) ON CONFLICT DO NOTHING RETURNING event_id",
        columns([_row(one) for one in unique.values()], 12),
    ).fetchall()
    return [unique[row["event_id"]] for row in rows]


def _row(one: Watched) -> tuple[object, ...]:
    claim, impression = one.claim, one.impression
    return (
        claim.id, impression.issued_at, claim.type.value, impression.viewer,
        impression.video_row_id, impression.id, impression.stream.value, one.watch_ms,
        claim.position_ms, one.duration_ms, claim.at, one.received_at,
    )  # fmt: skip


def ensure_partitions(transaction: Connection, today: date) -> None:
    """Create the partitions of this month and the next two that are missing."""
    transaction.execute("SELECT ensure_watch_history_partitions(%s)", (today,))
    for table in ("playbacks", "analytics_events", "event_log"):
        transaction.execute("SELECT ensure_monthly_partitions(%s, %s)", (table, today))

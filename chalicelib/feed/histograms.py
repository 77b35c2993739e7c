"""The histograms of watch time that everybody's viewings are measured by."""

from datetime import datetime

import numpy as np

from chalicelib.feed.reward import BINS, BUCKETS, Counts, Histograms, count
from chalicelib.platform.context import Context
from chalicelib.platform.database import Connection

KEPT_SECONDS = 60
DECAY = 0.98  # a round of counting, so that they follow the times
BATCH = 50_000
_KEY = "histograms"


def read(context: Context, transaction: Connection) -> Histograms:
    """Return the histograms in force, at most a minute old."""
    packed = context.cache.get(_KEY)
    if packed is not None and len(packed) == BUCKETS * BINS * 8:
        return Histograms(np.frombuffer(packed, "<f8").reshape(BUCKETS, BINS))
    counts = _stored(transaction)
    context.cache.put(_KEY, counts.astype("<f8").tobytes(), seconds=KEPT_SECONDS)
    return Histograms(counts)


def count_new(context: Context) -> int:
    """Count the viewings since the last time. Returns how many there were.

    Counts and how far they go change in one transaction, so that none is counted twice.
    """
    now = context.clock.now()
    with context.database.transaction() as transaction:
        transaction.execute("LOCK TABLE watch_histograms IN EXCLUSIVE MODE")
        since = _counted_until(transaction)
        rows = transaction.execute(
            "SELECT h.watch_duration_ms AS watched, v.duration_ms AS lasts, h.created_at"
            " FROM watch_history h JOIN videos v ON v.id = h.video_id"
            " WHERE h.created_at > coalesce(%s, '-infinity'::timestamptz)"
            " AND h.created_at <= %s - interval '5 minutes'"
            " AND h.quantile IS NOT NULL ORDER BY h.created_at LIMIT %s",
            (since, now, BATCH),
        ).fetchall()
        if rows:
            watched = np.array([row["watched"] for row in rows], np.float64)
            lasts = np.array([row["lasts"] or 0 for row in rows], np.float64)
            counts = _stored(transaction) * DECAY + count(watched, lasts)
            _store(transaction, counts, rows[-1]["created_at"])
    return len(rows)


def _stored(transaction: Connection) -> Counts:
    rows = transaction.execute("SELECT bucket, counts FROM watch_histograms").fetchall()
    counts = np.zeros((BUCKETS, BINS))
    for row in rows:
        counts[row["bucket"]] = row["counts"]
    return counts


def _counted_until(transaction: Connection) -> datetime | None:
    row = transaction.execute("SELECT max(counted_until) AS until FROM watch_histograms").fetchone()
    return row["until"] if row else None


def _store(transaction: Connection, counts: Counts, until: datetime) -> None:
    transaction.execute(
        "INSERT INTO watch_histograms (bucket, counts, counted_until)"
        " SELECT bucket - 1, ARRAY(SELECT jsonb_array_elements(counts)::float8), %s"
        " FROM unnest(%s::jsonb[]) WITH ORDINALITY AS new (counts, bucket)"
        " ON CONFLICT (bucket) DO UPDATE SET counts = excluded.counts,"
        " counted_until = excluded.counted_until",
        (until, [str(row) for row in counts.tolist()]),
    )

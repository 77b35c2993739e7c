"""SQL of the platform's figures."""

from datetime import datetime
from typing import Any

from chalicelib.analytics.models import DailyCount
from chalicelib.platform.database import Connection

NEW_DAYS = 7  # a video is new for so long

_SHOWN = """
WITH shown AS (
    SELECT s.video_id, count(*) AS n,
        count(*) FILTER (WHERE s.found & %(explored)s <> 0) AS explored,
        count(*) FILTER (WHERE p.served_at < v.published_at + make_interval(days => %(new)s))
            AS new
    FROM feed_pages p
    CROSS JOIN LATERAL unnest(p.video_ids, p.found) AS s (video_id, found)
    JOIN videos v ON v.id = s.video_id
    WHERE p.served_at >= %(since)s GROUP BY s.video_id
), every AS (
    SELECT coalesce(s.n, 0) AS n, row_number() OVER (ORDER BY coalesce(s.n, 0)) AS place
    FROM video_features f LEFT JOIN shown s USING (video_id)
)
SELECT (SELECT sum(n)::bigint FROM shown) AS impressions,
    (SELECT sum(explored)::bigint FROM shown) AS explored,
    (SELECT sum(new)::bigint FROM shown) AS new,
    count(*) AS videos, count(*) FILTER (WHERE n > 0) AS covered, sum(n)::bigint AS total,
    sum(place * n)::float8 AS ranked
FROM every
"""


def daily_actives(transaction: Connection, since: datetime) -> list[DailyCount]:
    """Return how many different viewers were shown something, by day."""
    rows = transaction.execute(
        "SELECT (served_at AT TIME ZONE 'UTC')::date AS day, count(DISTINCT viewer) AS value"
        " FROM feed_pages WHERE served_at >= %s GROUP BY 1 ORDER BY 1",
        (since,),
    ).fetchall()
    return [DailyCount(**row) for row in rows]


def count_uploads(transaction: Connection, since: datetime) -> tuple[int, int]:
    """Return how many videos were begun, and how many of these are published."""
    row = transaction.execute(
        "SELECT count(*) AS uploads, count(*) FILTER (WHERE status = 'published') AS published"
        " FROM videos WHERE created_at >= %s",
        (since,),
    ).fetchone()
    return (row["uploads"], row["published"]) if row else (0, 0)


def count_failures(transaction: Connection, since: datetime) -> dict[str, int]:
    """Return how many videos ended in an error, by its code."""
    rows = transaction.execute(
        "SELECT error_code, count(*) AS n FROM videos"
        " WHERE created_at >= %s AND error_code IS NOT NULL GROUP BY error_code ORDER BY 1",
        (since,),
    ).fetchall()
    return {row["error_code"]: row["n"] for row in rows}


def count_shown(transaction: Connection, since: datetime, explored: int) -> dict[str, Any]:
    """Return sums over impressions, and over the public videos in the order of theirs."""
    row = transaction.execute(
        _SHOWN, {"since": since, "explored": explored, "new": NEW_DAYS}
    ).fetchone()
    return row or {}

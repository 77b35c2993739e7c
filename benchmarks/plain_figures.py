"""Creators' figures in the plainest form: every row of the time that is asked for, counted anew."""

from datetime import datetime
from typing import Any

from chalicelib.platform.database import Connection

_WATCHED = """
    SELECT count(*) AS impressions, count(viewed_at) AS views, count(watched_at) AS watched,
        coalesce(sum(watch_ms), 0)::bigint AS watch_time_ms,
        count(watched_at) FILTER (WHERE completed) AS full_watches,
        count(*) FILTER (WHERE profile_clicked) AS profile_views,
        count(DISTINCT viewer) FILTER (WHERE watched_at IS NOT NULL) AS unique_viewers
    FROM playbacks WHERE video_id = ANY (%(ids)s) AND shown_at >= %(since)s AND shown_at < %(until)s
"""
_REACTIONS = ("likes", "comments", "shares", "saves")
_VALUES = {
    "views": "count(viewed_at)",
    "unique_viewers": "count(DISTINCT viewer) FILTER (WHERE watched_at IS NOT NULL)",
}


def find_videos(transaction: Connection, creator: int) -> list[int]:
    """Return the row ids of all of a creator's videos."""
    rows = transaction.execute("SELECT id FROM videos WHERE creator_id = %s", (creator,)).fetchall()
    return [row["id"] for row in rows]


def totals(
    transaction: Connection, ids: list[int], since: datetime, until: datetime
) -> dict[str, int]:
    """Return what some videos came to."""
    given = {"ids": ids, "since": since, "until": until}
    found = dict(transaction.execute(_WATCHED, given).fetchone() or {})
    for table in _REACTIONS:
        live = "AND deleted_at IS NULL" if table == "comments" else ""
        row = transaction.execute(
            f"SELECT count(*) AS n FROM {table} WHERE video_id = ANY (%(ids)s)"  # noqa: S608
            f" AND created_at >= %(since)s AND created_at < %(until)s {live}",
            given,
        ).fetchone()
        found[table] = row["n"] if row else 0
    return found


def followers(transaction: Connection, creator: int, since: datetime, until: datetime) -> int:
    """Return how many began to follow a creator, and still do."""
    row = transaction.execute(
        "SELECT count(*) AS n FROM follows"
        " WHERE followed_id = %s AND created_at >= %s AND created_at < %s",
        (creator, since, until),
    ).fetchone()
    return int(row["n"]) if row else 0


def series(
    transaction: Connection,
    ids: list[int],
    metric: str,
    *,
    since: datetime,
    until: datetime,
    grain: str,
    zone: str,
) -> dict[datetime, int]:
    """Return `views` or `unique_viewers` by hour or day of a time zone."""
    rows: list[dict[str, Any]] = transaction.execute(
        f"SELECT date_trunc(%(grain)s, shown_at, %(zone)s) AS at,"  # noqa: S608 - constants
        f" {_VALUES[metric]} AS value FROM playbacks WHERE video_id = ANY (%(ids)s)"
        " AND shown_at >= %(since)s AND shown_at < %(until)s GROUP BY 1",
        {"ids": ids, "since": since, "until": until, "grain": grain, "zone": zone},
    ).fetchall()
    return {row["at"]: row["value"] for row in rows if row["value"]}


def watched_seconds(
    transaction: Connection, video: int, since: datetime, until: datetime
) -> dict[int, int]:
    """Return how many showings were watched for how many whole seconds, 180 at most."""
    rows = transaction.execute(
        "SELECT least(watch_ms / 1000, 180)::integer AS second, count(*) AS n FROM playbacks"
        " WHERE video_id = %s AND shown_at >= %s AND shown_at < %s AND watched_at IS NOT NULL"
        " GROUP BY 1",
        (video, since, until),
    ).fetchall()
    return {row["second"]: row["n"] for row in rows}


def sources(
    transaction: Connection, video: int, since: datetime, until: datetime
) -> dict[str, int]:
    """Return in which feed a video was seen how often."""
    rows = transaction.execute(
        "SELECT source, count(*) AS n FROM playbacks WHERE video_id = %s AND shown_at >= %s"
        " AND shown_at < %s AND viewed_at IS NOT NULL GROUP BY source",
        (video, since, until),
    ).fetchall()
    return {row["source"]: row["n"] for row in rows}

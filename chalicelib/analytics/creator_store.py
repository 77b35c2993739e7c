"""SQL of creators' figures. Showings count on the day they were shown."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from chalicelib.platform.database import Connection

Row = dict[str, Any]
_COUNTED = {
    "likes": "likes", "comments": "comments", "shares": "shares", "saves": "saves",
}  # fmt: skip
_LIVE = {"comments": " AND deleted_at IS NULL"}
_PLAYED = """
    SELECT video_id, count(*) AS impressions, count(viewed_at) AS views,
           count(watched_at) AS watched, coalesce(sum(watch_ms), 0)::bigint AS watch_time_ms,
           count(*) FILTER (WHERE completed) AS full_watches,
           count(*) FILTER (WHERE profile_clicked) AS profile_views
    FROM playbacks WHERE video_id = ANY (%(ids)s) AND shown_at >= %(since)s AND shown_at < %(until)s
    GROUP BY video_id
"""
# What a series can be of: what is counted, from where, by whom, and when it happened.
_MINE = "video_id IN (SELECT id FROM videos WHERE creator_id = %(creator)s)"
_SERIES = {
    "impressions": ("count(*)", "playbacks", _MINE, "shown_at"),
    "views": ("count(viewed_at)", "playbacks", _MINE, "shown_at"),
    "watch_time_ms": ("sum(watch_ms)", "playbacks", _MINE, "shown_at"),
    "unique_viewers": (
        "count(DISTINCT viewer) FILTER (WHERE watched_at IS NOT NULL)",
        "playbacks", _MINE, "shown_at",
    ),
    "full_watches": ("count(*) FILTER (WHERE completed)", "playbacks", _MINE, "shown_at"),
    "profile_views": ("count(*) FILTER (WHERE profile_clicked)", "playbacks", _MINE, "shown_at"),
    **{
        name: ("count(*)", table, _MINE + _LIVE.get(name, ""), "created_at")
        for name, table in _COUNTED.items()
    },
    "followers_gained": ("count(*)", "follows", "followed_id = %(creator)s", "created_at"),
}  # fmt: skip
METRICS = tuple(_SERIES)


def find_videos(transaction: Connection, creator: int) -> list[int]:
    """Return the row ids of all videos of a creator, gone ones too: they were watched."""
    rows = transaction.execute("SELECT id FROM videos WHERE creator_id = %s", (creator,)).fetchall()
    return [row["id"] for row in rows]


def read_totals(
    transaction: Connection, ids: Sequence[int], since: datetime, until: datetime
) -> dict[int, Row]:
    """Return what each of some videos came to in a span of time; nothing where nothing was."""
    given = {"ids": list(ids), "since": since, "until": until}
    totals: dict[int, Row] = {}
    for row in transaction.execute(_PLAYED, given).fetchall():
        totals[row.pop("video_id")] = row
    for name, table in _COUNTED.items():
        rows = transaction.execute(
            f"SELECT video_id, count(*) AS n FROM {table}"  # noqa: S608 - constants
            " WHERE video_id = ANY (%(ids)s) AND created_at >= %(since)s"
            f" AND created_at < %(until)s{_LIVE.get(name, '')} GROUP BY video_id",
            given,
        ).fetchall()
        for row in rows:
            totals.setdefault(row["video_id"], {})[name] = row["n"]
    return totals


def count_viewers(
    transaction: Connection, ids: Sequence[int], since: datetime, until: datetime
) -> int:
    """Return how many different viewers watched any of some videos."""
    row = transaction.execute(
        "SELECT count(DISTINCT viewer) AS n FROM playbacks WHERE video_id = ANY (%s)"
        " AND shown_at >= %s AND shown_at < %s AND watched_at IS NOT NULL",
        (list(ids), since, until),
    ).fetchone()
    return int(row["n"]) if row else 0


def count_followers(transaction: Connection, creator: int, since: datetime, until: datetime) -> int:
    """Return how many began to follow a creator, and still do."""
    row = transaction.execute(
        "SELECT count(*) AS n FROM follows"
        " WHERE followed_id = %s AND created_at >= %s AND created_at < %s",
        (creator, since, until),
    ).fetchone()
    return int(row["n"]) if row else 0


def read_series(
    transaction: Connection,
    metric: str,
    creator: int,
    *,
    since: datetime,
    until: datetime,
    grain: str,
    zone: str,
) -> dict[datetime, int]:
    """Return a metric by `hour` or `day` of a time zone; steps without anything are left out."""
    what, table, where, at = _SERIES[metric]
    rows = transaction.execute(
        f"SELECT date_trunc(%(grain)s, {at}, %(zone)s) AS at,"  # noqa: S608 - constants
        f" {what} AS value FROM {table} WHERE {where}"
        f" AND {at} >= %(since)s AND {at} < %(until)s GROUP BY 1",
        {"creator": creator, "since": since, "until": until, "grain": grain, "zone": zone},
    ).fetchall()
    return {row["at"]: int(row["value"] or 0) for row in rows}


def read_watched_seconds(
    transaction: Connection, video: int, since: datetime, until: datetime
) -> dict[int, int]:
    """Return how many showings were watched for how many whole seconds."""
    rows = transaction.execute(
        "SELECT watch_ms / 1000 AS second, count(*) AS n FROM playbacks WHERE video_id = %s"
        " AND shown_at >= %s AND shown_at < %s AND watched_at IS NOT NULL GROUP BY 1",
        (video, since, until),
    ).fetchall()
    return {int(row["second"]): row["n"] for row in rows}


def read_sources(
    transaction: Connection, video: int, since: datetime, until: datetime
) -> dict[str, int]:
    """Return in which feed a video was seen how often."""
    rows = transaction.execute(
        "SELECT source, count(viewed_at) AS n FROM playbacks WHERE video_id = %s"
        " AND shown_at >= %s AND shown_at < %s GROUP BY source",
        (video, since, until),
    ).fetchall()
    return {row["source"]: row["n"] for row in rows}


def read_exposure(transaction: Connection, video: int) -> Row | None:
    """Return how far a video has got in being tried out; None for one that isn't shown."""
    return transaction.execute(
        "SELECT stage::text AS stage, shown, viewings, quantile_sum, standard, judged_at"
        " FROM video_features WHERE video_id = %s",
        (video,),
    ).fetchone()

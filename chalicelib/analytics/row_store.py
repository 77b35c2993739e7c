"""SQL that counts rows: showings when they were shown, everything else when it was done."""

from collections import Counter, defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from chalicelib.analytics import sketches
from chalicelib.analytics.tallies import Tally
from chalicelib.platform.database import Connection

SHOWINGS = "playbacks"  # the table
MOST_SECONDS = 180  # of a retention curve; no video is longer


class Of(StrEnum):
    """Whose figures there are."""

    VIDEO = "video"
    CREATOR = "creator"


@dataclass(frozen=True)
class Range:
    """Some time of a video or a creator, given by row id."""

    subject: int
    since: datetime
    until: datetime


Bucket = tuple[int, datetime]  # the place of its range in the list, and where it begins

_WANTED = {
    Of.VIDEO: "JOIN videos v ON v.id = w.subject",
    Of.CREATOR: "JOIN videos v ON v.creator_id = w.subject",
}
# The ranges, each with its videos, and the rows of each by themselves: there is no better plan, and
# the planner can't know that the ranges are short.
_FROM = """
    FROM unnest(%(subjects)s::bigint[], %(sinces)s::timestamptz[], %(untils)s::timestamptz[])
        WITH ORDINALITY AS w (subject, since, until, nth)
    {videos} CROSS JOIN LATERAL (
        SELECT * FROM {table} r
        WHERE r.video_id = v.id AND r.{at} >= w.since AND r.{at} < w.until {rest} OFFSET 0
    ) r
"""
_BUCKET = "w.nth::integer - 1 AS nth, date_bin(%(length)s, r.{at}, 'epoch') AS at"
# The hash of a viewer is the beginning of a SHA-256: the same in every version of PostgreSQL.
_SHOWINGS = """
    SELECT count(*) AS impressions, count(r.viewed_at) AS views, count(r.watched_at) AS watched,
        coalesce(sum(r.watch_ms), 0)::bigint AS watch_time_ms,
        count(r.watched_at) FILTER (WHERE r.completed) AS full_watches,
        count(*) FILTER (WHERE r.profile_clicked) AS profile_views,
        string_agg(DISTINCT substr(sha256(convert_to(r.viewer, 'UTF8')), 1, 8), ''::bytea)
            FILTER (WHERE r.watched_at IS NOT NULL) AS viewers, {detail},
"""
_DETAIL = {
    Of.VIDEO: f"array_agg(least(r.watch_ms / 1000, {MOST_SECONDS})::integer)"
    " FILTER (WHERE r.watched_at IS NOT NULL) AS seconds,"
    " array_agg(r.source) FILTER (WHERE r.viewed_at IS NOT NULL) AS sources",
    Of.CREATOR: "NULL::integer[] AS seconds, NULL::text[] AS sources",
}
_REACTIONS = {
    "likes": "likes", "comments": "comments", "shares": "shares", "saves": "saves",
}  # fmt: skip
_LIVE = {"comments": "AND r.deleted_at IS NULL"}
_FOLLOWS = """
    SELECT 'followers_gained' AS name, count(*) AS n, {bucket}
    FROM unnest(%(subjects)s::bigint[], %(sinces)s::timestamptz[], %(untils)s::timestamptz[])
        WITH ORDINALITY AS w (subject, since, until, nth)
    JOIN follows r ON r.followed_id = w.subject
        AND r.created_at >= w.since AND r.created_at < w.until
    GROUP BY 3, 4
"""


def count_rows(
    transaction: Connection, of: Of, ranges: Sequence[Range], length: timedelta
) -> dict[Bucket, Tally]:
    """Return what ranges came to, in buckets of a length; nothing where nothing was."""
    if not ranges:
        return {}
    given = {
        "subjects": [one.subject for one in ranges],
        "sinces": [one.since for one in ranges],
        "untils": [one.until for one in ranges],
        "length": length,
    }
    counts: defaultdict[Bucket, Counter[str]] = defaultdict(Counter)
    for row in transaction.execute(_reactions(of), given).fetchall():
        counts[row["nth"], row["at"]][row["name"]] += row["n"]
    found: dict[Bucket, Tally] = {}
    for row in transaction.execute(_showings(of), given, binary=True).fetchall():
        bucket = row.pop("nth"), row.pop("at")
        found[bucket] = Tally(
            viewers=sketches.of_hashes(row.pop("viewers") or b""),
            seconds=Counter(row.pop("seconds") or ()),
            sources=Counter(row.pop("sources") or ()),
            counts={**row, **counts.pop(bucket, {})},
        )
    return {**found, **{bucket: Tally(counts=rest) for bucket, rest in counts.items()}}


def _showings(of: Of) -> str:
    select = _SHOWINGS.format(detail=_DETAIL[of]) + _BUCKET.format(at="shown_at")
    rows = _FROM.format(videos=_WANTED[of], table=SHOWINGS, at="shown_at", rest="")
    return f"{select}{rows}GROUP BY 10, 11"


def _reactions(of: Of) -> str:
    bucket = _BUCKET.format(at="created_at")
    parts = [
        f"SELECT '{name}' AS name, count(*) AS n, {bucket}"
        + _FROM.format(videos=_WANTED[of], table=table, at="created_at", rest=_LIVE.get(name, ""))
        + "GROUP BY 3, 4"
        for name, table in _REACTIONS.items()
    ]
    if of is Of.CREATOR:
        parts.append(_FOLLOWS.format(bucket=bucket))
    return " UNION ALL ".join(parts)

"""SQL of the pages of hashtags and sounds, and of what is trending."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any

from chalicelib.platform.database import Connection
from chalicelib.videos.listing import Position

Row = dict[str, Any]
# Of sounds `o` with their creators `u`.
_SOUND = """
    SELECT o.public_id AS id, o.title, o.duration_ms, o.audio_key, o.id AS row_id,
           u.public_id AS user_id, u.username, u.display_name,
           (SELECT count(*) FROM video_features f WHERE f.sound_id = o.id) AS video_count
    FROM sounds o JOIN users u ON u.id = o.creator_id
    WHERE o.public AND NOT u.hidden AND NOT EXISTS (
        SELECT FROM blocks b WHERE (b.blocker_id, b.blocked_id)
            IN ((%(viewer)s, u.id), (u.id, %(viewer)s))
    ) AND NOT EXISTS (
        SELECT FROM reports r WHERE r.reporter_id = %(viewer)s
            AND r.target_type = 'user' AND r.target_id = u.id
    )
"""
_LISTS = {
    "hashtag": "FROM hashtags h JOIN video_tags t ON t.tag_id = h.id"
    " JOIN video_features f ON f.video_id = t.video_id WHERE h.tag = %(of)s",
    "sound": "FROM sounds s JOIN video_features f ON f.sound_id = s.id"
    " WHERE s.public AND s.public_id = %(of)s",
}
# Views of public videos, worth half as much after each half-life, up to now and up to a window ago.
_RATES = """
    WITH seen AS (
        SELECT p.video_id,
               sum(power(0.5, extract(epoch FROM %(now)s - p.viewed_at) / %(half)s)) AS rate,
               coalesce(sum(power(0.5, extract(epoch FROM %(then)s - p.viewed_at) / %(half)s))
                   FILTER (WHERE p.viewed_at <= %(then)s), 0) AS before
        FROM playbacks p
        WHERE p.viewed_at > %(since)s AND p.viewed_at <= %(now)s AND p.shown_at > %(shown_since)s
        GROUP BY p.video_id
    )
"""
# The same by the hours in which videos were shown, each as if in its middle: days have many views.
# Hours that have changed since they were rolled up are counted from the rows.
_RATES_BY_HOUR = """
    WITH stale AS (
        SELECT DISTINCT video_id, date_bin('1 hour', at, 'epoch') AS at
        FROM rollup_marks WHERE video_id IS NOT NULL AND at > %(since)s
    ), hours AS (
        SELECT r.subject AS video_id, r.at, r.views FROM rollups r
        WHERE r.of = 'video' AND r.grain = 'hour' AND r.at > %(since)s AND r.views > 0
            AND NOT EXISTS (SELECT FROM stale s WHERE s.video_id = r.subject AND s.at = r.at)
        UNION ALL
        SELECT s.video_id, s.at, p.views FROM stale s CROSS JOIN LATERAL (
            SELECT count(viewed_at) AS views FROM playbacks p WHERE p.video_id = s.video_id
                AND p.shown_at >= s.at AND p.shown_at < s.at + interval '1 hour'
        ) p WHERE p.views > 0
    ), middles AS (
        SELECT video_id, views, least(at + interval '30 minutes', %(now)s) AS at FROM hours
    ), seen AS (
        SELECT video_id,
               sum(views * power(0.5, extract(epoch FROM %(now)s - at) / %(half)s)) AS rate,
               coalesce(sum(views * power(0.5, extract(epoch FROM %(then)s - at) / %(half)s))
                   FILTER (WHERE at <= %(then)s), 0) AS before
        FROM middles GROUP BY video_id
    )
"""
_TRENDS = {
    "hashtags": "SELECT t.tag_id AS row_id, sum(s.rate) AS rate, sum(s.before) AS before"
    " FROM seen s JOIN video_tags t USING (video_id) GROUP BY t.tag_id",
    "sounds": "SELECT f.sound_id AS row_id, sum(s.rate) AS rate, sum(s.before) AS before"
    " FROM seen s JOIN video_features f USING (video_id) WHERE f.sound_id <> 0"
    " GROUP BY f.sound_id",
}
BY_HOUR_FROM = timedelta(hours=24)
LONGEST_WAIT = timedelta(days=1)  # between being shown and being reported


def find_hashtags(
    transaction: Connection, *, tag: str | None = None, row_ids: Sequence[int] = ()
) -> list[Row]:
    """Return hashtags that are on public videos, with what they are on, by name or by row id."""
    return transaction.execute(
        "SELECT h.id AS row_id, h.tag, count(*) AS video_count,"
        " coalesce(sum(s.views), 0)::bigint AS view_count FROM hashtags h"
        " JOIN video_tags t ON t.tag_id = h.id JOIN video_stats s ON s.video_id = t.video_id"
        " WHERE h.tag = %s OR h.id = ANY (%s) GROUP BY h.id",
        (tag, list(row_ids)),
    ).fetchall()


def find_sounds(
    transaction: Connection,
    viewer: int | None,
    *,
    public_id: str | None = None,
    row_ids: Sequence[int] = (),
) -> list[Row]:
    """Return public sounds that a viewer may know of, by public or by row id."""
    return transaction.execute(
        _SOUND + " AND (o.public_id = %(id)s OR o.id = ANY (%(ids)s))",
        {"viewer": viewer, "id": public_id, "ids": list(row_ids)},
    ).fetchall()


def list_videos(
    transaction: Connection, kind: str, of: str, before: Position | None, limit: int
) -> dict[int, Position]:
    """Return the public videos of a `hashtag` or a `sound`, the newest first, with positions."""
    at, row_id = before or (None, None)
    rows = transaction.execute(
        f"SELECT f.video_id, f.published_at {_LISTS[kind]}"
        " AND (%(at)s::timestamptz IS NULL OR (f.published_at, f.video_id) < (%(at)s, %(row)s))"
        " ORDER BY f.published_at DESC, f.video_id DESC LIMIT %(limit)s",
        {"of": of, "at": at, "row": row_id, "limit": limit},
    ).fetchall()
    return {row["video_id"]: (row["published_at"], row["video_id"]) for row in rows}


def read_rates(
    transaction: Connection, kind: str, *, now: datetime, window: timedelta, half_life: timedelta
) -> list[Row]:
    """Return how much `hashtags` or `sounds` are watched now, and were a window ago."""
    seen = _RATES if window < BY_HOUR_FROM else _RATES_BY_HOUR
    return transaction.execute(
        seen + _TRENDS[kind],
        {
            "now": now, "then": now - window, "since": now - 2 * window,
            "shown_since": now - 2 * window - LONGEST_WAIT, "half": half_life.total_seconds(),
        },
    ).fetchall()  # fmt: skip

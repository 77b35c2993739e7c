"""SQL of making again, from the logs of what happened, the rows that figures are counted from."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from psycopg import sql

from chalicelib.engagement.models import VIEW_MS, WATCHING, EventType, Pair
from chalicelib.feed.reward import WHOLE
from chalicelib.platform.database import Connection

# What a showing came to is a function of its events, however often and in what order they came.
_MADE = """
    SELECT impression_id, shown_at, min(video_id) AS video_id, min(viewer) AS viewer,
        min(source) AS source, max(watch_ms)::bigint AS watch_ms,
        bool_or(duration_ms > 0 AND watch_ms >= %(whole)s * duration_ms) AS completed,
        bool_or(type = %(profile_click)s) AS profile_clicked,
        min(received_at) FILTER (WHERE type = ANY (%(watching)s) AND duration_ms > 0
            AND watch_ms >= least(%(view_ms)s, duration_ms)) AS watched_at
    FROM analytics_events WHERE shown_at >= %(since)s AND shown_at < %(until)s
    GROUP BY impression_id, shown_at
"""
_CHANGED = """
    (p.watch_ms, p.completed, p.profile_clicked, p.watched_at)
    IS DISTINCT FROM (m.watch_ms, m.completed, m.profile_clicked, m.watched_at)
"""
_CORRECT = f"""
    WITH m AS ({_MADE}) UPDATE playbacks p SET watch_ms = m.watch_ms, completed = m.completed,
        profile_clicked = m.profile_clicked, watched_at = m.watched_at,
        viewed_at = CASE WHEN p.watched_at IS NOT DISTINCT FROM m.watched_at THEN p.viewed_at END
    FROM m WHERE p.impression_id = m.impression_id AND p.shown_at = m.shown_at AND {_CHANGED}
"""  # noqa: S608 - constants
_ADD = f"""
    INSERT INTO playbacks AS p (impression_id, shown_at, video_id, viewer, source, watch_ms,
        completed, profile_clicked, watched_at) {_MADE}
    ON CONFLICT (impression_id, shown_at) DO UPDATE SET
        watch_ms = greatest(p.watch_ms, excluded.watch_ms),
        completed = p.completed OR excluded.completed,
        profile_clicked = p.profile_clicked OR excluded.profile_clicked,
        watched_at = least(p.watched_at, excluded.watched_at)
    WHERE (p.watch_ms, p.completed, p.profile_clicked, p.watched_at) IS DISTINCT FROM (
        greatest(p.watch_ms, excluded.watch_ms), p.completed OR excluded.completed,
        p.profile_clicked OR excluded.profile_clicked, least(p.watched_at, excluded.watched_at))
"""
_RULES = {
    "whole": WHOLE, "view_ms": VIEW_MS, "profile_click": EventType.PROFILE_CLICK,
    "watching": sorted(WATCHING),
}  # fmt: skip


@dataclass(frozen=True)
class Log:
    """A log: its table, and the column it is read along."""

    table: str
    at: str


WATCHING_LOG = Log("analytics_events", "shown_at")
TOGGLES_LOG = Log("event_log", "at")


@dataclass(frozen=True)
class Toggle:
    """Rows that come and go: their table, its key, and their type in the log."""

    table: str
    who: str
    whom: str
    type: str
    logged_whom: str


TOGGLES = (
    Toggle("likes", "user_id", "video_id", "like", "video_id"),
    Toggle("saves", "user_id", "video_id", "save", "video_id"),
    Toggle("follows", "follower_id", "followed_id", "follow", "followed_id"),
)


def begin(transaction: Connection) -> None:
    """Let what is made again in this transaction not be logged anew."""
    transaction.execute("SELECT set_config('clipwave.replaying', 'on', true)")


def find_end(
    transaction: Connection, log: Log, since: datetime, until: datetime, most: int
) -> datetime:
    """Return until when there are at most so many entries of a log, from a moment on."""
    row = transaction.execute(
        sql.SQL(
            "SELECT greatest({at}, %s::timestamptz + interval '1 microsecond') AS at FROM {log}"
            " WHERE {at} >= %s AND {at} < %s ORDER BY {at} OFFSET %s LIMIT 1"
        ).format(at=sql.Identifier(log.at), log=sql.Identifier(log.table)),
        (since, since, until, most),
    ).fetchone()
    return row["at"] if row else until


def find_pairs(transaction: Connection, since: datetime, until: datetime) -> list[Pair]:
    """Return the videos and viewers of showings in some time, in order."""
    rows = transaction.execute(
        "SELECT video_id, viewer FROM analytics_events WHERE shown_at >= %(since)s"
        " AND shown_at < %(until)s UNION SELECT video_id, viewer FROM playbacks"
        " WHERE shown_at >= %(since)s AND shown_at < %(until)s ORDER BY 1, 2",
        {"since": since, "until": until},
    ).fetchall()
    return [(row["video_id"], row["viewer"]) for row in rows]


def rebuild_playbacks(transaction: Connection, since: datetime, until: datetime) -> int:
    """Make the showings of some time again. Returns how many were others before.

    Their rows are locked first: events that come in meanwhile are added to what is made here. A
    showing whose row isn't there yet takes the most that is known, as those that add events do.
    """
    given = {**_RULES, "since": since, "until": until}
    transaction.execute(
        "SELECT ensure_monthly_partitions('playbacks', (%s AT TIME ZONE 'UTC')::date)", (since,)
    )
    transaction.execute(
        "SELECT FROM playbacks WHERE shown_at >= %(since)s AND shown_at < %(until)s"
        " ORDER BY impression_id FOR UPDATE",
        given,
    )
    gone = transaction.execute(
        "DELETE FROM playbacks p WHERE shown_at >= %(since)s AND shown_at < %(until)s"
        " AND NOT EXISTS (SELECT FROM analytics_events e WHERE e.impression_id = p.impression_id"
        "  AND e.shown_at = p.shown_at)",
        given,
    ).rowcount
    changed = transaction.execute(_CORRECT, given).rowcount
    new = transaction.execute(_ADD, given).rowcount
    return gone + changed + new


def rebuild_toggles(
    transaction: Connection, toggle: Toggle, since: datetime, until: datetime
) -> int:
    """Let rows be there, or not, as was logged last of whatever was logged in some time.

    Nobody changes them meanwhile. Returns how many were wrong.
    """
    names = {
        "table": sql.Identifier(toggle.table), "who": sql.Identifier(toggle.who),
        "whom": sql.Identifier(toggle.whom), "logged": sql.Identifier(toggle.logged_whom),
    }  # fmt: skip
    transaction.execute(
        sql.SQL("LOCK TABLE {table} IN SHARE ROW EXCLUSIVE MODE").format(table=names["table"])
    )
    last = (
        "WITH touched AS (SELECT DISTINCT user_id, {logged} AS whom FROM event_log"
        "  WHERE type = ANY (%(types)s) AND at >= %(since)s AND at < %(until)s),"
        " last AS (SELECT t.user_id, t.whom, l.type, l.created_at FROM touched t"
        "  CROSS JOIN LATERAL (SELECT type, created_at FROM event_log e"
        "   WHERE e.user_id = t.user_id AND e.{logged} = t.whom AND e.type = ANY (%(types)s)"
        "   ORDER BY e.id DESC LIMIT 1) l) "
    )
    given = {
        "types": [toggle.type, f"un{toggle.type}"], "on": toggle.type, "since": since,
        "until": until,
    }  # fmt: skip
    statements: Sequence[str] = (
        "DELETE FROM {table} t USING last l WHERE t.{who} = l.user_id AND t.{whom} = l.whom"
        " AND l.type <> %(on)s",
        "INSERT INTO {table} AS t ({who}, {whom}, created_at)"
        " SELECT user_id, whom, created_at FROM last WHERE type = %(on)s"
        " ON CONFLICT ({who}, {whom}) DO UPDATE SET created_at = excluded.created_at"
        " WHERE t.created_at <> excluded.created_at",
    )
    return sum(
        transaction.execute(sql.SQL(last + one).format(**names), given).rowcount
        for one in statements
    )


def mark_everything(transaction: Connection, since: datetime, until: datetime) -> int:
    """Have everything of some time rolled up anew, also rollups of which no row is left.

    Returns how many buckets.
    """
    return transaction.execute(
        """
        INSERT INTO rollup_marks (creator_id, video_id, at)
        SELECT DISTINCT v.creator_id, v.id, quarter_of(happened.at) FROM (
            SELECT video_id, shown_at AS at FROM playbacks
            WHERE shown_at >= %(since)s AND shown_at < %(until)s
            UNION ALL SELECT video_id, created_at FROM likes
            UNION ALL SELECT video_id, created_at FROM saves
            UNION ALL SELECT video_id, created_at FROM shares
            UNION ALL SELECT video_id, created_at FROM comments
            UNION ALL SELECT subject, at FROM rollups WHERE of = 'video' AND grain = 'hour'
        ) happened JOIN videos v ON v.id = happened.video_id
        WHERE happened.at >= %(since)s AND happened.at < %(until)s
        UNION
        SELECT creator, NULL, quarter_of(at) FROM (
            SELECT followed_id AS creator, created_at AS at FROM follows
            UNION ALL SELECT subject, at FROM rollups WHERE of = 'creator' AND grain = 'quarter'
        ) gained WHERE at >= %(since)s AND at < %(until)s
        """,
        {"since": since, "until": until},
    ).rowcount

"""SQL of what a taste is made of: a viewer's events, and a number that changes with them."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from chalicelib.feed.reward import LIKED, NOT_INTERESTED, USUAL_QUANTILE
from chalicelib.platform.database import Connection, columns

EVENTS = 200
LIKED_UNSEEN = USUAL_QUANTILE + LIKED


@dataclass(frozen=True)
class TasteState:
    """What a taste is up to.

    Parameters
    ----------
    version: the number of changes to what it is made of.
    heard_at: up to when events were received that are in; None before the first.
    reset_at: from when on they count.
    paused: whether nothing is to be added.
    """

    version: int
    heard_at: datetime | None
    reset_at: datetime | None
    paused: bool


def read_state(transaction: Connection, user_row_id: int) -> TasteState:
    """Return how far somebody's taste is."""
    row = transaction.execute(
        "SELECT coalesce(t.version, 0) AS version, t.heard_at, t.reset_at,"
        " u.history_paused AS paused"
        " FROM users u LEFT JOIN user_tastes t ON t.user_id = u.id WHERE u.id = %s",
        (user_row_id,),
    ).fetchone()
    return TasteState(**row) if row else TasteState(0, None, None, paused=True)


def hold(transaction: Connection, user_row_id: int) -> None:
    """Let only one transaction at a time change what somebody's taste is made of."""
    transaction.execute(
        "SELECT pg_advisory_xact_lock(hashtextextended('taste ' || %s::text, 0))", (user_row_id,)
    )


def advance(
    transaction: Connection,
    user_row_id: int,
    *,
    now: datetime | None = None,
    starts_over: bool = False,
) -> int:
    """Count a change and lock the taste. Returns the number.

    With `now`, nothing that was reported before has to be waited for; with `starts_over` it counts
    no more.
    """
    row = transaction.execute(
        "INSERT INTO user_tastes AS t (user_id, version, heard_at, reset_at)"
        " VALUES (%(user)s, 1, %(now)s, %(reset)s)"
        " ON CONFLICT (user_id) DO UPDATE SET version = t.version + 1,"
        " heard_at = greatest(t.heard_at, excluded.heard_at),"
        " reset_at = coalesce(excluded.reset_at, t.reset_at) RETURNING version",
        {"user": user_row_id, "now": now, "reset": now if starts_over else None},
    ).fetchone()
    assert row is not None  # noqa: S101 - an upsert gives a row
    return int(row["version"])


def advance_all(transaction: Connection, heard: Mapping[int, datetime]) -> dict[int, int]:
    """Count a change of each taste, and lock them in the order of ids.

    Returns the numbers by user; `heard` says until when what was received is in.
    """
    rows = transaction.execute(
        "INSERT INTO user_tastes AS t (user_id, version, heard_at)"
        " SELECT user_id, 1, heard_at FROM unnest(%s::bigint[], %s::timestamptz[])"
        " AS h (user_id, heard_at) ON CONFLICT (user_id) DO UPDATE SET version = t.version + 1,"
        " heard_at = greatest(t.heard_at, excluded.heard_at) RETURNING user_id, version",
        columns(sorted(heard.items()), 2),
    ).fetchall()
    return {row["user_id"]: row["version"] for row in rows}


def read_events(transaction: Connection, user_row_id: int) -> Sequence[dict[str, Any]]:
    """Return a viewer's last events in order of time: impression, video, reward, moment.

    Videos that were liked or refused without having been watched here are events without an
    impression.
    """
    rows = transaction.execute(
        "WITH since AS (SELECT coalesce((SELECT reset_at FROM user_tastes"
        "  WHERE user_id = %(user)s), '-infinity') AS at),"
        " viewed AS (SELECT h.impression_id, h.video_id, h.reward, h.created_at"
        "  FROM watch_history h, since WHERE h.user_id = %(user)s AND h.reward IS NOT NULL"
        "  AND h.created_at >= since.at ORDER BY h.created_at DESC LIMIT %(events)s),"
        " liked AS (SELECT l.video_id, %(liked)s AS reward, l.created_at FROM likes l, since"
        "  WHERE l.user_id = %(user)s AND l.created_at >= since.at"
        "  ORDER BY l.created_at DESC LIMIT %(events)s),"
        " refused AS (SELECT n.value::bigint AS video_id, %(refused)s AS reward, n.created_at"
        "  FROM not_interested n, since WHERE n.user_id = %(user)s AND n.scope = 'video'"
        "  AND n.created_at >= since.at ORDER BY n.created_at DESC LIMIT %(events)s),"
        " unseen AS (SELECT * FROM refused UNION ALL SELECT * FROM liked"
        "  WHERE liked.video_id NOT IN (SELECT video_id FROM refused))"
        " SELECT * FROM viewed UNION ALL SELECT NULL, unseen.* FROM unseen WHERE NOT EXISTS ("
        "  SELECT FROM watch_history h WHERE h.user_id = %(user)s"
        "  AND h.video_id = unseen.video_id AND h.reward IS NOT NULL)"
        " ORDER BY created_at DESC LIMIT %(events)s",
        {
            "user": user_row_id, "events": EVENTS, "liked": LIKED_UNSEEN,
            "refused": NOT_INTERESTED,
        },
    ).fetchall()  # fmt: skip
    return rows[::-1]


def key_of_unseen(video_row_id: int) -> int:
    """Return the number by which a taste knows a video that was never watched here."""
    return -video_row_id

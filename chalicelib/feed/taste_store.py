"""SQL of what a taste is made of: a viewer's events, and a number that changes with them."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from chalicelib.feed.reward import LIKED, NOT_INTERESTED, USUAL_QUANTILE
from chalicelib.platform.database import Connection

EVENTS = 200
LIKED_UNSEEN = USUAL_QUANTILE + LIKED


def read_version(transaction: Connection, user_row_id: int) -> int:
    """Return the number of changes to what somebody's taste is made of."""
    row = transaction.execute(
        "SELECT version FROM user_tastes WHERE user_id = %s", (user_row_id,)
    ).fetchone()
    return int(row["version"]) if row else 0


def hold(transaction: Connection, user_row_id: int) -> None:
    """Let only one transaction at a time change what somebody's taste is made of."""
    transaction.execute(
        "SELECT pg_advisory_xact_lock(hashtextextended('taste ' || %s::text, 0))", (user_row_id,)
    )


def advance(transaction: Connection, user_row_id: int, reset_at: datetime | None = None) -> int:
    """Count a change; the taste must be held. Returns the number.

    With `reset_at` what was watched before it counts no more.
    """
    row = transaction.execute(
        "INSERT INTO user_tastes (user_id, version, reset_at) VALUES (%(user)s, 1, %(reset)s)"
        " ON CONFLICT (user_id) DO UPDATE SET version = user_tastes.version + 1,"
        " reset_at = coalesce(excluded.reset_at, user_tastes.reset_at) RETURNING version",
        {"user": user_row_id, "reset": reset_at},
    ).fetchone()
    assert row is not None  # noqa: S101 - an upsert gives a row
    return int(row["version"])


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

"""SQL of how people stand to each other."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from chalicelib.accounts.models import Acquaintance, Relationship, UserRef
from chalicelib.platform.database import Connection


def find_relationship(transaction: Connection, row_id: int, other: int) -> Relationship:
    """Return how two people stand to each other, seen by the first."""
    row = transaction.execute(
        "SELECT EXISTS (SELECT FROM follows WHERE follower_id = %(me)s AND followed_id = %(other)s)"
        " AS following,"
        " EXISTS (SELECT FROM follows WHERE follower_id = %(other)s AND followed_id = %(me)s)"
        " AS followed_by,"
        " EXISTS (SELECT FROM blocks WHERE blocker_id = %(me)s AND blocked_id = %(other)s)"
        " AS blocking,"
        " EXISTS (SELECT FROM blocks WHERE blocker_id = %(other)s AND blocked_id = %(me)s)"
        " AS blocked_by,"
        " EXISTS (SELECT FROM reports WHERE reporter_id = %(me)s AND target_type = 'user'"
        " AND target_id = %(other)s) AS reported",
        {"me": row_id, "other": other},
    ).fetchone()
    assert row is not None  # noqa: S101 - a SELECT without FROM gives a row
    return Relationship(**row)


def lock_pair(transaction: Connection, one: int, other: int) -> None:
    """Let only one transaction at a time change how two people stand to each other."""
    transaction.execute(
        "SELECT pg_advisory_xact_lock(hashtextextended(format('people %%s %%s', least(%(one)s,"
        " %(other)s), greatest(%(one)s, %(other)s)), 0))",
        {"one": one, "other": other},
    )


def set_follow(
    transaction: Connection, follower: int, followed: int, *, following: bool, now: datetime
) -> bool:
    """Follow somebody or stop it; both counts change with the row, in the order of ids.

    Returns whether that changed anything.
    """
    if following:
        changed = transaction.execute(
            "INSERT INTO follows (follower_id, followed_id, created_at) VALUES (%s, %s, %s)"
            " ON CONFLICT DO NOTHING",
            (follower, followed, now),
        ).rowcount
    else:
        changed = -transaction.execute(
            "DELETE FROM follows WHERE follower_id = %s AND followed_id = %s",
            (follower, followed),
        ).rowcount
    if changed:
        transaction.execute(
            "SELECT FROM user_stats WHERE user_id = ANY(%s) ORDER BY user_id FOR UPDATE",
            ([follower, followed],),
        )
        transaction.execute(
            "UPDATE user_stats SET"
            " following = following + CASE WHEN user_id = %(from)s THEN %(step)s ELSE 0 END,"
            " followers = followers + CASE WHEN user_id = %(to)s THEN %(step)s ELSE 0 END"
            " WHERE user_id IN (%(from)s, %(to)s)",
            {"from": follower, "to": followed, "step": changed},
        )
    return bool(changed)


def set_block(
    transaction: Connection, blocker: int, blocked: int, *, blocking: bool, now: datetime
) -> None:
    """Block somebody or stop it."""
    if blocking:
        transaction.execute(
            "INSERT INTO blocks (blocker_id, blocked_id, created_at) VALUES (%s, %s, %s)"
            " ON CONFLICT DO NOTHING",
            (blocker, blocked, now),
        )
    else:
        transaction.execute(
            "DELETE FROM blocks WHERE blocker_id = %s AND blocked_id = %s", (blocker, blocked)
        )


_UNBLOCKED = """
    NOT EXISTS (
        SELECT FROM blocks b WHERE (b.blocker_id, b.blocked_id)
            IN ((%(viewer)s, u.id), (u.id, %(viewer)s))
    )
"""
_LISTS = {
    "followers": "FROM follows r JOIN users u ON u.id = r.follower_id"
    f" WHERE r.followed_id = %(person)s AND NOT u.hidden AND {_UNBLOCKED}",
    "following": "FROM follows r JOIN users u ON u.id = r.followed_id"
    f" WHERE r.follower_id = %(person)s AND NOT u.hidden AND {_UNBLOCKED}",
    "blocks": "FROM blocks r JOIN users u ON u.id = r.blocked_id WHERE r.blocker_id = %(person)s",
}


def list_people(
    transaction: Connection,
    kind: str,
    row_id: int,
    *,
    viewer: int | None,
    before: Sequence[Any] | None,
    limit: int,
) -> list[Acquaintance]:
    """Return a person's followers, whom they follow, or whom they block, the newest first.

    `viewer` is the row id of who reads; those that one of the two has blocked are left out.
    """
    at, row = before or (None, None)
    rows = transaction.execute(
        "SELECT u.public_id AS id, u.username, u.display_name, u.id AS row_id,"
        f" r.created_at AS since {_LISTS[kind]}"  # constants of this module
        " AND (%(at)s::timestamptz IS NULL OR (r.created_at, u.id) < (%(at)s, %(row)s))"
        " ORDER BY r.created_at DESC, u.id DESC LIMIT %(limit)s",
        {"person": row_id, "viewer": viewer, "at": at, "row": row, "limit": limit},
    ).fetchall()
    return [
        Acquaintance(
            UserRef(row["id"], row["username"], row["display_name"]), row["row_id"], row["since"]
        )
        for row in rows
    ]

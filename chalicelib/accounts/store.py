"""All SQL about people and sessions."""

from datetime import datetime
from typing import Any

import psycopg

from chalicelib.accounts.models import NewUser, Relationship, Role, User
from chalicelib.platform import ids
from chalicelib.platform.database import Connection

_USER = """
    SELECT u.id AS row_id, u.public_id AS id, u.username, u.display_name, u.role::text AS role,
           u.birth_date, u.created_at, u.email, u.country, u.language, u.bio, u.interests,
           u.history_paused, u.hidden_keywords, s.followers AS follower_count,
           s.following AS following_count, s.videos AS video_count,
           s.received_likes AS received_like_count
    FROM users u JOIN user_stats s ON s.user_id = u.id
"""


def insert_user(transaction: Connection, new: NewUser) -> User | None:
    """Create a person and their counts, or return None when the name is taken."""
    row = transaction.execute(
        "INSERT INTO users (public_id, username, username_key, display_name, email, password_hash,"
        " birth_date, country, language, interests)"
        " VALUES (%s, %s, %s, %s, %s, %s, %s, %s, %s, %s)"
        " ON CONFLICT (username_key) DO NOTHING RETURNING id",
        (
            ids.public_id(), new.username, fold(new.username), new.display_name, new.email,
            new.password_hash, new.birth_date, new.country, new.language, list(new.interests),
        ),
    ).fetchone()  # fmt: skip
    if row is None:
        return None
    transaction.execute("INSERT INTO user_stats (user_id) VALUES (%s)", (row["id"],))
    return find_user(transaction, row["id"])


def find_user(transaction: Connection, row_id: int) -> User | None:
    """Return one person."""
    return _one(transaction.execute(_USER + "WHERE u.id = %s", (row_id,)))


def find_credentials(transaction: Connection, username: str) -> tuple[int, str] | None:
    """Return row id and password hash of a name, however it is typed."""
    row = transaction.execute(
        "SELECT id, password_hash FROM users WHERE username_key = %s", (fold(username),)
    ).fetchone()
    return None if row is None else (row["id"], row["password_hash"])


def update_password_hash(transaction: Connection, row_id: int, password_hash: str) -> None:
    """Store a new hash of the same password."""
    transaction.execute(
        "UPDATE users SET password_hash = %s WHERE id = %s", (password_hash, row_id)
    )


def raise_to_creator(transaction: Connection, row_id: int) -> None:
    """Make a plain user a creator; creators and staff stay what they are."""
    transaction.execute(
        "UPDATE users SET role = 'creator' WHERE id = %s AND role = 'user'", (row_id,)
    )


def insert_session(
    transaction: Connection, token_hash: bytes, row_id: int, now: datetime, expires_at: datetime
) -> None:
    """Keep a session by the hash of its token."""
    transaction.execute(
        "INSERT INTO sessions (token_hash, public_id, user_id, created_at, expires_at)"
        " VALUES (%s, %s, %s, %s, %s)",
        (token_hash, ids.public_id(), row_id, now, expires_at),
    )


def find_session(
    transaction: Connection, token_hash: bytes, now: datetime
) -> dict[str, Any] | None:
    """Return a living session with its person's public id and role."""
    return transaction.execute(
        "SELECT s.user_id, u.public_id, u.role::text AS role, s.created_at, s.expires_at"
        " FROM sessions s JOIN users u ON u.id = s.user_id"
        " WHERE s.token_hash = %s AND s.expires_at > %s",
        (token_hash, now),
    ).fetchone()


def extend_session(transaction: Connection, token_hash: bytes, expires_at: datetime) -> None:
    """Move a session's end."""
    transaction.execute(
        "UPDATE sessions SET expires_at = %s WHERE token_hash = %s", (expires_at, token_hash)
    )


def delete_session(transaction: Connection, token_hash: bytes) -> None:
    """End a session."""
    transaction.execute("DELETE FROM sessions WHERE token_hash = %s", (token_hash,))


def find_person(transaction: Connection, name: str) -> User | None:
    """Return the person of a public id, or of a name with an @ before it."""
    if name.startswith("@"):
        return _one(transaction.execute(_USER + "WHERE u.username_key = %s", (fold(name[1:]),)))
    return _one(transaction.execute(_USER + "WHERE u.public_id = %s", (name,)))


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
        " AS blocked_by",
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
) -> None:
    """Follow somebody or stop it; both counts change with the row, in the order of ids."""
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


def fold(username: str) -> str:
    """Return the form under which a name is unique; names are ASCII, so lower case is enough."""
    return username.lower()


def _one(cursor: psycopg.Cursor[dict[str, Any]]) -> User | None:
    row = cursor.fetchone()
    if row is None:
        return None
    return User(**{**row, "role": Role(row["role"])})

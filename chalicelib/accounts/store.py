"""All SQL about people and sessions."""

from datetime import datetime
from typing import Any

import psycopg

from chalicelib.accounts.models import NewUser, Role, User
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


def fold(username: str) -> str:
    """Return the form under which a name is unique; names are ASCII, so lower case is enough."""
    return username.lower()


def _one(cursor: psycopg.Cursor[dict[str, Any]]) -> User | None:
    row = cursor.fetchone()
    if row is None:
        return None
    return User(**{**row, "role": Role(row["role"])})

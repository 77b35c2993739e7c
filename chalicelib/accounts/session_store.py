"""SQL of sessions."""

from datetime import datetime
from typing import Any

from chalicelib.accounts.models import OpenSession
from chalicelib.platform import ids
from chalicelib.platform.database import Connection


def insert_session(
    transaction: Connection,
    token_hash: bytes,
    row_id: int,
    *,
    client: str,
    now: datetime,
    expires_at: datetime,
) -> None:
    """Keep a session by the hash of its token."""
    transaction.execute(
        "INSERT INTO sessions (token_hash, public_id, user_id, client, created_at, used_at,"
        " expires_at) VALUES (%s, %s, %s, %s, %s, %s, %s)",
        (token_hash, ids.public_id(), row_id, client, now, now, expires_at),
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


def extend_session(
    transaction: Connection, token_hash: bytes, expires_at: datetime, now: datetime
) -> None:
    """Move a session's end."""
    transaction.execute(
        "UPDATE sessions SET expires_at = %s, used_at = %s WHERE token_hash = %s",
        (expires_at, now, token_hash),
    )


def delete_session(transaction: Connection, token_hash: bytes) -> None:
    """End a session."""
    transaction.execute("DELETE FROM sessions WHERE token_hash = %s", (token_hash,))


def delete_own_session(transaction: Connection, row_id: int, public_id: str) -> bytes | None:
    """End one of somebody's sessions and return its token's hash."""
    row = transaction.execute(
        "DELETE FROM sessions WHERE user_id = %s AND public_id = %s RETURNING token_hash",
        (row_id, public_id),
    ).fetchone()
    return bytes(row["token_hash"]) if row else None


def delete_sessions(transaction: Connection, row_id: int, *, but: bytes = b"") -> list[bytes]:
    """End somebody's sessions, one of them excepted, and return their tokens' hashes."""
    rows = transaction.execute(
        "DELETE FROM sessions WHERE user_id = %s AND token_hash <> %s RETURNING token_hash",
        (row_id, but),
    ).fetchall()
    return [bytes(row["token_hash"]) for row in rows]


def list_sessions(
    transaction: Connection, row_id: int, current: bytes, now: datetime
) -> list[OpenSession]:
    """Return somebody's living sessions, the one used last first."""
    rows = transaction.execute(
        "SELECT public_id AS id, client, created_at, coalesce(used_at, created_at) AS used_at,"
        " expires_at, token_hash = %s AS current FROM sessions"
        " WHERE user_id = %s AND expires_at > %s ORDER BY 4 DESC, 1",
        (current, row_id, now),
    ).fetchall()
    return [OpenSession(**row) for row in rows]

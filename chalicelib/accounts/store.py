"""SQL of people: who they are, and whether they may sign in."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

import psycopg
from psycopg import sql

from chalicelib.accounts.models import Account, NewUser, Role, User
from chalicelib.platform import ids
from chalicelib.platform.database import Connection

_USER = """
    SELECT u.id AS row_id, u.public_id AS id, u.username, u.display_name, u.role::text AS role,
           u.birth_date, u.created_at, u.version, u.hidden, u.email, u.country,
           u.language, u.bio, u.interests, u.history_paused, u.hidden_keywords,
           s.followers AS follower_count, s.following AS following_count, s.videos AS video_count,
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


def hold_account(transaction: Connection, row_id: int) -> Account | None:
    """Return an account and let nobody change it, or begin a session, until the commit."""
    row = transaction.execute(
        "SELECT id AS row_id, public_id AS id, username, role::text AS role, password_hash,"
        " banned_at, banned_until, ban_reason, deleted_at, purge_at, purged_at"
        " FROM users WHERE id = %s FOR NO KEY UPDATE",
        (row_id,),
    ).fetchone()
    return Account(**{**row, "role": Role(row["role"])}) if row else None


def set_role(transaction: Connection, row_id: int, role: Role) -> None:
    """Make somebody something else."""
    transaction.execute("UPDATE users SET role = %s::user_role WHERE id = %s", (role, row_id))


def hold_admins(transaction: Connection) -> list[int]:
    """Return the administrators who can sign in, and let nobody change them until the commit."""
    rows = transaction.execute(
        "SELECT id FROM users WHERE role = 'admin' AND NOT hidden ORDER BY id FOR NO KEY UPDATE"
    ).fetchall()
    return [row["id"] for row in rows]


def set_ban(
    transaction: Connection,
    row_id: int,
    *,
    at: datetime | None,
    until: datetime | None = None,
    reason: str | None = None,
    by: int | None = None,
) -> None:
    """Ban somebody, or with no moment take the ban back; hidden as long as banned or leaving."""
    transaction.execute(
        "UPDATE users SET banned_at = %(at)s, banned_until = %(until)s, ban_reason = %(reason)s,"
        " banned_by = %(by)s, hidden = %(at)s::timestamptz IS NOT NULL OR deleted_at IS NOT NULL"
        " WHERE id = %(id)s",
        {"at": at, "until": until, "reason": reason, "by": by, "id": row_id},
    )


def find_ended_bans(transaction: Connection, now: datetime, limit: int) -> list[int]:
    """Return whose ban is over."""
    rows = transaction.execute(
        "SELECT id FROM users WHERE banned_until <= %s ORDER BY id LIMIT %s"
        " FOR NO KEY UPDATE SKIP LOCKED",
        (now, limit),
    ).fetchall()
    return [row["id"] for row in rows]


def set_leaving(
    transaction: Connection, row_id: int, *, at: datetime | None, purge_at: datetime | None
) -> None:
    """Let somebody leave, or with no moment come back."""
    transaction.execute(
        "UPDATE users SET deleted_at = %(at)s, purge_at = %(purge_at)s,"
        " hidden = %(at)s::timestamptz IS NOT NULL OR banned_at IS NOT NULL WHERE id = %(id)s",
        {"at": at, "purge_at": purge_at, "id": row_id},
    )


def edit_profile(
    transaction: Connection, row_id: int, version: int, changes: Mapping[str, Any]
) -> bool:
    """Change a profile of this version; `changes` by column. Returns whether it still was."""
    columns = [
        sql.SQL("{} = {}").format(sql.Identifier(name), sql.Placeholder(name)) for name in changes
    ]
    statement = sql.SQL(
        "UPDATE users SET {} WHERE id = %(row_id)s AND version = %(old_version)s"
    ).format(sql.SQL(", ").join([sql.SQL("version = version + 1"), *columns]))
    values = {**changes, "row_id": row_id, "old_version": version}
    return transaction.execute(statement, values).rowcount == 1


def note_pause(transaction: Connection, row_id: int, now: datetime, *, paused: bool) -> None:
    """Note since when a history is paused, or that it isn't any more.

    What is reported of watching comes in later, and what was so when it was reported counts.
    """
    if paused:
        transaction.execute(
            "INSERT INTO history_pauses (user_id, paused_at) SELECT %(user)s, %(now)s"
            " WHERE NOT EXISTS (SELECT FROM history_pauses"
            "  WHERE user_id = %(user)s AND resumed_at IS NULL) ON CONFLICT DO NOTHING",
            {"user": row_id, "now": now},
        )
    else:
        transaction.execute(
            "UPDATE history_pauses SET resumed_at = %s WHERE user_id = %s AND resumed_at IS NULL",
            (now, row_id),
        )


def find_person(transaction: Connection, name: str) -> User | None:
    """Return the person of a public id, or of a name with an @ before it."""
    if name.startswith("@"):
        return _one(transaction.execute(_USER + "WHERE u.username_key = %s", (fold(name[1:]),)))
    return _one(transaction.execute(_USER + "WHERE u.public_id = %s", (name,)))


def fold(username: str) -> str:
    """Return the form under which a name is unique; names are ASCII, so lower case is enough."""
    return username.lower()


def _one(cursor: psycopg.Cursor[dict[str, Any]]) -> User | None:
    row = cursor.fetchone()
    if row is None:
        return None
    return User(**{**row, "role": Role(row["role"])})

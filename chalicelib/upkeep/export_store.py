"""SQL of exports: their state, and a person's rows of any table."""

from datetime import datetime, timedelta
from typing import Any

from psycopg import sql

from chalicelib.platform.database import Connection
from chalicelib.upkeep.models import Export
from chalicelib.upkeep.personal_data import Holding

# Row ids mean nothing outside; what they stand for has an id of its own.
_NAMED = {"user": "users", "video": "videos", "comment": "comments", "sound": "sounds"}
_KINDS = {
    "user_id": "user", "creator_id": "user", "author_id": "user", "follower_id": "user",
    "followed_id": "user", "blocker_id": "user", "blocked_id": "user", "reporter_id": "user",
    "video_id": "video", "comment_id": "comment", "parent_id": "comment", "sound_id": "sound",
}  # fmt: skip


def hold_person(transaction: Connection, row_id: int) -> None:
    """Let nobody else begin an export of this person until the commit."""
    transaction.execute("SELECT FROM users WHERE id = %s FOR NO KEY UPDATE", (row_id,))


def insert(transaction: Connection, export: Export, row_id: int) -> None:
    """Note an export that is to be made."""
    transaction.execute(
        "INSERT INTO data_exports (public_id, user_id, created_at) VALUES (%s, %s, %s)",
        (export.id, row_id, export.created_at),
    )


def find(transaction: Connection, public_id: str, row_id: int) -> Export | None:
    """Return somebody's export."""
    row = transaction.execute(
        "SELECT public_id AS id, state, created_at FROM data_exports"
        " WHERE public_id = %s AND user_id = %s",
        (public_id, row_id),
    ).fetchone()
    return Export(**row) if row else None


def find_unfinished(transaction: Connection, row_id: int, since: datetime) -> Export | None:
    """Return somebody's export that is on its way since a moment."""
    row = transaction.execute(
        "SELECT public_id AS id, state, created_at FROM data_exports"
        " WHERE user_id = %s AND state IN ('queued', 'running') AND created_at > %s"
        " ORDER BY created_at DESC LIMIT 1",
        (row_id, since),
    ).fetchone()
    return Export(**row) if row else None


def claim(
    transaction: Connection, public_id: str, now: datetime, lease: timedelta
) -> tuple[int, str] | None:
    """Begin an export, and return row and public id of whom it is about. None if it isn't due."""
    row = transaction.execute(
        "UPDATE data_exports e SET state = 'running', started_at = %(now)s FROM users u"
        " WHERE e.public_id = %(id)s AND u.id = e.user_id AND (e.state IN ('queued', 'failed')"
        " OR e.state = 'running' AND e.started_at < %(dead)s) RETURNING u.id, u.public_id",
        {"id": public_id, "now": now, "dead": now - lease},
    ).fetchone()
    return (row["id"], row["public_id"]) if row else None


def end(transaction: Connection, public_id: str, state: str, now: datetime) -> None:
    """Note what came of an export."""
    transaction.execute(
        "UPDATE data_exports SET state = %s, ended_at = %s WHERE public_id = %s",
        (state, now, public_id),
    )


def find_created(transaction: Connection, before: datetime) -> list[str]:
    """Return exports that were asked for before a moment."""
    rows = transaction.execute(
        "SELECT public_id FROM data_exports WHERE created_at < %s ORDER BY created_at", (before,)
    ).fetchall()
    return [row["public_id"] for row in rows]


def delete(transaction: Connection, public_ids: list[str]) -> None:
    """Forget exports."""
    transaction.execute("DELETE FROM data_exports WHERE public_id = ANY (%s)", (public_ids,))


def read_rows(
    transaction: Connection, holding: Holding, row_id: int, user_id: str
) -> list[dict[str, Any]]:
    """Return a person's rows of a table, with public ids for row ids, without what is secret."""
    statement = sql.SQL("SELECT to_jsonb(t) - %s::text[] AS row FROM {} t WHERE {} = %s").format(
        sql.Identifier(holding.table), sql.Identifier(holding.column)
    )
    who = f"u:{user_id}" if holding.by_viewer else row_id
    found = transaction.execute(statement, (list(holding.secret), who)).fetchall()
    rows = [row["row"] for row in found]
    names = {kind: _names(transaction, kind, rows) for kind in _NAMED}
    return [_shown(row, names) for row in rows]


def _names(transaction: Connection, kind: str, rows: list[dict[str, Any]]) -> dict[int, str]:
    wanted = {row[column] for row in rows for column in row if _KINDS.get(column) == kind} - {None}
    if not wanted:
        return {}
    statement = sql.SQL("SELECT id, public_id FROM {} WHERE id = ANY (%s)")
    found = transaction.execute(
        statement.format(sql.Identifier(_NAMED[kind])), (sorted(wanted),)
    ).fetchall()
    return {row["id"]: row["public_id"] for row in found}


def _shown(row: dict[str, Any], names: dict[str, dict[int, str]]) -> dict[str, Any]:
    shown = {
        column: names[_KINDS[column]].get(value) if column in _KINDS else value
        for column, value in row.items()
    }
    if "public_id" in shown:
        shown["id"] = shown.pop("public_id")
    return shown

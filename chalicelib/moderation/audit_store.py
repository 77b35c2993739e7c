"""SQL that reads the audit log; it is written in platform/audit.py."""

from dataclasses import dataclass
from typing import Any

from chalicelib.platform.audit import Entry
from chalicelib.platform.database import Connection

_ENTRY = "SELECT seq, at, actor, action, target, detail, request_id, prev_hash, hash FROM audit_log"


@dataclass(frozen=True)
class Head:
    """Where the chain ends, and up to where it is sealed."""

    seq: int
    hash: bytes
    sealed_seq: int


def read_entries(transaction: Connection, first: int, limit: int) -> list[Entry]:
    """Return entries in order, from a number on."""
    rows = transaction.execute(
        f"{_ENTRY} WHERE seq >= %s ORDER BY seq LIMIT %s", (first, limit)
    ).fetchall()
    return [Entry(**row) for row in rows]


def list_entries(
    transaction: Connection,
    *,
    actor: str | None,
    action: str | None,
    target: str | None,
    before: int | None,
    limit: int,
) -> list[Entry]:
    """Return entries, the last first, of an actor, an action or a target."""
    rows = transaction.execute(
        f"{_ENTRY} WHERE (%(actor)s::text IS NULL OR actor = %(actor)s)"
        " AND (%(action)s::text IS NULL OR action = %(action)s)"
        " AND (%(target)s::text IS NULL OR target = %(target)s)"
        " AND (%(before)s::bigint IS NULL OR seq < %(before)s) ORDER BY seq DESC LIMIT %(limit)s",
        {"actor": actor, "action": action, "target": target, "before": before, "limit": limit},
    ).fetchall()
    return [Entry(**row) for row in rows]


def read_head(transaction: Connection) -> Head:
    """Return where the chain ends."""
    return _head(transaction.execute("SELECT seq, hash, sealed_seq FROM audit_heads").fetchone())


def hold_head(transaction: Connection) -> Head:
    """Return where the chain ends, and let nobody append until the commit."""
    return _head(
        transaction.execute("SELECT seq, hash, sealed_seq FROM audit_heads FOR UPDATE").fetchone()
    )


def set_sealed(transaction: Connection, seq: int) -> None:
    """Note up to where the log is sealed."""
    transaction.execute("UPDATE audit_heads SET sealed_seq = %s", (seq,))


def _head(row: dict[str, Any] | None) -> Head:
    assert row is not None  # noqa: S101 - the migration puts one row into it
    return Head(row["seq"], bytes(row["hash"]), row["sealed_seq"])

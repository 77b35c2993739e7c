"""SQL that reads the audit log; it is written in platform/audit.py."""

from dataclasses import dataclass
from typing import Any

from chalicelib.platform.audit import Entry
from chalicelib.platform.database import Connection

_ENTRY = "SELECT seq, at, actor, action, target, detail, request_id, prev_hash, hash FROM audit_log"

_HEAD = "SELECT seq, hash, sealed_seq, first_seq, first_prev_hash FROM audit_heads"


@dataclass(frozen=True)
class Head:
    """Where the chain ends, up to where it is sealed, and where it begins."""

    seq: int
    hash: bytes
    sealed_seq: int
    first_seq: int
    first_prev_hash: bytes


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
    return _head(transaction.execute(_HEAD).fetchone())


def hold_head(transaction: Connection) -> Head:
    """Return where the chain ends, and let nobody append until the commit."""
    return _head(transaction.execute(_HEAD + " FOR UPDATE").fetchone())


def set_sealed(transaction: Connection, seq: int) -> None:
    """Note up to where the log is sealed."""
    transaction.execute("UPDATE audit_heads SET sealed_seq = %s", (seq,))


def forget_until(transaction: Connection, seq: int, last_hash: bytes) -> None:
    """Let the log begin after an entry, whose hash is given."""
    transaction.execute("SELECT set_config('clipwave.forgetting', 'on', true)")
    transaction.execute("DELETE FROM audit_log WHERE seq <= %s", (seq,))
    transaction.execute(
        "UPDATE audit_heads SET first_seq = %s, first_prev_hash = %s WHERE first_seq <= %s",
        (seq + 1, last_hash, seq),
    )


def _head(row: dict[str, Any] | None) -> Head:
    assert row is not None  # noqa: S101 - the migration puts one row into it
    return Head(
        row["seq"], bytes(row["hash"]), row["sealed_seq"], row["first_seq"],
        bytes(row["first_prev_hash"]),
    )  # fmt: skip

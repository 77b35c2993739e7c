"""The audit log: what the staff did, each entry's hash covering the one before it.

An entry is written in the transaction of what it tells of, one after the other: whoever appends
holds the head of the chain until the commit. It comes last in its transaction.
"""

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Protocol

from psycopg.types.json import Jsonb

from chalicelib.platform.context import Context
from chalicelib.platform.database import Connection
from chalicelib.platform.observability import count, logger, request_id

GENESIS = b""
SERVICE = "service"


class Actor(Protocol):
    """Who did it."""

    @property
    def user_row_id(self) -> int:
        """The row id, which stays when the person is erased."""

    @property
    def user_id(self) -> str:
        """The public id."""


@dataclass(frozen=True)
class Entry:
    """One row of the log."""

    seq: int
    at: datetime
    actor: str
    action: str
    target: str
    detail: Mapping[str, Any]
    request_id: str
    prev_hash: bytes = field(repr=False)
    hash: bytes = field(repr=False)

    def digest(self) -> bytes:
        """Return the hash that this entry must have: SHA-256 over its canonical JSON."""
        said = [
            self.seq,
            self.at.isoformat(timespec="microseconds"),
            self.actor,
            self.action,
            self.target,
            self.detail,
            self.request_id,
            self.prev_hash.hex(),
        ]
        canonical = json.dumps(said, sort_keys=True, separators=(",", ":"), ensure_ascii=False)
        return hashlib.sha256(canonical.encode()).digest()


def append(
    context: Context,
    transaction: Connection,
    actor: Actor | None,
    *,
    action: str,
    target: str,
    detail: Mapping[str, Any],
) -> None:
    """Log that somebody, or without anybody the service, did something.

    Parameters
    ----------
    target: kind and public id of what it was done to, such as `user:7Hk…`.
    """
    head = transaction.execute("SELECT seq, hash FROM audit_heads FOR UPDATE").fetchone()
    assert head is not None  # noqa: S101 - the migration puts one row into it
    draft = Entry(
        seq=head["seq"] + 1,
        at=context.clock.now(),
        actor=f"user:{actor.user_id}" if actor else SERVICE,
        action=action,
        target=target,
        detail=json.loads(json.dumps(detail, default=str)),
        request_id=request_id(),
        prev_hash=bytes(head["hash"]),
        hash=b"",
    )
    digest = draft.digest()
    transaction.execute(
        "INSERT INTO audit_log (seq, at, actor_id, actor, action, target, detail, request_id,"
        " prev_hash, hash) VALUES (%s, %s, %s, %s, %s, %s, %s, %s, %s, %s)",
        (
            draft.seq, draft.at, actor.user_row_id if actor else None, draft.actor, action, target,
            Jsonb(draft.detail), draft.request_id, draft.prev_hash, digest,
        ),
    )  # fmt: skip
    transaction.execute("UPDATE audit_heads SET seq = %s, hash = %s", (draft.seq, digest))
    count("AuditEntries")
    logger.info("audit", extra={"seq": draft.seq, "action": action, "target": target})

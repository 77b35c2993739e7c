"""Whether the audit log is as it was written, and its daily seal in S3.

The chain tells every change but one: whoever can write to the database could make a new chain. So
each day what is new is sealed: the entries go to S3, into a bucket that keeps them, and a log whose
entries aren't those of its seals isn't the one that was sealed.
"""

import json
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from chalicelib.moderation import audit_store
from chalicelib.platform.audit import Entry
from chalicelib.platform.context import Context
from chalicelib.platform.database import Connection
from chalicelib.platform.observability import count, logger

BATCH = 2000
PREFIX = "audit/"
KEPT = timedelta(days=7 * 365)


@dataclass(frozen=True)
class Broken:
    """The first entry that isn't as it was written, and what is wrong with it."""

    seq: int
    problem: str


@dataclass(frozen=True)
class Verification:
    """What came of walking along the chain."""

    checked: int
    first_broken: Broken | None
    seals: int


def list_entries(
    context: Context,
    *,
    actor: str | None,
    action: str | None,
    target: str | None,
    before: int | None,
    limit: int,
) -> list[Entry]:
    """Return entries, the last first, of an actor, an action or a target."""
    with context.database.transaction() as transaction:
        return audit_store.list_entries(
            transaction, actor=actor, action=action, target=target, before=before, limit=limit
        )


def verify(context: Context) -> Verification:
    """Walk along the whole chain, and compare it with its seals."""
    seals = _read_seals(context)
    # One moment's view, so that what is appended meanwhile can't look like a break.
    with context.database.snapshot() as transaction:
        result = _walk(transaction, seals)
    if result.first_broken:
        count("AuditLogBroken")
        logger.error("audit_log_broken", extra=vars(result.first_broken))
    return result


def seal(context: Context) -> int:
    """Put what isn't sealed yet into S3, and return how many entries that was.

    If the process dies in between, the same entries are sealed again under the same key.
    """
    with context.database.transaction() as transaction:
        head = audit_store.hold_head(transaction)
        first = head.sealed_seq + 1
        if head.seq < first:
            return 0
        entries = list(_entries(transaction, first))
        last = entries[-1]
        body = "\n".join(json.dumps(_packed(entry), ensure_ascii=False) for entry in entries)
        key = f"{PREFIX}{last.at:%Y/%m/%d}/{first:012}-{last.seq:012}.jsonl"
        context.storage.write(
            context.settings.audit_bucket, key, body.encode(), "application/jsonl", "no-store"
        )
        audit_store.set_sealed(transaction, last.seq)
    count("AuditEntriesSealed", len(entries))
    logger.info("audit_sealed", extra={"first": first, "last": last.seq, "key": key})
    return len(entries)


def forget(context: Context, look: bool) -> int:
    """Remove the seals, and their entries, all of whose entries are seven years old.

    With `look`, they are only counted. The entries go first: if this dies, the seal is found again.
    Returns how many entries.
    """
    limit = context.clock.now() - KEPT
    gone = 0
    for key in sorted(context.storage.keys(context.settings.audit_bucket, PREFIX)):
        if key[len(PREFIX) : len(PREFIX) + 10] > f"{limit:%Y/%m/%d}":
            break
        entries = _read_seal(context, key)
        if datetime.fromisoformat(entries[-1]["at"]) >= limit:
            break
        gone += len(entries)
        if look:
            continue
        with context.database.transaction() as transaction:
            last = bytes.fromhex(entries[-1]["hash"])
            audit_store.forget_until(transaction, entries[-1]["seq"], last)
        context.storage.delete(context.settings.audit_bucket, [key])
    return gone


def _walk(transaction: Connection, seals: dict[int, str]) -> Verification:
    head = audit_store.read_head(transaction)
    checked, wanted, prev = 0, head.first_seq, head.first_prev_hash
    for entry in _entries(transaction, wanted):
        problem = _problem(entry, wanted, prev, seals)
        if problem:
            return Verification(checked, Broken(min(entry.seq, wanted), problem), len(seals))
        checked, wanted, prev = checked + 1, entry.seq + 1, entry.hash
    if head.seq != wanted - 1:
        missing = Broken(wanted, f"missing: the log should go on to {head.seq}")
        return Verification(checked, missing, len(seals))
    if head.hash != prev:
        return Verification(checked, Broken(wanted - 1, "changed: not the hash it ended with"), 0)
    beyond = [seq for seq in seals if seq >= wanted]
    if beyond:
        gone = Broken(wanted, f"missing: entries up to {max(beyond)} were sealed")
        return Verification(checked, gone, len(seals))
    return Verification(checked, None, len(seals))


def _problem(entry: Entry, wanted: int, prev: bytes, seals: dict[int, str]) -> str | None:
    if entry.seq != wanted:
        return f"missing: after {wanted - 1} comes {entry.seq}"
    if entry.digest() != entry.hash:
        return "changed: it doesn't have the hash it was written with"
    if entry.prev_hash != prev:
        return "moved: it doesn't follow the entry before it"
    if seals.get(entry.seq, entry.hash.hex()) != entry.hash.hex():
        return "replaced: it isn't the entry that was sealed"
    return None


def _entries(transaction: Connection, first: int) -> Iterator[Entry]:
    while True:
        batch = audit_store.read_entries(transaction, first, BATCH)
        yield from batch
        if len(batch) < BATCH:
            return
        first = batch[-1].seq + 1


def _read_seals(context: Context) -> dict[int, str]:
    """Return the hash of each entry that is in a seal, by its number."""
    bucket = context.settings.audit_bucket
    found: dict[int, str] = {}
    for key in context.storage.keys(bucket, PREFIX):
        found |= {packed["seq"]: packed["hash"] for packed in _read_seal(context, key)}
    return found


def _read_seal(context: Context, key: str) -> list[dict[str, Any]]:
    lines = context.storage.read(context.settings.audit_bucket, key).decode().splitlines()
    return [json.loads(line) for line in lines]


def _packed(entry: Entry) -> dict[str, Any]:
    return {
        **vars(entry),
        "at": entry.at.isoformat(timespec="microseconds"),
        "prev_hash": entry.prev_hash.hex(),
        "hash": entry.hash.hex(),
    }

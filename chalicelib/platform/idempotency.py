"""Idempotency keys: the key, the write it guards and the answer commit together or not at all."""

import hashlib
import json
import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from psycopg.types.json import Jsonb

from chalicelib.platform.database import Connection, Database
from chalicelib.platform.errors import Problem

MIN_LENGTH, MAX_LENGTH = 16, 128
PATTERN = "^[!-~]+$"  # printable, as header values can be
KEPT_HOURS = 24


@dataclass(frozen=True)
class Stored:
    """An answer as it was given the first time."""

    status: int
    body: Any
    replayed: bool = False


def check_key(key: str | None) -> str:
    """Return a usable key. Raises Problem when it is absent or not 16 to 128 characters."""
    if not key:
        raise Problem(
            "idempotency_key_required",
            "Send X-Idempotency-Key: a new random value for each new request, "
            "the same one when you repeat a request.",
        )
    if not MIN_LENGTH <= len(key) <= MAX_LENGTH or not re.fullmatch(PATTERN, key):
        raise Problem("idempotency_key_invalid", "Use 16 to 128 printable characters.")
    return key


def run_once(
    database: Database, *, scope: str, key: str, body: bytes, work: Callable[[], Stored]
) -> Stored:
    """Do the work and keep its answer in one transaction, or return the answer kept before.

    Parameters
    ----------
    scope: who and what the key belongs to (user, method, route).
    body: the request's body; the same key with another body is refused.
    work: runs inside the transaction; an exception leaves nothing behind, the key included.

    Raises Problem `request_in_flight` while the first request runs, `idempotency_key_reused`.
    """
    fingerprint = hashlib.sha256(body).hexdigest()
    with database.transaction() as transaction:
        _lock(transaction, scope, key)
        kept = _find(transaction, scope, key)
        if kept is not None:
            return _replay(kept, fingerprint)
        answer = work()
        transaction.execute(
            "INSERT INTO idempotency_keys (scope, key, fingerprint, status, body)"
            " VALUES (%s, %s, %s, %s, %s)"
            " ON CONFLICT (scope, key) DO UPDATE SET fingerprint = excluded.fingerprint,"
            " status = excluded.status, body = excluded.body, created_at = now()",
            (scope, key, fingerprint, answer.status, Jsonb(answer.body)),
        )
        return answer


def _lock(transaction: Connection, scope: str, key: str) -> None:
    """Hold the key until the commit; whoever comes meanwhile is told to come back."""
    digest = hashlib.sha256(json.dumps([scope, key]).encode()).digest()
    number = int.from_bytes(digest[:8], signed=True)
    row = transaction.execute("SELECT pg_try_advisory_xact_lock(%s) AS held", (number,)).fetchone()
    if row is None or not row["held"]:
        detail = "A request with this key is running; repeat this one in a second."
        raise Problem("request_in_flight", detail, headers={"Retry-After": "1"})


def _find(transaction: Connection, scope: str, key: str) -> dict[str, Any] | None:
    return transaction.execute(
        "SELECT fingerprint, status, body FROM idempotency_keys"
        " WHERE scope = %s AND key = %s AND created_at > now() - make_interval(hours => %s)",
        (scope, key, KEPT_HOURS),
    ).fetchone()


def _replay(kept: dict[str, Any], fingerprint: str) -> Stored:
    if kept["fingerprint"] != fingerprint:
        raise Problem(
            "idempotency_key_reused",
            "Use a new key: this one belongs to a request with another body.",
        )
    return Stored(kept["status"], kept["body"], replayed=True)

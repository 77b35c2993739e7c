"""Sessions: true in PostgreSQL, cached in Redis for a minute, known by the hash of their token.

Whoever ends sessions first puts a mark of doubt where each of them is cached, and then commits: a
marked session is asked for in PostgreSQL, so that a mark is never wrong, and no request can cache
what it read before the end, since only what has no mark is cached. Requests that write ask
PostgreSQL at any rate.
"""

import hashlib
import json
from collections.abc import Iterable, Mapping
from datetime import datetime, timedelta
from typing import Any

from chalicelib.accounts import session_store as store
from chalicelib.accounts.models import OpenSession, Role, Session
from chalicelib.platform import ids
from chalicelib.platform.context import Context
from chalicelib.platform.database import Connection
from chalicelib.platform.errors import not_found
from chalicelib.platform.observability import logger

LIFETIME = timedelta(days=7)  # rolling: counted from the last use
LONGEST = timedelta(days=30)  # whatever the use
RENEW_AFTER = timedelta(hours=1)
CACHED_SECONDS = 60
DOUBTED_SECONDS = 2 * CACHED_SECONDS  # outlives any request that read the session before
DOUBTED = b"doubted"
LONGEST_CLIENT = 200


def start(context: Context, transaction: Connection, user_row_id: int, client: str = "") -> str:
    """Open a session in the caller's transaction and return its token, which is not kept."""
    token = ids.session_token()
    now = context.clock.now()
    store.insert_session(
        transaction,
        _hash(token),
        user_row_id,
        client=client[:LONGEST_CLIENT],
        now=now,
        expires_at=now + LIFETIME,
    )
    return token


def find(context: Context, token: str, *, trusting: bool = True) -> Session | None:
    """Return the session of a token, or None when it is unknown, ended or expired.

    `trusting` takes the cache's word for it.
    """
    digest = _hash(token)
    now = context.clock.now()
    if trusting:
        cached = context.cache.get(_key(digest))
        if cached not in (None, DOUBTED) and (session := _load(cached)).expires_at > now:
            return session
    stored = _find_stored(context, digest, now)
    if stored is not None:
        context.cache.add(_key(digest), _dump(stored), seconds=CACHED_SECONDS)
    return stored


def hash_of(token: str) -> str:
    """Return what a session can be looked up by later; nobody can act with it."""
    return _hash(token).hex()


def find_by_hash(transaction: Connection, hashed: str, at: datetime) -> Session | None:
    """Return the session that lived at a moment and hasn't been ended since."""
    row = store.find_session(transaction, bytes.fromhex(hashed), at)
    return _session(row, row["expires_at"], renew=False) if row else None


def end(context: Context, token: str) -> None:
    """End a session everywhere."""
    digest = _hash(token)
    with context.database.transaction() as transaction:
        store.delete_session(transaction, digest)
        _doubt(context, [digest])


def end_all(context: Context, transaction: Connection, user_row_id: int) -> None:
    """End all of somebody's sessions with the caller's transaction.

    The caller holds the person's row, so that no session begins meanwhile.
    """
    _doubt(context, store.delete_sessions(transaction, user_row_id))


def list_open(context: Context, session: Session, token: str) -> list[OpenSession]:
    """Return the caller's sessions, the one used last first."""
    now = context.clock.now()
    with context.database.transaction() as transaction:
        return store.list_sessions(transaction, session.user_row_id, _hash(token), now)


def end_other(context: Context, session: Session, public_id: str) -> None:
    """End one of the caller's sessions. Raises Problem `not_found` for any other."""
    with context.database.transaction() as transaction:
        digest = store.delete_own_session(transaction, session.user_row_id, public_id)
        if digest is None:
            raise not_found("session")
        _doubt(context, [digest])


def end_others(context: Context, session: Session, token: str) -> None:
    """End all of the caller's sessions but this one."""
    with context.database.transaction() as transaction:
        _doubt(context, store.delete_sessions(transaction, session.user_row_id, but=_hash(token)))


def _doubt(context: Context, digests: Iterable[bytes]) -> None:
    """Mark sessions in the cache, before the commit that ends them."""
    marks = {_key(digest): DOUBTED for digest in digests}
    if not context.cache.put_many(marks, seconds=DOUBTED_SECONDS):
        logger.warning("sessions_unmarked", extra={"sessions": len(marks)})


def _find_stored(context: Context, digest: bytes, now: datetime) -> Session | None:
    with context.database.transaction() as transaction:
        row = store.find_session(transaction, digest, now)
        if row is None:
            return None
        wanted = min(now + LIFETIME, row["created_at"] + LONGEST)
        renew = wanted - row["expires_at"] > RENEW_AFTER
        if renew:
            store.extend_session(transaction, digest, wanted, now)
    return _session(row, wanted if renew else row["expires_at"], renew=renew)


def _session(row: Mapping[str, Any], expires_at: datetime, *, renew: bool) -> Session:
    return Session(
        user_row_id=row["user_id"],
        user_id=row["public_id"],
        role=Role(row["role"]),
        expires_at=expires_at,
        renew=renew,
    )


def _hash(token: str) -> bytes:
    return hashlib.sha256(token.encode()).digest()


def _key(digest: bytes) -> str:
    return f"session:{digest.hex()}"


def _dump(session: Session) -> bytes:
    expires = session.expires_at.isoformat()
    return json.dumps([session.user_row_id, session.user_id, session.role, expires]).encode()


def _load(cached: bytes | None) -> Session:
    row_id, user_id, role, expires_at = json.loads(cached or b"")
    return Session(row_id, user_id, Role(role), datetime.fromisoformat(expires_at))

"""Sessions: true in PostgreSQL, cached in Redis for a minute, known by the hash of their token."""

import hashlib
import json
from datetime import datetime, timedelta

from chalicelib.accounts import store
from chalicelib.accounts.models import Role, Session
from chalicelib.platform import ids
from chalicelib.platform.context import Context
from chalicelib.platform.database import Connection

LIFETIME = timedelta(days=7)  # rolling: counted from the last use
LONGEST = timedelta(days=30)  # whatever the use
RENEW_AFTER = timedelta(hours=1)
CACHED_SECONDS = 60
ENDED = b"ended"


def start(context: Context, transaction: Connection, user_row_id: int) -> str:
    """Open a session in the caller's transaction and return its token, which is not kept."""
    token = ids.session_token()
    now = context.clock.now()
    store.insert_session(transaction, _hash(token), user_row_id, now, now + LIFETIME)
    return token


def find(context: Context, token: str) -> Session | None:
    """Return the session of a token, or None when it is unknown, ended or expired."""
    digest = _hash(token)
    now = context.clock.now()
    cached = context.cache.get(_key(digest))
    if cached == ENDED:
        return None
    if cached is not None and (session := _load(cached)).expires_at > now:
        return session
    stored = _find_stored(context, digest, now)
    if stored is not None:
        context.cache.add(_key(digest), _dump(stored), seconds=CACHED_SECONDS)
    return stored


def end(context: Context, token: str) -> None:
    """End a session everywhere."""
    digest = _hash(token)
    with context.database.transaction() as transaction:
        store.delete_session(transaction, digest)
    # A mark instead of a gap: a request that read the session just before can't put it back.
    context.cache.put(_key(digest), ENDED, seconds=CACHED_SECONDS)


def _find_stored(context: Context, digest: bytes, now: datetime) -> Session | None:
    with context.database.transaction() as transaction:
        row = store.find_session(transaction, digest, now)
        if row is None:
            return None
        wanted = min(now + LIFETIME, row["created_at"] + LONGEST)
        renew = wanted - row["expires_at"] > RENEW_AFTER
        if renew:
            store.extend_session(transaction, digest, wanted)
    return Session(
        user_row_id=row["user_id"],
        user_id=row["public_id"],
        role=Role(row["role"]),
        expires_at=wanted if renew else row["expires_at"],
        renew=renew,
    )


def _hash(token: str) -> bytes:
    return hashlib.sha256(token.encode()).digest()


def _key(digest: bytes) -> str:
    return f"session:{digest.hex()}"


def _dump(session: Session) -> bytes:
    expires = session.expires_at.isoformat()
    return json.dumps([session.user_row_id, session.user_id, session.role, expires]).encode()


def _load(cached: bytes) -> Session:
    row_id, user_id, role, expires_at = json.loads(cached)
    return Session(row_id, user_id, Role(role), datetime.fromisoformat(expires_at))

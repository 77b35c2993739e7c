"""A viewer's taste: kept in Redis, and put together from PostgreSQL when it isn't there."""

from collections.abc import Mapping, Sequence
from typing import Any
from uuid import UUID

from chalicelib.feed import candidate_store, taste_store
from chalicelib.feed.tables import Space
from chalicelib.feed.taste import Event, Taste, rebuild, unpack
from chalicelib.platform.context import Context
from chalicelib.platform.database import Connection

KEPT_SECONDS = 7 * 86_400


def load(context: Context, transaction: Connection, user_row_id: int, space: Space) -> Taste:
    """Return a viewer's taste as of all events that are committed."""
    version = taste_store.read_version(transaction, user_row_id)
    known = _cached(context, user_row_id)
    if known and (known.version, known.space_id) == (version, space.id):
        return known
    events = [
        Event(_row_key(row), row["video_id"], row["reward"], row["created_at"].timestamp())
        for row in taste_store.read_events(transaction, user_row_id)
    ]
    videos = sorted({event.video for event in events})
    vectors = candidate_store.read_give_vectors(transaction, videos, space.id)
    taste = rebuild(version, space, events, vectors)
    context.cache.put(_key(user_row_id), taste.pack(), seconds=KEPT_SECONDS)
    return taste


def hear(context: Context, user_row_id: int, version: int, events: Sequence[Event]) -> None:
    """Bring the kept taste to the version that a transaction has just committed.

    Only from the version before; another one is left to be put together anew. So a crash between
    the commit and this line, or two batches at once, cost a query and no event.
    """
    known = _cached(context, user_row_id)
    if known is None or known.version != version - 1:
        return
    videos = sorted({event.video for event in events})
    with context.database.transaction() as transaction:
        vectors = candidate_store.read_give_vectors(transaction, videos, known.space_id)
    for event in events:
        known = known.heard(version, event, vectors.get(event.video))
    context.cache.put(_key(user_row_id), known.pack(), seconds=KEPT_SECONDS)


def key_of(impression_id: UUID) -> int:
    """Return an impression as the number that a taste knows it by."""
    return int.from_bytes(impression_id.bytes[:8], "little", signed=True)


def _row_key(row: Mapping[str, Any]) -> int:
    impression: UUID | None = row["impression_id"]
    return key_of(impression) if impression else taste_store.key_of_unseen(row["video_id"])


def _cached(context: Context, user_row_id: int) -> Taste | None:
    packed = context.cache.get(_key(user_row_id))
    if packed is None:
        return None
    try:
        return unpack(packed)
    except ValueError:  # of a release before
        return None


def _key(user_row_id: int) -> str:
    return f"taste:{user_row_id}"

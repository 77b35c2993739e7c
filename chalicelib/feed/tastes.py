"""A viewer's taste: kept in Redis, and put together from PostgreSQL when it isn't there."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any
from uuid import UUID

from chalicelib.feed import candidate_store, fresh, histograms, taste_store
from chalicelib.feed.fresh import Glimpse
from chalicelib.feed.reward import SKIP_MS, Signals
from chalicelib.feed.tables import Space
from chalicelib.feed.taste import Event, Taste, rebuild, unpack
from chalicelib.platform.context import Context
from chalicelib.platform.database import Connection

KEPT_SECONDS = 7 * 86_400


@dataclass(frozen=True)
class Change:
    """What a transaction has changed of somebody's taste; to be told after the commit."""

    user_row_id: int
    version: int
    events: Sequence[Event]


def load(context: Context, transaction: Connection, user_row_id: int, space: Space) -> Taste:
    """Return a viewer's taste as of all that they have reported."""
    state = taste_store.read_state(transaction, user_row_id)
    known = _cached(context, [user_row_id]).get(user_row_id)
    if known is None or (known.version, known.space_id) != (state.version, space.id):
        known = _put_together(context, transaction, user_row_id, space, state.version)
    if state.paused:
        return known
    glimpses = [
        one
        for one in fresh.read(context, user_row_id, state.heard_at)
        if state.reset_at is None or one.shown_at >= state.reset_at.timestamp()
    ]
    return _with_glimpses(context, transaction, known, glimpses) if glimpses else known


def hear(context: Context, changes: Sequence[Change]) -> None:
    """Bring kept tastes to the versions that a transaction has just committed.

    Each only from the version before; another one is left to be put together anew. So a crash
    between the commit and this line, or two batches at once, cost a query and no event.
    """
    kept = _cached(context, [change.user_row_id for change in changes])
    nearly = [
        (change, kept[change.user_row_id])
        for change in changes
        if change.user_row_id in kept and kept[change.user_row_id].version == change.version - 1
    ]
    wanted: defaultdict[int, set[int]] = defaultdict(set)
    for change, taste in nearly:
        wanted[taste.space_id] |= {event.video for event in change.events}
    if not nearly:
        return
    with context.database.transaction() as transaction:
        vectors = {
            space_id: candidate_store.read_give_vectors(transaction, sorted(videos), space_id)
            for space_id, videos in wanted.items()
        }
    heard: dict[str, bytes] = {}
    for change, taste in nearly:
        after = replace(taste, version=change.version)
        for event in change.events:
            after = after.heard(change.version, event, vectors[taste.space_id].get(event.video))
        heard[_key(change.user_row_id)] = after.pack()
    context.cache.put_many(heard, seconds=KEPT_SECONDS)


def _put_together(
    context: Context, transaction: Connection, user_row_id: int, space: Space, version: int
) -> Taste:
    events = [
        Event(_row_key(row), row["video_id"], row["reward"], row["created_at"].timestamp())
        for row in taste_store.read_events(transaction, user_row_id)
    ]
    videos = sorted({event.video for event in events})
    vectors = candidate_store.read_give_vectors(transaction, videos, space.id)
    taste = rebuild(version, space, events, vectors)
    context.cache.put(_key(user_row_id), taste.pack(), seconds=KEPT_SECONDS)
    return taste


def _with_glimpses(
    context: Context, transaction: Connection, taste: Taste, glimpses: Sequence[Glimpse]
) -> Taste:
    """Return a taste with what PostgreSQL doesn't know yet; nothing of it is kept."""
    videos = sorted({one.video_row_id for one in glimpses})
    durations = candidate_store.read_durations(transaction, videos)
    vectors = candidate_store.read_give_vectors(transaction, videos, taste.space_id)
    known = histograms.read(context, transaction)
    for one in sorted(glimpses, key=lambda one: one.shown_at):
        watch_ms = one.believable_ms(durations.get(one.video_row_id, 0))
        if watch_ms or one.skipped:
            signals = Signals(shared=one.shared, skipped=one.skipped and watch_ms <= SKIP_MS)
            _, worth = known.appraise(watch_ms, durations.get(one.video_row_id, 0), signals)
            event = Event(key_of(one.impression_id), one.video_row_id, worth, one.shown_at)
            taste = taste.heard(taste.version, event, vectors.get(one.video_row_id))
    return taste


def key_of(impression_id: UUID) -> int:
    """Return an impression as the number that a taste knows it by."""
    return int.from_bytes(impression_id.bytes[:8], "little", signed=True)


def _row_key(row: Mapping[str, Any]) -> int:
    impression: UUID | None = row["impression_id"]
    return key_of(impression) if impression else taste_store.key_of_unseen(row["video_id"])


def _cached(context: Context, user_row_ids: Sequence[int]) -> dict[int, Taste]:
    found = context.cache.get_many([_key(user) for user in user_row_ids]) or {}
    tastes = {user: _unpack(found.get(_key(user))) for user in user_row_ids}
    return {user: taste for user, taste in tastes.items() if taste is not None}


def _unpack(packed: bytes | None) -> Taste | None:
    if packed is None:
        return None
    try:
        return unpack(packed)
    except ValueError:  # of a release before
        return None


def _key(user_row_id: int) -> str:
    return f"taste:{user_row_id}"

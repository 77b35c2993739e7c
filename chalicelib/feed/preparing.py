"""Feeds of those who are active are prepared before they ask: tastes, pools, and where they stand.

Every few minutes the active viewers are dealt out in chunks, by their ids, and each chunk is
prepared by itself. Doing it twice, or not at all, changes nothing but how long a page takes.
"""

from collections.abc import Callable
from datetime import timedelta

from chalicelib.accounts import store as accounts_store
from chalicelib.accounts.models import User
from chalicelib.feed import for_you, pools, preparing_store, space_store, tastes
from chalicelib.feed.audiences import audiences_of
from chalicelib.feed.learning.factors import unit
from chalicelib.feed.models import FeedRequest, Mode
from chalicelib.feed.taste import Taste
from chalicelib.platform.context import Context
from chalicelib.platform.database import Connection
from chalicelib.platform.observability import count, logger

ACTIVE = timedelta(minutes=30)
CHUNK = 200  # viewers, some 15 ms each


def fan_out(context: Context) -> dict[str, int]:
    """Deal out those who have watched lately. Returns how many chunks."""
    since = context.clock.now() - ACTIVE
    after, chunks = 0, 0
    while True:
        with context.database.transaction() as transaction:
            active = preparing_store.find_active(transaction, since, after=after, limit=CHUNK)
        if not active:
            logger.info("feeds_dealt_out", extra={"chunks": chunks})
            return {"chunks": chunks}
        message = {"after": after, "until": active[-1]}
        context.queues.send(context.settings.feeds_queue_url, message)
        after, chunks = active[-1], chunks + 1


def prepare(context: Context, *, after: int, until: int) -> int:
    """Prepare the feeds of the active viewers of a chunk. Returns of how many."""
    since = context.clock.now() - ACTIVE
    with context.database.transaction() as transaction:
        active = preparing_store.find_active(
            transaction, since, after=after, until=until, limit=CHUNK
        )
    for user_row_id in active:
        with context.database.transaction() as transaction:
            user = accounts_store.find_user(transaction, user_row_id)
            if user:
                _prepare(context, transaction, user)
    count("FeedsPrepared", len(active))
    logger.info("feeds_prepared", extra={"viewers": len(active)})
    return len(active)


def backfill(context: Context, *, dry_run: bool, tell: Callable[[int], None]) -> dict[str, int]:
    """Say where everybody stands in the space in force who has no vector in it. Returns figures."""
    with context.database.transaction() as transaction:
        space = space_store.find_space(transaction)
        total = preparing_store.count_unplaced(transaction, space.id)
    if dry_run:
        return {"missing": total, "written": 0}
    after, done, written = 0, 0, 0
    while True:
        with context.database.transaction() as transaction:
            chunk = preparing_store.find_unplaced(transaction, space.id, after=after, limit=CHUNK)
            for user_row_id in chunk:
                taste = tastes.load(context, transaction, user_row_id, space)
                written += _write_vector(context, transaction, user_row_id, taste)
        if not chunk:
            return {"missing": total, "written": written}
        after, done = chunk[-1], done + len(chunk)
        tell(min(99, 100 * done // max(1, total)))


def _write_vector(
    context: Context, transaction: Connection, user_row_id: int, taste: Taste
) -> bool:
    """Keep where somebody stands; False for one who has watched nothing that has a place."""
    if not taste.long.any():
        return False
    preparing_store.write_user_vector(
        transaction, taste.space_id, user_row_id, unit(taste.long), context.clock.now()
    )
    return True


def _prepare(context: Context, transaction: Connection, user: User) -> None:
    request = FeedRequest(
        viewer=f"u:{user.id}",
        user_row_id=user.row_id,
        mode=Mode.PERSONAL,
        country=user.country,
        hidden_keywords=tuple(user.hidden_keywords),
        interests=tuple(user.interests),
        audiences=audiences_of(user, context.clock.now().date()),
    )
    known = for_you.know(context, transaction, request)
    pools.renew(context, transaction, known)
    if known.taste is not None:
        _write_vector(context, transaction, user.row_id, known.taste)

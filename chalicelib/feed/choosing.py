"""What the next slots of a feed show: the best that can be had at this moment.

Each step is simpler than the one before and takes its place when it fails: the live ranking, the
pool in plain order, the neighbours of what was watched last, what is trending, the newest. Where
nothing of that can be had, the database is as good as away.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

import numpy as np

from chalicelib.feed import candidate_store, configuration, for_you, listing, listing_store, seen
from chalicelib.feed.candidate_store import Viewer
from chalicelib.feed.choices import Choice, Feed
from chalicelib.feed.configuration import Configuration
from chalicelib.feed.models import FeedRequest, Mode, Stream
from chalicelib.feed.pools import POSITIVES
from chalicelib.feed.tables import Found, Ints, Pool
from chalicelib.platform.context import Context
from chalicelib.platform.database import Connection
from chalicelib.platform.errors import unavailable
from chalicelib.platform.observability import count as count_metric
from chalicelib.platform.observability import logger

STEP_MS = 3000  # of a statement; a whole page takes well under 100
RECENT = timedelta(days=90)

Step = Callable[[], Choice]


def choose(
    context: Context,
    transaction: Connection,
    request: FeedRequest,
    *,
    feed_id: str,
    started_at: datetime,
    shown: Sequence[int],
    count: int,
) -> Choice:
    """Choose up to `count` videos for the slots after those already shown, by row id.

    Fewer only where there is nothing else to show. Raises Problem `unavailable` when no step can
    choose.
    """
    settled = configuration.read(context)
    viewer = for_you.viewer_of(request)
    if request.stream is not Stream.FOR_YOU:
        return listing.go_on(transaction, request, viewer, shown=shown, count=count)
    feed = Feed(feed_id, started_at.timestamp(), shown)
    ways = _Ways(context, transaction, request, viewer, feed, count, settled)
    # Each by the name of what is wanting when the next one has to do.
    return _first_that_works(
        transaction,
        {
            "ranking": ways.ranked,
            "candidates": ways.in_pool_order,
            "neighbours": ways.near_the_last,
            "trending": ways.trending,
            "newest": ways.newest,
        },
    )


@dataclass(frozen=True)
class _Ways:
    """The ways to fill slots."""

    context: Context
    transaction: Connection
    request: FeedRequest
    viewer: Viewer
    feed: Feed
    count: int
    configuration: Configuration

    def ranked(self) -> Choice:
        choice = for_you.rank(
            self.context,
            self.transaction,
            self.request,
            feed=self.feed,
            count=self.count,
            configuration=self.configuration,
        )
        missing = self.count - len(choice.video_ids)
        user = self.request.user_row_id
        if not missing or user is None or self.request.mode is not Mode.PERSONAL:
            return choice
        now = self.context.clock.now()
        again = listing_store.seen_before(self.transaction, user, now, listing.LONGEST)
        taken = [*self.feed.shown, *choice.video_ids.tolist()]
        rest = listing.in_order(
            self.transaction, self.viewer, again, shown=taken, count=missing,
            found=Found.SEEN_BEFORE,
        )  # fmt: skip
        return choice.followed_by(rest)

    def in_pool_order(self) -> Choice:
        known = for_you.know(self.context, self.transaction, self.request)
        pool = for_you.candidates(self.context, self.transaction, known, self.feed)
        return self._listed(_plain_order(pool), Found.TRENDING)

    def near_the_last(self) -> Choice:
        known = for_you.know(self.context, self.transaction, self.request)
        last = known.taste.positives(POSITIVES).tolist() if known.taste else []
        near = [known.interest.neighbours[video].ids for video in last
                if video in known.interest.neighbours]  # fmt: skip
        if not near:
            raise LookupError("no neighbours are known")
        trending = listing_store.trending(self.transaction, listing.LONGEST)
        return self._listed(np.concatenate([*near, trending]), Found.NEIGHBOUR)

    def trending(self) -> Choice:
        ids = listing_store.trending(self.transaction, listing.LONGEST)
        return self._listed(ids, Found.TRENDING)

    def newest(self) -> Choice:
        since = self.context.clock.now() - RECENT
        return self._listed(candidate_store.read_newest(self.transaction, since), Found.NEWEST)

    def _listed(self, ids: Ints, found: Found) -> Choice:
        """Return the first of a list that the viewer hasn't seen."""
        user = self.request.user_row_id
        if user is not None:
            ids = ids[~np.isin(ids, seen.read(self.context, self.transaction, user))]
        ids = ids[np.sort(np.unique(ids, return_index=True)[1])]
        return listing.in_order(
            self.transaction, self.viewer, ids, shown=self.feed.shown, count=self.count,
            found=found,
        )  # fmt: skip


def _first_that_works(transaction: Connection, steps: dict[str, Step]) -> Choice:
    """Return what the first step chooses that doesn't fail; each has a savepoint of its own."""
    failed: list[str] = []
    for name, step in steps.items():
        try:
            with transaction.transaction():
                candidate_store.limit_time(transaction, STEP_MS)
                return replace(step(), degraded=failed)
        except Exception as error:
            if transaction.broken or transaction.closed:
                raise
            logger.exception("feed_degraded", extra={"missing": name})
            count_metric("FeedDegraded")
            failed.append(name)
            last = error
    raise unavailable("The feed can't be made at this moment; try again shortly.") from last


def _plain_order(pool: Pool) -> Ints:
    """Return a pool's videos: first what most generators found, then the newest."""
    finders = np.unpackbits(pool.found.view(np.uint8).reshape(-1, 2), axis=1).sum(axis=1)
    ids: Ints = pool.ids[np.lexsort((-pool.ids, -finders.astype(np.int64)))]
    return ids

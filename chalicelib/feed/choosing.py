"""What the next slots of a feed show: candidates, ranking and exploration, or a list in order."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime

import numpy as np

from chalicelib.feed import (
    candidate_store,
    exploration,
    features,
    listing_store,
    pools,
    ranking,
    space_store,
    tastes,
)
from chalicelib.feed.candidate_store import Viewer
from chalicelib.feed.diversity import CREATOR_WINDOW, Mask, Shown
from chalicelib.feed.features import DEFAULT_WEIGHTS, FEATURES, Affinities, Table
from chalicelib.feed.models import FeedRequest, Mode, Stream
from chalicelib.feed.ranking import Chosen, Draw
from chalicelib.feed.scoring import score_parts
from chalicelib.feed.tables import Floats, Found, Ints, Pool, Space, Videos
from chalicelib.feed.vectors import Vectors, vectors_of
from chalicelib.platform.context import Context
from chalicelib.platform.database import Connection

LISTED = 1000  # videos of a list, or that were seen before
# Without personalisation only this counts, the same for everybody.
_POPULAR = features.weights_of(
    {
        name: DEFAULT_WEIGHTS[name] if name in ("appeal", "trending", "freshness") else 0.0
        for name in FEATURES
    }
)
_PERSONAL = features.weights_of({})


@dataclass(frozen=True)
class Feed:
    """A feed so far: when it began, in seconds since 1970, and what it has shown."""

    id: str
    began: float
    shown: Sequence[int]


@dataclass(frozen=True)
class Choice:
    """What some slots show, as columns; `values` is (slots, features)."""

    video_ids: Ints
    found: Sequence[int]
    propensities: Sequence[float]
    scores: Sequence[float]
    weights: Table
    values: Table
    space_id: int


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

    Fewer only where there is nothing else to show. Videos are as old as they were when the feed
    began, so that the size of its pages changes nothing.
    """
    viewer = Viewer(request.user_row_id, request.country or "", request.hidden_keywords)
    if request.stream is not Stream.FOR_YOU:
        return _list(transaction, request, viewer, shown=shown, count=count)
    feed = Feed(feed_id, started_at.timestamp(), shown)
    choice = _rank(context, transaction, request, viewer, feed=feed, count=count)
    missing = count - len(choice.video_ids)
    if missing and request.user_row_id is not None and request.mode is Mode.PERSONAL:
        again = listing_store.seen_before(
            transaction, request.user_row_id, context.clock.now(), LISTED
        )
        taken = [*shown, *choice.video_ids.tolist()]
        rest = _in_order(
            transaction, viewer, again, shown=taken, count=missing, found=Found.SEEN_BEFORE
        )
        choice = _join(choice, rest)
    return choice


def _rank(
    context: Context,
    transaction: Connection,
    request: FeedRequest,
    viewer: Viewer,
    *,
    feed: Feed,
    count: int,
) -> Choice:
    personal = request.mode is Mode.PERSONAL and viewer.row_id is not None
    space = space_store.find_space(transaction)
    taste = None
    if personal and viewer.row_id is not None:
        taste = tastes.load(context, transaction, viewer.row_id, space)
    interest = pools.read_interest(
        transaction, taste, space, interests=request.interests if personal else ()
    )
    asking = viewer if personal else Viewer(None, viewer.country)
    pool, since = pools.load(
        context, transaction, asking, taste=taste, interest=interest, space=space
    )
    if personal and viewer.row_id is not None:
        pool = pools.without(pool, candidate_store.read_seen(transaction, viewer.row_id, since))
    pool = pools.without(pool, np.array(feed.shown, np.int64))
    known = vectors_of(context.database, space.id)
    videos, pool = _read(transaction, pool, viewer, known)
    parts = score_parts(videos, taste, interest.neighbours, space)
    table = features.build(
        pool,
        videos,
        parts,
        affinity=interest.affinity if personal else Affinities(),
        now=feed.began,
    )
    weights = _PERSONAL if personal else _POPULAR
    last = feed.shown[-CREATOR_WINDOW:]
    slots = exploration.OF_NEWCOMERS if taste is None or taste.is_empty else 1
    before = candidate_store.read_videos(transaction, np.array(last, np.int64), Viewer(None))
    chosen = ranking.fill(
        videos,
        ranking.score(table, weights),
        first=len(feed.shown),
        count=count,
        shown=Shown.of(_ordered(_placed(transaction, before, known), last)),
        explore=_explorer(feed.id, pool, videos, parts.vector, slots) if personal else None,
    )
    return _choice(videos, pool, chosen, table=table, weights=weights, space=space)


def _explorer(
    feed_id: str, pool: Pool, videos: Videos, likeness: Floats, slots: int
) -> ranking.Explore:
    """Return what draws new videos for exploring slots, of which there are some in ten."""
    trying = (pool.found & int(Found.EXPLORATION)) != 0
    trying[trying] = exploration.under_quota(videos.creators[trying], videos.shown[trying])

    def explore(slot: int, free: Mask) -> Draw | None:
        if not exploration.is_exploring_slot(feed_id, slot, slots):
            return None
        rows = np.flatnonzero(trying & free)
        drawn = exploration.draw(
            feed_id,
            slot,
            means=videos.appeal[rows],
            viewings=videos.viewings[rows] + np.float32(candidate_store.SHRINK),
            likeness=likeness[rows],
        )
        return Draw(int(rows[drawn.place]), drawn.propensity) if drawn else None

    return explore


def _list(
    transaction: Connection,
    request: FeedRequest,
    viewer: Viewer,
    *,
    shown: Sequence[int],
    count: int,
) -> Choice:
    key = request.key or ""
    if request.stream is Stream.FOLLOWING:
        listed = listing_store.following(transaction, viewer.row_id or 0, LISTED)
    elif request.stream is Stream.HASHTAG:
        listed = listing_store.hashtag(transaction, key, LISTED)
    elif request.stream is Stream.SOUND:
        listed = listing_store.sound(transaction, key, LISTED)
    else:
        listed = listing_store.trending(transaction, LISTED)
    found = _FOUND[request.stream]
    return _in_order(transaction, viewer, listed, shown=shown, count=count, found=found)


def _in_order(
    transaction: Connection,
    viewer: Viewer,
    listed: Ints,
    *,
    shown: Sequence[int],
    count: int,
    found: Found,
) -> Choice:
    """Return the first videos of a list that a viewer may be shown and this feed hasn't shown."""
    left = listed[~np.isin(listed, np.array(shown, np.int64))]
    videos = candidate_store.read_videos(transaction, left, viewer)
    ids = left[np.isin(left, videos.ids)][:count]
    size = len(ids)
    return Choice(
        ids, [int(found)] * size, [1.0] * size, [0.0] * size, _PERSONAL,
        np.zeros((size, len(FEATURES))), 0,
    )  # fmt: skip


def _read(
    transaction: Connection, pool: Pool, viewer: Viewer, known: Vectors
) -> tuple[Videos, Pool]:
    """Return what is known of a pool's videos, and the pool without those that fell out."""
    videos = candidate_store.read_videos(transaction, pool.ids, viewer)
    place = np.searchsorted(pool.ids, videos.ids)  # both are in the order of ids
    return _placed(transaction, videos, known), Pool(pool.ids[place], pool.found[place])


def _placed(transaction: Connection, videos: Videos, known: Vectors) -> Videos:
    """Return videos with their places in the space."""
    vectors, take = known.of(transaction, videos.ids)
    return replace(videos, vectors=vectors, take=take)


def _ordered(videos: Videos, ids: Sequence[int]) -> Videos:
    """Return rows in the order of ids; those that are unknown are left out."""
    place = {int(video): row for row, video in enumerate(videos.ids.tolist())}
    return videos.take_rows([place[video] for video in ids if video in place])


def _choice(
    videos: Videos,
    pool: Pool,
    chosen: Sequence[Chosen],
    *,
    table: Table,
    weights: Table,
    space: Space,
) -> Choice:
    rows = [item.row for item in chosen]
    explored = int(Found.EXPLORATION)
    return Choice(
        video_ids=videos.ids[rows],
        # Who else found it doesn't matter to a video that exploration has drawn.
        found=[
            explored if item.explored else int(pool.found[item.row]) & ~explored for item in chosen
        ],
        propensities=[item.propensity for item in chosen],
        scores=[item.score for item in chosen],
        weights=weights,
        values=table[rows],
        space_id=space.id,
    )


def _join(first: Choice, rest: Choice) -> Choice:
    return Choice(
        np.concatenate([first.video_ids, rest.video_ids]),
        [*first.found, *rest.found],
        [*first.propensities, *rest.propensities],
        [*first.scores, *rest.scores],
        first.weights,
        np.concatenate([first.values, rest.values]),
        first.space_id,
    )


_FOUND = {
    Stream.FOLLOWING: Found.FOLLOWING,
    Stream.HASHTAG: Found.HASHTAG,
    Stream.SOUND: Found.SOUND,
    Stream.TRENDING: Found.TRENDING,
}

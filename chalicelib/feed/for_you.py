"""The ranked feed: candidates, what is known of them, scores, and slots."""

from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from chalicelib.feed import (
    candidate_store,
    exploration,
    features,
    pools,
    rankers,
    ranking,
    seen,
    space_store,
    tastes,
)
from chalicelib.feed.candidate_store import Viewer
from chalicelib.feed.choices import Choice, Feed
from chalicelib.feed.configuration import Configuration
from chalicelib.feed.diversity import CREATOR_WINDOW, Shown
from chalicelib.feed.features import DEFAULT_WEIGHTS, FEATURES, Table
from chalicelib.feed.models import FeedRequest, Mode
from chalicelib.feed.pools import Known
from chalicelib.feed.ranking import Chosen
from chalicelib.feed.reward import USUAL_QUANTILE
from chalicelib.feed.scoring import score_parts
from chalicelib.feed.tables import Found, Pool, Space, Videos
from chalicelib.feed.vectors import Vectors, vectors_of
from chalicelib.platform.context import Context
from chalicelib.platform.database import Connection

THIN, WIDER = 150, 300  # candidates left, below which more are taken, and how many
# Without personalisation only this counts, the same for everybody.
_POPULAR = features.weights_of(
    {
        name: DEFAULT_WEIGHTS[name] if name in ("appeal", "trending", "freshness") else 0.0
        for name in FEATURES
    }
)


def rank(
    context: Context,
    transaction: Connection,
    request: FeedRequest,
    *,
    feed: Feed,
    count: int,
    configuration: Configuration,
) -> Choice:
    """Return the best slots of the viewer's pool; videos are as old as when the feed began."""
    known = know(context, transaction, request)
    pool = candidates(context, transaction, known, feed)
    vectors = vectors_of(context.database, known.space.id)
    videos, pool = _read(transaction, pool, known.viewer, vectors)
    parts = score_parts(videos, known.taste, known.interest.neighbours, known.space)
    ranker = rankers.load(context, transaction) if known.is_personal else None
    table = features.build(
        pool,
        videos,
        parts,
        affinity=known.interest.affinity,
        now=feed.began,
    )
    if ranker:
        table = features.with_heads(table, ranker.network.predict(features.without_heads(table)))
    variants = configuration.variants_of(request.viewer) if known.is_personal else {}
    weights = configuration.weights_of(variants) if known.is_personal else _POPULAR
    is_new = known.taste is None or known.taste.is_empty
    likeness = exploration.likeness(videos, known.taste, features.fit(table, weights))
    explore = exploration.explorer(
        feed.id, pool, videos, likeness, slots=exploration.OF_NEWCOMERS if is_new else 1
    )
    last = feed.shown[-CREATOR_WINDOW:]
    before = candidate_store.read_videos(transaction, np.array(last, np.int64), Viewer(None))
    chosen = ranking.fill(
        videos,
        ranking.score(table, weights),
        first=len(feed.shown),
        count=count,
        shown=Shown.of(_ordered(_placed(transaction, before, vectors), last)),
        explore=explore if known.is_personal else None,
    )
    choice = _choice(videos, pool, chosen, table=table, weights=weights, space=known.space)
    return replace(choice, variants=variants, ranker_run_id=ranker.run_id if ranker else None)


def viewer_of(request: FeedRequest) -> Viewer:
    """Return whom a request is for, as candidates know them."""
    return Viewer(request.user_row_id, request.country or "", request.hidden_keywords)


def know(context: Context, transaction: Connection, request: FeedRequest) -> Known:
    """Return what is known of a viewer; of one who asks for what is popular, next to nothing."""
    is_personal = request.mode is Mode.PERSONAL and request.user_row_id is not None
    viewer = viewer_of(request)
    space = space_store.find_space(transaction)
    taste = None
    if is_personal and viewer.row_id is not None:
        taste = tastes.load(context, transaction, viewer.row_id, space)
    interest = pools.read_interest(transaction, taste, space, request if is_personal else None)
    return Known(viewer, space, taste, interest, is_personal)


def candidates(context: Context, transaction: Connection, known: Known, feed: Feed) -> Pool:
    """Return a viewer's pool without what they have seen, and what this feed has shown.

    Who scrolls so far that little of it is left gets the newest of all others too.
    """
    pool, since = pools.load(context, transaction, known)
    owner = known.asking.row_id
    if owner is not None:
        pool = pools.without(pool, seen.read(context, transaction, owner, since))
    shown = np.array(feed.shown, np.int64)
    pool = pools.without(pool, shown)
    if len(pool.ids) >= THIN:
        return pool
    known_already = [pool.ids, shown]
    if owner is not None:
        known_already.append(seen.read(context, transaction, owner))
    return pools.widened(
        pool, candidate_store.read_others(transaction, np.concatenate(known_already), WIDER)
    )


def _read(
    transaction: Connection, pool: Pool, viewer: Viewer, vectors: Vectors
) -> tuple[Videos, Pool]:
    """Return what is known of a pool's videos, and the pool without those that fell out."""
    videos = candidate_store.read_videos(transaction, pool.ids, viewer)
    place = np.searchsorted(pool.ids, videos.ids)  # both are in the order of ids
    return _placed(transaction, videos, vectors), Pool(pool.ids[place], pool.found[place])


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
    return Choice(
        video_ids=videos.ids[rows],
        found=[_found(videos, pool, item) for item in chosen],
        propensities=[item.propensity for item in chosen],
        scores=[item.score for item in chosen],
        weights=weights,
        values=table[rows],
        space_id=space.id,
    )


def _found(videos: Videos, pool: Pool, item: Chosen) -> int:
    """Return who found a video; of one that exploration has drawn, nobody else matters."""
    if not item.explored:
        return int(pool.found[item.row]) & ~int(Found.EXPLORATION)
    is_first = videos.prior[item.row] == USUAL_QUANTILE
    return int(Found.EXPLORATION | (Found.NEW_CREATOR if is_first else 0))

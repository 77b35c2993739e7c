"""Training the item model: read, tune, compare with the one in force, write beside it, switch."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

import numpy as np
from numpy.typing import NDArray
from pgvector import HalfVector

from chalicelib.feed import space_store, training_store
from chalicelib.feed.learning import tuning
from chalicelib.feed.learning.content import content_graph, place_new, tf_idf
from chalicelib.feed.learning.factors import align
from chalicelib.feed.learning.interactions import Interactions, interactions
from chalicelib.feed.learning.item_model import ItemModel, Parts, Settings, fit
from chalicelib.feed.learning.sparse import Sparse, sparse
from chalicelib.feed.reward import LEAST_REWARD
from chalicelib.feed.tables import Floats, Ints, Neighbours
from chalicelib.feed.training_store import WatchLog
from chalicelib.platform.context import Context
from chalicelib.platform.observability import count, logger

HISTORY = timedelta(days=60)
TUNING_SECONDS, TRIALS = 240, 48
CONTENT_NEAREST = 20
SAMPLE = 500  # users whose best scores make the scale
ALIGNED_AT_LEAST = 200  # videos that both spaces know, to turn one onto the other
SEED = 1


@dataclass(frozen=True)
class Data:
    """What there is to learn from; items are codes of `videos`, which are row ids in order."""

    videos: Ints
    users: Ints
    events: Interactions
    graph: Sparse | None


def train(context: Context) -> dict[str, Any]:
    """Train a model and put it in force unless the one in force is better. Returns its figures.

    A run that dies leaves the old model in force; what it has written is dropped by the next run.
    """
    now = context.clock.now()
    with context.database.transaction() as transaction:
        training_store.allow_minutes(transaction)
        log = training_store.read_events(transaction, now - HISTORY, LEAST_REWARD)
        words = list(training_store.read_words(transaction))
        champion = space_store.find_champion(transaction, "items")
        run_id = space_store.start_run(transaction, "items", now)
    if not words:
        return _refuse(context, run_id, "there are no videos")
    data = _data(log, words)
    incumbent = _settings(champion)
    known, target = data.events.hold_out_last(SEED)
    tuned = tuning.tune(
        known,
        target,
        data.graph,
        seed=SEED,
        trials=TRIALS,
        seconds=TUNING_SECONDS,
        incumbent=incumbent,
    )
    model = fit(Parts(data.events, data.graph, seed=SEED), tuned.settings)
    _publish(context, run_id, data, model, champion["id"] if champion else 0)
    metrics = {
        "events": len(data.events.users),
        "videos": len(data.videos),
        "ndcg": tuned.ndcg,
        "incumbent_ndcg": tuned.incumbent_ndcg,
        "trials": tuned.trials,
    }
    settings = {
        "tau": tuned.settings.tau,
        "vector_weight": tuned.settings.vector_weight,
        "scale": _scale(model, data.events),
        "give": float(np.median(model.give)),  # of videos that come later
        "take": float(np.median(model.take)),
        "model": tuning.to_json(tuned.settings),
    }
    with context.database.transaction() as transaction:
        space_store.end_run(
            transaction, run_id, "champion", settings=settings, metrics=metrics,
            now=context.clock.now(),
        )  # fmt: skip
    with context.database.transaction() as transaction:
        space_store.drop_old_spaces(transaction)
    count("ItemModelTrained")
    logger.info("item_model_trained", extra={"run": run_id, **metrics})
    return {"run": run_id, **metrics}


def describe(context: Context) -> dict[str, Any]:
    """Return what there is to learn from now, and what is in force."""
    with context.database.transaction() as transaction:
        training_store.allow_minutes(transaction)
        log = training_store.read_events(transaction, context.clock.now() - HISTORY, LEAST_REWARD)
        champion = space_store.find_champion(transaction, "items")
    in_force = {"run": champion["id"], **champion["metrics"]} if champion else None
    return {
        "events": len(log.users),
        "viewers": len(np.unique(log.users)),
        "videos": len(np.unique(log.videos)),
        "in_force": in_force,
    }


def _refuse(context: Context, run_id: int, reason: str) -> dict[str, Any]:
    metrics = {"events": 0, "videos": 0, "reason": reason}
    with context.database.transaction() as transaction:
        space_store.end_run(
            transaction, run_id, "refused", settings={}, metrics=metrics, now=context.clock.now()
        )
    logger.info("item_model_refused", extra={"run": run_id, **metrics})
    return {"run": run_id, **metrics}


def _data(log: WatchLog, words: Sequence[tuple[int, Sequence[str]]]) -> Data:
    """Number users, videos and words from 0."""
    videos = np.unique(np.array([video for video, _ in words], np.int64))
    known = np.isin(log.videos, videos)
    users = np.unique(log.users[known])
    events = interactions(
        np.searchsorted(users, log.users[known]).astype(np.int32),
        np.searchsorted(videos, log.videos[known]).astype(np.int32),
        log.at[known],
        n_users=len(users),
        n_items=len(videos),
        rewards=log.rewards[known],
    )
    return Data(videos, users, events, _graph(videos, words))


def _graph(videos: Ints, words: Sequence[tuple[int, Sequence[str]]]) -> Sparse | None:
    codes: dict[str, int] = {}
    rows, columns = [], []
    for video, said in words:
        for word in said:
            rows.append(video)
            columns.append(codes.setdefault(word, len(codes)))
    if len(videos) < 2:  # noqa: PLR2004 - alone it is like nothing
        return None
    counts = sparse(
        np.searchsorted(videos, np.array(rows, np.int64)),
        np.array(columns, np.int64),
        np.ones(len(rows), np.float32),
        (len(videos), len(codes)),
    )
    return content_graph(tf_idf(counts), None, nearest=CONTENT_NEAREST)


def _settings(champion: dict[str, Any] | None) -> Settings | None:
    return Settings(**champion["settings"]["model"]) if champion else None


def _publish(context: Context, run_id: int, data: Data, model: ItemModel, old_space: int) -> None:
    """Write what was learned of every video, and where everybody stands, in batches."""
    with context.database.transaction() as transaction:
        old_ids, old_vectors = training_store.read_vectors(transaction, old_space)
        space_store.create_space(transaction, run_id)
    turned = _turned(model.vectors, data.videos, old_ids, old_vectors)
    placed, from_content = _placed(turned, data)
    give = np.where(from_content, np.median(model.give), model.give)
    take = np.where(from_content, np.median(model.take), model.take)
    told = np.flatnonzero(placed.any(axis=1))
    for content in (False, True):
        for batch in _batches(told[from_content[told] == content]):
            rows = [
                (int(data.videos[item]), HalfVector(placed[item]).to_text(),
                 float(give[item]), float(take[item]))
                for item in batch.tolist()
            ]  # fmt: skip
            with context.database.transaction() as transaction:
                space_store.write_embeddings(transaction, run_id, rows, from_content=content)
    for batch in _batches(np.flatnonzero((model.neighbours >= 0).any(axis=1))):
        with context.database.transaction() as transaction:
            space_store.write_neighbours(
                transaction, run_id, [_neighbours(data, model, item) for item in batch.tolist()]
            )
    _publish_users(context, run_id, data, model, turned)


def _publish_users(
    context: Context, run_id: int, data: Data, model: ItemModel, turned: Floats
) -> None:
    events = data.events
    weights = events.rewards * np.exp(-events.ages / model.settings.tau).astype(np.float32)
    heard = sparse(events.users, events.items, weights, (events.n_users, events.n_items))
    vectors = heard.times(turned * model.give[:, None])
    for batch in _batches(np.flatnonzero(vectors.any(axis=1))):
        with context.database.transaction() as transaction:
            training_store.write_user_vectors(
                transaction, run_id, data.users[batch], vectors[batch], context.clock.now()
            )


def _turned(vectors: Floats, ids: Ints, old_ids: Ints, old: Floats) -> Floats:
    """Return vectors turned onto those of the space before, which has axes of its own."""
    _, here, there = np.intersect1d(ids, old_ids, return_indices=True)
    both = vectors[here].any(axis=1)
    if both.sum() < ALIGNED_AT_LEAST:
        return vectors
    turned: Floats = vectors @ align(vectors[here[both]], old[there[both]])
    return turned


def _placed(vectors: Floats, data: Data) -> tuple[Floats, NDArray[np.bool_]]:
    """Return a vector for every video; of those nobody has watched, by their content."""
    placed = vectors.copy()
    unknown: NDArray[np.bool_] = np.logical_not(vectors.any(axis=1))
    if data.graph is not None:
        for item in np.flatnonzero(unknown).tolist():
            a, b = data.graph.starts[item], data.graph.starts[item + 1]
            near = data.graph.columns[a:b]
            if len(near):
                placed[item] = place_new(data.graph.values[a:b], vectors[near])
    return placed, unknown


def _neighbours(data: Data, model: ItemModel, item: int) -> tuple[int, Neighbours]:
    known = model.neighbours[item] >= 0
    return int(data.videos[item]), Neighbours(
        data.videos[model.neighbours[item][known]],
        model.cowatch[item][known],
        model.content[item][known],
    )


def _scale(model: ItemModel, events: Interactions) -> float:
    """Return what brings the mean best score of some users to 1."""
    users = np.flatnonzero(events.lengths)[:SAMPLE]
    if not len(users):
        return 1.0
    best = model.score_users(events, users).max(axis=1)
    return float(1 / max(best.mean(), 1e-9))


def _batches(rows: Ints) -> Iterator[Ints]:
    for first in range(0, len(rows), space_store.BATCH):
        yield rows[first : first + space_store.BATCH]

"""A log as it comes: the model is frozen, each later event is to be found from those before it."""

from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from benchmarks.recommending.data import Log
from chalicelib.feed.learning.interactions import LONGEST, interactions
from chalicelib.feed.learning.item_model import ItemModel, Parts, fit
from chalicelib.feed.learning.sparse import Sparse
from chalicelib.feed.learning.tuning import TOP, Progress, tune
from chalicelib.feed.tables import Floats

LATER = 0.2  # of the log, by its clock
MOST_EVENTS = 20_000  # that are to be found

Histories = defaultdict[int, list[int]]


@dataclass(frozen=True)
class Replayed:
    """Means over the events to be found, of the best 20; `newcomers` are users of no event yet."""

    recall: float
    ndcg: float
    newcomers: float  # recall of users who were unknown when the model was trained; NaN without


def replay(
    log: Log, graph: Sparse | None, *, trials: int, seconds: float, seed: int, progress: Progress
) -> dict[str, Replayed]:
    """Return what popularity finds, what tastes frozen at the split find, and what live ones find.

    What is popular goes on being counted for all three, so that tastes alone make the difference.
    """
    cut = int(len(log.users) * (1 - LATER))
    events = interactions(
        log.users[:cut], log.items[:cut], np.arange(cut, dtype=np.float64),
        n_users=log.n_users, n_items=log.n_items,
    )  # fmt: skip
    tuned = tune(
        *events.hold_out_last(), graph,
        seed=seed, trials=trials, seconds=seconds, progress=progress,
    )  # fmt: skip
    model = fit(Parts(events, graph, seed=seed), tuned.settings)
    return {
        "popularity": _run(log, cut, None, live=False),
        "frozen": _run(log, cut, model, live=False),
        "live": _run(log, cut, model, live=True),
    }


def _run(log: Log, cut: int, model: ItemModel | None, *, live: bool) -> Replayed:
    trained = np.bincount(log.users[:cut], minlength=log.n_users)
    places, newcomers = [], []
    for user, place in _places(log, cut, model, live=live):
        places.append(place)
        newcomers.append(trained[user] == 0)
    found = np.array(places)
    hits, new = found < TOP, np.array(newcomers)
    return Replayed(
        recall=float(hits.mean()),
        ndcg=float((hits / np.log2(found + 2.0)).mean()),
        newcomers=float(hits[new].mean()) if new.any() else float("nan"),
    )


def _places(
    log: Log, cut: int, model: ItemModel | None, *, live: bool
) -> Iterator[tuple[int, int]]:
    """Yield the user of each later event, and how many items came before what they watched."""
    popular = np.bincount(log.items[:cut], minlength=log.n_items).astype(np.float32)
    seen: Histories = defaultdict(list)
    heard: Histories = defaultdict(list)
    every = 1 + (len(log.users) - cut) // MOST_EVENTS
    for turn, (user, item) in enumerate(zip(log.users.tolist(), log.items.tolist(), strict=True)):
        if turn >= cut:
            if (turn - cut) % every == 0:
                scores = _scores(model, heard[user], popular)
                scores[seen[user]] = -np.inf
                ahead = (scores > scores[item]).sum() + (scores[:item] == scores[item]).sum()
                yield user, int(ahead)
            popular[item] += 1
        seen[user].append(item)
        if live or turn < cut:
            heard[user].append(item)


def _scores(model: ItemModel | None, history: list[int], popular: Floats) -> Floats:
    if model is None or not history:
        return popular.copy()
    events = history[-LONGEST:]
    ages = np.arange(len(events))[::-1]
    recency = np.exp(-ages / model.settings.tau).astype(np.float32)
    return model.scores(np.array(events), recency)

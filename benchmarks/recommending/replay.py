"""A day as it comes: the model is frozen, each later event is to be found from those before it."""

from collections import defaultdict

import numpy as np

from benchmarks.recommending.data import TEST_SHARE, Log
from chalicelib.feed.learning.interactions import interactions
from chalicelib.feed.learning.item_model import ItemModel, Parts, fit
from chalicelib.feed.learning.tuning import TOP, Progress, tune

SEED = 1


def replay(log: Log, *, trials: int, progress: Progress | None = None) -> dict[str, float]:
    """Return recall@20 of popularity, of tastes frozen at the split, and of live ones."""
    cut = int(len(log.users) * (1 - TEST_SHARE))
    events = interactions(
        log.users[:cut].astype(np.int32),
        log.items[:cut].astype(np.int32),
        np.arange(cut, dtype=np.float64),
        n_users=log.n_users,
        n_items=log.n_items,
    )
    known, target = events.hold_out_last()
    tuned = tune(known, target, None, seed=SEED, trials=trials, progress=progress)
    model = fit(Parts(events, None, seed=SEED), tuned.settings)
    return {
        "popularity": _run(log, cut, None, live=True),
        "frozen": _run(log, cut, model, live=False),
        "live": _run(log, cut, model, live=True),
    }


def _run(log: Log, cut: int, model: ItemModel | None, *, live: bool) -> float:
    popular = np.bincount(log.items[:cut], minlength=log.n_items).astype(np.float32)
    seen: defaultdict[int, list[int]] = defaultdict(list)
    heard: defaultdict[int, list[int]] = defaultdict(list)
    for user, item in zip(log.users[:cut].tolist(), log.items[:cut].tolist(), strict=True):
        seen[user].append(item)
        heard[user].append(item)
    found = 0
    later = list(zip(log.users[cut:].tolist(), log.items[cut:].tolist(), strict=True))
    for user, item in later:
        events = heard[user][-200:]
        if model is None or not events:
            scores = popular.copy()
        else:
            ages = np.arange(len(events) - 1, -1, -1)
            weights = np.exp(-ages / model.settings.tau).astype(np.float32)
            scores = model.scores(np.array(events), weights)
        scores[seen[user]] = -np.inf
        found += item in np.argpartition(-scores, TOP)[:TOP]
        seen[user].append(item)
        popular[item] += 1
        if live:
            heard[user].append(item)
    return found / len(later)

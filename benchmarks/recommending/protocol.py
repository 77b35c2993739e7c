"""Recommendation over the whole catalogue: what users know is left out, nothing is sampled."""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from benchmarks.recommending.data import Task
from chalicelib.feed.learning.tuning import BATCH, best_of, ndcg, wanted_by
from chalicelib.feed.tables import Floats

COLD = 3  # events
FEWEST = 0.02  # of the users that so few events make cold; else it is the least active fifth

# Gives the scores of some users for all items, (users, items).
Score = Callable[[NDArray[np.intp]], Floats]


@dataclass(frozen=True)
class Measured:
    """Means over users who have something to find, of the best 20."""

    recall: float
    error: float  # the standard error of the recall
    ndcg: float
    coverage: float  # the share of the catalogue that is in any list
    cold_items: float  # recall of targets that hardly anybody has watched; NaN without any
    cold_users: float  # recall of users who have watched least


def evaluate(score: Score, task: Task) -> Measured:
    """Return how well the best 20 find the targets."""
    known, target = task.known, task.target
    users = np.flatnonzero(target.lengths)
    shown = np.zeros(known.n_items, bool)
    recalls, gains, cold_items = [], [], []
    for first in range(0, len(users), BATCH):
        some = users[first : first + BATCH]
        tops = best_of(_unknown(score(some), task, some))
        for top, wanted in zip(tops, wanted_by(target, some), strict=True):
            shown[top] = True
            found = np.isin(wanted, top)
            recalls.append(found.mean())
            gains.append(ndcg(top, wanted))
            cold = known.viewers[wanted] <= COLD
            if cold.any():
                cold_items.append(found[cold].mean())
    return Measured(
        recall=float(np.mean(recalls)),
        error=float(np.std(recalls) / np.sqrt(len(recalls))),
        ndcg=float(np.mean(gains)),
        coverage=float(shown.mean()),
        cold_items=float(np.mean(cold_items)) if cold_items else float("nan"),
        cold_users=float(np.array(recalls)[_cold(known.lengths[users])].mean()),
    )


def _unknown(scores: Floats, task: Task, users: NDArray[np.intp]) -> Floats:
    """Return scores with what users know at the very end."""
    row_of = np.full(task.known.n_users, -1)
    row_of[users] = np.arange(len(users))
    rows = row_of[task.known.users]
    left = np.array(scores, np.float32)
    left[rows[rows >= 0], task.known.items[rows >= 0]] = -np.inf
    return left


def _cold(lengths: NDArray[np.int64]) -> NDArray[np.bool_]:
    cold: NDArray[np.bool_] = lengths <= COLD
    return cold if cold.mean() > FEWEST else lengths <= np.quantile(lengths, 0.2)

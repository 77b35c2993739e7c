"""Recommendation over the whole catalogue: what users know is left out, nothing is sampled."""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from chalicelib.feed.learning.interactions import Interactions
from chalicelib.feed.learning.tuning import BATCH, best_of, ndcg, wanted_by
from chalicelib.feed.tables import Floats

COLD = 3  # viewings in what is known

# Gives the scores of some users for all items, (users, items).
Score = Callable[[NDArray[np.intp]], Floats]


@dataclass(frozen=True)
class Measured:
    """Means over users who have something to find."""

    recall: float
    error: float  # the standard error of the recall
    ndcg: float
    coverage: float  # the share of the catalogue that is in any list
    cold_items: float  # recall of targets that hardly anybody has watched; NaN without any
    cold_users: float  # recall of users who have hardly watched anything


def evaluate(score: Score, known: Interactions, target: Interactions) -> Measured:
    """Return how well the best 20 find the targets."""
    users = np.flatnonzero(target.lengths)
    viewers = known.viewers
    starts = np.concatenate([[0], np.cumsum(known.lengths)])
    shown = np.zeros(known.n_items, bool)
    recalls, gains, cold_items = [], [], []
    for first in range(0, len(users), BATCH):
        some = users[first : first + BATCH]
        scores = np.array(score(some), np.float32, copy=True)
        for row, user in enumerate(some.tolist()):
            scores[row, known.items[starts[user] : starts[user + 1]]] = -np.inf
        for top, wanted in zip(best_of(scores), wanted_by(target, some), strict=True):
            shown[top] = True
            recalls.append(np.isin(top, wanted).sum() / len(wanted))
            gains.append(ndcg(top, wanted))
            cold = wanted[viewers[wanted] <= COLD]
            if len(cold):
                cold_items.append(float(np.isin(cold, top).mean()))
    found = np.array(recalls)
    cold = found[known.lengths[users] <= COLD]
    return Measured(
        recall=float(found.mean()),
        error=float(found.std() / np.sqrt(len(found))),
        ndcg=float(np.mean(gains)),
        coverage=float(shown.mean()),
        cold_items=float(np.mean(cold_items)) if cold_items else float("nan"),
        cold_users=float(cold.mean()) if len(cold) else float("nan"),
    )

"""Which videos are watched together."""

from collections.abc import Iterator

import numpy as np
from numpy.typing import NDArray

from chalicelib.feed.learning.interactions import Interactions
from chalicelib.feed.learning.sparse import Sparse, sparse
from chalicelib.feed.tables import Floats

PAIRS = 4_000_000  # that are added up at once
KEPT = 400  # of each row in between; no more than a quarter of them is used

Pairs = tuple[NDArray[np.int64], NDArray[np.int64], Floats]


def cowatch(
    events: Interactions, *, window: int, lag_decay: float, backward: float, user_norm: float
) -> Sparse:
    """Return T, (n, n): how much watching one video says for another.

    Parameters
    ----------
    window: how many events apart two may be; 0 for everything a user has watched, in any order.
    lag_decay: a pair `lag` events apart weighs `lag ** -lag_decay`.
    backward: what a pair weighs against its order in time; forward it weighs 1.
    user_norm: somebody with m events weighs `m ** -user_norm`, so that nobody is the model.
    """
    shape = (events.n_items, events.n_items)
    total = sparse(np.zeros(0, np.int64), np.zeros(0, np.int64), np.zeros(0, np.float32), shape)
    waiting: list[Pairs] = []
    for pairs in _pairs(events, window, lag_decay, backward, user_norm):
        waiting.append(pairs)
        if sum(len(part[2]) for part in waiting) > PAIRS:
            total, waiting = _add(total, waiting).top(KEPT), []
    return _add(total, waiting)


def _pairs(
    events: Interactions, window: int, lag_decay: float, backward: float, user_norm: float
) -> Iterator[Pairs]:
    users, items = events.users, events.items.astype(np.int64)
    weight = np.maximum(events.lengths, 1).astype(np.float32) ** -user_norm
    furthest = window if window else int(events.lengths.max(initial=0)) - 1
    for lag in range(1, furthest + 1):
        same = users[lag:] == users[:-lag]
        if not same.any():
            break
        earlier, later = items[:-lag][same], items[lag:][same]
        worth = weight[users[lag:][same]]
        if window:
            worth = worth * np.float32(lag**-lag_decay)
        yield earlier, later, worth
        yield later, earlier, worth * np.float32(backward if window else 1.0)


def _add(total: Sparse, parts: list[Pairs]) -> Sparse:
    columns = (
        [np.concatenate([part[place] for part in parts]) for place in range(3)] if parts else None
    )
    if columns is None:
        return total
    return sparse(
        np.concatenate([total.rows(), columns[0]]),
        np.concatenate([total.columns, columns[1]]),
        np.concatenate([total.values, columns[2].astype(np.float32)]),
        total.shape,
    )

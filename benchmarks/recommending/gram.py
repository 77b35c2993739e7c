"""How many users have watched both of two items, for all pairs, in bounded memory."""

from collections.abc import Iterator

import numpy as np

from chalicelib.feed.learning.interactions import Interactions
from chalicelib.feed.learning.sparse import Sparse, sparse
from chalicelib.feed.tables import Floats

BLOCK = 8_000_000  # numbers that are made at once
PAIRS = 4_000_000  # that are counted at once


def watched_by(known: Interactions) -> Sparse:
    """Return ones where a user has watched an item, (users, items)."""
    ones = np.ones(len(known.users), np.float32)
    return sparse(known.users, known.items, ones, (known.n_users, known.n_items))


def gram_blocks(watched: Sparse) -> Iterator[tuple[int, int, Floats]]:
    """Yield rows `first` to `end` of the transposed matrix times itself, (end - first, items)."""
    n_items = watched.shape[1]
    by_item = watched.transposed()
    step = max(1, BLOCK // n_items)
    for first in range(0, n_items, step):
        end = min(first + step, n_items)
        yield first, end, _block(watched, by_item, first, end)


def _block(watched: Sparse, by_item: Sparse, first: int, end: int) -> Floats:
    n_items = watched.shape[1]
    users = by_item.columns[by_item.starts[first] : by_item.starts[end]]
    rows = np.repeat(np.arange(end - first), np.diff(by_item.starts[first : end + 1]))
    counts = np.diff(watched.starts)[users]
    together = np.zeros((end - first) * n_items, np.float32)
    for part in np.array_split(np.arange(len(users)), 1 + int(counts.sum()) // PAIRS):
        many = counts[part]
        offsets = np.arange(many.sum()) - np.repeat(np.cumsum(many) - many, many)
        also = watched.columns[np.repeat(watched.starts[users[part]], many) + offsets]
        np.add.at(together, np.repeat(rows[part], many) * n_items + also, np.float32(1))
    return together.reshape(end - first, n_items)

"""The matrix of how many users have watched both of two items, in bounded memory."""

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


def inverted(matrix: Floats) -> Floats:
    """Turn a symmetric positive definite matrix into its inverse, and return it.

    Quarter by quarter, by the Schur complement: the whole at once takes five times its memory.
    """
    half = len(matrix) // 2
    low, high = slice(half), slice(half, None)
    matrix[low, low] = np.linalg.inv(matrix[low, low])
    moved = matrix[low, low] @ matrix[low, high]
    matrix[high, high] -= matrix[high, low] @ moved
    matrix[high, high] = np.linalg.inv(matrix[high, high])
    matrix[low, high] = -moved @ matrix[high, high]
    matrix[high, low] = matrix[low, high].T
    matrix[low, low] -= matrix[low, high] @ moved.T
    return matrix


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

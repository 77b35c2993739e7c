"""A sparse matrix by rows, with the few operations that learning needs, in bounded memory."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from chalicelib.feed.tables import Floats

CHUNK = 2_000_000  # numbers that are multiplied at once


@dataclass(frozen=True)
class Sparse:
    """Rows of (column, value) pairs: row r has those from `starts[r]` to `starts[r + 1]`."""

    shape: tuple[int, int]
    starts: NDArray[np.int64]
    columns: NDArray[np.int64]
    values: Floats

    def times(self, dense: Floats) -> Floats:
        """Return the product with a dense matrix, (rows, k)."""
        made = np.zeros((self.shape[0], dense.shape[1]), np.float32)
        step = max(1, CHUNK // dense.shape[1])
        row = 0
        while row < self.shape[0]:
            end = int(np.searchsorted(self.starts, self.starts[row] + step, side="right")) - 1
            end = min(max(end, row + 1), self.shape[0])
            made[row:end] = self._times(dense, row, end)
            row = end
        return made

    def _times(self, dense: Floats, first: int, end: int) -> Floats:
        a, b = int(self.starts[first]), int(self.starts[end])
        made = np.zeros((end - first, dense.shape[1]), np.float32)
        if a == b:
            return made
        products = dense[self.columns[a:b]] * self.values[a:b, None]
        starts = self.starts[first:end] - a
        filled = self.starts[first + 1 : end + 1] - a > starts
        made[filled] = np.add.reduceat(products, starts[filled], axis=0)
        return made

    def transposed(self) -> "Sparse":
        """Return the matrix with rows and columns exchanged."""
        return sparse(self.columns, self.rows(), self.values, self.shape[::-1])

    def rows(self) -> NDArray[np.int64]:
        """Return the row of each value."""
        return np.repeat(np.arange(self.shape[0]), np.diff(self.starts))

    def top(self, most: int) -> "Sparse":
        """Return the largest values of each row only; of equal ones those of smaller columns."""
        rows = self.rows()
        order = np.lexsort((self.columns, -self.values, rows))
        place = np.arange(len(order)) - self.starts[rows[order]]
        kept = np.sort(order[place < most])
        return sparse(rows[kept], self.columns[kept], self.values[kept], self.shape)


def sparse(
    rows: NDArray[np.integer],
    columns: NDArray[np.integer],
    values: Floats,
    shape: tuple[int, int],
) -> Sparse:
    """Return a matrix from its values; those at the same place are added up."""
    key = rows.astype(np.int64) * shape[1] + columns
    order = np.argsort(key, kind="stable")
    key, values = key[order], values[order]
    first = np.flatnonzero(np.r_[True, key[1:] != key[:-1]]) if len(key) else np.zeros(0, np.intp)
    sums = np.add.reduceat(values, first).astype(np.float32) if len(first) else values
    place = key[first]
    counts = np.bincount(place // shape[1], minlength=shape[0])
    starts = np.concatenate([[0], np.cumsum(counts)]).astype(np.int64)
    return Sparse(shape, starts, place % shape[1], sums)

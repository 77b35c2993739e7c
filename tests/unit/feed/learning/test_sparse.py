"""The few operations on sparse matrices that learning needs."""

import numpy as np
import pytest

from chalicelib.feed.learning.sparse import sparse


def test_sparse_products_are_those_of_dense_matrices() -> None:
    random = np.random.default_rng(0)
    rows, columns = random.integers(0, 30, 200), random.integers(0, 20, 200)
    values = random.random(200).astype(np.float32)
    matrix = sparse(rows, columns, values, (30, 20))
    dense = np.zeros((30, 20), np.float32)
    np.add.at(dense, (rows, columns), values)
    other = random.random((20, 5)).astype(np.float32)
    assert matrix.times(other) == pytest.approx(dense @ other, abs=1e-5)
    assert matrix.transposed().times(np.eye(30, dtype=np.float32)) == pytest.approx(dense.T)


def test_the_largest_of_each_row_are_kept() -> None:
    rows, columns = np.array([0, 0, 0, 2, 2]), np.array([4, 1, 3, 0, 2])
    best = sparse(rows, columns, np.array([1, 3, 2, 5, 5], np.float32), (3, 5)).top(2)
    assert best.rows().tolist() == [0, 0, 2, 2]
    assert best.columns.tolist() == [1, 3, 0, 2]

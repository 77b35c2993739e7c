"""Vectors of videos: the true axes, the same ones each time, and turned onto the old ones."""

import numpy as np
import pytest

from chalicelib.feed.learning.factors import align, item_vectors, unit, watch_matrix
from chalicelib.feed.learning.sparse import Sparse, sparse
from chalicelib.feed.tables import Floats
from tests.unit.feed.learning.planted import PER_TOPIC, events, topics


def low_rank(rank: int) -> tuple[Sparse, Floats]:
    random = np.random.default_rng(3)
    product = random.standard_normal((90, rank)) @ random.standard_normal((rank, 60))
    dense: Floats = product.astype(np.float32)
    rows, columns = np.nonzero(dense)
    return sparse(rows, columns, dense[rows, columns], (90, 60)), dense


def test_the_factors_are_those_of_the_exact_decomposition() -> None:
    matrix, dense = low_rank(6)
    found = item_vectors(matrix, seed=1, dimensions=6)
    exact = np.linalg.svd(dense)[2][:6].T
    assert np.abs((found * exact).sum(axis=0)) == pytest.approx(np.ones(6), abs=1e-3)
    assert found.T @ found == pytest.approx(np.eye(6), abs=1e-3)


def test_axes_that_say_nothing_are_zero() -> None:
    found = item_vectors(low_rank(4)[0], seed=1, dimensions=20)
    assert np.linalg.norm(found, axis=0)[:4] == pytest.approx(np.ones(4), abs=1e-3)
    assert not found[:, 4:].any()


def test_the_same_seed_gives_the_same_vectors() -> None:
    matrix = watch_matrix(topics(100, ordered=False))
    assert item_vectors(matrix, seed=5).tobytes() == item_vectors(matrix, seed=5).tobytes()


def test_nothing_watched_gives_zeros() -> None:
    assert not item_vectors(watch_matrix(events([[]], 3)), seed=1).any()


def test_videos_of_one_audience_have_like_vectors() -> None:
    vectors = unit(item_vectors(watch_matrix(topics(400, ordered=False)), seed=1, dimensions=8))
    likeness = vectors @ vectors.T
    topic = np.arange(len(vectors)) // PER_TOPIC
    same = topic[:, None] == topic[None]
    assert likeness[same].mean() > 0.8
    assert abs(likeness[~same].mean()) < 0.1


def test_a_turned_space_is_brought_back() -> None:
    random = np.random.default_rng(2)
    old = unit(random.standard_normal((50, 16)).astype(np.float32))
    turn = np.linalg.qr(random.standard_normal((16, 16)))[0].astype(np.float32)
    new = old @ turn
    assert new @ align(new, old) == pytest.approx(old, abs=1e-4)


def test_aligning_keeps_all_likenesses() -> None:
    random = np.random.default_rng(4)
    new, old = (random.standard_normal((30, 8)).astype(np.float32) for _ in range(2))
    turned = new @ align(new, old)
    assert turned @ turned.T == pytest.approx(new @ new.T, abs=1e-3)
    assert ((turned - old) ** 2).sum() < ((new - old) ** 2).sum()

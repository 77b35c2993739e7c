"""What others recommend: the usual baselines, on the same data."""

from collections.abc import Callable, Iterator
from importlib import import_module
from importlib.util import find_spec
from typing import Any

import numpy as np
from numpy.typing import NDArray

from benchmarks.recommending.data import Data
from benchmarks.recommending.protocol import Score
from chalicelib.feed.learning.factors import unit
from chalicelib.feed.learning.interactions import Interactions
from chalicelib.feed.learning.sparse import Sparse, sparse
from chalicelib.feed.tables import Floats

NEIGHBOURS, SHRINK = 100, 10.0
RIDGE = 100.0
MOST_DENSE = 16_000  # items of which EASE can invert a matrix in memory

Fit = Callable[[Data], Score]


def peers() -> Iterator[tuple[str, Fit]]:
    """Yield the peers that can run here."""
    yield "popularity", popularity
    yield "item kNN", item_knn
    yield "EASE", ease
    yield "content cosine x quality (the reference's recipe)", reference
    if find_spec("implicit"):
        yield "implicit ALS", als
        yield "implicit BPR", bpr


def popularity(data: Data) -> Score:
    """Everybody is shown what most have watched."""
    viewers = data.known.viewers.astype(np.float32)
    return lambda users: np.repeat(viewers[None], len(users), 0)


def item_knn(data: Data) -> Score:
    """Shrunk cosine of items' viewers, the nearest 100 (Sarwar 2001)."""
    watched = _watched(data.known)
    gram = _dense(watched.transposed()) @ _dense(watched) if _fits(data) else None
    if gram is None:
        return popularity(data)
    norm = np.sqrt(np.maximum(data.known.viewers, 1)).astype(np.float32)
    likeness: Floats = gram / (np.outer(norm, norm) + np.float32(SHRINK))
    np.fill_diagonal(likeness, 0)
    cut = -np.partition(-likeness, NEIGHBOURS, axis=1)[:, NEIGHBOURS - 1 : NEIGHBOURS]
    likeness[likeness < cut] = 0
    return lambda users: _dense(_rows(watched, users)) @ likeness


def ease(data: Data) -> Score:
    """The closed-form linear autoencoder (Steck 2019)."""
    if not _fits(data):
        return popularity(data)
    watched = _watched(data.known)
    dense = _dense(watched)
    gram = dense.T @ dense
    gram[np.diag_indices(len(gram))] += RIDGE
    inverse = np.linalg.inv(gram)
    weights = inverse / -np.diag(inverse)
    np.fill_diagonal(weights, 0)
    return lambda users: dense[users] @ weights


def reference(data: Data) -> Score:
    """Cosine of a user's mean content with an item's, times a boost for quality."""
    features = data.dense if data.dense is not None else None
    if features is None and data.words is not None:
        features = _dense(data.words)
    if features is None:
        return popularity(data)
    content = unit(features)
    boost = np.log1p(data.known.viewers).astype(np.float32)
    watched = _watched(data.known)
    return lambda users: (unit(_rows(watched, users).times(content)) @ content.T) * boost


def als(data: Data) -> Score:
    """Implicit matrix factorisation (Hu, Koren, Volinsky 2008), by the package implicit."""
    model = import_module("implicit.als").AlternatingLeastSquares(
        factors=128, regularization=0.05, iterations=15, alpha=10, random_state=0, num_threads=2
    )
    return _factors(model, data)


def bpr(data: Data) -> Score:
    """Bayesian personalised ranking (Rendle 2009), by the package implicit."""
    model = import_module("implicit.bpr").BayesianPersonalizedRanking(
        factors=128, learning_rate=0.05, iterations=100, random_state=0, num_threads=2
    )
    return _factors(model, data)


def _factors(model: Any, data: Data) -> Score:
    csr_matrix = import_module("scipy.sparse").csr_matrix  # comes with implicit
    known = data.known
    ones = np.ones(len(known.users), np.float32)
    model.fit(
        csr_matrix((ones, (known.users, known.items)), shape=(known.n_users, known.n_items)),
        show_progress=False,
    )
    users, items = np.asarray(model.user_factors), np.asarray(model.item_factors)
    return lambda some: users[some] @ items.T


def _fits(data: Data) -> bool:
    return data.known.n_items <= MOST_DENSE


def _watched(known: Interactions) -> Sparse:
    ones = np.ones(len(known.users), np.float32)
    return sparse(known.users, known.items, ones, (known.n_users, known.n_items))


def _rows(matrix: Sparse, rows: NDArray[np.intp]) -> Sparse:
    place = np.full(matrix.shape[0], -1)
    place[rows] = np.arange(len(rows))
    own = place[matrix.rows()]
    kept = own >= 0
    return sparse(
        own[kept], matrix.columns[kept], matrix.values[kept], (len(rows), matrix.shape[1])
    )


def _dense(matrix: Sparse) -> Floats:
    made = np.zeros(matrix.shape, np.float32)
    made[matrix.rows(), matrix.columns] = matrix.values
    return made

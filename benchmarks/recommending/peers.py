"""What others recommend: the usual baselines on the same data, with their usual settings."""

from collections.abc import Callable
from importlib import import_module
from importlib.util import find_spec

import numpy as np
from numpy.typing import NDArray

from benchmarks.recommending.data import Content
from benchmarks.recommending.gram import gram_blocks, inverted, watched_by
from benchmarks.recommending.protocol import Score
from chalicelib.feed.learning.factors import unit
from chalicelib.feed.learning.interactions import Interactions
from chalicelib.feed.learning.sparse import Sparse, sparse
from chalicelib.feed.tables import Floats

NEIGHBOURS, SHRINK = 100, 10.0
RIDGE = 100.0
MOST_DENSE = 14_000  # items of which a matrix can be inverted in 3 GB

Fit = Callable[[Interactions, Content], Score]


def peers(known: Interactions, content: Content) -> tuple[list[tuple[str, Fit]], list[str]]:
    """Return the peers that can run here, and a sentence on each that can't."""
    found: list[tuple[str, Fit]] = [("popularity", popularity), ("item kNN", item_knn)]
    absent = []
    if known.n_items <= MOST_DENSE:
        found.append(("EASE", ease))
    else:
        absent.append(f"EASE is left out: it inverts {known.n_items:,} x {known.n_items:,} numbers")
    if find_spec("implicit"):
        found += [("implicit ALS", als), ("implicit BPR", bpr)]
    else:
        absent.append("ALS and BPR are left out: pip install -r requirements-bench.txt")
    if content.words is None and content.dense is None:
        absent.append("The reference's recipe is left out: nothing says what the items are about")
    else:
        found.append(("reference's recipe", reference))
    return found, absent


def popularity(known: Interactions, content: Content) -> Score:
    """Everybody is shown what most have watched."""
    viewers = known.viewers.astype(np.float32)
    return lambda users: np.broadcast_to(viewers, (len(users), known.n_items))


def item_knn(known: Interactions, content: Content) -> Score:
    """Shrunk cosine of items' viewers, the nearest 100 (Sarwar and others, WWW 2001)."""
    watched = watched_by(known)
    lengths = np.sqrt(known.viewers).astype(np.float32)
    most = min(NEIGHBOURS, known.n_items)
    near = np.zeros((known.n_items, most), np.int64)
    likeness = np.zeros((known.n_items, most), np.float32)
    for first, end, together in gram_blocks(watched):
        cosines = together / (np.outer(lengths[first:end], lengths) + np.float32(SHRINK))
        cosines[np.arange(end - first), np.arange(first, end)] = 0
        near[first:end] = np.argpartition(-cosines, most - 1, axis=1)[:, :most]
        likeness[first:end] = np.take_along_axis(cosines, near[first:end], 1)

    def score(users: NDArray[np.intp]) -> Floats:
        heard = _rows(watched, users)
        places = heard.rows()[:, None] * known.n_items + near[heard.columns]
        size = len(users) * known.n_items
        votes = np.bincount(places.ravel(), likeness[heard.columns].ravel(), size)
        return votes.astype(np.float32).reshape(len(users), -1)

    return score


def ease(known: Interactions, content: Content) -> Score:
    """The closed-form linear autoencoder (Steck, WWW 2019)."""
    watched = watched_by(known)
    gram = np.empty((known.n_items, known.n_items), np.float32)
    for first, end, together in gram_blocks(watched):
        gram[first:end] = together
    gram[np.diag_indices(known.n_items)] += RIDGE
    weights = inverted(gram)
    weights /= -np.diag(weights).copy()
    np.fill_diagonal(weights, 0)
    return lambda users: _rows(watched, users).times(weights)


def reference(known: Interactions, content: Content) -> Score:
    """Cosine of what a user has watched with an item's content, times a boost for quality.

    The boost is 0.5 to 1 by the logarithm of viewers; freshness isn't known here.
    """
    watched = watched_by(known)
    popular = np.log1p(known.viewers) / np.log1p(known.viewers.max())
    boost = (0.5 + 0.5 * popular).astype(np.float32)
    by_word = content.words.transposed() if content.words is not None else None
    features = unit(content.dense) if content.dense is not None else None

    def score(users: NDArray[np.intp]) -> Floats:
        heard = _dense(_rows(watched, users))
        cosines = np.zeros_like(heard)
        if content.words is not None and by_word is not None:
            profiles = unit(by_word.times(heard.T).T)
            cosines += content.words.times(profiles.T).T
        if features is not None:
            cosines += unit(heard @ features) @ features.T
        scores: Floats = np.maximum(cosines, 0) * boost
        return scores

    return score


def als(known: Interactions, content: Content) -> Score:
    """Implicit matrix factorisation (Hu, Koren, Volinsky, ICDM 2008), by the package implicit."""
    return _factors(
        "als.AlternatingLeastSquares", known, regularization=0.05, iterations=15, alpha=10
    )


def bpr(known: Interactions, content: Content) -> Score:
    """Bayesian personalised ranking (Rendle and others, UAI 2009), by the package implicit."""
    return _factors(
        "bpr.BayesianPersonalizedRanking", known, regularization=0.01, iterations=100,
        learning_rate=0.05,
    )  # fmt: skip


def _factors(name: str, known: Interactions, **settings: float) -> Score:
    csr_matrix = import_module("scipy.sparse").csr_matrix  # comes with implicit
    module, kind = name.split(".")
    ones = np.ones(len(known.users), np.float32)
    shape = (known.n_users, known.n_items)
    # Its own threads and those of BLAS would take the processors from each other.
    with import_module("threadpoolctl").threadpool_limits(1, "blas"):
        model = getattr(import_module(f"implicit.{module}"), kind)(
            factors=128, random_state=0, num_threads=2, **settings
        )
        model.fit(csr_matrix((ones, (known.users, known.items)), shape=shape), show_progress=False)
    users, items = np.asarray(model.user_factors), np.asarray(model.item_factors)
    return lambda some: users[some] @ items.T


def _rows(matrix: Sparse, rows: NDArray[np.intp]) -> Sparse:
    row_of = np.full(matrix.shape[0], -1)
    row_of[rows] = np.arange(len(rows))
    own = row_of[matrix.rows()]
    kept = own >= 0
    shape = (len(rows), matrix.shape[1])
    return sparse(own[kept], matrix.columns[kept], matrix.values[kept], shape)


def _dense(matrix: Sparse) -> Floats:
    made = np.zeros(matrix.shape, np.float32)
    made[matrix.rows(), matrix.columns] = matrix.values
    return made

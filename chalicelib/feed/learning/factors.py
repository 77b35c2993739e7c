"""Vectors of videos: a randomised SVD, and how a new space is turned onto an old one."""

import numpy as np

from chalicelib.feed.learning.interactions import Interactions
from chalicelib.feed.learning.sparse import Sparse, sparse
from chalicelib.feed.tables import DIMENSIONS, Floats

OVERSAMPLING, POWER_ITERATIONS = 16, 2


def watch_matrix(events: Interactions) -> Sparse:
    """Return the users' watching, (users, items), normalised by the lengths of both."""
    users = np.maximum(events.lengths, 1).astype(np.float32) ** -0.5
    items = np.maximum(events.viewers, 1).astype(np.float32) ** -0.5
    values = users[events.users] * items[events.items]
    return sparse(events.users, events.items, values, (events.n_users, events.n_items))


def item_vectors(matrix: Sparse, *, seed: int, dimensions: int = DIMENSIONS) -> Floats:
    """Return the right singular vectors of a matrix, (items, dimensions), orthonormal.

    Halko, Martinsson, Tropp: Finding structure with randomness, SIAM Review 53 (2011), algorithm
    4.4. Of a matrix of lower rank the last columns are 0.
    """
    if not len(matrix.values):
        return np.zeros((matrix.shape[1], dimensions), np.float32)
    rank = min(dimensions, *matrix.shape)
    size = min(rank + OVERSAMPLING, *matrix.shape)
    transposed = matrix.transposed()
    random = np.random.default_rng(seed)
    base = matrix.times(random.standard_normal((matrix.shape[1], size)).astype(np.float32))
    for _ in range(POWER_ITERATIONS):
        base = np.linalg.qr(base)[0]
        base = matrix.times(np.linalg.qr(transposed.times(base))[0])
    base = np.linalg.qr(base)[0]
    small = transposed.times(base)  # (items, size)
    values, axes = np.linalg.eigh(small.T @ small)
    values, axes = values[::-1][:rank], axes[:, ::-1][:, :rank]
    spread = np.sqrt(np.maximum(values, 0))
    told = spread > 1e-5 * max(float(spread[0]), 1e-12)
    vectors = np.zeros((matrix.shape[1], dimensions), np.float32)
    vectors[:, :rank][:, told] = (small @ axes[:, told]) / spread[told]
    return vectors


def align(new: Floats, old: Floats) -> Floats:
    """Return the rotation, (k, k), that brings items' new vectors nearest to their old ones.

    Orthogonal Procrustes: Schönemann, Psychometrika 31 (1966).
    """
    left, _, right = np.linalg.svd(new.T @ old)
    rotation: Floats = (left @ right).astype(np.float32)
    return rotation


def unit(vectors: Floats) -> Floats:
    """Return vectors in length 1; those of length 0 stay."""
    lengths = np.linalg.norm(vectors, axis=-1, keepdims=True)
    scaled: Floats = vectors / np.maximum(lengths, 1e-9)
    return scaled

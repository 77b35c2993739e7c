"""Which videos are about the same, by what is said of them and by how they look and sound."""

import numpy as np
from numpy.typing import NDArray

from chalicelib.feed.learning.factors import unit
from chalicelib.feed.learning.sparse import Sparse, sparse
from chalicelib.feed.tables import Floats

NEAREST = 20  # of whose vectors a new video's is made
PRODUCTS = 8_000_000  # that are held in memory at once
COMMON, MOST_COMMON = 0.2, 2000  # of all videos; a word of more says nothing
KAPPA = 2.0  # viewers' worth of what content says of a new video


def tf_idf(words: Sparse) -> Sparse:
    """Return the weights of words, (videos, words), each video in length 1.

    Rare words say most: idf = ln(n / document frequency), Spärck Jones 1972.
    """
    n = words.shape[0]
    frequency = np.bincount(words.columns, minlength=words.shape[1])
    idf = np.log(n / np.maximum(frequency, 1)).astype(np.float32)
    idf[frequency > min(COMMON * n, MOST_COMMON)] = 0
    values = words.values * idf[words.columns]
    rows = words.rows()
    lengths = np.sqrt(np.bincount(rows, values**2, n))
    scaled = values / np.maximum(lengths, 1e-9)[rows]
    return Sparse(words.shape, words.starts, words.columns, scaled.astype(np.float32))


def content_graph(words: Sparse | None, dense: Floats | None, *, nearest: int) -> Sparse:
    """Return C, (n, n): the cosines of the nearest by content, normalised by their sums.

    Parameters
    ----------
    words: tf-idf weights, (n, words). dense: other features, (n, k). One of them is needed; where
    there are both, their cosines are added.
    """
    graphs = [] if words is None else [_by_words(words, nearest)]
    graphs += [] if dense is None else [_by_features(unit(dense - dense.mean(axis=0)), nearest)]
    rows, columns, values = (
        np.concatenate([part[place] for part in map(_triples, graphs)]) for place in range(3)
    )
    return _normalised(sparse(rows, columns, values, graphs[0].shape).top(nearest))


def place_new(likeness: Floats, known: Floats) -> Floats:
    """Return the vector of a new video: the weighted mean of its nearest ones' by content.

    Parameters
    ----------
    likeness: (m,) to videos whose vectors, (m, 128), are known. Zeros where nothing is like it.
    """
    near = np.argsort(-likeness, kind="stable")[:NEAREST]
    weights = np.maximum(likeness[near], 0)
    placed: Floats = unit(weights @ known[near])
    return placed


def blend(content: Floats, watchers: Floats) -> Floats:
    """Return a young video's vector: what content says, and the sum of its watchers' tastes."""
    blended: Floats = unit(KAPPA * content + watchers)
    return blended


def _by_words(words: Sparse, nearest: int) -> Sparse:
    """Return the largest cosines by words; videos that share none are not looked at."""
    n = words.shape[0]
    by_word = words.transposed()
    effort = np.diff(by_word.starts)[words.columns]  # products that each word of a video takes
    total = np.concatenate([[0], np.cumsum(effort)])[words.starts]
    parts, first = [], 0
    while first < n:
        end = int(np.searchsorted(total, total[first] + PRODUCTS, side="right")) - 1
        end = min(max(end, first + 1), n)
        parts.append(_triples(_products(words, by_word, first, end).top(nearest)))
        first = end
    rows, columns, values = (np.concatenate([part[place] for part in parts]) for place in range(3))
    return sparse(rows, columns, values, (n, n))


def _products(words: Sparse, by_word: Sparse, first: int, end: int) -> Sparse:
    """Return the cosines of some videos with all others that they share a word with."""
    a, b = int(words.starts[first]), int(words.starts[end])
    rows = np.repeat(np.arange(first, end), np.diff(words.starts[first : end + 1]))
    counts = np.diff(by_word.starts)[words.columns[a:b]]
    begins = by_word.starts[words.columns[a:b]]
    offsets = np.arange(int(counts.sum())) - np.repeat(np.cumsum(counts) - counts, counts)
    place = np.repeat(begins, counts) + offsets
    own, other = np.repeat(rows, counts), by_word.columns[place]
    values = np.repeat(words.values[a:b], counts) * by_word.values[place]
    kept = (own != other) & (values > 0)
    return sparse(own[kept], other[kept], values[kept], (words.shape[0], words.shape[0]))


def _by_features(scaled: Floats, nearest: int) -> Sparse:
    """Return the largest cosines of features in length 1."""
    n = len(scaled)
    most, step = min(nearest, n - 1), max(1, PRODUCTS // n)
    parts = []
    for first in range(0, n, step):
        end = min(first + step, n)
        likeness = scaled[first:end] @ scaled.T
        likeness[np.arange(end - first), np.arange(first, end)] = 0
        best = np.argpartition(-likeness, most - 1, axis=1)[:, :most]
        found = np.take_along_axis(likeness, best, axis=1)
        kept = found > 0
        rows = np.repeat(np.arange(first, end), kept.sum(axis=1))
        parts.append((rows, best[kept], found[kept]))
    rows, columns, values = (np.concatenate([part[place] for part in parts]) for place in range(3))
    return sparse(rows, columns, values, (n, n))


def _triples(matrix: Sparse) -> tuple[NDArray[np.int64], NDArray[np.int64], Floats]:
    return matrix.rows(), matrix.columns, matrix.values


def _normalised(graph: Sparse) -> Sparse:
    rows = graph.rows()
    out = np.bincount(rows, graph.values, graph.shape[0])
    into = np.bincount(graph.columns, graph.values, graph.shape[1])
    norm = np.sqrt(np.maximum(out, 1e-9)[rows] * np.maximum(into, 1e-9)[graph.columns])
    values = (graph.values / norm).astype(np.float32)
    return Sparse(graph.shape, graph.starts, graph.columns, values)

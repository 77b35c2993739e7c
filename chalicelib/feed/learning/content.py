"""Which videos are about the same, by what is said of them and by how they look and sound."""

import numpy as np

from chalicelib.feed.learning.factors import unit
from chalicelib.feed.learning.sparse import Sparse, sparse
from chalicelib.feed.tables import Floats

NEAREST = 20  # of whose vectors a new video's is made
CHUNK = 512  # videos that are compared with all others at once
COMMON = 0.2  # of all videos; a word of more says nothing
KAPPA = 2.0  # viewers' worth of what content says of a new video


def tf_idf(words: Sparse) -> Sparse:
    """Return the weights of words, (videos, words), each video in length 1.

    Rare words say most: idf = ln(n / document frequency), Spärck Jones 1972.
    """
    n = words.shape[0]
    frequency = np.bincount(words.columns, minlength=words.shape[1])
    idf = np.log(n / np.maximum(frequency, 1)).astype(np.float32)
    idf[frequency > COMMON * n] = 0
    values = words.values * idf[words.columns]
    rows = words.rows()
    lengths = np.sqrt(np.bincount(rows, values**2, n))
    scaled = values / np.maximum(lengths, 1e-9)[rows]
    return Sparse(words.shape, words.starts, words.columns, scaled.astype(np.float32))


def content_graph(words: Sparse | None, dense: Floats | None, *, nearest: int) -> Sparse:
    """Return C, (n, n): the cosines of the nearest by content, normalised by their sums.

    Parameters
    ----------
    words: tf-idf weights, (n, words). dense: other features, (n, k).
    """
    n = words.shape[0] if words is not None else len(dense if dense is not None else ())
    scaled = None if dense is None else unit(dense - dense.mean(axis=0))
    rows, columns, values = [], [], []
    by_word = words.transposed() if words is not None else None
    for first in range(0, n, CHUNK):
        end = min(first + CHUNK, n)
        likeness = np.zeros((end - first, n), np.float32)
        if words is not None and by_word is not None:
            likeness += _cosines(words, by_word, first, end)
        if scaled is not None:
            likeness += scaled[first:end] @ scaled.T
        likeness[np.arange(end - first), np.arange(first, end)] = 0
        most = min(nearest, n - 1)
        best = np.argpartition(-likeness, most - 1, axis=1)[:, :most]
        found = np.take_along_axis(likeness, best, axis=1)
        kept = found > 0
        rows.append(np.repeat(np.arange(first, end), kept.sum(axis=1)))
        columns.append(best[kept])
        values.append(found[kept])
    graph = sparse(np.concatenate(rows), np.concatenate(columns), np.concatenate(values), (n, n))
    return _normalised(graph)


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


def _cosines(words: Sparse, by_word: Sparse, first: int, end: int) -> Floats:
    """Return the cosines of some videos with all, (end - first, n), by the words they share."""
    a, b = int(words.starts[first]), int(words.starts[end])
    own_rows = np.repeat(np.arange(end - first), np.diff(words.starts[first : end + 1]))
    counts = np.diff(by_word.starts)[words.columns[a:b]]
    begins = by_word.starts[words.columns[a:b]]
    total = int(counts.sum())
    offsets = np.arange(total) - np.repeat(np.cumsum(counts) - counts, counts)
    place = np.repeat(begins, counts) + offsets
    products = np.repeat(words.values[a:b], counts) * by_word.values[place]
    flat = np.repeat(own_rows, counts) * words.shape[0] + by_word.columns[place]
    size = (end - first) * words.shape[0]
    return np.bincount(flat, products, size).astype(np.float32).reshape(end - first, -1)


def _normalised(graph: Sparse) -> Sparse:
    rows = graph.rows()
    out = np.bincount(rows, graph.values, graph.shape[0])
    into = np.bincount(graph.columns, graph.values, graph.shape[1])
    norm = np.sqrt(np.maximum(out, 1e-9)[rows] * np.maximum(into, 1e-9)[graph.columns])
    values = (graph.values / norm).astype(np.float32)
    return Sparse(graph.shape, graph.starts, graph.columns, values)

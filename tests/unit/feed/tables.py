"""Small tables of videos for tests."""

import numpy as np

from chalicelib.feed.tables import DIMENSIONS, Floats, Videos


def floats(*values: float) -> Floats:
    """Return an array."""
    return np.array(values, np.float32)


def axis(place: int, length: float = 1.0) -> Floats:
    """Return a vector along one axis."""
    vector = np.zeros(DIMENSIONS, np.float32)
    vector[place] = length
    return vector


def videos(count: int, **columns: object) -> Videos:
    """Return videos with ids from 1 that differ in nothing but what is given."""
    plain: dict[str, object] = {
        "ids": np.arange(1, count + 1),
        "creators": np.arange(101, 101 + count),
        "sounds": np.zeros(count, np.int64),
        "tags": np.zeros((count, 4), np.int64),
        "duration_ms": np.full(count, 10_000),
        "published": np.zeros(count),
        "vectors": np.zeros((count, DIMENSIONS), np.float32),
        "take": np.ones(count, np.float32),
        "quantile_sum": np.zeros(count, np.float32),
        "prior": np.full(count, 0.5, np.float32),
        "appeal": np.full(count, 0.5, np.float32),
        "rates": np.zeros((count, 4), np.float32),
        "hot": np.zeros(count, np.float32),
        "shown": np.zeros(count, np.int64),
        "viewings": np.zeros(count, np.float32),
    }
    return Videos(**{name: np.asarray(columns.get(name, plain[name])) for name in plain})

"""Columns of candidates and of what is known of them: structs of arrays, n rows each."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, fields
from enum import IntFlag

import numpy as np
from numpy.typing import NDArray

DIMENSIONS = 128

Ints = NDArray[np.int64]
Floats = NDArray[np.float32]


class Found(IntFlag):
    """Which candidate generators found a video; kept as bits."""

    FOLLOWING = 1
    HASHTAG = 2
    SOUND = 4
    NEIGHBOUR = 8
    LONG_TASTE = 16
    SHORT_TASTE = 32
    TRENDING = 64
    NEARBY = (
        128  # trending in the viewer's country, or among people of their country, language, age
    )
    EXPLORATION = 256
    NEWEST = 512
    SEEN_BEFORE = 1024  # shown again, since there is nothing else
    NEW_CREATOR = 2048  # exploration, of somebody whose other videos nobody has watched yet


@dataclass(frozen=True)
class Pool:
    """The candidates of one viewer, each once, in the order of their ids."""

    ids: Ints  # row ids of videos
    found: NDArray[np.uint16]  # bits of Found


@dataclass(frozen=True)
class Videos:
    """What ranking knows of videos."""

    ids: Ints
    creators: Ints
    sounds: Ints  # 0: none
    tags: NDArray[np.int64]  # (n, 4) ids of the first hashtags, 0: none
    duration_ms: Ints
    published: NDArray[np.float64]  # seconds since 1970
    vectors: Floats  # (n, 128) of the current space, of length 1; zeros: not known yet
    take: Floats  # n_i^g of the current space
    quantile_sum: Floats  # of watch times, 0 to 1 each
    prior: Floats  # mean watch quantile of the creator's other videos, shrunk; NaN: not known yet
    appeal: Floats  # shrunk mean watch quantile, 0 to 1, without the bias of length
    rates: Floats  # (n, 4) shrunk: completed, liked, shared, skipped, each per viewing
    hot: Floats  # decayed appeal and volume; what is trending is high
    shown: Ints  # impressions
    viewings: Floats  # impressions that were watched

    def take_rows(self, rows: Sequence[int]) -> "Videos":
        """Return some rows, in the order given."""
        wanted = np.array(rows, np.intp)
        return Videos(**{field.name: getattr(self, field.name)[wanted] for field in fields(self)})


@dataclass(frozen=True)
class Neighbours:
    """The videos that watching one video votes for; both weights are multiplied out."""

    ids: Ints
    cowatch: Floats
    content: Floats


@dataclass(frozen=True)
class Space:
    """The settings of one trained item model that serving needs."""

    id: int
    tau: float  # recency, in events
    vector_weight: float  # λ
    scale: float  # brings the mean best score to 1


NeighboursOf = Mapping[int, Neighbours]

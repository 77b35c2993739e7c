"""Vectors of videos, kept in the warm process: within a space they hardly ever change."""

import time
from collections.abc import Sequence
from itertools import repeat
from weakref import WeakKeyDictionary

import numpy as np
from numpy.typing import NDArray

from chalicelib.feed import candidate_store
from chalicelib.feed.tables import DIMENSIONS, Floats, Ints
from chalicelib.platform.database import Connection, Database

MOST = 100_000  # videos: 52 MB
KEPT_SECONDS = 600  # a new video's vector follows its watchers
ABSENT_SECONDS = 60  # and it has none before the next minute's upkeep
_FIRST = 4096
_NOWHERE = 0  # a row of zeros, for videos without a place


class Vectors:
    """The vectors and `take` of one space, by row id of the video."""

    def __init__(self, space_id: int) -> None:
        """Start with none."""
        self.space_id = space_id
        self._until = time.monotonic() + KEPT_SECONDS
        self._place: dict[int, int] = {}
        self._absent: dict[int, float] = {}  # until when it isn't looked for again
        self._vectors: Floats = np.zeros((_FIRST, DIMENSIONS), np.float32)
        self._take: Floats = np.zeros(_FIRST, np.float32)

    @property
    def is_stale(self) -> bool:
        """Whether it is time to start anew."""
        return time.monotonic() > self._until or len(self._place) > MOST

    def of(self, transaction: Connection, ids: Ints) -> tuple[Floats, Floats]:
        """Return vectors, (n, 128), and take, (n,); zeros for videos without a place."""
        wanted = ids.tolist()
        rows = self._rows(wanted)
        if not rows.all() and self._look_for(transaction, wanted):
            rows = self._rows(wanted)
        return self._vectors[rows], self._take[rows]

    def _rows(self, ids: Sequence[int]) -> NDArray[np.intp]:
        found = map(self._place.get, ids, repeat(_NOWHERE))
        return np.fromiter(found, np.intp, len(ids))

    def _look_for(self, transaction: Connection, ids: Sequence[int]) -> bool:
        """Read what hasn't been looked for lately. Returns whether there was anything."""
        now = time.monotonic()
        missing = [
            video for video in ids if video not in self._place and self._absent.get(video, 0) <= now
        ]
        if missing:
            self._absent.update(dict.fromkeys(missing, now + ABSENT_SECONDS))
            self._add(*candidate_store.read_vectors(transaction, missing, self.space_id))
        return bool(missing)

    def _add(self, ids: Ints, vectors: Floats, take: Floats) -> None:
        first = len(self._place) + 1
        while first + len(ids) > len(self._take):
            self._vectors = np.concatenate([self._vectors, np.zeros_like(self._vectors)])
            self._take = np.concatenate([self._take, np.zeros_like(self._take)])
        self._place.update(zip(ids.tolist(), range(first, first + len(ids)), strict=True))
        rows = slice(first, first + len(ids))
        self._vectors[rows], self._take[rows] = vectors, take


_KEPT: WeakKeyDictionary[Database, Vectors] = WeakKeyDictionary()


def vectors_of(database: Database, space_id: int) -> Vectors:
    """Return this process's vectors of a space."""
    kept = _KEPT.get(database)
    if kept is None or kept.space_id != space_id or kept.is_stale:
        kept = _KEPT[database] = Vectors(space_id)
    return kept

"""Top-k over arrays, for the SQL of `chalicelib.feed.candidate_store`; the numbers are the same."""

from collections.abc import Mapping, Sequence

import numpy as np
from numpy.typing import NDArray

from benchmarks.simulating.catalogue import Catalogue
from chalicelib.feed.candidate_store import Wanted
from chalicelib.feed.exploration import Stage
from chalicelib.feed.tables import Floats, Found, Ints, Pool

OF_TAG, OF_SOUND, OF_CREATOR, FOLLOWED, NEAR = 25, 20, 20, 200, 200
HOT, TESTING, GROWING, NEWEST = 150, 40, 20, 60


class Index:
    """What the generators look up, as of one hour."""

    def __init__(
        self, catalogue: Catalogue, hot: Floats, stages: NDArray[np.object_], vectors: Floats
    ) -> None:
        """Sort what is published by all the keys."""
        world = catalogue.world
        rows = np.flatnonzero(catalogue.published)
        by_heat = rows[np.lexsort((-rows, -hot[rows]))]
        newest = rows[::-1]
        self._vectors = vectors[rows]
        self._placed = rows
        self._by_tag = _first_of(np.repeat(by_heat, 4), world.tags[by_heat].ravel(), OF_TAG)
        self._by_sound = _first_of(by_heat, world.sounds[by_heat], OF_SOUND)
        self._by_creator = _first_of(newest, world.creators[newest], OF_CREATOR)
        self._fixed = (
            (by_heat[:HOT], Found.TRENDING),
            (newest[stages[newest] == Stage.TESTING][:TESTING], Found.EXPLORATION),
            (newest[stages[newest] == Stage.GROWING][:GROWING], Found.EXPLORATION),
            (newest[:NEWEST], Found.NEWEST),
        )
        self._bits = np.zeros(world.n_videos, np.uint16)

    def pool(self, wanted: Wanted, followed: Ints) -> Pool:
        """Return the candidates, in the order of their ids."""
        bits = self._bits
        bits[:] = 0
        for rows, source in self._fixed:
            bits[rows] |= np.uint16(source)
        news = _of(self._by_creator, followed.tolist())[:FOLLOWED]
        bits[news] |= np.uint16(Found.FOLLOWING)
        bits[_of(self._by_tag, wanted.tags)] |= np.uint16(Found.HASHTAG)
        bits[_of(self._by_sound, wanted.sounds)] |= np.uint16(Found.SOUND)
        bits[np.array(wanted.neighbours, np.intp)] |= np.uint16(Found.NEIGHBOUR)
        for taste, source in ((wanted.short, Found.SHORT_TASTE), (wanted.long, Found.LONG_TASTE)):
            if taste is not None:
                bits[self._near(taste)] |= np.uint16(source)
        ids = np.flatnonzero(bits)
        return Pool(ids, bits[ids])

    def _near(self, taste: Floats) -> Ints:
        likeness = self._vectors @ taste
        most = min(NEAR, len(likeness))
        near: Ints = self._placed[np.argpartition(-likeness, most - 1)[:most]]
        return near


def _first_of(rows: Ints, keys: Ints, most: int) -> dict[int, Ints]:
    """Return the first rows of each key; 0 is no key."""
    order = np.argsort(keys, kind="stable")
    named, starts = np.unique(keys[order], return_index=True)
    parts = np.split(rows[order], starts[1:])
    return {key: part[:most] for key, part in zip(named.tolist(), parts, strict=True) if key}


def _of(lists: Mapping[int, Ints], keys: Sequence[int]) -> Ints:
    found = [lists[key] for key in keys if key in lists]
    return np.concatenate(found) if found else np.zeros(0, np.int64)

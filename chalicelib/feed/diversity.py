"""Which candidate takes the next slot: the best one that isn't like those just before it.

Maximal marginal relevance: Carbonell and Goldstein, SIGIR 1998.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from chalicelib.feed.tables import Floats, Videos

CREATOR_APART = 8  # slots in which no creator comes twice
SOUND_APART = 5
CREATOR_WINDOW, MOST_OF_CREATOR = 20, 2
BEST = 150  # candidates that are compared with what was shown
ALIKE = 8  # slots that a candidate is compared with
PENALTY = 0.3  # of the score, for a video just like one of those

Mask = NDArray[np.bool_]
Scores = NDArray[np.float64]


@dataclass
class Shown:
    """What the last slots of a feed showed, the last one last."""

    creators: list[int] = field(default_factory=list)
    sounds: list[int] = field(default_factory=list)  # 0: none
    vectors: list[Floats] = field(default_factory=list)

    def add(self, videos: Videos, row: int) -> None:
        """Note what a slot shows."""
        self.creators.append(int(videos.creators[row]))
        self.sounds.append(int(videos.sounds[row]))
        self.vectors.append(videos.vectors[row])

    @classmethod
    def of(cls, videos: Videos) -> "Shown":
        """Return what was shown by some videos, in their order."""
        return cls(videos.creators.tolist(), videos.sounds.tolist(), list(videos.vectors))


def pick(videos: Videos, scores: Scores, free: Mask, shown: Shown) -> int | None:
    """Return the row that takes the next slot, None when none is free.

    Only rows that keep the rules come into question; where none does, the rules give way one after
    the other, so that a feed doesn't end before its supply.
    """
    for allowed in _rules(videos, shown):
        rows = np.flatnonzero(free & allowed)
        if len(rows):
            return _most_relevant(videos, scores, rows, shown)
    return None


def keeping_rules(videos: Videos, shown: Shown) -> Mask:
    """Return which rows may take the next slot by all rules."""
    return _rules(videos, shown)[0]


def _most_relevant(videos: Videos, scores: Scores, rows: NDArray[np.intp], shown: Shown) -> int:
    if len(rows) > BEST:
        # Ties go to the smaller id, so that the same feed comes out whatever the order was.
        rows = rows[np.lexsort((videos.ids[rows], -scores[rows]))[:BEST]]
    values = scores[rows].astype(np.float64)
    if shown.vectors:
        likeness = videos.vectors[rows] @ np.stack(shown.vectors[-ALIKE:]).T
        values -= PENALTY * np.maximum(likeness.max(axis=1), 0)
    return int(rows[np.lexsort((videos.ids[rows], -values))[0]])


def _rules(videos: Videos, shown: Shown) -> Sequence[Mask]:
    """Return which rows keep the rules: all of them, then fewer and fewer."""
    window = shown.creators[-(CREATOR_WINDOW - 1) :]
    often = [creator for creator in set(window) if window.count(creator) >= MOST_OF_CREATOR]
    recent = shown.creators[-(CREATOR_APART - 1) :]
    sounds = [sound for sound in shown.sounds[-(SOUND_APART - 1) :] if sound]
    apart = ~_is_in(videos.creators, recent)
    heard = ~_is_in(videos.sounds, sounds)
    seldom = ~_is_in(videos.creators, often)
    another = ~_is_in(videos.creators, shown.creators[-1:])
    return [apart & heard & seldom, apart & heard, apart, another, np.ones(len(apart), bool)]


def _is_in(keys: NDArray[np.int64], some: Sequence[int]) -> Mask:
    found = np.zeros(len(keys), bool)
    for key in some:
        found |= keys == key
    return found

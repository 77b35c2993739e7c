"""What a way to choose feeds must be able to do here."""

from dataclasses import dataclass
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from benchmarks.simulating.behaviour import Flags, Viewings
from benchmarks.simulating.catalogue import Catalogue
from chalicelib.feed.tables import Floats, Ints

PAGE = 10  # videos


@dataclass(frozen=True)
class Page:
    """What some visits are shown next: (n, 10); a video of -1 is none."""

    videos: NDArray[np.int64]
    explored: Flags


class Policy(Protocol):
    """A way to choose feeds, with a memory of its own."""

    name: str
    catalogue: Catalogue

    def tend(self, hour: int) -> None:
        """Do what is due at the begin of an hour."""

    def page(self, users: Ints, feeds: Ints, first: int) -> Page:
        """Return the next videos of some feeds, from the slot `first` on."""

    def learn(self, found: Viewings) -> None:
        """Take in what the viewers of a page did."""

    def demoted(self) -> Flags | None:
        """Return which videos were demoted, (V,); None where that is never done."""

    def scores(self, users: Ints) -> tuple[NDArray[np.intp], Ints, Floats]:
        """Return what users would be shown now: rows of `users`, videos, and their scores."""

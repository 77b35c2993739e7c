"""Slot by slot: who takes it, with what score, and why."""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from chalicelib.feed import diversity
from chalicelib.feed.diversity import Mask, Shown
from chalicelib.feed.features import Table
from chalicelib.feed.tables import Videos


@dataclass(frozen=True)
class Draw:
    """A row that exploration has drawn for a slot, and how likely that was."""

    row: int
    propensity: float


@dataclass(frozen=True)
class Chosen:
    """A row of the feature table that took a slot; `score` is the sum of weights times values."""

    row: int
    score: float
    propensity: float
    explored: bool


Explore = Callable[[int, Mask], Draw | None]


def score(table: Table, weights: Table) -> Table:
    """Return the score of every row: the sum over features of weight times value."""
    scores: Table = table @ weights
    return scores


def fill(
    videos: Videos,
    scores: Table,
    *,
    first: int,
    count: int,
    shown: Shown,
    explore: Explore | None = None,
) -> list[Chosen]:
    """Fill up to `count` slots from `first` on.

    A slot depends on the scores, on the slots before it, and on nothing else: two small pages are
    one big one. `explore` is asked for every slot, with the rows that may take it, and draws for
    those slots that it wants.
    """
    free = np.ones(len(videos.ids), bool)
    chosen: list[Chosen] = []
    for slot in range(first, first + count):
        draw = explore(slot, free & diversity.keeping_rules(videos, shown)) if explore else None
        row = draw.row if draw else diversity.pick(videos, scores, free, shown)
        if row is None:
            break
        free[row] = False
        shown.add(videos, row)
        propensity = draw.propensity if draw else 1.0
        chosen.append(Chosen(row, float(scores[row]), propensity, draw is not None))
    return chosen

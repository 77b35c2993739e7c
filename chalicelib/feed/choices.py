"""What the next slots of a feed show, however it was decided."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace

import numpy as np

from chalicelib.feed.features import FEATURES, Table
from chalicelib.feed.tables import Found, Ints


@dataclass(frozen=True)
class Feed:
    """A feed so far: when it began, in seconds since 1970, and what it has shown."""

    id: str
    began: float
    shown: Sequence[int]


@dataclass(frozen=True)
class Choice:
    """What some slots show, as columns; `values` is (slots, features).

    `degraded` names what failed, so that something simpler chose.
    """

    video_ids: Ints
    found: Sequence[int]
    propensities: Sequence[float]
    scores: Sequence[float]
    weights: Table
    values: Table
    space_id: int = 0
    ranker_run_id: int | None = None
    variants: Mapping[str, str] = field(default_factory=dict)
    degraded: Sequence[str] = ()

    def followed_by(self, rest: "Choice") -> "Choice":
        """Return the slots of both, explained by the weights of the first."""
        return replace(
            self,
            video_ids=np.concatenate([self.video_ids, rest.video_ids]),
            found=[*self.found, *rest.found],
            propensities=[*self.propensities, *rest.propensities],
            scores=[*self.scores, *rest.scores],
            values=np.concatenate([self.values, rest.values]),
        )


def plain(ids: Ints, found: Found) -> Choice:
    """Return videos in an order that nothing was scored for."""
    size = len(ids)
    nothing = np.zeros((size, len(FEATURES)))
    weights = np.zeros(len(FEATURES))
    return Choice(ids, [int(found)] * size, [1.0] * size, [0.0] * size, weights, nothing)

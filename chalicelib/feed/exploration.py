"""New videos get their fair chance: slots of their own, Thompson sampling, and a verdict.

Sampling: Thompson 1933; the posterior of a mean watch quantile is taken as normal, with a prior of
a few viewings' worth around what the creator's other videos reach.
"""

import hashlib
import math
from dataclasses import dataclass
from enum import StrEnum

import numpy as np
from numpy.typing import NDArray

from chalicelib.feed.tables import Floats, Ints

SLOTS = 10  # of which one explores,
OF_NEWCOMERS = 3  # and three for viewers of whom nothing is known
FIRST_SLOT = 3  # people judge a feed by its first videos
TESTING, GROWING = 100, 1000  # impressions at which a verdict is due
PROMOTE, DEMOTE = 0.8, 0.1
PRIOR_VIEWINGS = 5.0
SPREAD = 0.29  # the standard deviation of quantiles, which are spread evenly: 1/sqrt(12)
DRAWS = 256  # of which the propensity is taken: a standard error of 0.03 at most
NEAREST = 20  # trials that come into question for a taste
MOST_OF_CREATOR = 0.05  # of exploration


class Stage(StrEnum):
    """How far a video is with its chance."""

    TESTING = "testing"
    GROWING = "growing"
    OPEN = "open"
    DEMOTED = "demoted"


@dataclass(frozen=True)
class Trial:
    """What is known of a video so far; `shown` counts impressions, `viewings` those watched."""

    stage: Stage
    shown: int
    viewings: int
    quantile_sum: float

    @property
    def watch_through(self) -> float | None:
        """The mean watch quantile, 0 to 1; None before anybody has watched."""
        return self.quantile_sum / self.viewings if self.viewings else None


@dataclass(frozen=True)
class Drawn:
    """A place in the list of trials, and how likely it was to be drawn."""

    place: int
    propensity: float


def is_exploring_slot(feed_id: str, slot: int, share: int = 1) -> bool:
    """Whether a slot belongs to exploration: `share` in ten, never one of the first three."""
    decade = slot // SLOTS
    open_slots = np.arange(FIRST_SLOT if decade == 0 else 0, SLOTS)
    chosen = np.random.default_rng(_seed(feed_id, decade)).permutation(open_slots)[:share]
    return slot % SLOTS in chosen


def draw(
    feed_id: str,
    slot: int,
    *,
    means: Floats,
    viewings: Floats,
    likeness: Floats,
) -> Drawn | None:
    """Draw a trial for a slot; the same feed and slot draw the same. None without trials.

    Parameters
    ----------
    means: (n,) mean watch quantiles, shrunk to the creators' usual ones.
    viewings: (n,) how many viewings each mean is of, with those of the prior.
    likeness: (n,) to the viewer's taste; only the nearest come into question.
    """
    if not len(means):
        return None
    near = np.argsort(-likeness, kind="stable")[:NEAREST]
    random = np.random.default_rng(_seed(feed_id, slot))
    spread = SPREAD / np.sqrt(viewings[near])
    samples = means[near] + spread * random.standard_normal((DRAWS, len(near)))
    winners = samples.argmax(axis=1)
    chosen = int(winners[0])
    return Drawn(int(near[chosen]), float((winners == chosen).mean()))


def judge(trial: Trial, median: float) -> Stage:
    """Return the stage that a video is in from now on.

    `median` is the median of the mean watch quantiles of videos that are open.
    """
    if trial.stage not in (Stage.TESTING, Stage.GROWING):
        return trial.stage
    better = probability_better(trial, median)
    due = TESTING if trial.stage is Stage.TESTING else GROWING
    if trial.shown < due:
        return trial.stage
    if better < DEMOTE:
        return Stage.DEMOTED
    if trial.stage is Stage.TESTING:
        return Stage.GROWING
    return Stage.OPEN if better > PROMOTE or trial.shown >= 2 * due else trial.stage


def probability_better(trial: Trial, median: float) -> float:
    """Return the probability that a video's mean watch quantile is above a median."""
    viewings = trial.viewings + PRIOR_VIEWINGS
    mean = (trial.quantile_sum + PRIOR_VIEWINGS * 0.5) / viewings
    score = (mean - median) / (SPREAD / math.sqrt(viewings))
    return 0.5 * (1 + math.erf(score / math.sqrt(2)))


def under_quota(creators: Ints, shown: Ints) -> NDArray[np.bool_]:
    """Return which trials' creators have had less than their part of exploration, (n,).

    All of them where nobody has: where few creators are new, each has more than that part.
    """
    named, place = np.unique(creators, return_inverse=True)
    had = np.bincount(place, shown, len(named)) / max(1, int(shown.sum()))
    under: NDArray[np.bool_] = had[place] < MOST_OF_CREATOR
    return under if under.any() else np.ones(len(creators), bool)


def _seed(feed_id: str, number: int) -> int:
    return int.from_bytes(hashlib.sha256(f"{feed_id} {number}".encode()).digest()[:8], "little")

"""New videos get their fair chance: slots of their own, Thompson sampling, and a verdict.

Sampling: Thompson 1933; the posterior of a mean watch quantile is taken as normal, with a prior
around what the creator's other videos reach.
"""

import hashlib
import math
from dataclasses import dataclass
from datetime import timedelta
from enum import StrEnum

import numpy as np
from numpy.typing import NDArray

from chalicelib.feed.tables import Floats, Ints, Videos

Mask = NDArray[np.bool_]

SLOTS = 10  # of which one explores,
OF_NEWCOMERS = 3  # and three for viewers of whom nothing is known
FIRST_SLOT = 3  # people judge a feed by its first videos
TESTING, GROWING = 100, 1000  # impressions after which there is a verdict,
TESTING_AGE, GROWING_AGE = timedelta(days=2), timedelta(days=14)  # or how long after publication
PROMOTE, DEMOTE = 0.8, 0.1
PRIOR_VIEWINGS = 5.0  # around the median that a verdict compares with
DRAW_PRIOR = 2.0  # viewings' worth of what the creator reaches, so that new videos are tried
TESTS_FIRST = 2 / 3
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
    age: timedelta

    @property
    def watch_through(self) -> float | None:
        """The mean watch quantile, 0 to 1; None before anybody has watched."""
        return self.quantile_sum / self.viewings if self.viewings else None


@dataclass(frozen=True)
class Trials:
    """The new videos that may take a slot, as columns of n rows."""

    quantile_sums: Floats
    viewings: Floats
    priors: Floats  # the mean watch quantile that their creators' videos reach as a rule
    likeness: Floats  # to the viewer's taste; only the nearest come into question
    testing: Mask  # in their first stage


@dataclass(frozen=True)
class Drawn:
    """A place in the list of trials, and how likely it was to be drawn."""

    place: int
    propensity: float


def trials(videos: Videos, likeness: Floats, rows: NDArray[np.intp]) -> Trials:
    """Return some rows of a pool as trials; `likeness` is that of the whole pool."""
    return Trials(
        quantile_sums=videos.quantile_sum[rows],
        viewings=videos.viewings[rows],
        priors=videos.prior[rows],
        likeness=likeness[rows],
        testing=videos.shown[rows] < TESTING,
    )


def is_exploring_slot(feed_id: str, slot: int, share: int = 1) -> bool:
    """Whether a slot belongs to exploration: `share` in ten, never one of the first three."""
    decade = slot // SLOTS
    open_slots = np.arange(FIRST_SLOT if decade == 0 else 0, SLOTS)
    chosen = np.random.default_rng(_seed(feed_id, decade)).permutation(open_slots)[:share]
    return slot % SLOTS in chosen


def draw(feed_id: str, slot: int, trials: Trials) -> Drawn | None:
    """Draw a trial for a slot; the same feed and slot draw the same. None without trials.

    Two slots in three go to videos in their first stage, so that what is known to be good doesn't
    take the chance of what isn't known yet.
    """
    first, later = (_nearest(trials, group) for group in (trials.testing, ~trials.testing))
    if not len(first) + len(later):
        return None
    random = np.random.default_rng(_seed(feed_id, slot))
    tests = random.random(DRAWS) < TESTS_FIRST if len(first) and len(later) else len(first) > 0
    winners = np.where(tests, _best(trials, first, random), _best(trials, later, random))
    chosen = int(winners[0])
    return Drawn(chosen, float((winners == chosen).mean()))


def judge(trial: Trial, median: float) -> Stage:
    """Return the stage that a video is in from now on.

    `median` is the median of the mean watch quantiles of videos that are open.
    """
    if trial.stage not in (Stage.TESTING, Stage.GROWING):
        return trial.stage
    shown, age = _DUE[trial.stage]
    if trial.shown < shown and trial.age < age:
        return trial.stage
    better = probability_better(trial, median)
    if better < DEMOTE:
        return Stage.DEMOTED
    if trial.stage is Stage.TESTING:
        return Stage.GROWING
    is_over = trial.shown >= 2 * shown or trial.age >= 2 * age
    return Stage.OPEN if better > PROMOTE or is_over else trial.stage


def probability_better(trial: Trial, median: float) -> float:
    """Return the probability that a video's mean watch quantile is above a median."""
    viewings = trial.viewings + PRIOR_VIEWINGS
    mean = (trial.quantile_sum + PRIOR_VIEWINGS * 0.5) / viewings
    score = (mean - median) / (SPREAD / math.sqrt(viewings))
    return 0.5 * (1 + math.erf(score / math.sqrt(2)))


def under_quota(creators: Ints, shown: Ints) -> Mask:
    """Return which trials' creators have had less than their part of exploration, (n,).

    All of them where nobody has: where few creators are new, each has more than that part.
    """
    named, place = np.unique(creators, return_inverse=True)
    had = np.bincount(place, shown, len(named)) / max(1, int(shown.sum()))
    under: Mask = had[place] < MOST_OF_CREATOR
    return under if under.any() else np.ones(len(creators), bool)


_DUE = {Stage.TESTING: (TESTING, TESTING_AGE), Stage.GROWING: (GROWING, GROWING_AGE)}


def _nearest(trials: Trials, group: Mask) -> NDArray[np.intp]:
    rows = np.flatnonzero(group)
    return rows[np.argsort(-trials.likeness[rows], kind="stable")[:NEAREST]]


def _best(trials: Trials, rows: NDArray[np.intp], random: np.random.Generator) -> Ints:
    """Return who wins each draw from the posterior of the means; -1 without anybody."""
    if not len(rows):
        return np.full(DRAWS, -1)
    viewings = trials.viewings[rows] + DRAW_PRIOR
    means = (trials.quantile_sums[rows] + DRAW_PRIOR * trials.priors[rows]) / viewings
    spread = SPREAD / np.sqrt(viewings)
    samples = means + spread * random.standard_normal((DRAWS, len(rows)))
    winners: Ints = rows[samples.argmax(axis=1)]
    return winners


def _seed(feed_id: str, number: int) -> int:
    return int.from_bytes(hashlib.sha256(f"{feed_id} {number}".encode()).digest()[:8], "little")

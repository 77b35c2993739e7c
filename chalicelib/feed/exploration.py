"""New videos get their fair chance: slots of their own, Thompson sampling, and a verdict.

Sampling: Thompson 1933; the posterior of a mean watch quantile is taken as normal, with a prior
around what the creator's other videos reach.
"""

import hashlib
import math
from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta
from enum import StrEnum
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from chalicelib.feed.diversity import Mask
from chalicelib.feed.features import Table
from chalicelib.feed.learning.factors import unit
from chalicelib.feed.ranking import Draw
from chalicelib.feed.reward import USUAL_QUANTILE
from chalicelib.feed.tables import Floats, Found, Ints, Pool, Videos
from chalicelib.feed.taste import Taste

SLOTS = 10  # of which one explores,
OF_NEWCOMERS = 3  # and three for viewers of whom nothing is known
FIRST_SLOT = 3  # people judge a feed by its first videos
TESTING, GROWING = 100, 1000  # impressions after which there is a verdict,
TESTING_AGE, GROWING_AGE = timedelta(days=2), timedelta(days=14)  # or how long after publication
PROMOTE, DEMOTE = 0.8, 0.1
PRIOR_VIEWINGS = 5.0  # at what is usual, in a verdict
DRAW_PRIOR = 2.0  # viewings' worth of what the creator reaches, so that new videos are tried
FIT = 0.3  # of a quantile, that a viewer to whom a video is as near as can be gives it more
TESTS_FIRST = 2 / 3
SPREAD = 0.29  # the standard deviation of quantiles, which are spread evenly: 1/sqrt(12)
DRAWS = 256  # of which the propensity is taken: a standard error of 0.03 at most
NEAREST = 20  # trials, of as many creators, that come into question for a taste


class Stage(StrEnum):
    """How far a video is with its chance."""

    TESTING = "testing"
    GROWING = "growing"
    OPEN = "open"
    DEMOTED = "demoted"


_DUE = {Stage.TESTING: (TESTING, TESTING_AGE), Stage.GROWING: (GROWING, GROWING_AGE)}


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
    creators: Ints
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
        priors=np.nan_to_num(videos.prior[rows], nan=USUAL_QUANTILE),
        likeness=likeness[rows],
        creators=videos.creators[rows],
        testing=videos.shown[rows] < TESTING,
    )


def explorer(
    feed_id: str, pool: Pool, videos: Videos, likeness: Floats, *, slots: int
) -> Callable[[int, Mask], Draw | None]:
    """Return what draws new videos of a pool for exploring slots, of which there are some in ten.

    It is given a slot and the rows that may take it; the rows of pool and videos are the same.
    """
    trying = (pool.found & int(Found.EXPLORATION)) != 0

    def explore(slot: int, free: Mask) -> Draw | None:
        if not is_exploring_slot(feed_id, slot, slots):
            return None
        rows = np.flatnonzero(trying & free)
        drawn = draw(feed_id, slot, trials(videos, likeness, rows))
        return Draw(int(rows[drawn.place]), drawn.propensity) if drawn else None

    return explore


def likeness(videos: Videos, taste: Taste | None, fit: Table) -> Floats:
    """Return how near videos are to a viewer, (n,): what of the scores is personal, and the cosine.

    New videos have next to nothing but a place by their content, whatever weight training gives to
    places.
    """
    near = np.zeros(len(videos.ids)) if taste is None else videos.vectors @ unit(taste.long)
    found: Floats = (near + fit).astype(np.float32)
    return found


def is_exploring_slot(feed_id: str, slot: int, share: int = 1) -> bool:
    """Whether a slot belongs to exploration: `share` in ten, never one of the first three."""
    return slot % SLOTS in _exploring_slots(feed_id, slot // SLOTS, share)


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


def judge(trial: Trial, standard: float) -> Stage:
    """Return the stage that a video is in from now on.

    `standard` is the mean watch quantile that is expected of new videos.
    """
    if trial.stage not in (Stage.TESTING, Stage.GROWING):
        return trial.stage
    shown, age = _DUE[trial.stage]
    if trial.shown < shown and trial.age < age:
        return trial.stage
    better = probability_better(trial, standard)
    if better < DEMOTE:
        return Stage.DEMOTED
    if trial.stage is Stage.TESTING:
        return Stage.GROWING
    is_over = trial.shown >= 2 * shown or trial.age >= 2 * age
    return Stage.OPEN if better > PROMOTE or is_over else trial.stage


def probability_better(trial: Trial, standard: float) -> float:
    """Return the probability that a video's mean watch quantile is above a standard."""
    viewings = trial.viewings + PRIOR_VIEWINGS
    mean = (trial.quantile_sum + PRIOR_VIEWINGS * USUAL_QUANTILE) / viewings
    score = (mean - standard) / (SPREAD / math.sqrt(viewings))
    return 0.5 * (1 + math.erf(score / math.sqrt(2)))


@lru_cache(maxsize=1024)
def _exploring_slots(feed_id: str, decade: int, share: int) -> frozenset[int]:
    open_slots = np.arange(FIRST_SLOT if decade == 0 else 0, SLOTS)
    chosen = np.random.default_rng(_seed(feed_id, decade)).permutation(open_slots)[:share]
    return frozenset(chosen.tolist())


def _nearest(trials: Trials, group: Mask) -> NDArray[np.intp]:
    """Return the nearest of a group, of each creator only one: so nobody takes all chances."""
    rows = np.flatnonzero(group)
    rows = rows[np.argsort(-trials.likeness[rows], kind="stable")]
    first = np.sort(np.unique(trials.creators[rows], return_index=True)[1])
    return rows[first[:NEAREST]]


def _best(trials: Trials, rows: NDArray[np.intp], random: np.random.Generator) -> Ints:
    """Return who wins each draw from the posterior of what such viewers give it; -1: nobody."""
    if not len(rows):
        return np.full(DRAWS, -1)
    viewings = trials.viewings[rows] + DRAW_PRIOR
    means = (trials.quantile_sums[rows] + DRAW_PRIOR * trials.priors[rows]) / viewings
    means = means + FIT * trials.likeness[rows]
    spread = SPREAD / np.sqrt(viewings)
    samples = means + spread * random.standard_normal((DRAWS, len(rows)))
    winners: Ints = rows[samples.argmax(axis=1)]
    return winners


def _seed(feed_id: str, number: int) -> int:
    return int.from_bytes(hashlib.sha256(f"{feed_id} {number}".encode()).digest()[:8], "little")

"""What came of it: watch time, reach, fairness to new videos, and independence of length."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from benchmarks.simulating.behaviour import Viewings
from benchmarks.simulating.running import Run
from benchmarks.simulating.world import Numbers, World
from chalicelib.feed.exploration import TESTING
from chalicelib.feed.tables import Floats, Ints

FITTING = 0.5  # the appeal from which somebody would like a video more than not
REACHED, LEAST_DAYS = 100, 3  # fitting viewers, and what a video has time for it at least
APPEAL_BINS, LEAST_OF_BIN = 10, 200
SAMPLE = 300  # viewers whose candidates are looked at
DEALS = 10  # of durations, for what comes by chance
HOUR = 3600


@dataclass(frozen=True)
class Measured:
    """The figures of one policy; those that don't apply are NaN."""

    name: str
    minutes: float  # watched per user and day
    appeal: float  # mean, true
    coverage: float  # of the videos, shown to somebody
    gini: float
    explored: float  # share of impressions
    hours_to_reach: float  # median of the good new videos that got there
    hours_at_best: float  # the same, if each were shown to all whom it suits as soon as they come
    reached: float  # share of the good new videos that could
    bad_tested: float  # share of the bad new videos that had the impressions for a verdict
    bad_demoted: float
    good_demoted: float
    bad_shown: float  # impressions each
    good_shown: float
    length_bias: float  # |Spearman| of score and duration at equal appeal
    length_chance: float  # the same by chance
    seconds_bias: float  # the same of watched seconds


def measure(world: World, run: Run, *, days: int) -> Measured:
    """Return the figures of a run."""
    demoted = run.policy.demoted()
    bias, chance = length_bias(world, run)
    found = run.viewings
    shown = np.bincount(found.videos, minlength=world.n_videos)
    user_days = np.maximum(days - world.joined / 24, 0).sum()
    could = _could_reach(world, days)
    hours, best = (each[could] for each in reach_hours(world, found))
    reached = np.isfinite(hours)
    return Measured(
        name=run.policy.name,
        minutes=float(found.watch_ms.sum() / 60_000 / user_days),
        appeal=float(found.appeal.mean()),
        coverage=float((shown > 0).mean()),
        gini=gini(shown),
        explored=float(found.explored.mean()),
        hours_to_reach=float(np.median(hours[reached])) if reached.any() else np.nan,
        hours_at_best=float(np.median(best[reached])) if reached.any() else np.nan,
        reached=float(reached.mean()) if len(reached) else np.nan,
        bad_tested=float((shown[world.bad] >= TESTING).mean()),
        bad_demoted=np.nan if demoted is None else float(demoted[world.bad].mean()),
        good_demoted=np.nan if demoted is None else float(demoted[world.good].mean()),
        bad_shown=float(shown[world.bad].mean()),
        good_shown=float(shown[world.good].mean()),
        length_bias=bias,
        length_chance=chance,
        seconds_bias=seconds_bias(world, found),
    )


def gini(counts: Ints) -> float:
    """Return the Gini coefficient of counts: 0 where all are equal, nearly 1 where one has all."""
    ordered = np.sort(counts).astype(np.float64)
    n = len(ordered)
    ranks = np.arange(1, n + 1)
    return float(2 * (ranks * ordered).sum() / (n * max(ordered.sum(), 1)) - (n + 1) / n)


def reach_hours(world: World, found: Viewings) -> tuple[Numbers, Numbers]:
    """Return the hours until each good new video was shown to 100 whom it suits; inf: never.

    And the hours until 100 whom it suits had come at all, of whom it could have been shown to.
    """
    videos = np.flatnonzero(world.good)
    hours, best = np.full(len(videos), np.inf), np.full(len(videos), np.inf)
    order = np.argsort(found.at, kind="stable")
    users, shown, at = found.users[order], found.videos[order], found.at[order] / HOUR
    fits = world.appeal(np.arange(world.n_users))[:, videos] > FITTING
    for row, video in enumerate(videos.tolist()):
        begin = np.searchsorted(at, world.published[video])
        suits = fits[users[begin:], row]
        own = np.flatnonzero(suits & (shown[begin:] == video))
        came = np.sort(np.unique(users[begin:][suits], return_index=True)[1])
        for times, moments in ((hours, own), (best, np.flatnonzero(suits)[came])):
            if len(moments) >= REACHED:
                times[row] = at[begin + moments[REACHED - 1]] - world.published[video]
    return hours, best


def _could_reach(world: World, days: int) -> NDArray[np.bool_]:
    """Return which good new videos suit 200 viewers at least and were there for three days."""
    suits = (world.appeal(np.arange(world.n_users))[:, world.good] > FITTING).sum(axis=0)
    could: NDArray[np.bool_] = (suits >= 2 * REACHED) & (
        world.published[world.good] < (days - LEAST_DAYS) * 24
    )
    return could


def length_bias(world: World, run: Run) -> tuple[float, float]:
    """Return |Spearman| of scores and durations at equal true appeal, of what may be shown.

    And what it is by chance, if durations are dealt out anew among the videos: in a small world
    good videos happen to be long or short.
    """
    users = np.flatnonzero(world.joined == 0)[:SAMPLE]
    rows, videos, scores = run.policy.scores(users)
    appeal = world.appeal(users)[rows, videos]
    # Scores of different people can't be compared, so each is ranked among the person's own.
    ranks = _ranks_within(rows, scores)
    random = np.random.default_rng(0)
    durations = world.duration_ms.astype(np.float64)
    dealt = [random.permutation(durations) for _ in range(DEALS)]
    chance = [at_equal_appeal(appeal, ranks, each[videos]) for each in dealt]
    return at_equal_appeal(appeal, ranks, durations[videos]), float(np.mean(chance))


def seconds_bias(world: World, found: Viewings) -> float:
    """Return |Spearman| of watched seconds and durations at equal true appeal."""
    durations = world.duration_ms[found.videos].astype(np.float64)
    return at_equal_appeal(found.appeal, found.watch_ms, durations)


def at_equal_appeal(appeal: NDArray[np.floating], one: Numbers, other: Numbers) -> float:
    """Return the mean over bins of appeal of |Spearman|, by the size of the bins."""
    bins = np.minimum((appeal * APPEAL_BINS).astype(np.intp), APPEAL_BINS - 1)
    sizes, found = [], []
    for number in range(APPEAL_BINS):
        rows = np.flatnonzero(bins == number)
        if len(rows) >= LEAST_OF_BIN:
            sizes.append(len(rows))
            found.append(abs(np.corrcoef(_ranks(one[rows]), _ranks(other[rows]))[0, 1]))
    return float(np.average(found, weights=sizes)) if sizes else np.nan


def _ranks(values: Numbers) -> Numbers:
    """Return the ranks; equal values share the mean of theirs."""
    _, place, counts = np.unique(values, return_inverse=True, return_counts=True)
    ends = np.cumsum(counts)
    ranks: Numbers = (ends - (counts - 1) / 2)[place]
    return ranks


def _ranks_within(groups: NDArray[np.intp], values: Floats) -> Numbers:
    ranks = np.zeros(len(values))
    for group in np.unique(groups):
        rows = np.flatnonzero(groups == group)
        ranks[rows] = _ranks(values[rows].astype(np.float64)) / len(rows)
    return ranks

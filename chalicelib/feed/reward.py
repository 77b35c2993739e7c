"""What a viewing was worth, without the bias of the video's length.

The watch time becomes its quantile among the viewings of videos of about the same length: Zhan et
al., Deconfounding Duration Bias in Watch-time Prediction for Video Recommendation, KDD 2022.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

# Where one bucket of durations ends and the next begins, in milliseconds.
DURATION_EDGES_MS = (4_000, 7_000, 10_000, 14_000, 20_000, 28_000, 40_000, 60_000, 85_000, 120_000,
                     150_000)  # fmt: skip
BUCKETS = len(DURATION_EDGES_MS) + 1
BINS = 50  # of the share of the video that was watched
LONGEST_SHARE = 2.0  # twice the video; more is as good
PRIOR_VIEWINGS = 20.0  # spread evenly over the bins, until people have watched
SKIP_MS = 2000
MOST_LOOPS = 0.5

WHOLE = 0.95  # of a video, to have watched it fully
USUAL_QUANTILE = 0.5  # of a viewing of which nothing is known
LEAST_REWARD = 0.5  # from which on somebody wanted to watch
LIKED, SHARED, FOLLOWED, SKIPPED, NOT_INTERESTED = 0.3, 0.5, 0.5, -0.3, -1.0

Counts = NDArray[np.float64]


@dataclass(frozen=True)
class Signals:
    """What somebody did with a video besides watching it."""

    liked: bool = False
    shared: bool = False
    followed: bool = False
    skipped: bool = False
    not_interested: bool = False


class Histograms:
    """Streaming histograms of the watched share, one per bucket of durations."""

    def __init__(self, counts: Counts | None = None) -> None:
        """Start from stored counts, shape (12, 50); from none without them."""
        self.counts = np.zeros((BUCKETS, BINS)) if counts is None else counts.astype(np.float64)
        if self.counts.shape != (BUCKETS, BINS):
            raise ValueError(f"histograms have the shape {BUCKETS} x {BINS}")
        prior = self.counts + PRIOR_VIEWINGS / BINS
        total = prior.sum(axis=1, keepdims=True)
        below = np.cumsum(prior, axis=1) - prior
        self._quantiles = (below + prior / 2) / total

    def quantiles(self, watch_ms: Counts, duration_ms: Counts) -> Counts:
        """Return how much of what others watch of videos as long is less, each 0 to 1.

        Ties count half, so that whoever watches as everybody does is at one half.
        """
        buckets, bins = places(watch_ms, duration_ms)
        found: Counts = self._quantiles[buckets, bins]
        return found

    def quantile(self, watch_ms: float, duration_ms: float) -> float:
        """Return the quantile of one viewing."""
        return float(self.quantiles(np.array([watch_ms]), np.array([duration_ms]))[0])

    def appraise(self, watch_ms: int, duration_ms: int, signals: Signals) -> tuple[float, float]:
        """Return the quantile of a viewing, and what it was worth."""
        quantile = self.quantile(watch_ms, duration_ms)
        loops = watch_ms / duration_ms - 1 if duration_ms else 0.0
        return quantile, reward(quantile, loops, signals)


def count(watch_ms: Counts, duration_ms: Counts) -> Counts:
    """Return the histograms of some viewings, shape (12, 50)."""
    counts = np.zeros((BUCKETS, BINS))
    np.add.at(counts, places(watch_ms, duration_ms), 1)
    return counts


def places(watch_ms: Counts, duration_ms: Counts) -> tuple[NDArray[np.intp], NDArray[np.intp]]:
    """Return the bucket and the bin of each viewing."""
    share = np.clip(watch_ms / np.maximum(duration_ms, 1), 0, LONGEST_SHARE)
    bins = np.minimum((share / LONGEST_SHARE * BINS).astype(np.intp), BINS - 1)
    return np.searchsorted(DURATION_EDGES_MS, duration_ms, side="right"), bins


def reward(quantile: float, loops: float, signals: Signals) -> float:
    """Return what a viewing was worth, from -1 to 2.8.

    `loops` is how often the video was watched again after the first time.
    """
    if signals.not_interested:
        return NOT_INTERESTED
    worth = quantile + min(MOST_LOOPS, max(0.0, loops))
    worth += LIKED * signals.liked + SHARED * signals.shared + FOLLOWED * signals.followed
    return worth + SKIPPED * signals.skipped

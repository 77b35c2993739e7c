"""What the engine knows of videos: figures, heat and stages, for `video_features`."""

from datetime import timedelta

import numpy as np
from numpy.typing import NDArray

from benchmarks.simulating.behaviour import Viewings
from benchmarks.simulating.catalogue import Catalogue
from benchmarks.simulating.world import Numbers, World
from chalicelib.feed import exploration
from chalicelib.feed.candidate_store import SHRINK, USUAL_RATES
from chalicelib.feed.exploration import GROWING, Stage, Trial
from chalicelib.feed.reward import USUAL_QUANTILE
from chalicelib.feed.tables import Floats, Ints, Videos
from chalicelib.feed.upkeep_store import HALF_LIFE_SECONDS, PRIOR_WEIGHT

HOUR = 3600


class Figures:
    """Counts with rewards in them, and what follows of these every hour."""

    def __init__(self, world: World, catalogue: Catalogue) -> None:
        """Start with nothing watched; what is there from the begin isn't to be tested."""
        self.stages: NDArray[np.object_] = np.where(
            world.published < 0, Stage.OPEN, Stage.TESTING
        ).astype(object)
        self.hot = np.zeros(world.n_videos, np.float32)
        self._world = world
        self._catalogue = catalogue
        self._quantile_sum = np.zeros(world.n_videos)
        self._priors = self._reached()

    def add(self, found: Viewings, quantiles: Numbers) -> None:
        """Add the watch quantiles of viewings."""
        np.add.at(self._quantile_sum, found.videos, quantiles)
        np.add.at(self.hot, found.videos, quantiles.astype(np.float32))

    def tend(self) -> None:
        """Let an hour's heat go, and judge new videos."""
        self._priors = self._reached()
        self.hot *= np.float32(0.5 ** (HOUR / HALF_LIFE_SECONDS))
        shown, viewings = self._catalogue.shown, self._catalogue.viewings
        standard = self._standard()
        new = (self.stages == Stage.TESTING) | (self.stages == Stage.GROWING)
        for video in np.flatnonzero(new & self._catalogue.published).tolist():
            trial = Trial(
                Stage(self.stages[video]),
                int(shown[video]),
                int(viewings[video]),
                float(self._quantile_sum[video]),
                timedelta(hours=int(self._catalogue.hour - self._world.published[video])),
            )
            self.stages[video] = exploration.judge(trial, standard)

    def _standard(self) -> float:
        """Return what is expected of new videos."""
        viewings, shown = self._catalogue.viewings, self._catalogue.shown
        known = (self.stages == Stage.OPEN) & (viewings > 0)
        new = (self._world.published >= 0) & (viewings > 0) & (shown < 2 * GROWING)
        found = [USUAL_QUANTILE]
        if known.any() and new.any():
            found = [
                float(np.median(self._quantile_sum[known] / viewings[known])),
                float(self._quantile_sum[new].sum() / viewings[new].sum()),
            ]
        return min(found)

    def _reached(self) -> Floats:
        """Return what the videos of each creator reach, by creator."""
        creators, viewings = self._world.creators, self._catalogue.viewings
        quantiles = np.bincount(creators, self._quantile_sum) + USUAL_QUANTILE * PRIOR_WEIGHT
        found: Floats = quantiles / (np.bincount(creators, viewings) + PRIOR_WEIGHT)
        return found.astype(np.float32)

    def videos(self, rows: Ints, vectors: Floats, take: Floats) -> Videos:
        """Return what ranking reads of some videos; vectors and take are those of all."""
        world, counts = self._world, self._catalogue
        viewings = counts.viewings[rows] + SHRINK
        sums = (counts.completed, counts.liked, counts.shared, counts.skipped)
        rates = np.stack([each[rows] for each in sums], axis=1) + np.array(USUAL_RATES) * SHRINK
        appeal = (self._quantile_sum[rows] + USUAL_QUANTILE * SHRINK) / viewings
        return Videos(
            ids=rows,
            creators=world.creators[rows],
            sounds=world.sounds[rows],
            tags=world.tags[rows],
            duration_ms=world.duration_ms[rows],
            published=world.published[rows].astype(np.float64) * HOUR,
            vectors=vectors[rows],
            take=take[rows],
            quantile_sum=self._quantile_sum[rows].astype(np.float32),
            prior=self._priors[world.creators[rows]],
            appeal=appeal.astype(np.float32),
            rates=(rates / viewings[:, None]).astype(np.float32),
            hot=self.hot[rows],
            shown=counts.shown[rows],
            viewings=counts.viewings[rows].astype(np.float32),
        )

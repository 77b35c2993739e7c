"""What others do: by chance, what is popular, and content cosine with boosts."""

import numpy as np
from numpy.typing import NDArray

from benchmarks.simulating.behaviour import Flags, Viewings
from benchmarks.simulating.catalogue import Catalogue
from benchmarks.simulating.nightly import content_words
from benchmarks.simulating.policy import PAGE, Page
from benchmarks.simulating.world import Random, World
from chalicelib.feed.learning.factors import item_vectors, unit
from chalicelib.feed.tables import Floats, Ints

POPULAR_DAYS = 3.0  # half-life of what is popular
FOLLOWED, HASHTAGS, SOUNDS, TRENDING = 200, 300, 200, 300  # candidates
AUDIENCE, AUDIENCE_HOURS = 1000, 24  # users whom a new video is offered, and how long
FRESH_HOURS = 7 * 24.0
PRIOR, USUAL_SHARE = 10.0, 0.4  # viewings' worth of the usual watched share
DIVERSE = 0.3  # of a page of somebody of whom nothing is known


class _Rival:
    """Shows the ten best that somebody hasn't seen."""

    name = ""

    def __init__(self, world: World, seed: int) -> None:
        """Start with nothing shown."""
        self.world = world
        self.catalogue = Catalogue(world)
        self.random: Random = np.random.default_rng(seed)
        self.popular = np.zeros(world.n_videos)

    def tend(self, hour: int) -> None:
        """Let what was popular fade."""
        self.catalogue.hour = hour
        self.popular *= 0.5 ** (1 / 24 / POPULAR_DAYS)

    def learn(self, found: Viewings) -> None:
        """Count what was watched to the half at least, and likes."""
        self.catalogue.count(found)
        half = found.watch_ms >= self.world.duration_ms[found.videos] / 2
        np.add.at(self.popular, found.videos, half + 1.0 * found.liked)

    def page(self, users: Ints, feeds: Ints, first: int) -> Page:
        """Return the best ten of each user."""
        scores = self.rate(users)
        scores[self.catalogue.seen[users] | ~self.catalogue.published] = -np.inf
        best = np.argpartition(-scores, PAGE - 1, axis=1)[:, :PAGE]
        values = np.take_along_axis(scores, best, 1)
        order = np.argsort(-values, axis=1)
        videos = np.where(values > -np.inf, best, -1)
        return Page(np.take_along_axis(videos, order, 1), np.zeros(videos.shape, bool))

    def demoted(self) -> Flags | None:
        """Return nothing: nobody judges here."""
        return None

    def scores(self, users: Ints) -> tuple[NDArray[np.intp], Ints, Floats]:
        """Return the scores of all that users may be shown now."""
        scores = self.rate(users)
        left = ~self.catalogue.seen[users] & self.catalogue.published & np.isfinite(scores)
        rows, videos = np.nonzero(left)
        return rows, videos, scores[rows, videos]

    def rate(self, users: Ints) -> Floats:
        """Return the score of every video for some users, (n, V)."""
        raise NotImplementedError

    def chance(self, users: Ints) -> Floats:
        """Return numbers from 0 to 1 for every video and some users."""
        return self.random.random((len(users), self.world.n_videos), np.float32)


class Chance(_Rival):
    """Shows anything."""

    name = "random"

    def rate(self, users: Ints) -> Floats:
        """Return random scores."""
        return self.chance(users)


class Popularity(_Rival):
    """Shows everybody what was watched and liked most in the last days."""

    name = "popularity"

    def rate(self, users: Ints) -> Floats:
        """Return the same scores for all; among equals, chance decides."""
        rated: Floats = self.popular.astype(np.float32) + 1e-3 * self.chance(users)
        return rated


class Reference(_Rival):
    """Cosine of content vectors, times quality, creator and freshness, of a thousand candidates."""

    name = "reference's recipe"

    def __init__(self, world: World, seed: int) -> None:
        """Describe all videos by 128 numbers (latent semantic analysis)."""
        super().__init__(world, seed)
        words = content_words(world)
        self.vectors = unit(words.times(item_vectors(words, seed=seed)))
        self.profiles = np.zeros((world.n_users, self.vectors.shape[1]), np.float32)
        self.tags = np.zeros((world.n_users, int(world.tags.max()) + 1), bool)
        self.sounds = np.zeros((world.n_users, int(world.sounds.max()) + 1), bool)
        self.watched_share = np.zeros(world.n_videos)
        self.targets = np.zeros((world.n_users, world.n_videos), bool)

    def tend(self, hour: int) -> None:
        """Offer new videos to those whose profile is nearest."""
        super().tend(hour)
        published = self.world.published
        for video in np.flatnonzero(published == hour):
            likeness = unit(self.profiles) @ self.vectors[video]
            self.targets[np.argsort(-likeness)[:AUDIENCE], video] = True
        self.targets[:, published == hour - AUDIENCE_HOURS] = False

    def learn(self, found: Viewings) -> None:
        """Add what was watched to profiles, and what was liked to likes."""
        super().learn(found)
        share = np.minimum(found.watch_ms / self.world.duration_ms[found.videos], 1)
        np.add.at(self.watched_share, found.videos, share)
        moved = self.vectors[found.videos] * share[:, None]
        np.add.at(self.profiles, found.users, moved.astype(np.float32))
        liked = np.flatnonzero(found.liked)
        users, videos = found.users[liked], found.videos[liked]
        self.tags[users[:, None], self.world.tags[videos]] = True
        self.sounds[users, self.world.sounds[videos]] = True
        self.tags[:, 0] = self.sounds[:, 0] = False

    def rate(self, users: Ints) -> Floats:
        """Return the recipe's scores; nothing for what is no candidate."""
        world, counts = self.world, self.catalogue
        cosine = np.maximum(unit(self.profiles[users]) @ self.vectors.T, 0)
        viewings = counts.viewings + PRIOR
        quality = (self.watched_share + PRIOR * USUAL_SHARE) / viewings
        made = np.bincount(world.creators, self.watched_share)
        seen = np.bincount(world.creators, counts.viewings)
        creator = ((made + PRIOR * USUAL_SHARE) / (seen + PRIOR))[world.creators]
        age = np.maximum(counts.hour - world.published, 0)
        freshness = 0.5 + 0.5 * np.exp(-age / FRESH_HOURS)
        boosts = (quality * (0.5 + creator) * freshness).astype(np.float32)
        rated = np.where(self._candidates(users), cosine * boosts, -np.inf).astype(np.float32)
        new = ~self.profiles[users].any(axis=1)
        rated[new] = self._unknown(users[new])
        return rated

    def _unknown(self, users: Ints) -> Floats:
        """Return scores by which seven of ten are popular, and the others anything."""
        chance = self.chance(users)
        popular = self.popular / max(self.popular.max(), 1e-9)
        some: Floats = np.where(chance < DIVERSE / 10, 1 + chance, popular + 1e-3 * chance)
        return some.astype(np.float32)

    def _candidates(self, users: Ints) -> Flags:
        world, counts = self.world, self.catalogue
        followed = counts.follows[users][:, world.creators]
        tagged = self.tags[users][:, world.tags].any(axis=2)
        sounded = self.sounds[users][:, world.sounds]
        left = ~counts.seen[users] & counts.published
        found = self.targets[users].copy()
        for some, most in ((followed, FOLLOWED), (tagged, HASHTAGS), (sounded, SOUNDS)):
            found |= _newest(some & left, most)
        trending = np.argsort(-np.where(counts.published, self.popular, -1))[:TRENDING]
        found[:, trending] = True
        return found


def _newest(some: Flags, most: int) -> Flags:
    """Return the last ones of each row."""
    after = np.cumsum(some[:, ::-1], axis=1, dtype=np.int32)[:, ::-1]
    newest: Flags = some & (after <= most)
    return newest

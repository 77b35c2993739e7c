"""Our engine: the core as it is in production, with arrays in the place of tables."""

from collections.abc import Mapping

import numpy as np
from numpy.typing import NDArray

from benchmarks.simulating import candidates, nightly
from benchmarks.simulating.behaviour import Flags, Viewings
from benchmarks.simulating.catalogue import Catalogue
from benchmarks.simulating.figures import HOUR, Figures
from benchmarks.simulating.nightly import Learned
from benchmarks.simulating.policy import PAGE, Page
from benchmarks.simulating.world import Numbers, World
from chalicelib.feed import exploration, features, pools, ranking
from chalicelib.feed.diversity import CREATOR_WINDOW, Shown
from chalicelib.feed.exploration import Stage
from chalicelib.feed.features import Affinities
from chalicelib.feed.histograms import DECAY
from chalicelib.feed.learning.factors import unit
from chalicelib.feed.learning.interactions import Interactions, interactions
from chalicelib.feed.pools import POSITIVES, Interest
from chalicelib.feed.reward import LEAST_REWARD, Histograms, Signals, count, reward
from chalicelib.feed.scoring import score_parts
from chalicelib.feed.space_store import UNTRAINED
from chalicelib.feed.tables import DIMENSIONS, Floats, Ints, Pool, Videos
from chalicelib.feed.taste import Event, Taste, rebuild

NIGHT = 4  # the hour of training
_WEIGHTS = features.weights_of({})


class Engine:
    """Candidates, ranking, exploration, live tastes, verdicts every hour, training at night."""

    name = "Clipwave"

    def __init__(self, world: World, seed: int) -> None:
        """Start with a space of which nothing is known."""
        n = world.n_videos
        self.world = world
        self.catalogue = Catalogue(world)
        self.figures = Figures(world, self.catalogue)
        nowhere, ones = np.zeros((n, DIMENSIONS), np.float32), np.ones(n, np.float32)
        self._learned = Learned(UNTRAINED, None, nowhere, ones, ones, {})
        self._words = nightly.content_words(world)
        self._tastes = [rebuild(0, UNTRAINED, [], {}) for _ in range(world.n_users)]
        self._histograms = Histograms()
        self._log: list[tuple[Viewings, Numbers]] = []
        self._watchers = np.zeros((n, DIMENSIONS), np.float32)
        self._trained = 0  # hour
        self._counted = 0  # parts of the log that are in the histograms
        self._pools: dict[int, Pool] = {}
        self._shown: dict[int, list[int]] = {}

    def tend(self, hour: int) -> None:
        """Count, cool, judge, place what is new; at night, train."""
        self.catalogue.hour = hour
        self._pools, self._shown = {}, {}
        self._count()
        self.figures.tend()
        if hour % 24 == NIGHT and self._log:
            self._learned = nightly.train(
                self._events(), self._words, int(self.catalogue.published.sum()), self._learned
            )
            moved = dict(enumerate(self._learned.vectors * self._learned.give[:, None]))
            self._tastes = [self._again(taste, moved) for taste in self._tastes]
            self._watchers[:], self._trained = 0, hour
        published = self.world.published
        young = np.flatnonzero((published >= self._trained) & (published <= hour))
        self._learned = self._learned.placed(self._words, young, self._watchers)
        self._index = candidates.Index(
            self.catalogue, self.figures.hot, self.figures.stages, self._learned.vectors
        )

    def page(self, users: Ints, feeds: Ints, first: int) -> Page:
        """Return the next ten slots of some feeds."""
        videos = np.full((len(users), PAGE), -1)
        explored = np.zeros((len(users), PAGE), bool)
        for row, (user, feed) in enumerate(zip(users.tolist(), feeds.tolist(), strict=True)):
            ids, drawn = self._fill(user, feed, first)
            videos[row, : len(ids)] = ids
            explored[row, : len(ids)] = drawn
        return Page(videos, explored)

    def learn(self, found: Viewings) -> None:
        """Appraise viewings, and tell tastes and figures."""
        self.catalogue.count(found)
        lasts = self.world.duration_ms[found.videos].astype(np.float64)
        quantiles = self._histograms.quantiles(found.watch_ms, lasts)
        loops = np.maximum(0, found.watch_ms / lasts - 1)
        rewards = np.zeros(len(quantiles))
        for row, (user, video) in enumerate(
            zip(found.users.tolist(), found.videos.tolist(), strict=True)
        ):
            signals = _signals(found, row)
            rewards[row] = reward(float(quantiles[row]), float(loops[row]), signals)
            taste = self._tastes[user]
            if rewards[row] >= LEAST_REWARD:
                self._watchers[video] += np.float32(rewards[row]) * unit(taste.long)
            # Nobody is shown a video twice, so it can be the impression's key.
            event = Event(video, video, float(rewards[row]), float(found.at[row]))
            moved = self._learned.vectors[video] * self._learned.give[video]
            self._tastes[user] = taste.heard(taste.version + 1, event, moved)
        self.figures.add(found, quantiles)
        self._log.append((found, rewards))

    def demoted(self) -> Flags:
        """Return which videos were demoted."""
        demoted: Flags = self.figures.stages == Stage.DEMOTED
        return demoted

    def scores(self, users: Ints) -> tuple[NDArray[np.intp], Ints, Floats]:
        """Return the scores of the whole pools of some users."""
        rows, videos, scores = [], [], []
        for row, user in enumerate(users.tolist()):
            pool, values, _, _ = self._ranked(user, self._pool(user))
            rows.append(np.full(len(pool.ids), row))
            videos.append(pool.ids)
            scores.append(values.astype(np.float32))
        return np.concatenate(rows), np.concatenate(videos), np.concatenate(scores)

    def _fill(self, user: int, feed: int, first: int) -> tuple[list[int], list[bool]]:
        shown = self._shown.setdefault(feed, [])
        if feed not in self._pools:
            self._pools[feed] = self._pool(user)
        pool, scores, videos, likeness = self._ranked(user, self._pools[feed])
        slots = exploration.OF_NEWCOMERS if self._tastes[user].is_empty else 1
        before = Shown.of(self._videos(np.array(shown[-CREATOR_WINDOW:], np.int64)))
        explore = exploration.explorer(str(feed), pool, videos, likeness, slots=slots)
        chosen = ranking.fill(
            videos, scores, first=first, count=PAGE, shown=before, explore=explore
        )
        ids = [int(pool.ids[item.row]) for item in chosen]
        shown += ids
        return ids, [item.explored for item in chosen]

    def _ranked(self, user: int, pool: Pool) -> tuple[Pool, Numbers, Videos, Floats]:
        """Return what is left of a pool, its scores, what is known of it, and likeness."""
        left = ~self.catalogue.seen[user, pool.ids]
        pool = Pool(pool.ids[left], pool.found[left])
        videos = self._videos(pool.ids)
        learned = self._learned
        parts = score_parts(videos, self._tastes[user], learned.neighbours, learned.space)
        now = float(self.catalogue.hour * HOUR)
        table = features.build(pool, videos, parts, affinity=self._affinity(user), now=now)
        near = exploration.likeness(videos, self._tastes[user], features.fit(table, _WEIGHTS))
        return pool, ranking.score(table, _WEIGHTS), videos, near

    def _pool(self, user: int) -> Pool:
        followed = np.flatnonzero(self.catalogue.follows[user])
        interest = Interest(self._learned.neighbours, self._affinity(user))
        return self._index.pool(pools.wanted(self._tastes[user], interest), followed)

    def _affinity(self, user: int) -> Affinities:
        taste = self._tastes[user]
        if taste.is_empty:
            return Affinities(tags={int(self.world.interests[user]): 1.0})
        return pools.affinity_of(taste, self._videos(taste.positives(POSITIVES)))

    def _videos(self, rows: Ints) -> Videos:
        return self.figures.videos(rows, self._learned.vectors, self._learned.take)

    def _count(self) -> None:
        new = [found for found, _ in self._log[self._counted :]]
        if new:
            watched = np.concatenate([found.watch_ms for found in new])
            lasts = np.concatenate([self.world.duration_ms[found.videos] for found in new])
            counts = self._histograms.counts * DECAY + count(watched, lasts.astype(np.float64))
            self._histograms = Histograms(counts)
            self._counted = len(self._log)

    def _events(self) -> Interactions:
        rewards = np.concatenate([part for _, part in self._log])
        kept = rewards >= LEAST_REWARD
        return interactions(
            np.concatenate([found.users for found, _ in self._log])[kept].astype(np.int32),
            np.concatenate([found.videos for found, _ in self._log])[kept].astype(np.int32),
            np.concatenate([found.at for found, _ in self._log])[kept],
            n_users=self.world.n_users,
            n_items=self.world.n_videos,
            rewards=rewards[kept].astype(np.float32),
        )

    def _again(self, taste: Taste, moved: Mapping[int, Floats]) -> Taste:
        events = [Event(*row) for row in taste.events.tolist()]
        return rebuild(taste.version, self._learned.space, events, moved)


def _signals(found: Viewings, row: int) -> Signals:
    return Signals(
        liked=bool(found.liked[row]),
        shared=bool(found.shared[row]),
        followed=bool(found.followed[row]),
        skipped=bool(found.skipped[row]),
        not_interested=bool(found.unwanted[row]),
    )

"""Who there is and what: viewers with tastes, videos with places and qualities that nobody is told.

The shapes are those of KuaiRand (durations, topics, how active people are): Gao et al., KuaiRand,
CIKM 2022. They are generated, so that nothing has to be fetched.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from chalicelib.feed.learning.factors import unit
from chalicelib.feed.tables import Floats, Ints

DIMENSIONS = 24  # of what people like
TOPICS, BRANCHES = 47, 6
TOPIC_SKEW, USE_SKEW = 0.8, 0.5  # shares fall with the rank to this power
BRANCHING, STYLE, OWN = 0.6, 0.5, 0.3  # what branches, videos and viewers have of their own
FAVOUR = (1.0, 0.7, 0.5)  # of the three branches that somebody likes
WANDERING, SKILL = 0.3, 0.4  # how often creators leave their topic, and how they differ
SAID = (0.85, 0.6, 0.7)  # how often a hashtag is the topic, and there is one of branch, and #fyp
LOG_SECONDS, LOG_SPREAD = 4.2, 1.03  # of durations: half of the videos are longer than 67 s
SHORTEST_S, LONGEST_S = 5, 510
COMMON_TAGS = 30  # that say nothing, as #fyp
VIDEOS_OF_CREATOR, VIDEOS_OF_SOUND = 4, 6
SOUNDLESS = 0.3
NEWCOMERS = 0.2  # of the viewers, who join in the course of the run
VISITS, SHARES = (4.0, 2.0, 1.0, 0.25), (0.66, 0.23, 0.08, 0.03)  # a day, of the kinds of viewers
BAD, GOOD = 0.4, 0.3  # of the new videos
LIKING, QUALITY, RESERVE = 6.0, 0.8, 2.0  # appeal = sigmoid(6 cos + 0.8 quality - 2)

Random = np.random.Generator
Numbers = NDArray[np.float64]


@dataclass(frozen=True)
class World:
    """Columns of U viewers and V videos; hours count from the begin of the run.

    Videos are their row numbers, in the order in which they are published.
    """

    tastes: Floats  # (U, 24), of length 1
    visits: Floats  # (U,) a day
    joined: Ints  # (U,) hour
    interests: Ints  # (U,) the hashtag somebody names on joining
    places: Floats  # (V, 24), of length 1
    quality: Floats  # (V,)
    published: Ints  # (V,) hour; below 0 for those that are there from the begin
    duration_ms: Ints
    creators: Ints
    sounds: Ints  # 0: none
    tags: NDArray[np.int64]  # (V, 4), 0: none

    @property
    def n_users(self) -> int:
        """How many viewers there are."""
        return len(self.visits)

    @property
    def n_videos(self) -> int:
        """How many videos there are in the end."""
        return len(self.quality)

    @property
    def bad(self) -> NDArray[np.bool_]:
        """The new videos that hardly anybody likes, (V,)."""
        bad: NDArray[np.bool_] = (self.published >= 0) & (self.quality < -1)
        return bad

    @property
    def good(self) -> NDArray[np.bool_]:
        """The new videos that those whom they suit like much, (V,)."""
        good: NDArray[np.bool_] = (self.published >= 0) & (self.quality > 1)
        return good

    def leaning(self, tastes: Floats, videos: Ints) -> Floats:
        """Return the log odds that each taste, (n, 24), finds each video, (n,), worth watching."""
        likeness = np.einsum("nk,nk->n", tastes, self.places[videos])
        found: Floats = LIKING * likeness + QUALITY * self.quality[videos] - RESERVE
        return found

    def appeal(self, users: Ints) -> Floats:
        """Return the true appeal of all videos to some viewers at rest, (n, V), 0 to 1."""
        odds = LIKING * (self.tastes[users] @ self.places.T) + QUALITY * self.quality - RESERVE
        return sigmoid(odds).astype(np.float32)


def sigmoid(odds: NDArray[np.floating]) -> Numbers:
    """Return log odds as probabilities."""
    found: Numbers = 1 / (1 + np.exp(-odds.astype(np.float64)))
    return found


def make(users: int, videos: int, days: int, new: int, seed: int) -> World:
    """Return a world of `videos` at its begin and `new` more on each of its days."""
    random = np.random.default_rng(seed)
    centres = directions(random, TOPICS, 1)
    branches = unit(centres + BRANCHING * directions(random, TOPICS, BRANCHES))
    share = _falling(TOPICS, TOPIC_SKEW)
    later = np.arange(days * new) * 24 // new  # hours
    published = np.concatenate([np.full(videos, -1), later])
    n = len(published)
    n_creators = n // VIDEOS_OF_CREATOR + 1
    creators = _skewed(random, n_creators, n)
    homes = random.choice(TOPICS, n_creators, p=share)
    wanders = random.random(n) < WANDERING
    topics = np.where(wanders, random.choice(TOPICS, n, p=share), homes[creators])
    branch = random.integers(BRANCHES, size=n)
    skills = SKILL * random.standard_normal(n_creators)
    usual = random.standard_normal(n) + skills[creators]
    seconds = np.exp(LOG_SECONDS + LOG_SPREAD * random.standard_normal(n))
    tastes, favourites = _tastes(random, users, branches, share)
    joins = np.where(
        random.random(users) < NEWCOMERS, random.integers(1, max(24 * days, 2), users), 0
    )
    return World(
        tastes=tastes,
        visits=random.choice(VISITS, users, p=SHARES).astype(np.float32),
        joined=joins,
        interests=favourites + 1,
        places=unit(branches[topics, branch] + STYLE * directions(random, n)),
        quality=np.where(published < 0, usual, _made(random, n)).astype(np.float32),
        published=published,
        duration_ms=(np.clip(seconds, SHORTEST_S, LONGEST_S) * 1000).astype(np.int64),
        creators=creators + 1,
        sounds=_sounds(random, topics),
        tags=_tags(random, topics, branch),
    )


def _skewed(random: Random, kinds: int, n: int) -> Ints:
    drawn: Ints = random.choice(kinds, n, p=_falling(kinds, USE_SKEW)).astype(np.int64)
    return drawn


def _falling(kinds: int, skew: float) -> Numbers:
    """Return shares that fall with the rank."""
    weights = np.arange(1, kinds + 1, dtype=np.float64) ** -skew
    share: Numbers = weights / weights.sum()
    return share


def directions(random: Random, *shape: int) -> Floats:
    """Draw vectors of length 1, (*shape, 24)."""
    return unit(random.standard_normal((*shape, DIMENSIONS)).astype(np.float32))


def _made(random: Random, n: int) -> Numbers:
    """Draw the qualities of new videos: good, bad, or neither."""
    kind = random.random(n)
    middle = np.select([kind < BAD, kind > 1 - GOOD], [-1.8, 1.6], 0.0)
    drawn: Numbers = middle + np.clip(0.3 * random.standard_normal(n), -0.5, 0.5)
    return drawn


def _tastes(random: Random, users: int, branches: Floats, share: Numbers) -> tuple[Floats, Ints]:
    """Draw three branches that each viewer likes, one most, and something of their own."""
    favourites = np.stack([random.choice(TOPICS, 3, replace=False, p=share) for _ in range(users)])
    liked = branches[favourites, random.integers(BRANCHES, size=(users, 3))]
    mixed = np.einsum("b,nbk->nk", np.array(FAVOUR, np.float32), liked)
    return unit(mixed + OWN * directions(random, users)), favourites[:, 0]


def _sounds(random: Random, topics: Ints) -> Ints:
    """Draw sounds, each of which belongs to a topic; the first ones of a topic are used most."""
    each = max(2, len(topics) // VIDEOS_OF_SOUND // TOPICS)
    sounds = 1 + topics * each + _skewed(random, each, len(topics))
    chosen: Ints = np.where(random.random(len(topics)) < SOUNDLESS, 0, sounds)
    return chosen


def _tags(random: Random, topics: Ints, branch: Ints) -> NDArray[np.int64]:
    """Draw what creators say: the topic as a rule, the branch often, and what says nothing."""
    n = len(topics)
    said = np.where(random.random(n) < SAID[0], topics, random.integers(TOPICS, size=n))
    narrow = 1 + TOPICS + topics * BRANCHES + branch
    common = 1 + TOPICS * (BRANCHES + 1) + random.integers(COMMON_TAGS, size=n)
    chances = random.random((n, 2))
    return np.stack(
        [
            1 + said,
            np.where(chances[:, 0] < SAID[1], narrow, 0),
            np.where(chances[:, 1] < SAID[2], common, 0),
            np.zeros(n, np.int64),
        ],
        axis=1,
    )

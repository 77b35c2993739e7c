"""What people do with a video, and when they have had enough."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from benchmarks.simulating.world import Numbers, Random, World, directions, sigmoid
from chalicelib.feed.learning.factors import unit
from chalicelib.feed.tables import Floats, Ints

MOOD, DRIFT = 0.5, 0.15  # how much a mood says beside the taste, and changes from video to video
WHIM = 0.8  # of the log odds, which nothing explains
USUAL_SECONDS, LENGTH_TAXES = 30.0, 0.45  # of a long video a smaller share is watched
PATIENCE, LEAST_COST = 3.0, 0.1  # videos of no appeal that somebody bears in one visit
TIRING = 0.1  # of a minute
CONTENT, MEMORY = 0.4, 0.8  # the appeal that people expect before they know, and how long it lasts

Flags = NDArray[np.bool_]


@dataclass(frozen=True)
class Viewings:
    """Impressions as columns, in order of time."""

    users: Ints
    videos: Ints
    at: Numbers  # seconds since the begin
    watch_ms: Numbers
    appeal: Numbers  # true, at that moment
    liked: Flags
    shared: Flags
    followed: Flags
    skipped: Flags
    unwanted: Flags
    explored: Flags


@dataclass
class Visits:
    """The visits of one hour: who is there, in what mood, and with how much patience left."""

    users: Ints
    moods: Floats
    patience: Floats

    @property
    def left(self) -> Ints:
        """The visits that are not over, as rows."""
        return np.flatnonzero(self.patience > 0)


def arrive(world: World, contentment: Floats, hour: int, random: Random) -> Visits:
    """Return who comes in an hour: in the evening most do, and who was content comes more often."""
    daytime = 1 + 0.8 * np.sin((hour % 24 - 13) / 24 * 2 * np.pi)
    rates = world.visits * (0.5 + contentment / CONTENT / 2) * daytime / 24
    users = np.flatnonzero((random.random(world.n_users) < rates) & (world.joined <= hour))
    patience = PATIENCE * random.gamma(4, 1 / 4, len(users))
    return Visits(users, directions(random, len(users)), patience.astype(np.float32))


def watch(
    world: World,
    visits: Visits,
    rows: Ints,
    videos: Ints,
    *,
    at: float,
    explored: Flags,
    random: Random,
) -> Viewings:
    """Let some visits watch a video each; it costs patience, and moves the mood towards it."""
    users, n = visits.users[rows], len(rows)
    tastes = unit(world.tastes[users] + MOOD * visits.moods[rows])
    odds = world.leaning(tastes, videos)
    appeal = sigmoid(odds)
    felt = odds + WHIM * random.standard_normal(n)
    watch_ms = _watched(world.duration_ms[videos], felt, random)
    chance = random.random((n, 4))
    skipped = chance[:, 0] < sigmoid(-1.5 * felt - 2)
    watch_ms = np.where(skipped, np.minimum(watch_ms, 300 + 1600 * random.random(n)), watch_ms)
    liking = np.where(skipped, 0, appeal**2)
    cost = np.maximum(1.1 - appeal, LEAST_COST) + TIRING * watch_ms / 60_000
    visits.patience[rows] -= cost.astype(np.float32)
    moved = appeal[:, None].astype(np.float32) * world.places[videos] + directions(random, n)
    visits.moods[rows] = unit(visits.moods[rows] + DRIFT * moved)
    return Viewings(
        users=users,
        videos=videos,
        at=np.full(n, at),
        watch_ms=watch_ms,
        appeal=appeal,
        liked=chance[:, 1] < 0.15 * liking,
        shared=chance[:, 2] < 0.03 * liking,
        followed=chance[:, 3] < 0.03 * liking,
        skipped=skipped,
        unwanted=skipped & (chance[:, 3] > 0.98),  # noqa: PLR2004
        explored=explored,
    )


def _watched(duration_ms: Ints, felt: Numbers, random: Random) -> Numbers:
    """Return the watch time, in ms: of longer videos a smaller share, and yet more seconds."""
    length = np.log(duration_ms / 1000 / USUAL_SECONDS)
    share = sigmoid(1.2 * felt - LENGTH_TAXES * length + 0.5 * random.standard_normal(len(felt)))
    ended = share > 0.9  # noqa: PLR2004
    again = ended & (random.random(len(felt)) < np.exp(-duration_ms / 20_000))
    found: Numbers = duration_ms * np.where(ended, 1.0 + 0.7 * again, share)
    return found

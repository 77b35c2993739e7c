"""What a policy has counted of videos: in-memory arrays that stand for `video_features`."""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from benchmarks.simulating.behaviour import Flags, Viewings
from benchmarks.simulating.world import World

COMPLETED = 0.9  # of a video


class Catalogue:
    """The counts of one policy, and who has seen what."""

    def __init__(self, world: World) -> None:
        """Start with nothing shown."""
        n = world.n_videos
        self.world = world
        self.hour = 0
        self.seen = np.zeros((world.n_users, n), bool)
        self.follows = np.zeros((world.n_users, int(world.creators.max()) + 1), bool)
        self.shown = np.zeros(n, np.int64)
        self.viewings = np.zeros(n, np.int64)
        self.completed = np.zeros(n, np.int64)
        self.liked = np.zeros(n, np.int64)
        self.shared = np.zeros(n, np.int64)
        self.skipped = np.zeros(n, np.int64)

    @property
    def published(self) -> Flags:
        """Which videos there are, (V,)."""
        published: Flags = self.world.published <= self.hour
        return published

    def count(self, found: Viewings) -> None:
        """Add viewings."""
        self.seen[found.users, found.videos] = True
        self.follows[
            found.users[found.followed], self.world.creators[found.videos[found.followed]]
        ] = True
        whole = found.watch_ms >= COMPLETED * self.world.duration_ms[found.videos]
        for counts, which in self._columns(found, whole):
            np.add.at(counts, found.videos[which], 1)

    def _columns(self, found: Viewings, whole: Flags) -> Sequence[tuple[NDArray[np.int64], Flags]]:
        return (
            (self.shown, np.ones(len(found.videos), bool)),
            (self.viewings, (found.watch_ms > 0) | found.skipped),
            (self.completed, whole),
            (self.liked, found.liked),
            (self.shared, found.shared),
            (self.skipped, found.skipped),
        )

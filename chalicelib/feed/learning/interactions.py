"""Who watched what, in order of time: columns, sorted by user."""

from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from chalicelib.feed.tables import Floats

Codes = NDArray[np.int32]

LONGEST = 200  # events of a user that count; more would make a few people the model


@dataclass(frozen=True)
class Interactions:
    """Events as columns of equal length, sorted by user and, where `ordered`, by time.

    Users and items are codes from 0; each pair comes at most once. `rewards` are what the events
    were worth, above 0.
    """

    n_users: int
    n_items: int
    users: Codes
    items: Codes
    rewards: Floats
    ordered: bool

    @cached_property
    def lengths(self) -> NDArray[np.int64]:
        """Events of each user, (n_users,)."""
        return np.bincount(self.users, minlength=self.n_users)

    @cached_property
    def viewers(self) -> NDArray[np.int64]:
        """Viewers of each item, (n_items,)."""
        return np.bincount(self.items, minlength=self.n_items)

    @cached_property
    def ages(self) -> NDArray[np.int64]:
        """How many events of its user came after each; 0 for all where the order is unknown."""
        if not self.ordered:
            return np.zeros(len(self.users), np.int64)
        ends = np.cumsum(self.lengths)
        ages: NDArray[np.int64] = ends[self.users] - 1 - np.arange(len(self.users))
        return ages

    def where(self, kept: NDArray[np.bool_]) -> "Interactions":
        """Return some of the events."""
        return Interactions(
            self.n_users,
            self.n_items,
            self.users[kept],
            self.items[kept],
            self.rewards[kept],
            self.ordered,
        )

    def hold_out_last(self, seed: int = 0) -> tuple["Interactions", "Interactions"]:
        """Return all events but one of each user, and those; the last, or one by chance.

        Users with fewer than two events keep theirs.
        """
        if self.ordered:
            last = self.ages == 0
        else:
            order = np.random.default_rng(seed).permutation(len(self.users))
            first = np.unique(self.users[order], return_index=True)[1]
            last = np.zeros(len(self.users), bool)
            last[order[first]] = True
        held = last & (self.lengths[self.users] > 1)
        return self.where(~held), self.where(held)


def interactions(
    users: Codes,
    items: Codes,
    times: NDArray[np.float64] | None = None,
    *,
    n_users: int,
    n_items: int,
    rewards: Floats | None = None,
) -> Interactions:
    """Return events sorted, each pair once (its last), at most the last 200 of a user."""
    when = np.arange(len(users), dtype=np.float64) if times is None else times
    order = np.lexsort((when, users))[::-1]
    pair = users[order].astype(np.int64) * n_items + items[order]
    kept = np.sort(order[np.unique(pair, return_index=True)[1]])
    kept = kept[np.lexsort((when[kept], users[kept]))]
    worth = np.ones(len(users), np.float32) if rewards is None else rewards
    made = Interactions(
        n_users,
        n_items,
        users[kept].astype(np.int32),
        items[kept].astype(np.int32),
        worth[kept].astype(np.float32),
        times is not None,
    )
    ends = np.cumsum(made.lengths)
    recent = ends[made.users] - 1 - np.arange(len(made.users)) < LONGEST
    return made.where(recent)

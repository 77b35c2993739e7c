"""The closed loop: what is shown is watched, and what is watched decides what is shown next."""

from collections.abc import Callable
from dataclasses import dataclass, fields

import numpy as np

from benchmarks.simulating import behaviour
from benchmarks.simulating.behaviour import CONTENT, MEMORY, Viewings, Visits
from benchmarks.simulating.policy import PAGE, Policy
from benchmarks.simulating.world import World
from chalicelib.feed.tables import Floats

MOST_PAGES = 8
HOUR, SLOT_SECONDS = 3600, 40

Progress = Callable[[int], None]


@dataclass(frozen=True)
class Run:
    """Everything that one policy has shown."""

    policy: Policy
    viewings: Viewings


def run(world: World, policy: Policy, *, hours: int, seed: int, progress: Progress) -> Run:
    """Let all viewers use one policy for some hours; the same people come with every policy."""
    random = np.random.default_rng(seed)
    contentment = np.full(world.n_users, CONTENT, np.float32)
    parts: list[Viewings] = []
    for hour in range(hours):
        policy.tend(hour)
        visits = behaviour.arrive(world, contentment, hour, random)
        for number in range(MOST_PAGES):
            if not len(visits.left):
                break
            part = _page(world, policy, visits, hour=hour, number=number, random=random)
            if part is None:
                break
            policy.learn(part)
            _remember(contentment, part)
            parts.append(part)
        progress(hour + 1)
    return Run(policy, join(parts))


def join(parts: list[Viewings]) -> Viewings:
    """Return viewings one after the other."""
    return Viewings(
        **{
            each.name: np.concatenate([getattr(part, each.name) for part in parts])
            for each in fields(Viewings)
        }
    )


def _page(
    world: World,
    policy: Policy,
    visits: Visits,
    *,
    hour: int,
    number: int,
    random: np.random.Generator,
) -> Viewings | None:
    rows = visits.left
    feeds = hour * world.n_users + visits.users[rows]
    page = policy.page(visits.users[rows], feeds, number * PAGE)
    parts = []
    for slot in range(PAGE):
        videos = page.videos[:, slot]
        there = (visits.patience[rows] > 0) & (videos >= 0)
        if there.any():
            parts.append(
                behaviour.watch(
                    world, visits, rows[there], videos[there],
                    at=hour * HOUR + (number * PAGE + slot) * SLOT_SECONDS,
                    explored=page.explored[there, slot], random=random,
                )
            )  # fmt: skip
    return join(parts) if parts else None


def _remember(contentment: Floats, part: Viewings) -> None:
    """Let people remember how well a page suited them."""
    users, place, counts = np.unique(part.users, return_inverse=True, return_counts=True)
    means = np.bincount(place, part.appeal) / counts
    contentment[users] = MEMORY * contentment[users] + (1 - MEMORY) * means

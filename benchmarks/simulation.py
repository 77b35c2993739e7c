"""A month of a small world with four ways to choose feeds: does the engine hold what it promises?

Viewers have tastes, moods and patience, videos have places, qualities and lengths, and no policy is
told any of it. The same people come with every policy; they stay and return as they like it.
"""

import argparse
import multiprocessing
from collections.abc import Callable
from concurrent.futures import Future, ProcessPoolExecutor, wait
from dataclasses import dataclass
from functools import partial
from multiprocessing.sharedctypes import SynchronizedArray

import numpy as np
from rich.console import Console
from rich.progress import Progress
from rich.table import Table

from benchmarks.simulating.engine import Engine
from benchmarks.simulating.measures import Measured, measure
from benchmarks.simulating.policy import Policy
from benchmarks.simulating.rivals import Chance, Popularity, Reference
from benchmarks.simulating.running import run
from benchmarks.simulating.world import World, make

POLICIES: tuple[Callable[[World, int], Policy], ...] = (Engine, Popularity, Reference, Chance)
PROCESSES = 2
LINES = (
    ("watched per user and day, min", "minutes", ".2f"),
    ("mean true appeal of what was shown", "appeal", ".3f"),
    ("coverage", "coverage", ".3f"),
    ("Gini of impressions", "gini", ".3f"),
    ("exploration, share of impressions", "explored", ".3f"),
    ("good new video to 100 fitting viewers, h", "hours_to_reach", ".0f"),
    ("  if shown to all whom it suits, h", "hours_at_best", ".0f"),
    ("good new videos with as many that got there", "reached", ".3f"),
    ("bad new videos shown 100 times", "bad_tested", ".3f"),
    ("bad new videos demoted", "bad_demoted", ".3f"),
    ("good new videos demoted", "good_demoted", ".3f"),
    ("impressions of a bad new video", "bad_shown", ".1f"),
    ("impressions of a good new video", "good_shown", ".1f"),
    ("|Spearman| score, length at equal appeal", "length_bias", ".3f"),
    ("  the same by chance", "length_chance", ".3f"),
    ("|Spearman| seconds, length at equal appeal", "seconds_bias", ".3f"),
)

_hours_done: "SynchronizedArray[int]"  # of each policy; every process sees the same


@dataclass(frozen=True)
class Setting:
    """What a world is made of."""

    days: int
    users: int
    videos: int
    new: int
    seed: int

    def world(self) -> World:
        """Return the world, the same each time."""
        return make(self.users, self.videos, self.days, self.new, self.seed)


def main() -> None:
    """Run all policies in one world, and print a table."""
    parser = argparse.ArgumentParser(prog="simulation", description=__doc__)
    parser.add_argument("--days", type=int, default=30)
    parser.add_argument("--users", type=int, default=2000)
    parser.add_argument("--videos", type=int, default=3000, help="at the begin")
    parser.add_argument("--new", type=int, default=6, help="new videos in each day")
    parser.add_argument("--seed", type=int, default=1)
    setting = Setting(**vars(parser.parse_args()))
    console = Console()
    context = multiprocessing.get_context("spawn")
    done: SynchronizedArray[int] = context.Array("i", len(POLICIES))
    with ProcessPoolExecutor(PROCESSES, context, _share, (done,)) as pool:
        futures = [pool.submit(_simulate, setting, number) for number in range(len(POLICIES))]
        _watch(console, futures, done, setting.days * 24)
        rows = [future.result() for future in futures]
    console.print(_table(rows, setting.world()))


def _simulate(setting: Setting, number: int) -> Measured:
    world = setting.world()
    policy = POLICIES[number](world, setting.seed)
    done = run(
        world, policy, hours=setting.days * 24, seed=setting.seed, progress=partial(_tell, number)
    )
    return measure(world, done, days=setting.days)


def _share(done: "SynchronizedArray[int]") -> None:
    global _hours_done  # noqa: PLW0603 - what is shared can be given to a new process only so
    _hours_done = done


def _tell(number: int, hours: int) -> None:
    _hours_done[number] = hours


def _watch(
    console: Console, futures: list[Future[Measured]], done: "SynchronizedArray[int]", hours: int
) -> None:
    """Show how far the policies are, until all are ready."""
    with Progress(console=console) as bar:
        tasks = [bar.add_task(policy.__name__, total=hours) for policy in POLICIES]
        left = set(futures)
        while left:
            left = wait(left, timeout=0.5).not_done
            for number, task in enumerate(tasks):
                bar.update(task, completed=done[number])


def _table(rows: list[Measured], world: World) -> Table:
    table = Table(
        title=f"{world.n_users:,} viewers, {world.n_videos:,} videos in the end;"
        f" of the new {world.good.sum()} are good and {world.bad.sum()} bad"
    )
    table.add_column("", no_wrap=True)
    for row in rows:
        table.add_column(row.name, justify="right")
    for title, name, form in LINES:
        values = [getattr(row, name) for row in rows]
        table.add_row(title, *("—" if np.isnan(v) else format(v, form) for v in values))
    ours = rows[0].minutes
    table.add_row("our watch time beside it", *(f"{ours / row.minutes:.2f}" for row in rows))
    return table


if __name__ == "__main__":
    main()

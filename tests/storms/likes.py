"""Many clients like and unlike a few videos while processes, Redis and PostgreSQL are killed.

`python -m tests.storms.likes` runs 100,000 operations of 32 clients on 8 videos, each through the
API in a process of its own. In the end every pair of client and video must be as it was last
acknowledged, and every count what its rows are. With `--naive` the API counts by reading, adding
and writing, as one would first think of: that must fail.
"""

import argparse
import sys
from collections.abc import Mapping
from dataclasses import dataclass, field
from random import Random
from typing import Any
from unittest import mock

import psycopg

from chalicelib.engagement import likes
from tests.component import conftest
from tests.component.builders import publish_video
from tests.gateway import Client
from tests.storms.harness import Tell, World, insist, rage, world


@dataclass(frozen=True)
class Plan:
    """How much is done, and how often something dies meanwhile."""

    operations: int = 100_000
    clients: int = 32
    videos: int = 8
    kill_every: tuple[float, float] = (0.5, 3.0)
    seed: int = 1
    naive: bool = False


@dataclass
class Outcome:
    """What came of it: kills by victim, and what is wrong."""

    acknowledged: int
    kills: Mapping[str, int]
    wrong: list[str]


@dataclass
class Liking:
    """One client's likes: how many are left, and each video as it was last acknowledged."""

    username: str
    client: Client
    videos: list[str]
    left: int
    seed: int
    states: dict[str, bool] = field(default_factory=dict)
    acknowledged: int = 0

    @property
    def finished(self) -> bool:
        return not self.left

    def act(self, tell: Tell) -> None:
        random = Random(self.seed + self.left)  # noqa: S311
        for _ in range(self.left):
            video, liked = random.choice(self.videos), random.random() < 0.5
            tell(("trying", video, liked))
            path = f"/videos/{video}/like"
            insist(lambda p=path, b=liked: self.client.call("PUT" if b else "DELETE", p), 200)  # type: ignore[misc]
            tell(("done", video, liked))

    def hear(self, message: Any) -> None:
        kind, video, liked = message
        if kind == "trying":
            # If it dies now, this may have happened or not: both are right until it is sure.
            self.states.pop(video, None)
            return
        self.states[video] = liked
        self.left -= 1
        self.acknowledged += 1


def run(plan: Plan) -> Outcome:
    """Let it happen, and hold what is left against what was acknowledged."""
    with world() as here:
        register = conftest.registering()
        maker = register("maker", creator=True)
        videos = [publish_video(here.context, maker, f"number {n}") for n in range(plan.videos)]
        share = plan.operations // plan.clients
        tasks = [
            Liking(f"client_{n}", register(f"client_{n}"), videos, share, plan.seed * 1000 + n)
            for n in range(plan.clients)
        ]
        count = _count_naively if plan.naive else likes._count
        with mock.patch.object(likes, "_count", count):
            rage(here, tasks, plan.kill_every, plan.seed)
        return Outcome(sum(task.acknowledged for task in tasks), here.kills, _wrong(here, tasks))


def _wrong(here: World, tasks: list[Liking]) -> list[str]:
    """Return what is not as it was acknowledged."""
    with psycopg.connect(here.postgres.url) as connection:
        liked = set(
            connection.execute(
                "SELECT u.username, v.public_id FROM likes l JOIN users u ON u.id = l.user_id"
                " JOIN videos v ON v.id = l.video_id"
            ).fetchall()
        )
        counts = connection.execute(
            "SELECT v.public_id, s.likes, (SELECT count(*) FROM likes l WHERE l.video_id = v.id)"
            " FROM videos v JOIN video_stats s ON s.video_id = v.id"
            " UNION ALL SELECT u.username, s.received_likes, (SELECT count(*) FROM likes)"
            " FROM user_stats s JOIN users u ON u.id = s.user_id WHERE u.username = 'maker'"
        ).fetchall()
    wrong = [
        f"{task.username} left {video} {was}"
        for task in tasks
        for video, was in task.states.items()
        if ((task.username, video) in liked) != was
    ]
    return wrong + [
        f"{name} counts {count} of {held}" for name, count, held in counts if count != held
    ]


def _count_naively(transaction: Any, video: Any, step: int) -> int:
    """Read, add, write: what two do at once counts as one."""
    row = transaction.execute(
        "SELECT likes FROM video_stats WHERE video_id = %s", (video.row_id,)
    ).fetchone()
    transaction.execute(
        "UPDATE video_stats SET likes = %s WHERE video_id = %s", (row["likes"] + step, video.row_id)
    )
    return int(row["likes"]) + step


def main() -> int:
    """Run it, and print what came of it."""
    parser = argparse.ArgumentParser(prog="python -m tests.storms.likes", description=__doc__)
    parser.add_argument("--operations", type=int, default=Plan.operations)
    parser.add_argument("--clients", type=int, default=Plan.clients)
    parser.add_argument("--seed", type=int, default=Plan.seed)
    parser.add_argument("--naive", action="store_true")
    outcome = run(Plan(**vars(parser.parse_args())))
    print(f"{outcome.acknowledged} acknowledged, killed {outcome.kills}")
    print("\n".join(outcome.wrong) or "every pair as acknowledged, every count exact")
    return int(bool(outcome.wrong))


if __name__ == "__main__":
    sys.exit(main())

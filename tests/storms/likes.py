"""Many clients like and unlike a few videos while processes, Redis and PostgreSQL are killed.

`python -m tests.storms.likes` runs 100,000 operations of 32 clients on 8 videos, each through the
API in a process of its own. In the end every pair of client and video must be as it was last
acknowledged, and every count what its rows are. With `--naive` the API counts by reading, adding
and writing, as one would first think of: that must fail.
"""

import argparse
import multiprocessing
import os
import shutil
import signal
import sys
import tempfile
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from multiprocessing.connection import Connection, wait
from pathlib import Path
from random import Random
from typing import Any
from unittest import mock

import psycopg

from chalicelib.engagement import likes, viewing_store
from chalicelib.platform import context as context_module
from chalicelib.platform.clock import SystemClock
from chalicelib.platform.context import Context
from chalicelib.platform.observability import logger
from infra.local.home import Home
from infra.local.ports import free_port
from infra.local.postgres import Postgres
from infra.local.processes import find_daemon
from infra.local.redis import Redis
from infra.migrate import migrate
from tests.component import conftest
from tests.component.builders import publish_video
from tests.component.races import reconnect, unlimited
from tests.gateway import Client

fork = multiprocessing.get_context("fork")
PATIENCE_SECONDS = 120
Pair = tuple[int, str]  # client, video


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

    acknowledged: int = 0
    kills: dict[str, int] = field(default_factory=dict)
    wrong: list[str] = field(default_factory=list)


@dataclass
class _Worker:
    """A client with its process, and what it still has to do."""

    number: int
    client: Client
    left: int
    process: Any = None
    pipe: Connection | None = None


def run(plan: Plan) -> Outcome:
    """Let it happen, and hold what is left against what was acknowledged."""
    with _quietly(), _servers() as (postgres, redis, root):
        context = conftest.make_context(postgres.url, redis.url, SystemClock(), root)
        with mock.patch.object(context_module, "current", lambda: context):
            unlimited(context)
            videos, workers = _people(context, plan)
            context.database.close()
            context.cache.close()
            count = _count_naively if plan.naive else likes._count
            with mock.patch.object(likes, "_count", count):
                outcome, states = _storm(context, plan, videos, workers, (postgres, redis))
        outcome.wrong = _compare(postgres.url, states)
        return outcome


@contextmanager
def _quietly() -> Iterator[None]:
    """Say nothing of each request and failure: there are many."""
    level = logger.log_level
    logger.setLevel("CRITICAL")
    try:
        yield
    finally:
        logger.setLevel(level)


@contextmanager
def _servers() -> Iterator[tuple[Postgres, Redis, Path]]:
    root = Path(tempfile.mkdtemp(prefix="clipwave-storm-"))
    root.chmod(0o755)  # PostgreSQL runs as another user than root
    home = Home(root)
    postgres, redis = Postgres(home, free_port()), Redis(home, free_port())
    try:
        postgres.start()
        redis.start()
        migrate(postgres.url)
        yield postgres, redis, root
    finally:
        redis.stop()
        postgres.stop()
        shutil.rmtree(postgres.directory, ignore_errors=True)
        shutil.rmtree(root)


def _people(context: Context, plan: Plan) -> tuple[list[str], list[_Worker]]:
    register = conftest.registering()
    maker = register("maker", creator=True)
    videos = [publish_video(context, maker, f"number {n}") for n in range(plan.videos)]
    share = plan.operations // plan.clients
    people = [register(f"client_{n}") for n in range(plan.clients)]
    return videos, [_Worker(n, client, share) for n, client in enumerate(people)]


def _storm(
    context: Context,
    plan: Plan,
    videos: list[str],
    workers: list[_Worker],
    servers: tuple[Postgres, Redis],
) -> tuple[Outcome, dict[Pair, bool]]:
    random, outcome = Random(plan.seed), Outcome()  # noqa: S311 - a storm, not a secret
    states: dict[Pair, bool] = {}
    kill_at = time.monotonic() + random.uniform(*plan.kill_every)
    while any(worker.left for worker in workers):
        for worker in workers:
            if worker.left and worker.process is None:
                _start(context, worker, videos, random.random())
        _hear(workers, states, outcome)
        if time.monotonic() >= kill_at:
            _kill(random, workers, servers, outcome)
            kill_at = time.monotonic() + random.uniform(*plan.kill_every)
    return outcome, states


def _start(context: Context, worker: _Worker, videos: list[str], seed: float) -> None:
    worker.pipe, there = fork.Pipe(duplex=False)
    worker.process = fork.Process(
        target=_toggle,
        args=(context, worker.client, videos),
        kwargs={"times": worker.left, "seed": seed, "told": there},
        daemon=True,
    )
    worker.process.start()
    there.close()


def _toggle(
    context: Context,
    client: Client,
    videos: list[str],
    *,
    times: int,
    seed: float,
    told: Connection,
) -> None:
    """Like and unlike; what isn't acknowledged is tried again, as any client would."""
    signal.signal(signal.SIGTERM, signal.SIG_DFL)
    reconnect(context)
    random = Random(seed)  # noqa: S311
    for _ in range(times):
        video, liked = random.choice(videos), random.random() < 0.5
        told.send(("trying", video, liked))
        deadline = time.monotonic() + PATIENCE_SECONDS
        while (status := _ask(client, video, liked=liked)) != 200:
            if status < 500 or time.monotonic() > deadline:
                told.send(("gave up", video, status))
                return
            time.sleep(0.05)
        told.send(("done", video, liked))


def _ask(client: Client, video: str, *, liked: bool) -> int:
    path = f"/videos/{video}/like"
    return (client.put(path) if liked else client.delete(path)).status


def _hear(workers: list[_Worker], states: dict[Pair, bool], outcome: Outcome) -> None:
    """Take in what clients were told; a dead one's last try is made again before it goes on."""
    pipes = {worker.pipe: worker for worker in workers if worker.pipe is not None}
    for pipe in wait(list(pipes), timeout=0.1):
        worker = pipes[pipe]  # type: ignore[index]
        try:
            kind, video, value = worker.pipe.recv()  # type: ignore[union-attr]
        except (EOFError, OSError):
            worker.process.join()
            worker.process, worker.pipe = None, None
            continue
        if kind == "done":
            states[worker.number, video] = value
            worker.left -= 1
            outcome.acknowledged += 1
        elif kind == "trying":
            # If it dies now, this may have happened or not: either is right until it is made sure.
            states.pop((worker.number, video), None)
        else:
            raise AssertionError(f"client {worker.number} gave up on {video}: {value}")


def _kill(
    random: Random, workers: list[_Worker], servers: tuple[Postgres, Redis], outcome: Outcome
) -> None:
    """Let somebody die, and servers come back at once."""
    victim = random.choices(("process", "redis", "postgres"), (6, 2, 1))[0]
    outcome.kills[victim] = outcome.kills.get(victim, 0) + 1
    if victim == "process":
        alive = [worker for worker in workers if worker.process is not None]
        if alive:
            os.kill(random.choice(alive).process.pid, signal.SIGKILL)
        return
    server = servers[("postgres", "redis").index(victim)]
    daemon = find_daemon(server._home, victim)
    if daemon is not None:
        os.kill(daemon.pid, signal.SIGKILL)
    time.sleep(random.uniform(0, 0.3))
    server.start()


def _compare(url: str, states: Mapping[Pair, bool]) -> list[str]:
    """Return what is not as it was acknowledged."""
    with psycopg.connect(url) as connection:
        rows = connection.execute(
            "SELECT u.username, v.public_id FROM likes l JOIN users u ON u.id = l.user_id"
            " JOIN videos v ON v.id = l.video_id"
        ).fetchall()
        counts = connection.execute(
            "SELECT v.public_id, s.likes, (SELECT count(*) FROM likes l WHERE l.video_id = v.id)"
            " FROM videos v JOIN video_stats s ON s.video_id = v.id"
        ).fetchall()
        received = connection.execute(
            "SELECT s.received_likes, (SELECT count(*) FROM likes) FROM user_stats s"
            " JOIN users u ON u.id = s.user_id WHERE u.username = 'maker'"
        ).fetchall()
    liked = {(int(name.removeprefix("client_")), video) for name, video in rows}
    wrong = [
        f"{pair} was left {state}" for pair, state in states.items() if (pair in liked) != state
    ]
    wrong += [f"{video} counts {count} of {held}" for video, count, held in counts if count != held]
    return wrong + [f"maker counts {count} of {held}" for count, held in received if count != held]


def _count_naively(transaction: Any, video: Any, step: int) -> int:
    """Read, add, write: what two do at once counts as one."""
    row = transaction.execute(
        "SELECT likes FROM video_stats WHERE video_id = %s", (video.row_id,)
    ).fetchone()
    likes_after = int(row["likes"]) + step
    if step:
        viewing_store.count_like(transaction, video.row_id, 0)
    transaction.execute(
        "UPDATE video_stats SET likes = %s WHERE video_id = %s", (likes_after, video.row_id)
    )
    return likes_after


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

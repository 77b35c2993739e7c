"""Clients in processes of their own, and something that kills them, Redis and PostgreSQL."""

import multiprocessing
import os
import shutil
import signal
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from multiprocessing.connection import Connection, wait
from pathlib import Path
from random import Random
from typing import Any, Protocol
from unittest import mock

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
from tests.component.races import reconnect, unlimited
from tests.gateway import Answer

fork = multiprocessing.get_context("fork")
PATIENCE_SECONDS = 120
Tell = Callable[[Any], None]


class Task(Protocol):
    """What one client has to do."""

    @property
    def finished(self) -> bool:
        """Whether all of it is acknowledged."""

    def act(self, tell: Tell) -> None:
        """Do what is left, in a process that may die at any moment; tell of each step."""

    def hear(self, message: Any) -> None:
        """Note, where nobody dies, what was told."""


@dataclass
class World:
    """Servers of a storm's own, and the app over them."""

    context: Context
    postgres: Postgres
    redis: Redis
    kills: dict[str, int] = field(default_factory=dict)


@dataclass
class _Client:
    task: Task
    process: Any = None
    pipe: Connection | None = None


@contextmanager
def world() -> Iterator[World]:
    """Start servers and put the app together over them."""
    root = Path(tempfile.mkdtemp(prefix="clipwave-storm-"))
    root.chmod(0o755)  # PostgreSQL runs as another user than root
    home = Home(root)
    postgres, redis = Postgres(home, free_port()), Redis(home, free_port())
    level = logger.log_level
    logger.setLevel("CRITICAL")  # of each request and failure there is nothing to say
    try:
        postgres.start()
        redis.start()
        migrate(postgres.url)
        context = conftest.make_context(postgres.url, redis.url, SystemClock(), root)
        with mock.patch.object(context_module, "current", lambda: context):
            unlimited(context)
            yield World(context, postgres, redis)
    finally:
        logger.setLevel(level)
        redis.stop()
        postgres.stop()
        shutil.rmtree(postgres.directory, ignore_errors=True)
        shutil.rmtree(root)


def rage(here: World, tasks: Sequence[Task], kill_every: tuple[float, float], seed: int) -> None:
    """Let clients work, each again after it died, and kill somebody now and then."""
    here.context.database.close()
    here.context.cache.close()
    random = Random(seed)  # noqa: S311 - a storm, not a secret
    clients = [_Client(task) for task in tasks]
    kill_at = time.monotonic() + random.uniform(*kill_every)
    while any(not client.task.finished or client.process for client in clients):
        for client in clients:
            if client.process is None and not client.task.finished:
                _start(here.context, client)
        _hear(clients)
        if time.monotonic() >= kill_at:
            _kill(here, random, clients)
            kill_at = time.monotonic() + random.uniform(*kill_every)


def insist(ask: Callable[[], Answer], wanted: int) -> Answer:
    """Ask until it is acknowledged, as any client would. Raises for a refusal."""
    deadline = time.monotonic() + PATIENCE_SECONDS
    while (answer := ask()).status != wanted:
        if answer.status < 500 or time.monotonic() > deadline:
            raise AssertionError(f"{answer.status} {answer.text}")
        time.sleep(0.05)
    return answer


def _start(context: Context, client: _Client) -> None:
    client.pipe, there = fork.Pipe(duplex=False)
    client.process = fork.Process(target=_live, args=(context, client.task, there), daemon=True)
    client.process.start()
    there.close()


def _live(context: Context, task: Task, there: Connection) -> None:
    reconnect(context)
    try:
        task.act(there.send)
    except AssertionError as error:
        there.send(error)


def _hear(clients: Sequence[_Client]) -> None:
    pipes = {client.pipe: client for client in clients if client.pipe is not None}
    for pipe in wait(list(pipes), timeout=0.1):
        client = pipes[pipe]  # type: ignore[index]
        try:
            message = client.pipe.recv()  # type: ignore[union-attr]
        except (EOFError, OSError):
            client.process.join()
            client.process, client.pipe = None, None
            continue
        if isinstance(message, AssertionError):
            raise message
        client.task.hear(message)


def _kill(here: World, random: Random, clients: Sequence[_Client]) -> None:
    """Let somebody die; servers come back at once."""
    victim = random.choices(("process", "redis", "postgres"), (6, 2, 1))[0]
    here.kills[victim] = here.kills.get(victim, 0) + 1
    if victim == "process":
        alive = [client for client in clients if client.process is not None]
        if alive:
            os.kill(random.choice(alive).process.pid, signal.SIGKILL)
        return
    server = here.redis if victim == "redis" else here.postgres
    daemon = find_daemon(server._home, victim)
    if daemon is not None:
        os.kill(daemon.pid, signal.SIGKILL)
    time.sleep(random.uniform(0, 0.3))
    server.start()

"""Requests that race a change: none that starts after the change was acknowledged may ignore it."""

import multiprocessing
import os
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from multiprocessing.connection import Connection
from multiprocessing.synchronize import Event
from typing import Any

from psycopg.types.json import Jsonb

from chalicelib.platform import context as context_module
from chalicelib.platform.cache import Cache
from chalicelib.platform.configuration import Configuration
from chalicelib.platform.context import Context
from chalicelib.platform.database import Database
from chalicelib.platform.limits import LimitClass
from tests.gateway import Answer, Client

fork = multiprocessing.get_context("fork")
Ask = Callable[
    [Client, int, Any], Answer
]  # the racer's browser, how often it asked, what it was told
Judge = Callable[[Answer, Any], str | None]  # what is wrong with an answer after the change
AFTER_SECONDS = 0.02  # for which the racers go on after the acknowledgement


@dataclass(frozen=True)
class Round:
    """What the racers of one round did: how many answers began after the change, and which lied."""

    before: int
    after: int
    violations: list[str]


def scaled(few: int, many: int) -> int:
    """Return how often something is done: `many` times with `make endurance`."""
    return many if os.environ.get("CLIPWAVE_ENDURANCE") else few


def unlimited(context: Context) -> None:
    """Let everybody call as often as they can."""
    values = {f"limits.{name}.max": 1_000_000 for name in LimitClass}
    with context.database.transaction() as transaction:
        transaction.execute(
            "INSERT INTO configuration (version, settings, reason, created_at)"
            " VALUES (1, %s, 'a test', now())",
            (Jsonb(values),),
        )
    context.configuration.forget()


class Racers:
    """Processes that ask again and again while something changes, each with its own connections."""

    def __init__(self, context: Context, count: int, ask: Ask, judge: Judge) -> None:
        self._pipes: list[Connection] = []
        self._stop = fork.Event()
        self._processes = []
        for _ in range(count):
            here, there = fork.Pipe()
            process = fork.Process(
                target=_race, args=(context, there, self._stop, ask, judge), daemon=True
            )
            process.start()
            self._processes.append(process)
            self._pipes.append(here)

    def run(self, cookies: dict[str, str], told: Any, change: Callable[[], None]) -> Round:
        """Let the racers ask with a session while `change` is made and acknowledged."""
        self._stop.clear()
        for pipe in self._pipes:
            pipe.send((cookies, told))
        for pipe in self._pipes:
            pipe.recv()  # has asked once
        change()
        acknowledged = time.monotonic()
        time.sleep(AFTER_SECONDS)
        self._stop.set()
        answers: list[tuple[float, str | None]] = [
            answer for pipe in self._pipes for answer in pipe.recv()
        ]
        after = [problem for began, problem in answers if began > acknowledged]
        return Round(
            before=len(answers) - len(after),
            after=len(after),
            violations=[problem for problem in after if problem],
        )

    def close(self) -> None:
        """Let the racers go home."""
        for pipe in self._pipes:
            pipe.send(None)
        for process in self._processes:
            process.join(timeout=10)


@contextmanager
def racing(context: Context, count: int, ask: Ask, judge: Judge) -> Iterator[Racers]:
    """Start racers, and end them."""
    racers = Racers(context, count, ask, judge)
    try:
        yield racers
    finally:
        racers.close()


def _race(context: Context, pipe: Connection, stop: Event, ask: Ask, judge: Judge) -> None:
    reconnect(context)
    while (given := pipe.recv()) is not None:
        cookies, told = given
        client = Client(cookies=dict(cookies))
        found: Sequence[tuple[float, str | None]] = []
        asked = 0
        while not stop.is_set() or not asked:
            client.cookies = dict(cookies)
            began = time.monotonic()
            found = [*found, (began, judge(ask(client, asked, told), told))]
            if not asked:
                pipe.send("ready")
            asked += 1
        pipe.send(list(found))


def reconnect(context: Context) -> None:
    """Give this process its own connections."""
    url, settings = context.database._url, context.settings
    database = Database(url)
    object.__setattr__(context, "database", database)
    object.__setattr__(context, "cache", Cache(settings.redis_url))
    object.__setattr__(context, "configuration", Configuration(database, context.clock))
    assert context_module.current() is context

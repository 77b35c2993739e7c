"""Servers of their own, workers and clients in processes, and what each run begins with."""

import os
import shutil
import signal
import subprocess
import tempfile
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field, replace
from datetime import timedelta
from multiprocessing.connection import Connection, wait
from pathlib import Path
from random import Random
from typing import Any
from unittest import mock
from uuid import uuid4

import imageio_ffmpeg
import psutil
import psycopg
import redis

from chalicelib.admin import jobs as admin_jobs
from chalicelib.media import reporting
from chalicelib.platform import breaker
from chalicelib.platform import context as context_module
from chalicelib.platform import database as database_module
from chalicelib.platform.cache import Cache
from chalicelib.platform.configuration import Configuration
from chalicelib.platform.context import Context
from chalicelib.platform.database import Database
from chalicelib.platform.observability import logger
from chalicelib.platform.queues import Events, Queues
from chalicelib.platform.retries import POLICY
from chalicelib.platform.storage import Storage
from chalicelib.videos import rescue, submission
from infra.local.home import Home
from infra.local.ports import free_port
from infra.local.postgres import Postgres
from infra.local.processes import find_daemon
from infra.local.redis import Redis
from infra.migrate import migrate
from tests.component import conftest
from tests.component.races import fork, unlimited
from tests.faults.cloud import QUEUES, Cloud
from tests.faults.workers import Postman, SkewedClock, tick
from tests.media import make_clip
from tests.storms.harness import Task

# How much longer everything takes where others keep this machine busy.
PACE = min(6.0, max(1.0, os.getloadavg()[0] / (2 * (os.cpu_count() or 1))))
# What takes minutes in production takes seconds here; nothing else is changed.
COMPRESSED: list[tuple[Any, str, Any]] = [
    (rescue, "SILENCE", timedelta(seconds=6 * PACE)),
    (rescue, "ARRIVAL_PATIENCE", timedelta(seconds=3 * PACE)),
    (rescue, "VALIDATION_PATIENCE", timedelta(seconds=5 * PACE)),
    (rescue, "FINISH_PATIENCE", timedelta(seconds=8 * PACE)),
    (reporting, "BASE_SECONDS", 6 * PACE),
    (reporting, "ROOM_FOR_OUTPUTS", 4 << 20),
    (submission, "UPLOADING_SECONDS", int(10 * PACE)),
    (admin_jobs, "LEASE", timedelta(seconds=6 * PACE)),
    (breaker, "REST_MS", 1000),
    (database_module, "CONNECT_TIMEOUT_SECONDS", 2),
]
SCRATCH_BYTES = 64 << 20
MEDIA_QUEUES = ("fast", "transcode", "background")


@dataclass
class Child:
    """A process that is begun again whenever it dies."""

    target: Callable[..., None]
    arguments: tuple[Any, ...]
    task: Task | None = None
    process: Any = None
    pipe: Connection | None = None


@dataclass
class Arena:
    """What one run has: a database, an empty cache and cloud, and its processes."""

    context: Context
    postgres: Postgres
    redis: Redis
    cloud: Cloud
    clip: bytes
    scratch: Path
    random: Random
    offset: Any
    mischief: Any
    transcoder: Any
    over: Any
    over_since: float = 0.0
    jobs: Sequence[str] = ()  # that a schedule starts again and again
    children: list[Child] = field(default_factory=list)
    refused: AssertionError | None = None

    def query(self, statement: str, *parameters: Any) -> list[tuple[Any, ...]]:
        """Return rows of the run's database."""
        with psycopg.connect(self.context.settings.database_url, connect_timeout=3) as connection:
            return connection.execute(statement, parameters).fetchall()

    def begin(self, tasks: list[Task]) -> None:
        """Start workers and clients."""
        self.context.database.close()
        self.context.cache.close()
        others = [name for name in QUEUES if name not in MEDIA_QUEUES]
        for names in (MEDIA_QUEUES, MEDIA_QUEUES, others, others):
            self.children.append(Child(_deliver, (self, names)))
        self.children.append(Child(_tick, (self,)))
        self.children += [Child(_act, (self, task), task) for task in tasks]

    def tend(self) -> None:
        """Start what has died, and hear what the clients tell."""
        for child in self.children:
            if child.process is not None and not child.process.is_alive():
                self._hear(child)
                child.process.join()
                child.process, child.pipe = None, None
            if child.process is None and not (child.task and child.task.finished):
                child.pipe, there = fork.Pipe(duplex=False)
                arguments = (*child.arguments, there)
                child.process = fork.Process(target=child.target, args=arguments, daemon=True)
                child.process.start()
                there.close()
        pipes = {child.pipe: child for child in self.children if child.pipe is not None}
        for pipe in wait(list(pipes), timeout=0.05):
            self._hear(pipes[pipe])  # type: ignore[index]

    @property
    def finished(self) -> bool:
        """Whether every client has done what it had to."""
        return all(child.task is None or child.task.finished for child in self.children)

    def victims(self, *, clients: bool = True) -> list[int]:
        """Return the pids of the processes that can be killed."""
        return [
            child.process.pid
            for child in self.children
            if child.process is not None and (clients or child.task is None)
        ]

    def end(self) -> None:
        """End all processes, with what they started."""
        for child in self.children:
            if child.process is not None:
                signal_all(child.process.pid, signal.SIGKILL)
                child.process.join()
                child.process = None

    def _hear(self, child: Child) -> None:
        while child.pipe is not None and child.pipe.poll():
            try:
                message = child.pipe.recv()
            except (EOFError, OSError):
                child.pipe = None
                return
            if isinstance(message, AssertionError):
                self.refused = message
            elif child.task is not None:
                child.task.hear(message)


class Stage:
    """The servers, which outlive the runs."""

    def __init__(self, root: Path) -> None:
        home = Home(root)
        self.postgres, self.redis = Postgres(home, free_port()), Redis(home, free_port())
        self.cloud = Cloud(PACE)
        self.root = root
        self.clip = b""

    def start(self) -> None:
        """Start everything, and make what runs are copied from."""
        self.postgres.start()
        self.redis.start()
        migrate(self.postgres.url)
        self.cloud.start()
        path = self.root / "clip.mp4"
        self.clip = make_clip(path, seconds=1, size="144x256").read_bytes()

    def stop(self) -> None:
        """End everything."""
        self.cloud.stop()
        self.redis.stop()
        self.postgres.stop()
        shutil.rmtree(self.postgres.directory, ignore_errors=True)

    @contextmanager
    def run(self, seed: int) -> Iterator[Arena]:
        """Begin a run: with a database, queues and buckets of its own, and all servers well."""
        with self._database() as url, self._scratch() as scratch:
            with redis.Redis.from_url(self.redis.url) as client:
                client.flushdb()
            self.cloud.s3_way.value = 0
            self.cloud.reset()
            offset, mischief = fork.Value("i", 0), fork.Array("c", 16)
            transcoder = scratch / "transcoder"
            transcoder.write_text("well")
            context = _context(self, url, offset, _ffmpeg(scratch, transcoder))
            here = Arena(
                context, self.postgres, self.redis, self.cloud, self.clip, scratch,
                Random(seed), offset, mischief, transcoder, fork.Event(),
            )  # fmt: skip
            with mock.patch.object(context_module, "current", lambda: context):
                unlimited(context)
                try:
                    yield here
                finally:
                    here.end()
                    context.database.close()
                    context.cache.close()

    @contextmanager
    def _database(self) -> Iterator[str]:
        """Copy the migrated database for a run, which the server may not survive."""
        name, server = f"run_{uuid4().hex}", self.postgres._url("postgres")
        with psycopg.connect(server, autocommit=True) as connection:
            connection.execute(f"CREATE DATABASE {name} TEMPLATE clipwave")
        try:
            yield self.postgres._url(name)
        finally:
            with psycopg.connect(server, autocommit=True) as connection:
                connection.execute(f"DROP DATABASE {name} WITH (FORCE)")

    @contextmanager
    def _scratch(self) -> Iterator[Path]:
        """Make workers' scratch folder: a small disk of its own, where that may be."""
        made = Path(tempfile.mkdtemp(prefix="scratch-", dir=self.root))
        size = f"size={SCRATCH_BYTES},mode=755"
        small = os.geteuid() == 0 and not _run("mount", "-t", "tmpfs", "-o", size, "none", made)
        try:
            with mock.patch.object(tempfile, "tempdir", str(made)):
                yield made
        finally:
            if small:
                _run("umount", "--lazy", made)
            shutil.rmtree(made, ignore_errors=True)


def _run(*command: object) -> int:
    words = [str(word) for word in command]
    return subprocess.run(words, check=False, capture_output=True, timeout=20).returncode


@contextmanager
def stage() -> Iterator[Stage]:
    """Start servers for runs, with time compressed, and end them."""
    root = Path(tempfile.mkdtemp(prefix="clipwave-faults-"))
    root.chmod(0o755)  # PostgreSQL runs as another user than root
    made = Stage(root)
    level = logger.log_level
    kept = [(owner, name, getattr(owner, name)) for owner, name, _ in COMPRESSED]
    waits = (POLICY.first_seconds, POLICY.most_seconds)
    logger.setLevel(os.environ.get("CLIPWAVE_FAULTS_LOG", "CRITICAL"))
    try:
        for owner, name, value in COMPRESSED:
            setattr(owner, name, value)
        _wait(0.1, 1.0)
        with mock.patch.dict(os.environ):  # which tells everybody where this cloud is
            made.start()
            yield made
    finally:
        _wait(*waits)
        for owner, name, value in kept:
            setattr(owner, name, value)
        logger.setLevel(level)
        made.stop()
        shutil.rmtree(root, ignore_errors=True)


def daemon_of(server: Postgres | Redis) -> int | None:
    """Return a server's pid."""
    name = "redis" if isinstance(server, Redis) else "postgres"
    found = find_daemon(server._home, name)
    return found.pid if found else None


def signal_all(pid: int, number: int) -> None:
    """Send a signal to a process and everything it has started."""
    for process in _tree(pid):
        with suppress(psutil.NoSuchProcess):
            process.send_signal(signal.Signals(number))


def _tree(pid: int) -> list[psutil.Process]:
    try:
        process = psutil.Process(pid)
        return [process, *process.children(recursive=True)]
    except psutil.NoSuchProcess:
        return []


def _wait(first: float, most: float) -> None:
    object.__setattr__(POLICY, "first_seconds", first)
    object.__setattr__(POLICY, "most_seconds", most)


class _Bus(Events):
    """EventBridge with its one rule: what transcoders report goes to their queue."""

    def __init__(self, queues: Queues, queue_url: str) -> None:
        self._queues = queues
        self._queue_url = queue_url

    def put(self, source: str, detail_type: str, detail: Mapping[str, Any]) -> None:
        from botocore.exceptions import BotoCoreError, ClientError  # noqa: PLC0415

        from chalicelib.platform.queues import EventRefused  # noqa: PLC0415

        event = {"source": source, "detail-type": detail_type, "detail": detail}
        try:
            self._queues.send(self._queue_url, event)
        except (BotoCoreError, ClientError) as error:
            raise EventRefused(str(error)) from error


def _context(stage: Stage, url: str, offset: Any, ffmpeg: Path) -> Context:
    clock = SkewedClock(offset)
    made = conftest.make_context(url, stage.redis.url, clock, stage.root)  # type: ignore[arg-type]
    urls = {
        f"{name.replace('-', '_')}_queue_url": stage.cloud.queue_url(name)
        for name in QUEUES
        if name != "job-events"
    }
    settings = replace(made.settings, ffmpeg_path=str(ffmpeg), **urls)
    return replace(made, settings=settings, **_fresh_cloud(stage.cloud, clock))


def _fresh_cloud(cloud: Cloud, clock: Any) -> dict[str, Any]:
    """Return clients that this process shares with no other."""
    queues = Queues()
    bus = _Bus(Queues(), cloud.queue_url("job-events"))
    return {"storage": Storage(clock), "queues": queues, "events": bus}


def _ffmpeg(scratch: Path, state: Path) -> Path:
    """Write an ffmpeg that does what a file says: be well, crash, or hang."""
    path = scratch / "ffmpeg"
    path.write_text(
        "#!/bin/sh\n"
        f'case "$(cat {state})" in\n'
        f"  half) [ $(( $(od -An -N1 -tu1 /dev/urandom) % 2 )) = 0 ] && kill -9 $$ ;;\n"
        "  never) kill -9 $$ ;;\n"
        "  hangs) exec sleep 600 ;;\n"
        "esac\n"
        f'exec {imageio_ffmpeg.get_ffmpeg_exe()} "$@"\n'
    )
    path.chmod(0o755)
    return path


def _renew(here: Arena) -> None:
    """Give this process its own connections."""
    context, settings = here.context, here.context.settings
    database = Database(lambda: settings.database_url, context.clock)  # type: ignore[arg-type]
    fresh = {
        "database": database,
        "cache": Cache(settings.redis_url),
        "configuration": Configuration(database, context.clock),
        **_fresh_cloud(here.cloud, context.clock),
    }
    for name, value in fresh.items():
        object.__setattr__(context, name, value)


def _deliver(here: Arena, names: tuple[str, ...], there: Connection) -> None:
    _renew(here)
    Postman(here.cloud, names, here.mischief).work()


def _tick(here: Arena, there: Connection) -> None:
    _renew(here)
    tick(here.jobs)


def _act(here: Arena, task: Task, there: Connection) -> None:
    _renew(here)
    try:
        task.act(there.send)
    except AssertionError as error:
        there.send(error)
        time.sleep(3600)  # the run is over

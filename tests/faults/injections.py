"""The faults: each begins, may go on for a while, and is gone afterwards."""

import os
import shutil
import signal
import time
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager, suppress

import psycopg

from tests.faults.arena import SCRATCH_BYTES, Arena, daemon_of, signal_all
from tests.faults.cloud import Way

Fault = Callable[[Arena], AbstractContextManager[Callable[[], None]]]


def _nothing() -> None:
    """Faults of which nothing has to be done meanwhile."""


@contextmanager
def kill_workers(here: Arena) -> Iterator[Callable[[], None]]:
    """Kill workers and clients, one after the other; each begins anew at once."""
    again = time.monotonic()

    def kill() -> None:
        nonlocal again
        if time.monotonic() >= again and (pids := here.victims()):
            signal_all(here.random.choice(pids), signal.SIGKILL)
            again = time.monotonic() + here.random.uniform(0.1, 0.6)

    yield kill


@contextmanager
def stop_workers(here: Arena) -> Iterator[Callable[[], None]]:
    """Freeze half of the workers longer than their messages stay hidden; then they go on."""
    pids = here.victims(clients=False)
    frozen = here.random.sample(pids, len(pids) // 2)
    for pid in frozen:
        signal_all(pid, signal.SIGSTOP)
    until = time.monotonic() + 5
    try:
        yield lambda: time.sleep(max(0.0, min(0.05, until - time.monotonic())))
    finally:
        for pid in frozen:
            signal_all(pid, signal.SIGCONT)


def _kill_server(name: str) -> Fault:
    @contextmanager
    def kill(here: Arena) -> Iterator[Callable[[], None]]:
        server = getattr(here, name)
        pid = daemon_of(server)
        if pid is not None:
            os.kill(pid, signal.SIGKILL)
        try:
            yield _nothing
        finally:
            server.start()

    return kill


def _stop_server(name: str) -> Fault:
    @contextmanager
    def stop(here: Arena) -> Iterator[Callable[[], None]]:
        pid = daemon_of(getattr(here, name))
        assert pid is not None
        signal_all(pid, signal.SIGSTOP)
        try:
            yield _nothing
        finally:
            signal_all(pid, signal.SIGCONT)

    return stop


@contextmanager
def kill_cloud(here: Arena) -> Iterator[Callable[[], None]]:
    """Break off every call of S3 and SQS, and refuse new ones."""
    here.cloud.kill_front()
    try:
        yield _nothing
    finally:
        here.cloud.start_front()


@contextmanager
def stop_cloud(here: Arena) -> Iterator[Callable[[], None]]:
    """Let every call of S3 and SQS hang."""
    here.cloud.pause_front()
    try:
        yield _nothing
    finally:
        here.cloud.resume_front()


def _s3(way: Way) -> Fault:
    @contextmanager
    def change(here: Arena) -> Iterator[Callable[[], None]]:
        here.cloud.s3_way.value = way
        try:
            yield _nothing
        finally:
            here.cloud.s3_way.value = Way.GOOD

    return change


def _messages(mischief: bytes) -> Fault:
    @contextmanager
    def change(here: Arena) -> Iterator[Callable[[], None]]:
        here.mischief.value = mischief
        try:
            yield _nothing
        finally:
            here.mischief.value = b""

    return change


def _transcoder(state: str) -> Fault:
    @contextmanager
    def change(here: Arena) -> Iterator[Callable[[], None]]:
        here.transcoder.write_text(state)
        try:
            yield _nothing
        finally:
            here.transcoder.write_text("well")

    return change


@contextmanager
def fill_scratch(here: Arena) -> Iterator[Callable[[], None]]:
    """Fill the disk on which workers put their files; it must be a small one of its own."""
    assert shutil.disk_usage(here.scratch).total <= SCRATCH_BYTES, "needs root, for a small disk"
    filler = here.scratch / "filler"

    def fill() -> None:
        with suppress(OSError), filler.open("ab", buffering=0) as file:
            while file.write(b"\0" * 65536):
                pass

    fill()
    try:
        yield fill
    finally:
        filler.unlink()


@contextmanager
def skew_clock(here: Arena) -> Iterator[Callable[[], None]]:
    """Put the functions' clock an hour forward or back, then right again."""
    here.offset.value = here.random.choice((3600, -3600))
    try:
        yield _nothing
    finally:
        here.offset.value = 0


@contextmanager
def exhaust_connections(here: Arena) -> Iterator[Callable[[], None]]:
    """Take every connection that PostgreSQL gives, those that were in use as well."""
    held: list[psycopg.Connection] = []
    url = here.context.settings.database_url

    def take() -> None:
        with suppress(psycopg.OperationalError):
            for _ in range(20):
                held.append(psycopg.connect(url, connect_timeout=2, autocommit=True))

    take()
    with suppress(psycopg.Error, IndexError):
        held[0].execute(
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
            " WHERE backend_type = 'client backend' AND pid <> ALL(%s)",
            ([one.info.backend_pid for one in held],),
        )
    try:
        yield take
    finally:
        for one in held:
            one.close()


FAULTS: dict[str, Fault] = {
    "worker killed": kill_workers,
    "worker frozen": stop_workers,
    "Redis killed": _kill_server("redis"),
    "Redis frozen": _stop_server("redis"),
    "PostgreSQL killed": _kill_server("postgres"),
    "PostgreSQL frozen": _stop_server("postgres"),
    "cloud killed": kill_cloud,
    "cloud frozen": stop_cloud,
    "S3 slow": _s3(Way.SLOW),
    "S3 refused": _s3(Way.REFUSED),
    "S3 corrupt": _s3(Way.CORRUPT),
    "messages twice": _messages(b"duplicated"),
    "messages late": _messages(b"delayed"),
    "messages disordered": _messages(b"reordered"),
    "transcoder fails by half": _transcoder("half"),
    "transcoder fails": _transcoder("never"),
    "transcoder hangs": _transcoder("hangs"),
    "scratch disk full": fill_scratch,
    "clock an hour off": skew_clock,
    "connections exhausted": exhaust_connections,
}

"""PostgreSQL and Redis as the local cloud runs them: data survives a crash, strangers stay out."""

import os
import shutil
import signal
import socket
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import psycopg
import pytest
import redis
from redis.backoff import NoBackoff
from redis.retry import Retry

from infra.local import service_user
from infra.local.home import Home
from infra.local.ports import free_port
from infra.local.postgres import Postgres
from infra.local.postgres_programs import BINARIES, LIBRARIES, postgres_programs
from infra.local.processes import StartFailed, find_daemon, wait_until
from infra.local.redis import Redis

as_root = pytest.mark.skipif(os.geteuid() != 0, reason="only root runs servers as another user")


@pytest.fixture(params=[(0o755, "open"), (0o700, "private"), (0o755, "with a space")])
def home(request: pytest.FixtureRequest) -> Iterator[Home]:
    """A home that PostgreSQL's user can reach, one that only its owner can, an awkward one."""
    with _home(*request.param) as home:
        yield home


@pytest.fixture
def open_home() -> Iterator[Home]:
    with _home(0o755, "open") as home:
        yield home


@contextmanager
def _home(mode: int, name: str) -> Iterator[Home]:
    root = Path(tempfile.mkdtemp(prefix="clipwave-"))
    root.chmod(mode)
    home = Home(root / name)
    yield home
    shutil.rmtree(Postgres(home, 0).directory, ignore_errors=True)
    shutil.rmtree(root)


def test_postgres_keeps_what_was_committed_when_it_is_killed(home: Home) -> None:
    server = Postgres(home, free_port())
    server.start()
    try:
        with psycopg.connect(server.url) as connection:
            connection.execute("CREATE EXTENSION vector")
            connection.execute("CREATE TABLE kept AS SELECT 42 AS answer")
        _kill(home, "postgres")
        assert not server.is_healthy()
        server.start()
        with psycopg.connect(server.url) as connection:
            assert connection.execute("SELECT answer FROM kept").fetchone() == (42,)
    finally:
        assert server.stop()
    assert not server.is_healthy()


def test_postgres_starts_although_another_program_has_its_old_pid(open_home: Home) -> None:
    server = Postgres(open_home, free_port())
    server.start()
    _kill(open_home, "postgres")
    lock = server.directory / "data" / "postmaster.pid"
    with _stranger(lock) as stranger:
        lines = lock.read_text().splitlines()
        lock.write_text("\n".join([str(stranger.pid), *lines[1:], ""]))
        try:
            server.start()
            assert server.is_healthy()
            assert stranger.poll() is None
        finally:
            server.stop()


def test_postgres_starts_although_a_crash_left_half_a_lock(open_home: Home) -> None:
    server = Postgres(open_home, free_port())
    server.start()
    assert server.stop()
    (server.directory / "data" / "postmaster.pid").touch()
    server.start()
    assert server.stop()


def test_postgres_is_found_and_stopped_without_its_pid_file(open_home: Home) -> None:
    server = Postgres(open_home, free_port())
    server.start()
    daemon = find_daemon(open_home, "postgres")
    assert daemon is not None
    open_home.pid_file("postgres").unlink()
    server.start()
    assert find_daemon(open_home, "postgres") == daemon
    open_home.pid_file("postgres").unlink()
    assert server.stop()
    assert not daemon.is_alive


@as_root
def test_postgres_runs_from_an_environment_that_only_root_can_reach(
    open_home: Home, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    installed = postgres_programs().parents[len(BINARIES.parts) - 1]
    for part in (BINARIES.parent, LIBRARIES):
        shutil.copytree(installed / part, tmp_path / part, symlinks=True)
    (tmp_path / BINARIES.parts[0] / "__init__.py").touch()
    tmp_path.chmod(0o700)
    monkeypatch.syspath_prepend(str(tmp_path))
    monkeypatch.setattr(service_user, "SYSTEM_DIRECTORY", open_home.root / "system")
    subprocess.run(["chmod", "-R", "go-rwx", str(tmp_path)], check=True)
    server = Postgres(open_home, free_port())
    try:
        server.start()
        assert postgres_programs().is_relative_to(open_home.root / "system")
        with psycopg.connect(server.url) as connection:
            connection.execute("CREATE EXTENSION vector")
    finally:
        assert server.stop()


def test_redis_keeps_its_data_and_asks_for_a_password(home: Home) -> None:
    server = Redis(home, free_port())
    server.start()
    try:
        with redis.Redis.from_url(server.url) as client:
            client.set("kept", "yes")
        assert server.stop()
        server.start()
        with redis.Redis.from_url(server.url) as client:
            assert client.get("kept") == b"yes"
        port = int(server.url.rpartition(":")[2].partition("/")[0])
        stranger = redis.Redis(port=port, retry=Retry(NoBackoff(), 0))
        with stranger, pytest.raises(redis.AuthenticationError):
            stranger.get("kept")
    finally:
        server.stop()


def test_redis_loses_no_more_than_a_second_when_it_is_killed(open_home: Home) -> None:
    server = Redis(open_home, free_port())
    server.start()
    try:
        with redis.Redis.from_url(server.url) as client:
            client.set("kept", "yes")
            assert wait_until(lambda: client.info("persistence")["aof_pending_bio_fsync"] == 0, 5)
        _kill(open_home, "redis")
        server.start()
        with redis.Redis.from_url(server.url) as client:
            assert client.get("kept") == b"yes"
    finally:
        server.stop()


@pytest.mark.parametrize("part", [Postgres, Redis])
def test_a_server_that_cannot_listen_says_so_at_once(
    open_home: Home, part: type[Postgres] | type[Redis]
) -> None:
    with socket.socket() as holder:
        holder.bind(("127.0.0.1", 0))
        holder.listen()
        with pytest.raises(StartFailed, match=r"(?s)ended while starting.*in use"):
            part(open_home, holder.getsockname()[1]).start()


@contextmanager
def _stranger(lock: Path) -> Iterator[subprocess.Popen[bytes]]:
    """Run a program as the user of the server that left a lock."""
    user = lock.stat().st_uid if os.geteuid() == 0 else None
    with subprocess.Popen(["sleep", "60"], user=user) as process:
        yield process
        process.kill()


def _kill(home: Home, name: str) -> None:
    daemon = find_daemon(home, name)
    assert daemon is not None
    os.kill(daemon.pid, signal.SIGKILL)
    assert wait_until(lambda: not daemon.is_alive, 10)

"""PostgreSQL and Redis as the local cloud runs them: data survives a crash, strangers stay out."""

import os
import shutil
import signal
import tempfile
from collections.abc import Iterator
from pathlib import Path

import psycopg
import pytest
import redis

from infra.local.home import Home
from infra.local.ports import free_port
from infra.local.postgres import Postgres
from infra.local.processes import find_daemon, wait_until
from infra.local.redis import Redis


@pytest.fixture(params=[0o755, 0o700], ids=["open", "private"])
def home(request: pytest.FixtureRequest) -> Iterator[Home]:
    """A home that PostgreSQL's user can reach, and one that only its owner can."""
    root = Path(tempfile.mkdtemp(prefix="clipwave-"))
    root.chmod(request.param)
    home = Home(root)
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


def test_redis_keeps_its_data_over_a_restart_and_asks_for_a_password(home: Home) -> None:
    server = Redis(home, free_port())
    server.start()
    try:
        with redis.Redis.from_url(server.url) as client:
            client.set("kept", "yes")
        assert server.stop()
        server.start()
        with redis.Redis.from_url(server.url) as client:
            assert client.get("kept") == b"yes"
        stranger = redis.Redis(port=int(server.url.rpartition(":")[2].partition("/")[0]))
        with stranger, pytest.raises(redis.AuthenticationError):
            stranger.get("kept")
    finally:
        server.stop()


def _kill(home: Home, name: str) -> None:
    daemon = find_daemon(home, name)
    assert daemon is not None
    os.kill(daemon.pid, signal.SIGKILL)
    assert wait_until(lambda: not daemon.is_alive, 10)

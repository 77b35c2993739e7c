"""Redis, a cache that may die at any moment: every call answers as if it were empty then."""

import time
from collections.abc import Callable, Mapping, Sequence
from typing import Any, TypeVar, cast

import redis
from redis.commands.core import Script

from chalicelib.platform.observability import logger

SOCKET_TIMEOUT_SECONDS = 0.25
REST_AFTER_FAILURE_SECONDS = 1.0
NO_EXPIRY = -1  # what Redis says of a key that has none

T = TypeVar("T")


class Cache:
    """Bytes by key. After a failure it rests for a second, so that an outage costs no waiting."""

    def __init__(self, url: str) -> None:
        self._client = redis.Redis.from_url(
            url,
            socket_timeout=SOCKET_TIMEOUT_SECONDS,
            socket_connect_timeout=SOCKET_TIMEOUT_SECONDS,
        )
        self._scripts: dict[str, Script] = {}
        self._resting_until = 0.0

    @property
    def degraded(self) -> bool:
        """Whether the last call failed and the cache is being left alone for a moment."""
        return time.monotonic() < self._resting_until

    def get(self, key: str) -> bytes | None:
        """Return the value, or None when it is absent or Redis is away."""
        return self._attempt(lambda: cast("bytes | None", self._client.get(key)), None)

    def get_many(self, keys: Sequence[str]) -> dict[str, bytes] | None:
        """Return the values of those keys that have one, or None when Redis is away."""
        if not keys:
            return {}
        found = self._attempt(lambda: cast("list[bytes | None]", self._client.mget(keys)), None)
        if found is None:
            return None
        return {key: one for key, one in zip(keys, found, strict=True) if one is not None}

    def put(self, key: str, value: bytes, *, seconds: int) -> bool:
        """Keep a value for a time. Returns whether Redis took it."""
        return self._attempt(lambda: bool(self._client.set(key, value, ex=seconds)), False)

    def add(self, key: str, value: bytes, *, seconds: int) -> bool:
        """Keep a value only if the key has none. Returns whether Redis took it."""
        return self._attempt(lambda: bool(self._client.set(key, value, ex=seconds, nx=True)), False)

    def put_many(self, values: Mapping[str, bytes], *, seconds: int) -> bool:
        """Keep values for a time, in one round trip. Returns whether Redis took them."""
        return self._attempt(lambda: self._set_all(values, seconds), False) if values else True

    def run(self, script: str, keys: Sequence[str], arguments: Sequence[Any]) -> Any:
        """Return what a Lua script returns, or None when Redis is away."""
        if script not in self._scripts:
            self._scripts[script] = self._client.register_script(script)
        return self._attempt(lambda: self._scripts[script](keys=keys, args=arguments), None)

    def immortal(self) -> list[str]:
        """Return the keys that never expire; none while Redis is away."""

        def look() -> list[str]:
            keys = list(self._client.scan_iter(count=1000))
            with self._client.pipeline(transaction=False) as pipeline:
                for key in keys:
                    pipeline.ttl(key)
                ages = pipeline.execute()
            return [key.decode() for key, age in zip(keys, ages, strict=True) if age == NO_EXPIRY]

        return self._attempt(look, [])

    def expire(self, keys: Sequence[str], *, seconds: int) -> None:
        """Let keys go after a time, unless they would anyway."""

        def set_all() -> None:
            with self._client.pipeline(transaction=False) as pipeline:
                for key in keys:
                    pipeline.expire(key, seconds)
                pipeline.execute()

        self._attempt(set_all, None)

    def ping(self) -> bool:
        """Return whether Redis answers right now."""
        self._resting_until = 0.0
        return self._attempt(lambda: bool(self._client.ping()), False)

    def close(self) -> None:
        """Close the connection."""
        self._client.close()

    def _set_all(self, values: Mapping[str, bytes], seconds: int) -> bool:
        with self._client.pipeline(transaction=False) as pipeline:
            for key, value in values.items():
                pipeline.set(key, value, ex=seconds)
            return all(pipeline.execute())

    def _attempt(self, call: Callable[[], T], fallback: T) -> T:
        if self.degraded:
            return fallback
        try:
            return call()
        except redis.RedisError as error:
            self._resting_until = time.monotonic() + REST_AFTER_FAILURE_SECONDS
            logger.warning("cache_unavailable", extra={"reason": type(error).__name__})
            return fallback

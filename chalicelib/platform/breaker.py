"""Circuit breakers: what keeps failing is left alone for a while, by all processes at once.

A breaker opens when half of at least ten calls of the last minute have failed; 30 seconds later it
lets one call through, the probe, and that decides (Nygard, Release It!, 2nd edition, chapter 5).
The state is in Redis, judged by Lua under its clock. While Redis is away nothing is counted, and
all calls go through: a breaker spares a service that is down, it doesn't protect anything else.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from chalicelib.platform.configuration import Setting
from chalicelib.platform.context import Context
from chalicelib.platform.observability import count, logger
from chalicelib.platform.retries import Away

WINDOW_MS = 60_000
LEAST_CALLS = 10
FAILED_SHARE = 0.5
REST_MS = 30_000
KEPT_MS = 3_600_000


class Breaker(StrEnum):
    """What is guarded."""

    TRANSCODING = "transcoding"
    CDN = "cdn"
    EMBEDDING = "embedding"
    NOTIFICATIONS = "notifications"


class State(StrEnum):
    """How a breaker is."""

    CLOSED = "closed"
    OPEN = "open"
    HALF_OPEN = "half_open"


class Forced(StrEnum):
    """What an operator can make of it."""

    AUTO = "auto"
    OPEN = "open"
    CLOSED = "closed"


FORCED = {
    name: Setting(
        f"breakers.{name}", "string", Forced.AUTO.value, f"the circuit breaker of {name}",
        choices=tuple(Forced),
    )
    for name in Breaker
}  # fmt: skip
SETTINGS = tuple(FORCED.values())

# How long a probe may take before another one is let through, in milliseconds: a call's time-out,
# or for transcoding the longest that a function may run.
PROBE_MS = dict.fromkeys(Breaker, 30000) | {Breaker.TRANSCODING: 900_000}

# Returns 0 and how long to wait, 1 for a call like any other, 2 for the probe.
_ASK = """
local time = redis.call('TIME')
local now = time[1] * 1000 + math.floor(time[2] / 1000)
local opened = redis.call('HGET', KEYS[1], 'opened_at')
if not opened then return {1, 0} end
local wait = opened + ARGV[1] - now
if wait > 0 then return {0, wait} end
local probing = tonumber(redis.call('HGET', KEYS[1], 'probing_until') or 0)
if probing > now then return {0, math.min(probing - now, tonumber(ARGV[1]))} end
redis.call('HSET', KEYS[1], 'probing_until', now + ARGV[2])
return {2, 0}
"""
# Takes in how a call ended; returns 'opened' or 'closed' where that changed something. What began
# before it opened and ends later says nothing new.
_TELL = """
local time = redis.call('TIME')
local now = time[1] * 1000 + math.floor(time[2] / 1000)
local failed, probe = ARGV[1] == '1', ARGV[2] == '1'
local state, calls = KEYS[1], KEYS[2]
local function open()
    redis.call('HSET', state, 'opened_at', now)
    redis.call('HDEL', state, 'probing_until')
    redis.call('PEXPIRE', state, ARGV[6])
    redis.call('DEL', calls)
    return 'opened'
end
if redis.call('HEXISTS', state, 'opened_at') == 1 then
    if not probe then return false end
    if failed then return open() end
    redis.call('DEL', state, calls)
    return 'closed'
end
local nth = redis.call('HINCRBY', state, 'nth', 1)
redis.call('PEXPIRE', state, ARGV[6])
redis.call('ZADD', calls, now, nth .. (failed and ':failed' or ':done'))
redis.call('PEXPIRE', calls, ARGV[3])
redis.call('ZREMRANGEBYSCORE', calls, '-inf', now - ARGV[3])
if not failed then return false end
local failures, total = 0, 0
for _, call in ipairs(redis.call('ZRANGE', calls, 0, -1)) do
    total = total + 1
    if string.find(call, 'failed', 1, true) then failures = failures + 1 end
end
if total >= tonumber(ARGV[4]) and failures >= total * ARGV[5] then return open() end
return false
"""
_LOOK = """
local time = redis.call('TIME')
local now = time[1] * 1000 + math.floor(time[2] / 1000)
local opened = redis.call('HGET', KEYS[1], 'opened_at')
if not opened then return 'closed' end
if opened + ARGV[1] - now > 0 then return 'open' end
return 'half_open'
"""


class BreakerOpen(Away):
    """The call wasn't made; it may be after `wait_seconds`."""

    def __init__(self, name: Breaker, wait_seconds: float) -> None:
        super().__init__(f"{name} is left alone for {wait_seconds:.0f} s")
        self.wait_seconds = wait_seconds


@dataclass(frozen=True)
class BreakerState:
    """How a breaker is, and whether somebody made it so."""

    state: State
    forced: Forced


@contextmanager
def guard(context: Context, name: Breaker) -> Iterator[None]:
    """Make a call unless the breaker is open; an exception is a failed call.

    Raises BreakerOpen.
    """
    forced = context.configuration.get(FORCED[name])
    if forced == Forced.OPEN:
        raise BreakerOpen(name, REST_MS / 1000)
    if forced == Forced.CLOSED:
        yield
        return
    allowed, wait = context.cache.run(_ASK, [_key(name)], [REST_MS, PROBE_MS[name]]) or (1, 0)
    if not allowed:
        raise BreakerOpen(name, wait / 1000)
    probe = int(allowed == 2)  # noqa: PLR2004 - as the script says it
    try:
        yield
    except Exception:
        _tell(context, name, failed=1, probe=probe)
        raise
    _tell(context, name, failed=0, probe=probe)


def read(context: Context, name: Breaker) -> BreakerState:
    """Return how a breaker is; closed while Redis is away."""
    forced = Forced(context.configuration.get(FORCED[name]))
    if forced is not Forced.AUTO:
        return BreakerState(State(forced), forced)
    found: Any = context.cache.run(_LOOK, [_key(name)], [REST_MS])
    return BreakerState(State(found.decode()) if found else State.CLOSED, forced)


def _tell(context: Context, name: Breaker, *, failed: int, probe: int) -> None:
    key = _key(name)
    changed = context.cache.run(
        _TELL,
        [key, f"{key}:calls"],
        [failed, probe, WINDOW_MS, LEAST_CALLS, FAILED_SHARE, KEPT_MS],
    )
    if changed:
        count(f"Breaker{changed.decode().capitalize()}")
        logger.warning("breaker", extra={"breaker": name, "state": changed.decode()})


def _key(name: Breaker) -> str:
    return f"breaker:{name}"

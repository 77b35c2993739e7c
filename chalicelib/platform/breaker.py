"""Circuit breakers: what keeps failing is left alone for a while, by all processes at once.

A breaker opens when half of at least ten calls of the last minute have failed; 30 seconds later it
lets one call through, the probe, and that decides (Nygard, Release It!, 2nd edition, chapter 5).
The state is in Redis, judged by Lua under its clock; while Redis is away each process judges by
what it has seen itself. A breaker spares a service that is down; what it keeps from being done is
for the caller to do later.
"""

import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from chalicelib.platform.breaker_window import Outcome, Window
from chalicelib.platform.configuration import Setting
from chalicelib.platform.context import Context
from chalicelib.platform.errors import Problem
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

# A call's time-out in milliseconds; for transcoding the longest that a function may run. What takes
# longer has failed, whatever comes of it, and a probe that does is not waited for.
LIMIT_MS = dict.fromkeys(Breaker, 30_000) | {Breaker.TRANSCODING: 900_000}

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
# before it opened and ends later says nothing new, and what says nothing gives its turn back.
_TELL = """
local time = redis.call('TIME')
local now = time[1] * 1000 + math.floor(time[2] / 1000)
local failed, probe = ARGV[1] == 'failed', ARGV[2] == '1'
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
    if ARGV[1] == 'neither' then
        redis.call('HDEL', state, 'probing_until')
        return false
    end
    if failed then return open() end
    redis.call('DEL', state, calls)
    return 'closed'
end
if ARGV[1] == 'neither' then return false end
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


# What each process knows while Redis is away.
_WINDOWS: dict[Breaker, Window] = {}


@contextmanager
def guard(
    context: Context, name: Breaker, *, spares: tuple[type[Exception], ...] = ()
) -> Iterator[None]:
    """Make a call unless the breaker is open; an exception is a failed call.

    Refusals of our own (Problem) and what `spares` names say nothing about what is called.
    Raises BreakerOpen.
    """
    forced = context.configuration.get(FORCED[name])
    if forced == Forced.OPEN:
        raise BreakerOpen(name, REST_MS / 1000)
    if forced == Forced.CLOSED:
        yield
        return
    spared: tuple[type[Exception], ...] = (Problem, *spares)
    probe = _ask(context, name)
    began = time.monotonic()
    outcome = Outcome.FAILED
    try:
        yield
        late = (time.monotonic() - began) * 1000 > LIMIT_MS[name]
        outcome = Outcome.FAILED if late else Outcome.DONE
    except spared:
        outcome = Outcome.NEITHER
        raise
    finally:
        _tell(context, name, outcome, probe=probe)


def read(context: Context, name: Breaker) -> BreakerState:
    """Return how a breaker is; what this process knows while Redis is away."""
    forced = Forced(context.configuration.get(FORCED[name]))
    if forced is not Forced.AUTO:
        return BreakerState(State(forced), forced)
    found: Any = context.cache.run(_LOOK, [_key(name)], [REST_MS])
    if found is None:
        return BreakerState(State.OPEN if _window(name).wait_ms() else State.CLOSED, forced)
    return BreakerState(State(found.decode()), forced)


def _ask(context: Context, name: Breaker) -> bool:
    """Return whether the call that is let through is the probe. Raises BreakerOpen."""
    found = context.cache.run(_ASK, [_key(name)], [REST_MS, LIMIT_MS[name]])
    allowed, wait = found or _window(name).ask()
    if not allowed:
        raise BreakerOpen(name, wait / 1000)
    probe = allowed == 2  # noqa: PLR2004 - as the script says it
    if probe:
        logger.info("breaker_probes", extra={"breaker": name})
    return probe


def _tell(context: Context, name: Breaker, outcome: Outcome, *, probe: bool) -> None:
    key = _key(name)
    arguments = [outcome, int(probe), WINDOW_MS, LEAST_CALLS, FAILED_SHARE, KEPT_MS]
    told = context.cache.run(_TELL, [key, f"{key}:calls"], arguments)
    changed = told.decode() if told else None
    if context.cache.degraded:
        changed = _window(name).tell(outcome)
    if changed:
        count(f"Breaker{changed.capitalize()}")
        logger.warning("breaker", extra={"breaker": name, "state": changed})


def _window(name: Breaker) -> Window:
    if name not in _WINDOWS:
        _WINDOWS[name] = Window(WINDOW_MS, LEAST_CALLS, FAILED_SHARE, REST_MS)
    return _WINDOWS[name]


def _key(name: Breaker) -> str:
    return f"breaker:{name}"

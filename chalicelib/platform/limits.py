"""Rate limits: exact sliding windows, so that no window whatever holds more than its limit.

Each key has a log of the calls let through, in Redis, written and judged by one Lua script under
Redis' own clock. While Redis is away the classes that guard accounts and uploads keep their log in
PostgreSQL; the others fall back to a log in each process. None of them is ever open.
"""

import time
from collections import OrderedDict, deque
from dataclasses import dataclass
from enum import StrEnum
from math import floor

from chalicelib.platform.configuration import Setting
from chalicelib.platform.context import Context
from chalicelib.platform.errors import Problem
from chalicelib.platform.observability import count

MICROSECONDS = 1_000_000
KEYS_PER_PROCESS = 10_000


class LimitClass(StrEnum):
    """What is limited together."""

    UPLOAD = "upload"
    COMMENT = "comment"
    LIKE = "like"
    FEED = "feed"
    SEARCH = "search"
    LOGIN = "login"
    ADMIN = "admin"
    REGISTER = "register"
    EVENTS = "events"
    REPORT = "report"
    WRITE = "write"
    READ = "read"


DEFAULTS: dict[LimitClass, tuple[int, int]] = {
    LimitClass.UPLOAD: (10, 3600),
    LimitClass.COMMENT: (30, 60),
    LimitClass.LIKE: (100, 60),
    LimitClass.FEED: (60, 60),
    LimitClass.SEARCH: (30, 60),
    LimitClass.LOGIN: (5, 900),
    LimitClass.ADMIN: (100, 60),
    LimitClass.REGISTER: (20, 3600),
    LimitClass.EVENTS: (120, 60),
    LimitClass.REPORT: (15, 86_400),
    LimitClass.WRITE: (60, 60),
    LimitClass.READ: (300, 60),
}
# What must hold over all processes, come what may.
STRICT = frozenset({LimitClass.LOGIN, LimitClass.REGISTER, LimitClass.UPLOAD})

MOST = {
    name: Setting(
        f"limits.{name}.max", "integer", most, f"calls of class {name} per window",
        minimum=1, maximum=1_000_000,
    )
    for name, (most, _) in DEFAULTS.items()
}  # fmt: skip
WINDOWS = {
    name: Setting(
        f"limits.{name}.window_seconds", "integer", seconds, f"length of {name}'s window",
        minimum=1, maximum=604_800,
    )
    for name, (_, seconds) in DEFAULTS.items()
}  # fmt: skip
SETTINGS = tuple(setting for name in LimitClass for setting in (MOST[name], WINDOWS[name]))

# Times are microseconds. A call at the very edge of a window still counts in it, so that windows
# that include both of their ends hold, too. Returns: let through?, calls in the window, and
# microseconds until the one leaves it that stands in the way (or, let through, the oldest).
_SLIDING_WINDOW = """
local time = redis.call('TIME')
local now = time[1] * 1000000 + time[2]
local most, window = tonumber(ARGV[1]), tonumber(ARGV[2])
redis.call('ZREMRANGEBYSCORE', KEYS[1], '-inf', string.format('(%.0f', now - window))
local held = redis.call('ZCARD', KEYS[1])
local allowed = 0
if held < most then
    while redis.call('ZSCORE', KEYS[1], string.format('%.0f', now)) do now = now + 1 end
    local member = string.format('%.0f', now)
    redis.call('ZADD', KEYS[1], member, member)
    redis.call('PEXPIRE', KEYS[1], math.ceil(window / 1000) + 1000)
    held = held + 1
    allowed = 1
end
local rank = math.max(0, held - most)
if allowed == 1 then rank = 0 end
local oldest = redis.call('ZRANGE', KEYS[1], rank, rank)[1]
return {allowed, held, oldest + window - now}
"""


@dataclass(frozen=True)
class Verdict:
    """Whether a call is let through; `reset_seconds` until there is room for one more."""

    allowed: bool
    limit: int
    held: int
    reset_seconds: int

    @property
    def headers(self) -> dict[str, str]:
        """The headers that tell a client where it stands."""
        told = {
            "RateLimit-Limit": str(self.limit),
            "RateLimit-Remaining": str(max(0, self.limit - self.held)),
            "RateLimit-Reset": str(self.reset_seconds),
        }
        return told if self.allowed else {**told, "Retry-After": str(self.reset_seconds)}


def take(context: Context, name: LimitClass, who: str) -> Verdict:
    """Count a call of somebody's, unless that were one too many. Raises Problem `rate_limited`."""
    most = int(context.configuration.get(MOST[name]))
    window = int(context.configuration.get(WINDOWS[name])) * MICROSECONDS
    key = f"limit:{name}:{who}"
    found = context.cache.run(_SLIDING_WINDOW, [key], [most, window])
    if found is None:
        judge = _take_in_database if name in STRICT else _take_in_process
        found = judge(context, key, most, window)
    allowed, held, wait = (int(value) for value in found)
    verdict = Verdict(bool(allowed), most, held, floor(wait / MICROSECONDS) + 1)
    if not verdict.allowed:
        count("RateLimited")
        raise Problem(
            "rate_limited",
            f"At most {most} calls in {window // MICROSECONDS} seconds;"
            f" come back in {verdict.reset_seconds} s.",
            headers=verdict.headers,
        )
    return verdict


def _take_in_database(context: Context, key: str, most: int, window: int) -> tuple[int, int, int]:
    """Judge by a log in PostgreSQL, one call of a key after the other."""
    with context.database.transaction() as transaction:
        transaction.execute("SELECT pg_advisory_xact_lock(hashtextextended(%s, 0))", (key,))
        rows = transaction.execute(
            "SELECT (extract(epoch FROM at) * 1000000)::bigint AS at,"
            " (extract(epoch FROM clock_timestamp()) * 1000000)::bigint AS now"
            " FROM rate_limit_hits WHERE key = %s"
            " AND at >= clock_timestamp() - make_interval(secs => %s) ORDER BY at",
            (key, window / MICROSECONDS),
        ).fetchall()
        held = [int(row["at"]) for row in rows]
        if len(held) >= most:
            return 0, len(held), held[len(held) - most] + window - int(rows[0]["now"])
        row = transaction.execute(
            "INSERT INTO rate_limit_hits (key, at, expires_at)"
            " VALUES (%s, clock_timestamp(), clock_timestamp() + make_interval(secs => %s))"
            " RETURNING (extract(epoch FROM at) * 1000000)::bigint AS at",
            (key, window / MICROSECONDS),
        ).fetchone()
        now = int(row["at"]) if row else 0
        return 1, len(held) + 1, (held[0] if held else now) + window - now


_LOGS: OrderedDict[str, deque[int]] = OrderedDict()


def _take_in_process(context: Context, key: str, most: int, window: int) -> tuple[int, int, int]:
    """Judge by this process' own log; the keys used longest ago are forgotten first."""
    now = time.monotonic_ns() // 1000
    log = _LOGS.setdefault(key, deque())
    _LOGS.move_to_end(key)
    if len(_LOGS) > KEYS_PER_PROCESS:
        _LOGS.popitem(last=False)
    while log and log[0] < now - window:
        log.popleft()
    if len(log) >= most:
        return 0, len(log), log[len(log) - most] + window - now
    log.append(now)
    return 1, len(log), log[0] + window - now

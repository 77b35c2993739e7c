"""What one process has seen of a service: a circuit breaker by itself, without Redis."""

import time
from collections import deque
from enum import StrEnum


class Outcome(StrEnum):
    """How a call ended; one that ended with neither says nothing about what was called."""

    DONE = "done"
    FAILED = "failed"
    NEITHER = "neither"


class Window:
    """The calls of the last while, by the rules of the shared breaker; times in milliseconds."""

    def __init__(self, window_ms: int, least_calls: int, failed_share: float, rest_ms: int) -> None:
        self._window_ms = window_ms
        self._least_calls = least_calls
        self._failed_share = failed_share
        self._rest_ms = rest_ms
        self._calls: deque[tuple[float, bool]] = deque()
        self._open_until: float | None = None

    def wait_ms(self) -> float:
        """Return how long no call is let through; 0 when they are."""
        return max(0.0, (self._open_until or 0.0) - _now_ms())

    def ask(self) -> tuple[int, float]:
        """Return 0 and how long to wait, 1 for a call like any other, 2 for the probe.

        A process makes one call at a time, so that there is never a second probe.
        """
        if self._open_until is None:
            return 1, 0
        wait = self.wait_ms()
        return (0, wait) if wait else (2, 0)

    def tell(self, outcome: Outcome) -> str | None:
        """Take in how a call ended; returns "opened" or "closed" where that changed something."""
        if outcome is Outcome.NEITHER:
            return None
        now, failed = _now_ms(), outcome is Outcome.FAILED
        if self._open_until is not None:
            return self._open(now) if failed else self._close()
        self._calls.append((now, failed))
        while self._calls[0][0] < now - self._window_ms:
            self._calls.popleft()
        failures = sum(failed for _, failed in self._calls)
        total = len(self._calls)
        opens = failed and total >= self._least_calls and failures >= total * self._failed_share
        return self._open(now) if opens else None

    def _open(self, now: float) -> str:
        self._calls.clear()
        self._open_until = now + self._rest_ms
        return "opened"

    def _close(self) -> str:
        self._open_until = None
        return "closed"


def _now_ms() -> float:
    return time.monotonic() * 1000

"""Tells about once a second how far a job is, whatever it is waiting for."""

import threading
from collections.abc import Callable
from types import TracebackType
from typing import Any, Literal, Self

from chalicelib.media.events import Reporter

Emit = Callable[[dict[str, Any]], None]
Phase = Literal["PROBING", "TRANSCODING", "UPLOADING"]  # the service's own names

EVERY_SECONDS = 1.0
MOST = 99  # percent; only a COMPLETE is 100


class Heartbeat:
    """Emits PROGRESSING when entered, then a STATUS_UPDATE a second until it is left.

    `emit` is called from another thread meanwhile. It is up to it to bear that an update can't be
    sent: the next one follows.
    """

    def __init__(self, emit: Emit, reporter: Reporter) -> None:
        self._emit = emit
        self._reporter = reporter
        self._phase: Phase = "PROBING"
        self._percent = 0
        self._ended = threading.Event()
        self._thread = threading.Thread(target=self._beat, name="heartbeat", daemon=True)

    def __enter__(self) -> Self:
        self._emit(self._reporter.progressing())
        self._thread.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self._ended.set()
        self._thread.join()

    def advance(self, phase: Phase, percent: float) -> None:
        """Take note of how far the job is; the percentage never goes back."""
        self._phase = phase
        self._percent = max(self._percent, min(MOST, int(percent)))

    def _beat(self) -> None:
        while not self._ended.wait(EVERY_SECONDS):
            self._emit(self._reporter.status_update(self._percent, self._phase))

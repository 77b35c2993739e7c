"""Log output of an execution environment, and the lines Lambda itself adds to it."""

import math
from datetime import UTC, datetime

from .outcome import Outcome

LIMIT = 1024 * 1024
_HALF = LIMIT // 2
_MEGABYTE = 1024 * 1024


class LogBuffer:
    """Collects output until it is taken. Beyond LIMIT bytes the middle is left out."""

    def __init__(self) -> None:
        self._head = bytearray()
        self._tail = bytearray()
        self._dropped = 0

    def write(self, data: bytes) -> None:
        """Append output as it came from the child."""
        room = _HALF - len(self._head)
        if room > 0 and not self._tail:
            self._head += data[:room]
            data = data[room:]
        self._tail += data
        if len(self._tail) > LIMIT:
            self._drop(len(self._tail) - _HALF)

    def write_line(self, line: str) -> None:
        """Append a line of Lambda's own, on a new line whatever the child wrote last."""
        last = self._tail or self._head
        start = "" if not last or last.endswith(b"\n") else "\n"
        self.write(f"{start}{line}\n".encode())

    def read(self) -> str:
        """Return what has been collected, without taking it."""
        if len(self._tail) > _HALF:
            self._drop(len(self._tail) - _HALF)
        note = f"\n[{self._dropped} bytes of log output left out here]\n" if self._dropped else ""
        return _text(self._head) + note + _text(self._tail)

    def take(self) -> str:
        """Return what has been collected and begin anew."""
        text = self.read()
        self._head, self._tail, self._dropped = bytearray(), bytearray(), 0
        return text

    def _drop(self, count: int) -> None:
        del self._tail[:count]
        self._dropped += count


def start_line(request_id: str, version: str) -> str:
    """Return Lambda's line at the beginning of an invocation."""
    return f"START RequestId: {request_id} Version: {version}"


def end_lines(
    request_id: str,
    outcome: Outcome,
    *,
    seconds: float,
    init_seconds: float | None,
    memory: int,
    memory_limit: int,
) -> str:
    """Return Lambda's END and REPORT lines; sizes in bytes, the billed time includes the init."""
    billed = math.ceil((seconds + (init_seconds or 0)) * 1000)
    used = min(memory, memory_limit)
    fields = [
        f"REPORT RequestId: {request_id}",
        f"Duration: {seconds * 1000:.2f} ms",
        f"Billed Duration: {billed} ms",
        f"Memory Size: {memory_limit // _MEGABYTE} MB",
        f"Max Memory Used: {math.ceil(used / _MEGABYTE)} MB",
    ]
    if init_seconds is not None:
        fields.append(f"Init Duration: {init_seconds * 1000:.2f} ms")
    if outcome.status:
        fields.append(f"Status: {outcome.status}")
    if outcome.status == "error":
        fields.append(f"Error Type: {outcome.error_type}")
    return f"END RequestId: {request_id}\n" + "\t".join(fields)


def slow_init_line(seconds: float) -> str:
    """Return Lambda's line about an init phase that was cut off."""
    return f"INIT_REPORT Init Duration: {seconds * 1000:.2f} ms\tPhase: init\tStatus: timeout"


def timestamp() -> str:
    """Return the present time as Lambda writes it into logs."""
    return datetime.now(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")


def _text(data: bytearray) -> str:
    return data.decode("utf-8", errors="replace")

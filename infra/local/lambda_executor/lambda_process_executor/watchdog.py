"""A small process that outlives LocalStack by a moment and cleans up after it.

It reads from a pipe which process trees and directories are in use. The pipe ends when LocalStack
ends, however that happens (SIGKILL included); then the watchdog kills and removes what is left.
"""

import contextlib
import shutil
import subprocess
import sys
import threading
from pathlib import Path

from .tree import kill_tree

_CLOSE_SECONDS = 10


class Watchdog:
    """The LocalStack side. Thread-safe; starts the process at first use and again if it died."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._held: dict[str, None] = {}
        self._process: subprocess.Popen[bytes] | None = None

    def hold(self, what: int | Path) -> None:
        """Have a process tree (its leader's id) or a directory cleaned up if LocalStack dies."""
        with self._lock:
            self._held[str(what)] = None
            self._tell(f"+{what}\n")

    def release(self, what: int | Path) -> None:
        """Forget what has been cleaned up already."""
        with self._lock:
            if self._held.pop(str(what), "") is None:
                self._tell(f"-{what}\n")

    def close(self) -> None:
        """End the watchdog, once it has killed and removed whatever is still held."""
        with self._lock:
            self._end()
            self._held.clear()

    def _tell(self, line: str) -> None:
        if self._process and self._process.stdin:
            with contextlib.suppress(BrokenPipeError):
                self._process.stdin.write(line.encode())
                return
            self._end()
        self._process = self._start()
        if self._process.stdin:
            self._process.stdin.write("".join(f"+{held}\n" for held in self._held).encode())

    def _end(self) -> None:
        process, self._process = self._process, None
        if process and process.stdin:
            process.stdin.close()
            with contextlib.suppress(subprocess.TimeoutExpired):
                process.wait(_CLOSE_SECONDS)

    def _start(self) -> subprocess.Popen[bytes]:
        return subprocess.Popen(
            [sys.executable, "-m", __name__],
            stdin=subprocess.PIPE,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            bufsize=0,
            cwd="/",
            start_new_session=True,
        )


def main() -> None:
    """Follow standard input to its end, then clean up."""
    held: dict[str, None] = {}
    for line in sys.stdin:
        sign, what = line[0], line[1:].rstrip("\n")
        if sign == "+":
            held[what] = None
        else:
            held.pop(what, None)
    for what in held:
        if what.isdigit():
            kill_tree(int(what))
    for what in held:
        if not what.isdigit():
            shutil.rmtree(what, ignore_errors=True)


if __name__ == "__main__":
    main()

"""Runs ffmpeg as a child that can't run away, and follows its progress."""

import contextlib
import os
import resource
import signal
import subprocess
import threading
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

MAX_OUTPUT_BYTES = 2 << 30
MAX_OPEN_FILES = 256
STDERR_KEPT = 4000


class FfmpegFailed(Exception):
    """ffmpeg ended with an error; the message is the last of what it said."""


class FfmpegTimedOut(Exception):
    """ffmpeg took longer than it may and was killed."""


@dataclass
class _Watch:
    """Kills a process group at its deadline, whatever it is doing."""

    process: subprocess.Popen[str]
    seconds: float
    fired: bool = False

    def start(self) -> threading.Timer:
        timer = threading.Timer(self.seconds, self._fire)
        timer.daemon = True
        timer.start()
        return timer

    def _fire(self) -> None:
        self.fired = True
        kill_group(self.process)


def run_ffmpeg(
    command: Sequence[str],
    *,
    directory: Path,
    limit_seconds: float,
    follow: Callable[[float], None] = lambda _: None,
) -> None:
    """Run ffmpeg in its own process group, without credentials, until done or the time is up.

    Parameters
    ----------
    follow: called about twice a second with the seconds of output made so far.

    Raises FfmpegFailed, FfmpegTimedOut, or whatever `follow` raises; the child is gone then.
    """
    with (directory / "ffmpeg.log").open("w+b") as log:
        process = subprocess.Popen(  # noqa: S603 - an argv list of numbers and our own paths
            list(command),
            cwd=directory,
            env={"PATH": "/usr/bin:/bin", "HOME": str(directory), "TMPDIR": str(directory)},
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=log,
            text=True,
            start_new_session=True,
            preexec_fn=_limit,  # noqa: PLW1509 - no threads of ours hold locks the child needs
        )
        watch = _Watch(process, limit_seconds)
        timer = watch.start()
        try:
            _follow(process, follow)
            code = process.wait()
        finally:
            timer.cancel()
            kill_group(process)
        if watch.fired:
            raise FfmpegTimedOut(f"killed after {limit_seconds:.0f} s")
        if code != 0:
            raise FfmpegFailed(_tail(directory / "ffmpeg.log") or f"exit status {code}")


def parse_progress(line: str) -> float | None:
    """Return the seconds of output a progress line tells of; None for any other line."""
    key, _, value = line.strip().partition("=")
    if key != "out_time_us" or not value.lstrip("-").isdigit():
        return None
    return max(0.0, int(value) / 1_000_000)


def kill_group(process: subprocess.Popen[str]) -> None:
    """Kill a child with everything it started, and reap it."""
    with contextlib.suppress(ProcessLookupError, PermissionError):
        os.killpg(process.pid, signal.SIGKILL)
    process.wait()


def _follow(process: subprocess.Popen[str], follow: Callable[[float], None]) -> None:
    assert process.stdout is not None  # noqa: S101 - opened as a pipe
    with process.stdout as lines:
        for line in lines:
            seconds = parse_progress(line)
            if seconds is not None:
                follow(seconds)


def _limit() -> None:
    resource.setrlimit(resource.RLIMIT_FSIZE, (MAX_OUTPUT_BYTES, MAX_OUTPUT_BYTES))
    resource.setrlimit(resource.RLIMIT_NOFILE, (MAX_OPEN_FILES, MAX_OPEN_FILES))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    os.nice(5)


def _tail(path: Path) -> str:
    data = path.read_bytes()[-STDERR_KEPT:]
    return data.decode(errors="replace").strip()

"""Runs ffmpeg as a child that can't run away, and follows its progress."""

import os
import signal
import subprocess
import sys
import threading
from collections import deque
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path

from chalicelib.media import confinement
from chalicelib.platform.retries import Temporary

LINES_KEPT = 12
LINE_LENGTH = 300
DISK_FULL = "No space left on device"


class FfmpegFailed(Exception):
    """ffmpeg could not make anything of the file; the message is the last of what it said."""


class FfmpegTimedOut(Exception):
    """ffmpeg took longer than it may and was killed."""


class WorkInterrupted(Temporary):
    """The machine gave out, not the file: another try, later or elsewhere, may do."""


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

    Raises FfmpegFailed, FfmpegTimedOut, WorkInterrupted, or whatever `follow` raises; the child is
    gone then.
    """
    said: deque[str] = deque(maxlen=LINES_KEPT)
    process = _start(command, directory)
    with _ends_after(limit_seconds, process) as expired:
        _follow(process, follow, said)
        code = process.wait()
    if code and expired.is_set():
        raise FfmpegTimedOut(f"killed after {limit_seconds:.0f} s")
    _check_exit(code, "\n".join(said))


def parse_progress(line: str) -> float | None:
    """Return the seconds of output a progress line tells of; None for any other line."""
    key, _, value = line.strip().partition("=")
    if key != "out_time_us" or not value.lstrip("-").isdigit():
        return None
    return max(0.0, int(value) / 1_000_000)


def _start(command: Sequence[str], directory: Path) -> subprocess.Popen[str]:
    confined = [sys.executable, "-I", "-S", "-B", confinement.__file__, *command]
    return subprocess.Popen(  # noqa: S603 - an argv list of numbers and our own paths
        confined,
        cwd=directory,
        env=_environment(directory),
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        errors="replace",
        start_new_session=True,
    )


def _environment(directory: Path) -> dict[str, str]:
    """Return the child's whole environment, in which there are no secrets."""
    return {
        "PATH": "/usr/bin:/bin",
        "HOME": str(directory),
        "TMPDIR": str(directory),
        # Lambda's interpreter finds its own shared library only through the loader path.
        "LD_LIBRARY_PATH": str(Path(sys.base_prefix) / "lib"),
    }


@contextmanager
def _ends_after(seconds: float, process: subprocess.Popen[str]) -> Iterator[threading.Event]:
    """Kill a child with everything it started when its time is up, at the latest on leaving."""
    expired = threading.Event()

    def expire() -> None:
        expired.set()
        _kill(process)

    timer = threading.Timer(seconds, expire)
    timer.daemon = True
    timer.start()
    try:
        with process:
            try:
                yield expired
            finally:
                _kill(process)
    finally:
        timer.cancel()


def _kill(process: subprocess.Popen[str]) -> None:
    if process.poll() is None:
        with suppress(ProcessLookupError, PermissionError):
            os.killpg(process.pid, signal.SIGKILL)


def _follow(
    process: subprocess.Popen[str], follow: Callable[[float], None], said: deque[str]
) -> None:
    """Read progress and complaints from the one pipe; of the complaints the last are kept."""
    assert process.stdout is not None  # noqa: S101 - opened as a pipe
    for line in process.stdout:
        seconds = parse_progress(line)
        if seconds is not None:
            follow(seconds)
        elif "=" not in line.partition(" ")[0]:
            said.append(line.strip()[:LINE_LENGTH])


def _check_exit(code: int, said: str) -> None:
    if code == 0:
        return
    if code == -signal.SIGXCPU:
        raise FfmpegTimedOut("used up its processor time")
    if code in (confinement.CANNOT_START, -signal.SIGKILL, -signal.SIGTERM) or DISK_FULL in said:
        raise WorkInterrupted(f"ffmpeg ended with {code}: {said}")
    raise FfmpegFailed(said or f"ffmpeg ended with {code}")

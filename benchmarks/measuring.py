"""What commands cost: processor time, time and memory, as the kernel counts them."""

import os
import subprocess
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

KILOBYTE = 1024  # the kernel's unit of ru_maxrss, on Linux


class CommandFailed(Exception):
    """A command ended with another code than 0."""


@dataclass(frozen=True)
class Cost:
    """Processor seconds (user and system), seconds, and the largest command's bytes of memory."""

    cpu: float
    wall: float
    peak: int


def run_all(commands: Sequence[Sequence[str]], folder: Path) -> Cost:
    """Run commands one after the other, and return what they cost together."""
    began, cpu, peak = time.monotonic(), 0.0, 0
    for command in commands:
        child = subprocess.Popen(  # noqa: S603 - our own arguments
            command, cwd=folder, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True
        )
        assert child.stderr is not None  # noqa: S101 - opened as a pipe
        said = child.stderr.read()
        _, status, used = os.wait4(child.pid, 0)
        child.returncode = os.waitstatus_to_exitcode(status)
        if child.returncode:
            raise CommandFailed(said[-2000:])
        cpu += used.ru_utime + used.ru_stime
        peak = max(peak, used.ru_maxrss * KILOBYTE)
    return Cost(cpu, time.monotonic() - began, peak)


def bytes_in(folder: Path, *endings: str) -> int:
    """Return how large the files with these endings are."""
    files = (path for path in folder.rglob("*") if path.suffix in endings)
    return sum(path.stat().st_size for path in files)

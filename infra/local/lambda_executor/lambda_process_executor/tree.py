"""A process with all its descendants: what they use, and their end."""

import contextlib
import os
import signal

import psutil


def kill_tree(pid: int) -> None:
    """Kill the process group led by `pid` and its descendants that left the group."""
    family = _family(pid)
    with contextlib.suppress(ProcessLookupError, PermissionError):
        os.killpg(pid, signal.SIGKILL)
    for process in family:
        with contextlib.suppress(psutil.Error):
            process.kill()


def memory_of_tree(pid: int, limit: int) -> int:
    """Return the bytes of memory in use by `pid` and its descendants.

    Resident sizes count pages that forked children share once per process. Only when their sum
    exceeds `limit` are shared pages divided among the processes (PSS), which costs more to read.
    """
    family = _family(pid)
    resident = sum(_resident(process) for process in family)
    return resident if resident <= limit else sum(_proportional(process) for process in family)


def memory_of(pid: int) -> int:
    """Return the resident bytes of one process; 0 when it is gone."""
    try:
        return _resident(psutil.Process(pid))
    except psutil.Error:
        return 0


def _family(pid: int) -> list[psutil.Process]:
    try:
        leader = psutil.Process(pid)
        return [leader, *leader.children(recursive=True)]
    except psutil.Error:
        return []


def _resident(process: psutil.Process) -> int:
    try:
        return int(process.memory_info().rss)
    except psutil.Error:
        return 0


def _proportional(process: psutil.Process) -> int:
    try:
        info = process.memory_full_info()
    except psutil.Error:
        return 0
    return int(getattr(info, "pss", info.uss))

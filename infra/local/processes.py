"""The local cloud's daemons: started in sessions of their own, known by pid and birth."""

import contextlib
import json
import os
import pwd
import signal
import subprocess
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import psutil

from infra.local.home import Home, write_private

BIRTH_TOLERANCE_SECONDS = 1.0
STOP_LIMIT_SECONDS = 15.0

# Children of this very process, kept so that they are reaped when they end.
_children: list[subprocess.Popen[bytes]] = []


class StartFailed(Exception):
    """A part didn't come up; the message says which, why, and where its log is."""


@dataclass(frozen=True)
class Daemon:
    """A process of ours: a pid alone may be somebody else's by now."""

    pid: int
    born: float

    @property
    def is_alive(self) -> bool:
        """Whether this very process still runs."""
        try:
            process = psutil.Process(self.pid)
            same = abs(process.create_time() - self.born) < BIRTH_TOLERANCE_SECONDS
            return same and process.status() != psutil.STATUS_ZOMBIE
        except psutil.NoSuchProcess:
            return False


def start_daemon(
    home: Home,
    name: str,
    command: Sequence[str],
    *,
    environment: Mapping[str, str],
    directory: Path,
    user: pwd.struct_passwd | None = None,
) -> Daemon:
    """Start a part that outlives this program, its output going to its log; as root, as `user`."""
    with home.log(name).open("ab") as log:
        process = subprocess.Popen(
            list(command),
            cwd=directory,
            env=dict(environment),
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=subprocess.STDOUT,
            start_new_session=True,
            user=user.pw_uid if user else None,
            group=user.pw_gid if user else None,
            extra_groups=[] if user else None,
        )
    _children.append(process)
    return remember(home, name, process.pid)


def remember(home: Home, name: str, pid: int) -> Daemon:
    """Note which process a part is."""
    daemon = Daemon(pid, psutil.Process(pid).create_time())
    write_private(home.pid_file(name), {"pid": daemon.pid, "born": daemon.born})
    return daemon


def find_daemon(home: Home, name: str) -> Daemon | None:
    """Return a part's process if it still runs."""
    _reap()
    path = home.pid_file(name)
    if not path.exists():
        return None
    daemon = Daemon(**json.loads(path.read_text()))
    return daemon if daemon.is_alive else None


def await_ready(home: Home, name: str, is_healthy: Callable[[], bool], seconds: float) -> None:
    """Wait for a part to be healthy. Raises StartFailed with the end of its log if it isn't."""
    log = home.log(name)
    wait_until(lambda: find_daemon(home, name) is None or is_healthy(), seconds)
    if find_daemon(home, name) is None:
        raise StartFailed(f"{name} ended while starting; from {log}:\n{last_lines(log)}")
    if not is_healthy():
        raise StartFailed(f"{name} is not ready after {seconds:.0f} s; its log: {log}")


def stop_daemon(
    home: Home,
    name: str,
    first: signal.Signals = signal.SIGTERM,
    seconds: float = STOP_LIMIT_SECONDS,
) -> bool:
    """End a part: politely, and after a while by force. Returns whether it ran."""
    daemon = find_daemon(home, name)
    if daemon is not None:
        with contextlib.suppress(ProcessLookupError):
            os.kill(daemon.pid, first)
        if not wait_until(lambda: not daemon.is_alive, seconds):
            _kill_session(daemon)
            wait_until(lambda: not daemon.is_alive, STOP_LIMIT_SECONDS)
    _reap()
    home.pid_file(name).unlink(missing_ok=True)
    return daemon is not None


def wait_until(done: Callable[[], bool], seconds: float, every: float = 0.05) -> bool:
    """Ask until something is so, or the time is up. Returns whether it is."""
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        if done():
            return True
        time.sleep(every)
    return done()


def last_lines(path: Path, count: int = 5) -> str:
    """Return the end of a log, for an error message."""
    if not path.exists():
        return ""
    return "\n".join(path.read_text(errors="replace").splitlines()[-count:])


def _reap() -> None:
    """Let children of ours that ended go: as zombies they would look alive to others."""
    for child in list(_children):
        if child.poll() is not None:
            with contextlib.suppress(ValueError):  # another thread was faster
                _children.remove(child)


def _kill_session(daemon: Daemon) -> None:
    with contextlib.suppress(ProcessLookupError, PermissionError):
        os.killpg(daemon.pid, signal.SIGKILL)

"""Daemons outlive nobody's patience: they end when told, and only ours are ever touched."""

import json
import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from infra.local.home import Home
from infra.local.processes import (
    Daemon,
    StartFailed,
    await_ready,
    find_daemon,
    start_daemon,
    stop_daemon,
    wait_until,
)

STUBBORN = "signal.signal(signal.SIGTERM, signal.SIG_IGN); print('deaf', flush=True)"


@pytest.fixture
def home(tmp_path: Path) -> Iterator[Home]:
    home = Home(tmp_path)
    yield home
    stop_daemon(home, "part", signal.SIGKILL)


def _start(home: Home, code: str) -> Daemon:
    command = [sys.executable, "-c", f"import signal, time; {code}"]
    return start_daemon(home, "part", command, environment=dict(os.environ), directory=home.root)


def test_a_daemon_has_a_session_and_a_log_of_its_own(home: Home) -> None:
    daemon = _start(home, "print('hello', flush=True); time.sleep(60)")
    assert os.getsid(daemon.pid) == daemon.pid
    assert wait_until(lambda: home.log("part").read_text() == "hello\n", 10)
    assert find_daemon(home, "part") == daemon
    assert stop_daemon(home, "part")
    assert not daemon.is_alive
    assert find_daemon(home, "part") is None


def test_one_that_does_not_listen_is_killed_after_a_while(home: Home) -> None:
    daemon = _start(home, f"{STUBBORN}; time.sleep(60)")
    assert wait_until(lambda: "deaf" in home.log("part").read_text(), 10)
    assert stop_daemon(home, "part", seconds=0.3)
    assert not daemon.is_alive


def test_a_stranger_with_a_recycled_pid_is_left_alone(home: Home) -> None:
    with subprocess.Popen([sys.executable, "-c", "import time; time.sleep(60)"]) as stranger:
        home.pid_file("part").write_text(json.dumps({"pid": stranger.pid, "born": 1.0}))
        assert not stop_daemon(home, "part")
        assert stranger.poll() is None
        stranger.kill()


def test_a_part_that_ends_while_starting_is_told_at_once_with_its_last_words(home: Home) -> None:
    _start(home, "raise SystemExit('no room left')")
    with pytest.raises(StartFailed, match=r"part ended while starting; (?s:.*)no room left"):
        await_ready(home, "part", lambda: False, 30)


def test_a_part_that_never_gets_ready_is_not_waited_for_without_end(home: Home) -> None:
    _start(home, "time.sleep(60)")
    with pytest.raises(StartFailed, match="part is not ready after 0 s"):
        await_ready(home, "part", lambda: False, 0.2)

"""The watchdog cleans up what is held when its pipe ends, and only that."""

import subprocess
from collections.abc import Iterator
from pathlib import Path

import psutil
import pytest
from lambda_process_executor.watchdog import Watchdog

from .conftest import is_running, wait_until


@pytest.fixture
def sleeper() -> Iterator[subprocess.Popen[bytes]]:
    process = subprocess.Popen(["sleep", "300"], start_new_session=True)
    yield process
    process.kill()
    process.wait(timeout=10)


def test_held_processes_and_directories_go(
    tmp_path: Path, sleeper: subprocess.Popen[bytes]
) -> None:
    kept, removed = tmp_path / "kept", tmp_path / "removed"
    watchdog = Watchdog()
    for directory in (kept, removed):
        directory.mkdir()
        watchdog.hold(directory)
    watchdog.hold(sleeper.pid)
    watchdog.release(kept)
    watchdog.close()
    assert not is_running(sleeper.pid)
    assert (kept.exists(), removed.exists()) == (True, False)


def test_a_watchdog_that_was_killed_is_replaced_and_knows_all(tmp_path: Path) -> None:
    first, second = tmp_path / "first", tmp_path / "second"
    first.mkdir()
    second.mkdir()
    watchdog = Watchdog()
    before = set(psutil.Process().children())
    watchdog.hold(first)
    (process,) = set(psutil.Process().children()) - before
    process.kill()
    wait_until(lambda: not is_running(process.pid))
    watchdog.hold(second)
    watchdog.close()
    assert not first.exists()
    assert not second.exists()

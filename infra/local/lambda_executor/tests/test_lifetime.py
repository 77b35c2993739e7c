"""Nothing outlives its environment, and environments do not outlive LocalStack."""

import json
import os
import signal
import socket
import subprocess
import sys
import threading
import time
from pathlib import Path

import psutil
import pytest
from lambda_process_executor.environment import EnvironmentStopped
from lambda_process_executor.executor import ProcessRuntimeExecutor
from lambda_process_executor.settings import RUNTIME_DIR, SettingsError

from .conftest import Start, function_version, is_running, wait_until

FAMILY = """
    import os, subprocess, sys, tempfile, time
    def handler(event, context):
        same = subprocess.Popen(["sleep", "300"])
        own = subprocess.Popen(["sleep", "300"], start_new_session=True)
        family = [os.getpid(), same.pid, own.pid]
        if event:
            with open(event + ".part", "w") as file:
                file.write(f"{family} {tempfile.gettempdir()}")
            os.rename(event + ".part", event)
            time.sleep(100)
        return [family, os.environ["AWS_LAMBDA_RUNTIME_API"]]
    """


def test_stop_ends_the_whole_family_and_closes_the_port(start: Start) -> None:
    running = start(FAMILY)
    family, address = running.invoke().value
    assert all(is_running(pid) for pid in family)
    running.executor.stop()
    assert not any(is_running(pid) for pid in family)
    host, port = address.split(":")
    with pytest.raises(ConnectionRefusedError), socket.create_connection((host, int(port))):
        pass
    assert not [p for p in psutil.Process().children() if p.status() == psutil.STATUS_ZOMBIE]


def test_a_crash_ends_the_processes_the_function_started(start: Start) -> None:
    running = start(
        """
        import os, subprocess
        def handler(event, context):
            print(subprocess.Popen(["sleep", "300"]).pid, flush=True)
            os._exit(1)
        """
    )
    logs = running.invoke().logs
    grandchild = next(int(line) for line in logs.splitlines() if line.isdigit())
    wait_until(lambda: not is_running(grandchild))


def test_stop_interrupts_an_invocation(start: Start) -> None:
    running = start("import time\ndef handler(event, context): time.sleep(60)", timeout=60)
    raised: list[BaseException] = []

    def invoke() -> None:
        try:
            running.invoke()
        except EnvironmentStopped as error:
            raised.append(error)

    thread = threading.Thread(target=invoke)
    thread.start()
    time.sleep(0.5)
    running.executor.stop()
    thread.join(timeout=5)
    assert len(raised) == 1
    with pytest.raises(EnvironmentStopped):
        running.invoke()


def test_stop_interrupts_the_start(
    tmp_path: Path, runtime_dir: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(RUNTIME_DIR, str(runtime_dir))
    (tmp_path / "app.py").write_text("import time; time.sleep(60)")
    executor = ProcessRuntimeExecutor("one", function_version(tmp_path))
    threading.Timer(0.5, executor.stop).start()
    began = time.monotonic()
    with pytest.raises(EnvironmentStopped):
        executor.start({})
    assert time.monotonic() - began < 5


def test_an_idle_environment_uses_no_cpu(start: Start) -> None:
    running = start("import os\ndef handler(event, context): return os.getpid()")
    child = psutil.Process(running.invoke().value)
    before = sum(child.cpu_times()[:2])
    own = time.process_time()
    time.sleep(2)
    assert sum(child.cpu_times()[:2]) - before < 0.05
    assert time.process_time() - own < 0.05


PARENT = """
import sys, time
from pathlib import Path
from lambda_process_executor.executor import ProcessRuntimeExecutor
sys.path.insert(0, {tests!r})
from tests.conftest import Running, function_version
executor = ProcessRuntimeExecutor("one", function_version(Path({root!r}), timeout=100))
executor.start({{}})
Running(executor).invoke({report!r})
"""


def test_all_end_and_are_removed_when_the_parent_is_killed(
    tmp_path: Path, runtime_dir: Path
) -> None:
    (tmp_path / "app.py").write_text(_dedent(FAMILY))
    report = tmp_path / "report"
    package = Path(__file__).parent.parent
    script = PARENT.format(tests=str(package), root=str(tmp_path), report=str(report))
    environment = {**os.environ, RUNTIME_DIR: str(runtime_dir)}
    parent = subprocess.Popen([sys.executable, "-c", script], env=environment)
    try:
        wait_until(report.exists, seconds=30)
        family_text, scratch_text = report.read_text().rsplit(" ", 1)
        family, scratch = json.loads(family_text), Path(scratch_text)
        assert all(is_running(pid) for pid in family)
        watchdogs = [p for p in psutil.Process(parent.pid).children() if p.pid not in family]
        assert scratch.is_dir()
    finally:
        parent.send_signal(signal.SIGKILL)
        parent.wait(timeout=10)
    wait_until(lambda: not any(is_running(pid) for pid in family))
    wait_until(lambda: not scratch.exists())
    wait_until(lambda: not any(is_running(watchdog.pid) for watchdog in watchdogs))


def test_a_missing_runtime_directory_says_what_to_do(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    version = function_version(tmp_path)
    for value in ("", str(tmp_path)):
        monkeypatch.setenv(RUNTIME_DIR, value)
        with pytest.raises(SettingsError, match="pip install --target"):
            ProcessRuntimeExecutor.prepare_version(version)
        assert not ProcessRuntimeExecutor.validate_environment()


def _dedent(source: str) -> str:
    return "\n".join(line.removeprefix("    ") for line in source.splitlines())

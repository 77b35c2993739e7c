"""Time-outs, crashes and functions that cannot be loaded."""

import os
import signal
import time
from pathlib import Path

import pytest
from lambda_process_executor import environment

from .conftest import Start, is_running, wait_until

SCRIPTED = """
    import os, signal, subprocess, sys, time
    def handler(event, context):
        match event:
            case "pid": return os.getpid()
            case "hang": time.sleep(60)
            case "exit": os._exit(3)
            case "leave": sys.exit(0)
            case "die": os.kill(os.getpid(), signal.SIGKILL)
            case "child":
                print(subprocess.Popen(["sleep", "300"]).pid, flush=True)
                time.sleep(60)
    """


def test_a_time_out_ends_the_process_and_the_next_invocation_gets_a_new_one(start: Start) -> None:
    running = start(SCRIPTED, timeout=1)
    pid = running.invoke("pid").value
    began = time.monotonic()
    answer = running.invoke("hang", request_id="slow-1")
    assert time.monotonic() - began < 3
    assert answer.is_error
    assert answer.value == {
        "errorType": "Sandbox.Timedout",
        "errorMessage": "RequestId: slow-1 Error: Task timed out after 1.00 seconds",
    }
    assert "slow-1 Task timed out after 1.00 seconds\n" in answer.logs
    assert "Status: timeout" in answer.logs
    assert not is_running(pid)
    assert running.invoke("pid").value != pid


def test_a_time_out_ends_the_processes_the_function_started(start: Start) -> None:
    running = start(SCRIPTED, timeout=1)
    logs = running.invoke("child").logs
    grandchild = next(int(line) for line in logs.splitlines() if line.isdigit())
    assert not is_running(grandchild)


@pytest.mark.parametrize(
    ("how", "reason"),
    [("exit", "exit status 3"), ("die", "signal: killed")],
)
def test_a_crash_is_reported_and_the_next_invocation_works(
    start: Start, how: str, reason: str
) -> None:
    running = start(SCRIPTED)
    pid = running.invoke("pid").value
    answer = running.invoke(how, request_id="crash-1")
    message = f"RequestId: crash-1 Error: Runtime exited with error: {reason}"
    assert answer.is_error
    assert answer.value == {"errorType": "Runtime.ExitError", "errorMessage": message}
    assert message in answer.logs
    assert "Error Type: Runtime.ExitError" in answer.logs
    assert running.invoke("pid").value != pid


def test_leaving_without_an_error_is_a_crash_too(start: Start) -> None:
    answer = start(SCRIPTED).invoke("leave")
    assert answer.is_error
    assert "Runtime exited" in answer.value["errorMessage"]


def test_a_process_that_died_while_idle_is_replaced(start: Start) -> None:
    running = start(SCRIPTED)
    pid = running.invoke("pid").value
    os.kill(pid, signal.SIGKILL)
    wait_until(lambda: not is_running(pid))
    answer = running.invoke("pid")
    assert not answer.is_error
    assert answer.value != pid
    assert "Init Duration" in answer.logs


def test_what_a_process_that_died_while_idle_had_started_ends_too(start: Start) -> None:
    running = start(
        """
        import os, subprocess
        def handler(event, context): return [os.getpid(), subprocess.Popen(["sleep", "300"]).pid]
        """
    )
    pid, grandchild = running.invoke().value
    os.kill(pid, signal.SIGKILL)
    wait_until(lambda: not is_running(grandchild))


@pytest.mark.parametrize(
    ("source", "error_type", "message"),
    [
        ("import not_there", "Runtime.ImportModuleError", "No module named 'not_there'"),
        ("def handler(:", "Runtime.UserCodeSyntaxError", "Syntax error in module 'app'"),
        ("other = 1", "Runtime.HandlerNotFound", "Handler 'handler' missing on module 'app'"),
        ("raise RuntimeError('no')", "RuntimeError", "no"),
        ("import os; os._exit(4)", "Runtime.ExitError", "Runtime exited with error: exit status 4"),
    ],
)
def test_a_function_that_cannot_be_loaded_says_why_each_time(
    start: Start, source: str, error_type: str, message: str
) -> None:
    running = start(f"print('loading')\n{source}")
    for _ in range(2):
        answer = running.invoke(request_id="broken-1")
        assert answer.is_error
        assert answer.value["errorType"] == error_type
        assert message in answer.value["errorMessage"]
        assert message in answer.logs
        assert "START RequestId: broken-1" in answer.logs


def test_a_repaired_function_works_in_the_same_environment(start: Start, tmp_path: Path) -> None:
    running = start("import os, pathlib; assert pathlib.Path(os.getcwd(), 'ok').exists()")
    assert running.invoke().is_error
    (tmp_path / "task-0" / "ok").touch()
    (tmp_path / "task-0" / "app.py").write_text("def handler(event, context): return 'works'")
    assert running.invoke().value == "works"


SLOW_INIT = """
    import os, tempfile, time
    marker = os.path.join(tempfile.gettempdir(), "tried")
    if not os.path.exists(marker) or {always}:
        open(marker, "w").close()
        time.sleep(60)
    def handler(event, context): return "loaded"
    """


def test_a_slow_init_is_repeated_in_the_time_of_the_function(
    start: Start, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(environment, "INIT_SECONDS", 1.0)
    running = start(SLOW_INIT.format(always=False))
    answer = running.invoke()
    assert answer.value == "loaded"
    assert "INIT_REPORT Init Duration: 1000.00 ms" in answer.logs


def test_an_endless_init_times_out(start: Start, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(environment, "INIT_SECONDS", 1.0)
    running = start(SLOW_INIT.format(always=True), timeout=2)
    for _ in range(2):
        answer = running.invoke()
        assert answer.value["errorType"] == "Sandbox.Timedout"

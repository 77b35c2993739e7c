"""What a function sees and what its caller gets."""

import sys
import threading
import time
from pathlib import Path

import pytest

from .conftest import Start

MEGABYTES_6 = 6 * 1024 * 1024


def test_answers_with_what_the_handler_returns(start: Start) -> None:
    running = start("def handler(event, context): return {'got': event}")
    for event in ({"a": 1}, [1, "ü"], None):
        answer = running.invoke(event)
        assert (answer.value, answer.is_error) == ({"got": event}, False)


def test_six_megabytes_pass_both_ways(start: Start) -> None:
    running = start("def handler(event, context): return event")
    event = "x" * (MEGABYTES_6 - 2)
    assert running.invoke(event).value == event


def test_a_larger_answer_is_refused_and_the_next_invocation_works(start: Start) -> None:
    running = start("def handler(event, context): return 'x' * event")
    answer = running.invoke(7 * 1024 * 1024)
    assert answer.is_error
    assert answer.value["errorType"] == "Function.ResponseSizeTooLarge"
    assert running.invoke(3).value == "xxx"


def test_context_describes_the_invocation(start: Start) -> None:
    running = start(
        """
        import os
        def handler(event, context):
            return [
                context.aws_request_id, context.invoked_function_arn,
                context.get_remaining_time_in_millis(), os.environ["_X_AMZN_TRACE_ID"],
            ]
        """,
        timeout=20,
    )
    request_id, arn, remaining, trace = running.invoke(request_id="r-1").value
    assert request_id == "r-1"
    assert arn.endswith(":function:sample")
    assert 15_000 < remaining <= 20_000
    assert trace.startswith("Root=1-5759e988")


def test_an_exception_is_a_function_error_with_its_trace(start: Start) -> None:
    running = start("def handler(event, context): raise ValueError('m' * event)")
    answer = running.invoke(100_000)
    assert answer.is_error
    assert answer.value["errorType"] == "ValueError"
    assert answer.value["errorMessage"] == "m" * 100_000
    assert "app.py" in "".join(answer.value["stackTrace"])


def test_modules_come_from_code_then_layers_then_runtime(start: Start, tmp_path: Path) -> None:
    for layer, names in (("first", ("one", "both", "app")), ("second", ("both", "boto3"))):
        (tmp_path / layer / "python").mkdir(parents=True)
        for name in names:
            (tmp_path / layer / "python" / f"{name}.py").write_text(f"origin = '{layer}'")
    running = start(
        """
        import one, both, boto3, botocore
        def handler(event, context): return [one.origin, both.origin, boto3.origin]
        """,
        layers=(tmp_path / "first", tmp_path / "second"),
    )
    assert running.invoke().value == ["first", "second", "second"]


def test_a_layer_may_hold_a_site_packages_directory(start: Start, tmp_path: Path) -> None:
    version = f"python3.{sys.version_info.minor}"
    site = tmp_path / "layer" / "python" / "lib" / version / "site-packages"
    site.mkdir(parents=True)
    (site / "deep.py").write_text("origin = 'site-packages'")
    running = start(
        "import deep\ndef handler(event, context): return deep.origin",
        layers=(tmp_path / "layer",),
    )
    assert running.invoke().value == "site-packages"
    assert list((tmp_path / "task-0" / "__pycache__").glob("app.*.pyc"))


def test_packages_beside_localstack_are_missing(start: Start) -> None:
    running = start(
        """
        import importlib.util, sys
        def handler(event, context):
            names = ("localstack", "psutil", "h11", "pip", "boto3")
            return [name for name in names if importlib.util.find_spec(name)]
        """
    )
    assert running.invoke().value == ["boto3"]


def test_environment_is_that_of_lambda(
    start: Start, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SECRET_OF_THE_HOST", "leaked")
    (tmp_path / "layer" / "bin").mkdir(parents=True)
    running = start(
        """
        import os
        def handler(event, context): return [dict(os.environ), os.getcwd()]
        """,
        layers=(tmp_path / "layer",),
    )
    environment, cwd = running.invoke().value
    assert environment["PLAIN"] == "yes"
    assert not {"SECRET_OF_THE_HOST", "LOCALSTACK_RUNTIME_ID"} & environment.keys()
    assert environment["LAMBDA_TASK_ROOT"] == cwd == str(tmp_path / "task-0")
    assert environment["PATH"].endswith(str(tmp_path / "layer" / "bin"))
    assert "PYTHONDONTWRITEBYTECODE" not in environment
    assert environment["AWS_EXECUTION_ENV"].endswith(f"python3.{sys.version_info.minor}")


def test_scratch_directory_is_private_and_goes_with_the_environment(start: Start) -> None:
    source = """
        import os, tempfile
        def handler(event, context):
            open(os.path.join(tempfile.gettempdir(), "left"), "w").close()
            return tempfile.gettempdir()
        """
    first, second = start(source), start(source)
    directories = [Path(first.invoke().value), Path(second.invoke().value)]
    assert directories[0] != directories[1]
    assert all((directory / "left").exists() for directory in directories)
    first.executor.stop()
    assert not directories[0].exists()


def test_environments_of_a_function_work_side_by_side(start: Start) -> None:
    source = """
        import time
        def handler(event, context):
            time.sleep(1)
            return event
        """
    environments = [start(source) for _ in range(4)]
    answers: dict[int, object] = {}
    threads = [
        threading.Thread(target=lambda i=i, e=e: answers.update({i: e.invoke(i).value}))
        for i, e in enumerate(environments)
    ]
    began = time.monotonic()
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(timeout=15)
    assert answers == {i: i for i in range(4)}
    assert time.monotonic() - began < 3

"""Function versions as LocalStack hands them over, run by real processes."""

import importlib.util
import json
import os
import textwrap
import time
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from types import SimpleNamespace
from typing import Any
from uuid import uuid4

import psutil
import pytest
from lambda_process_executor.executor import ProcessRuntimeExecutor
from lambda_process_executor.settings import RUNTIME_DIR

_RUNTIME_MODULES = (
    *("awslambdaric", "runtime_client", "simplejson", "snapshot_restore_py", "boto3", "botocore"),
    *("s3transfer", "jmespath", "dateutil", "six", "urllib3"),
)


@dataclass(frozen=True)
class Answer:
    """An invocation's result, decoded."""

    value: Any
    is_error: bool
    logs: str


@dataclass
class Running:
    """A started executor."""

    executor: ProcessRuntimeExecutor

    def invoke(self, event: object = None, *, request_id: str = "") -> Answer:
        result = self.executor.invoke(
            {
                "invoke-id": request_id or str(uuid4()),
                "invoked-function-arn": "arn:aws:lambda:us-east-1:000000000000:function:sample",
                "payload": json.dumps(event),
                "trace-id": "Root=1-5759e988-bd862e3fe1be46a994272793;Parent=1;Sampled=1",
            }
        )
        return Answer(json.loads(result.payload), result.is_error, result.logs)


Start = Callable[..., Running]


@pytest.fixture(scope="session")
def runtime_dir(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The directory set for LocalStack, else one of links to the modules installed here."""
    if configured := os.environ.get(RUNTIME_DIR):
        return Path(configured)
    directory = tmp_path_factory.mktemp("runtime")
    for name in _RUNTIME_MODULES:
        spec = importlib.util.find_spec(name)
        if spec is None or spec.origin is None:
            pytest.skip(f"{name} is not installed: pip install awslambdaric boto3")
        origin = Path(spec.origin)
        source = origin.parent if origin.name == "__init__.py" else origin
        (directory / source.name).symlink_to(source)
    return directory


@pytest.fixture(autouse=True)
def no_process_left() -> Iterator[None]:
    """Fail a test that leaves a process behind; the watchdog may stay."""
    before = set(psutil.Process().children(recursive=True))
    yield
    left = [p for p in psutil.Process().children(recursive=True) if p not in before]
    assert [p for p in left if "watchdog" not in "".join(p.cmdline())] == []


@pytest.fixture
def start(tmp_path: Path, runtime_dir: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Start]:
    """Start executors of functions given as source code; they are stopped after the test."""
    monkeypatch.setenv(RUNTIME_DIR, str(runtime_dir))
    started: list[ProcessRuntimeExecutor] = []

    def start_function(source: str, **options: Any) -> Running:
        root = tmp_path / f"task-{len(started)}"
        root.mkdir()
        (root / "app.py").write_text(textwrap.dedent(source))
        executor = ProcessRuntimeExecutor(uuid4().hex, function_version(root, **options))
        started.append(executor)
        executor.start({"PLAIN": "yes", "LOCALSTACK_RUNTIME_ID": "hidden"})
        return Running(executor)

    yield start_function
    for executor in started:
        executor.stop()


def function_version(
    root: Path,
    *,
    handler: str = "app.handler",
    timeout: int = 20,
    memory_mb: int = 256,
    layers: tuple[Path, ...] = (),
    environment: Mapping[str, str] | None = None,
) -> SimpleNamespace:
    """Return what the executor reads of LocalStack's FunctionVersion."""
    return SimpleNamespace(
        id=SimpleNamespace(function_name="sample", qualifier="$LATEST"),
        config=SimpleNamespace(
            handler=handler,
            timeout=timeout,
            memory_size=memory_mb,
            runtime="python3.11",
            environment=environment or {},
            code=_unpacked(root),
            layers=[SimpleNamespace(code=_unpacked(layer)) for layer in layers],
        ),
    )


def _unpacked(root: Path) -> SimpleNamespace:
    return SimpleNamespace(
        get_unzipped_code_location=lambda: root, prepare_for_execution=lambda: None
    )


def wait_until(condition: Callable[[], bool], *, seconds: float = 10) -> None:
    """Wait for something another process does; fail after `seconds`."""
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline, "did not happen in time"
        time.sleep(0.02)


def is_running(pid: int) -> bool:
    """Whether a process exists and is no zombie."""
    try:
        return bool(psutil.Process(pid).status() != psutil.STATUS_ZOMBIE)
    except psutil.NoSuchProcess:
        return False

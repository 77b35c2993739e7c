"""The executor inside a LocalStack that really runs."""

import base64
import io
import json
import os
import signal
import socket
import subprocess
import sys
import textwrap
import time
import urllib.request
import zipfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import boto3
import psutil
import pytest
from botocore.config import Config
from lambda_process_executor.settings import RUNTIME_DIR

from .conftest import is_running, wait_until

FUNCTION = """
    import json, os, subprocess, time
    import boto3
    print("loaded")
    def handler(event, context):
        print("handling", json.dumps(event))
        if "Records" in event:
            body = event["Records"][0]["body"]
            boto3.client("sqs").send_message(QueueUrl=os.environ["OUT"], MessageBody=body)
        if event.get("hang"):
            print(os.getpid(), subprocess.Popen(["sleep", "300"]).pid, flush=True)
            time.sleep(60)
        return {"got": event, "endpoint": os.environ["AWS_ENDPOINT_URL"], "pid": os.getpid()}
    """


class LocalStack:
    """A LocalStack on a free port, with the clients of a user."""

    def __init__(self, home: Path, runtime_dir: Path) -> None:
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            port = free.getsockname()[1]
        self.url = f"http://127.0.0.1:{port}"
        self.log = home / "localstack.log"
        environment = {
            **os.environ,
            RUNTIME_DIR: str(runtime_dir),
            "LAMBDA_RUNTIME_EXECUTOR": "process",
            "GATEWAY_LISTEN": f"127.0.0.1:{port}",
            "GATEWAY_SERVER": "hypercorn",
            "FILESYSTEM_ROOT": str(home / "root"),
            "SKIP_SSL_CERT_DOWNLOAD": "1",
            "DISABLE_EVENTS": "1",
            "LAMBDA_EVENT_SOURCE_MAPPING_MAX_BACKOFF_ON_EMPTY_POLL_SEC": "1",
            "TMPDIR": str(home),
        }
        with self.log.open("wb") as log:
            self.process = subprocess.Popen(
                [sys.executable, "-m", "localstack.runtime.main"],
                env=environment,
                stdout=log,
                stderr=subprocess.STDOUT,
            )

    def wait(self) -> None:
        wait_until(self._is_up, seconds=60)

    def client(self, service: str) -> Any:
        return boto3.client(
            service,
            endpoint_url=self.url,
            region_name="us-east-1",
            aws_access_key_id="test",
            aws_secret_access_key="test",
            config=Config(retries={"total_max_attempts": 1}, read_timeout=90),
        )

    def stop(self) -> None:
        self.process.send_signal(signal.SIGTERM)
        try:
            self.process.wait(timeout=30)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait(timeout=10)

    def _is_up(self) -> bool:
        assert self.process.poll() is None, self.log.read_text()
        try:
            with urllib.request.urlopen(f"{self.url}/_localstack/health", timeout=5):  # noqa: S310
                return True
        except OSError:
            return False


@pytest.fixture
def localstack(tmp_path: Path, runtime_dir: Path) -> Iterator[LocalStack]:
    running = LocalStack(tmp_path, runtime_dir)
    try:
        running.wait()
        yield running
        children = psutil.Process(running.process.pid).children(recursive=True)
    finally:
        running.stop()
    wait_until(lambda: not any(is_running(child.pid) for child in children))
    assert list(tmp_path.glob("lambda-environment-*")) == []


def test_functions_run_under_localstack(localstack: LocalStack) -> None:
    out = localstack.client("sqs").create_queue(QueueName="out")["QueueUrl"]
    _create_function(localstack, "sample", FUNCTION, {"OUT": out})
    _check_invocation(localstack)
    _check_event_source(localstack, out)
    _check_time_out(localstack)
    _create_function(localstack, "broken", "import not_there", {})
    answer = localstack.client("lambda").invoke(FunctionName="broken", LogType="Tail")
    assert answer["FunctionError"] == "Unhandled"
    assert json.load(answer["Payload"])["errorType"] == "Runtime.ImportModuleError"
    assert "not_there" in _tail(answer)
    wait_until(lambda: "not_there" in _stored_logs(localstack, "broken"))


def _check_invocation(localstack: LocalStack) -> None:
    answer = localstack.client("lambda").invoke(
        FunctionName="sample", LogType="Tail", Payload=json.dumps({"say": "hello"})
    )
    result = json.load(answer["Payload"])
    assert "FunctionError" not in answer
    assert result["got"] == {"say": "hello"}
    assert result["endpoint"] == localstack.url
    for line in ("loaded", 'handling {"say": "hello"}', "REPORT RequestId: "):
        assert line in _tail(answer)
    wait_until(lambda: 'handling {"say": "hello"}' in _stored_logs(localstack, "sample"))


def _check_event_source(localstack: LocalStack, out: str) -> None:
    sqs = localstack.client("sqs")
    queue = sqs.create_queue(QueueName="in")["QueueUrl"]
    attributes = sqs.get_queue_attributes(QueueUrl=queue, AttributeNames=["QueueArn"])
    localstack.client("lambda").create_event_source_mapping(
        FunctionName="sample", EventSourceArn=attributes["Attributes"]["QueueArn"], BatchSize=1
    )
    sqs.send_message(QueueUrl=queue, MessageBody="through the function")
    deadline = time.monotonic() + 30
    bodies: list[str] = []
    while not bodies and time.monotonic() < deadline:
        answer = sqs.receive_message(QueueUrl=out, WaitTimeSeconds=1)
        bodies = [message["Body"] for message in answer.get("Messages", [])]
    assert bodies == ["through the function"]


def _check_time_out(localstack: LocalStack) -> None:
    client = localstack.client("lambda")
    answer = client.invoke(FunctionName="sample", LogType="Tail", Payload='{"hang": true}')
    assert answer["FunctionError"] == "Unhandled"
    assert "Task timed out after 3.00 seconds" in json.load(answer["Payload"])["errorMessage"]
    pids = next(line for line in _tail(answer).splitlines() if line[:1].isdigit())
    assert not any(is_running(int(pid)) for pid in pids.split())
    after = client.invoke(FunctionName="sample", Payload="{}")
    assert "FunctionError" not in after


def _create_function(
    localstack: LocalStack, name: str, source: str, environment: dict[str, str]
) -> None:
    archive = io.BytesIO()
    with zipfile.ZipFile(archive, "w") as package:
        package.writestr("app.py", textwrap.dedent(source))
    client = localstack.client("lambda")
    client.create_function(
        FunctionName=name,
        Runtime="python3.11",
        Handler="app.handler",
        Role="arn:aws:iam::000000000000:role/sample",
        Code={"ZipFile": archive.getvalue()},
        Timeout=3,
        MemorySize=256,
        Environment={"Variables": environment},
    )
    client.get_waiter("function_active_v2").wait(FunctionName=name)


def _tail(answer: dict[str, Any]) -> str:
    return base64.b64decode(answer["LogResult"]).decode()


def _stored_logs(localstack: LocalStack, function: str) -> str:
    logs = localstack.client("logs")
    try:
        found = logs.filter_log_events(logGroupName=f"/aws/lambda/{function}")
    except logs.exceptions.ResourceNotFoundException:
        return ""
    return "".join(event["message"] for event in found["events"])

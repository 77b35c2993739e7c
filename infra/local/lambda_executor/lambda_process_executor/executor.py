"""The executor LocalStack talks to: one per execution environment, called from its threads."""

import asyncio
import atexit
import logging
import os
import threading
from collections.abc import Coroutine
from pathlib import Path
from typing import Any, TypeVar

from localstack import config
from localstack.services.lambda_.invocation.lambda_models import FunctionVersion, InvocationResult
from localstack.services.lambda_.invocation.runtime_executor import (
    LambdaRuntimeException,
    RuntimeExecutor,
)

from .environment import INIT_SECONDS, Environment, Event
from .function import Function
from .settings import SettingsError, read_settings
from .watchdog import Watchdog

LOG = logging.getLogger(__name__)
_LOOPBACK = "127.0.0.1"
_MARGIN_SECONDS = 30
_Returned = TypeVar("_Returned")


class ProcessRuntimeExecutor(RuntimeExecutor):  # type: ignore[misc]  # untyped base
    """Runs one execution environment as a process of this host."""

    def __init__(self, id: str, function_version: FunctionVersion) -> None:
        super().__init__(id=id, function_version=function_version)
        self._environment: Environment | None = None

    def start(self, env_vars: dict[str, str]) -> None:
        """Start the process and load the function. Raises SettingsError or OSError."""
        function = _describe(self.function_version, env_vars)
        self._environment = Environment(function, read_settings(os.environ), _WATCHDOG)
        _run(self._environment.start(), seconds=INIT_SECONDS)

    def stop(self) -> None:
        """Kill the process and its descendants, remove its files."""
        if self._environment:
            _run(self._environment.stop(), seconds=0)

    def invoke(self, payload: dict[str, str]) -> InvocationResult:
        """Have the function handle one event. Raises EnvironmentStopped."""
        if not self._environment:
            raise LambdaRuntimeException(f"Executor {self.id} was not started")
        event = Event(
            request_id=payload["invoke-id"],
            payload=payload["payload"].encode(),
            function_arn=payload["invoked-function-arn"],
            trace_id=payload["trace-id"],
        )
        limit = INIT_SECONDS + float(self.function_version.config.timeout)
        result = _run(self._environment.invoke(event), seconds=limit)
        return InvocationResult(
            event.request_id, result.payload, is_error=result.is_error, logs=result.logs
        )

    def get_logs(self) -> str:
        """Return what was logged and not yet handed over with an invocation."""
        return self._environment.logs.read() if self._environment else ""

    def get_address(self) -> str:
        """Return the host the environment runs on."""
        return _LOOPBACK

    def get_endpoint_from_executor(self) -> str:
        """Return LocalStack's host as the function sees it, for AWS_ENDPOINT_URL."""
        host: str = config.GATEWAY_LISTEN[0].host
        return _LOOPBACK if host in {"0.0.0.0", "::", "", "localhost"} else host  # noqa: S104

    def get_runtime_endpoint(self) -> str:
        """Return the URL a container would call back; processes use the Runtime API instead."""
        gateway = config.GATEWAY_LISTEN[0].port
        return f"http://{self.get_endpoint_from_executor()}:{gateway}/_localstack_lambda/{self.id}"

    @classmethod
    def prepare_version(cls, function_version: FunctionVersion) -> None:
        """Unpack code and layers. Raises SettingsError, which LocalStack shows as StateReason."""
        wanted = function_version.config.runtime or "container image"
        offered = f"python{read_settings(os.environ).python_version}"
        if not wanted.startswith("python"):
            raise SettingsError(f"The process executor runs Python functions only, not {wanted}")
        if wanted != offered:
            name = function_version.id.function_name
            LOG.warning("Function %s asks for %s and runs on %s", name, wanted, offered)
        function_version.config.code.prepare_for_execution()
        for layer in function_version.config.layers:
            layer.code.prepare_for_execution()

    @classmethod
    def cleanup_version(cls, function_version: FunctionVersion) -> None:
        """Do nothing: LocalStack removes the unpacked code itself."""

    @classmethod
    def validate_environment(cls) -> bool:
        """Log what is missing when LocalStack starts."""
        try:
            version = read_settings(os.environ).python_version
        except SettingsError as error:
            LOG.error("Lambda functions will not run: %s", error)
            return False
        LOG.info("Lambda functions run as processes of Python %s", version)
        return True


def _describe(version: FunctionVersion, env_vars: dict[str, str]) -> Function:
    configured = version.config
    own = configured.environment or {}
    return Function(
        handler=configured.handler,
        version=version.id.qualifier,
        timeout=float(configured.timeout),
        memory=int(configured.memory_size) * 1024 * 1024,
        task_root=Path(configured.code.get_unzipped_code_location()),
        layers=tuple(Path(la.code.get_unzipped_code_location()) for la in configured.layers),
        environment={
            name: str(value)
            for name, value in env_vars.items()
            if name in own or not _is_internal(name)
        },
    )


def _is_internal(name: str) -> bool:
    return name.startswith("LOCALSTACK_") and name != "LOCALSTACK_HOSTNAME"


def _start_loop() -> asyncio.AbstractEventLoop:
    loop = asyncio.new_event_loop()
    threading.Thread(target=loop.run_forever, name="lambda-processes", daemon=True).start()
    return loop


# One thread serves all environments of the process, one watchdog watches over them. LocalStack
# imports this module only when it is told to use the executor.
_LOOP = _start_loop()
_WATCHDOG = Watchdog()
atexit.register(_WATCHDOG.close)


def _run(work: Coroutine[Any, Any, _Returned], *, seconds: float) -> _Returned:
    future = asyncio.run_coroutine_threadsafe(work, _LOOP)
    return future.result(timeout=seconds + _MARGIN_SECONDS)

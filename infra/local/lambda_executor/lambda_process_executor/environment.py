"""An execution environment: it lives through the deaths of its runtime process."""

import asyncio
import shutil
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path

from .function import Function
from .logs import LogBuffer, end_lines, slow_init_line, start_line, timestamp
from .outcome import Failure, Outcome, timed_out
from .runtime import Runtime
from .runtime_api import Invocation
from .settings import Settings
from .watchdog import Watchdog

INIT_SECONDS = 10.0


class EnvironmentStopped(Exception):
    """The environment was stopped while or before it worked on an invocation."""


@dataclass(frozen=True)
class Result:
    """An invocation's outcome with everything that was logged for it."""

    payload: bytes
    is_error: bool
    logs: str


@dataclass(frozen=True)
class Event:
    """What LocalStack hands to an environment for one invocation."""

    request_id: str
    payload: bytes
    function_arn: str
    trace_id: str


class Environment:
    """Runs one function version, one invocation at a time. To be used in one event loop."""

    def __init__(self, function: Function, settings: Settings, watchdog: Watchdog) -> None:
        self.logs = LogBuffer()
        self._function = function
        self._settings = settings
        self._watchdog = watchdog
        self._scratch: Path | None = None
        self._runtime: Runtime | None = None
        self._init_failure: Failure | None = None
        self._init_was_cut = False
        self._init_seconds: float | None = None
        self._memory_used = 0
        self._stopped = False

    async def start(self) -> None:
        """Load the function. A failure to do so is what the next invocation answers.

        Raises OSError when the process cannot be started at all.
        """
        began = time.monotonic()
        await self._initialise(INIT_SECONDS)
        self._init_seconds = time.monotonic() - began

    async def invoke(self, event: Event) -> Result:
        """Handle one event, in a fresh process if the last one died. Raises EnvironmentStopped."""
        if await self._needs_init():
            await self.start()
        self.logs.write_line(start_line(event.request_id, self._function.version))
        began = time.monotonic()
        outcome = await self._handle(event, began + self._function.timeout)
        seconds = time.monotonic() - began
        if self._stopped:
            raise EnvironmentStopped("the environment was stopped during the invocation")
        if outcome.status:
            await self._discard_runtime()
        self._log_end(event.request_id, outcome, seconds)
        return Result(outcome.payload, outcome.is_error, self.logs.take())

    async def stop(self) -> None:
        """Kill the process and its descendants, remove the scratch directory."""
        self._stopped = True
        await self._discard_runtime()
        scratch, self._scratch = self._scratch, None
        if scratch:
            await asyncio.to_thread(shutil.rmtree, scratch, ignore_errors=True)
            self._watchdog.release(scratch)

    async def _needs_init(self) -> bool:
        if self._runtime:
            return not await self._runtime.is_ready()
        return not self._init_failure and not self._init_was_cut

    async def _handle(self, event: Event, deadline: float) -> Outcome:
        if self._init_was_cut:  # as on AWS: once more, now in the function's own time
            await self._initialise(deadline - time.monotonic())
        failure, self._init_failure = self._init_failure, None
        if failure:
            return failure(event.request_id)
        if not self._runtime:
            self._init_was_cut = False
            return timed_out(event.request_id, self._function.timeout)
        remaining = deadline - time.monotonic()
        invocation = Invocation(
            event.request_id,
            event.payload,
            event.function_arn,
            event.trace_id,
            deadline_ms=int((time.time() + remaining) * 1000),
        )
        return await self._runtime.invoke(invocation, remaining)

    async def _initialise(self, seconds: float) -> None:
        await self._discard_runtime()
        runtime = await self._launch()
        try:
            self._init_failure = await runtime.initialise(seconds)
            self._init_was_cut = False
        except TimeoutError:
            self._init_was_cut = True
            self.logs.write_line(slow_init_line(seconds))
        if self._stopped:
            raise EnvironmentStopped("the environment was stopped while it started")
        if self._init_failure or self._init_was_cut:
            await self._discard_runtime()

    async def _launch(self) -> Runtime:
        scratch = self._scratch or self._make_scratch()
        runtime = await Runtime.launch(
            self._function,
            self._settings,
            scratch=scratch,
            watchdog=self._watchdog,
            on_output=self.logs.write,
        )
        self._runtime = runtime
        if self._stopped:
            await self._discard_runtime()
            raise EnvironmentStopped("the environment was stopped while it started")
        return runtime

    def _make_scratch(self) -> Path:
        self._scratch = Path(tempfile.mkdtemp(prefix="lambda-environment-"))
        self._watchdog.hold(self._scratch)
        return self._scratch

    async def _discard_runtime(self) -> None:
        runtime, self._runtime = self._runtime, None
        if runtime:
            await runtime.close()
            self._memory_used = max(self._memory_used, runtime.memory_used)

    def _log_end(self, request_id: str, outcome: Outcome, seconds: float) -> None:
        if outcome.status == "timeout":
            self.logs.write_line(f"{timestamp()} {outcome.log}")
        elif outcome.log:
            self.logs.write_line(outcome.log)
        used = max(self._memory_used, self._runtime.memory_used if self._runtime else 0)
        self.logs.write_line(
            end_lines(
                request_id,
                outcome,
                seconds=seconds,
                init_seconds=self._init_seconds,
                memory=used,
                memory_limit=self._function.memory,
            )
        )
        self._init_seconds = None

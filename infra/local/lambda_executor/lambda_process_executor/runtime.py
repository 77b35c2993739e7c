"""One runtime process: awslambdaric, the API it talks to, and the limits it is held to."""

import asyncio
import contextlib
from collections.abc import AsyncIterator, Callable
from functools import partial
from pathlib import Path
from typing import Any

from .child import Child
from .function import Function, child_environment, command
from .outcome import Failure, Outcome, exited, init_failed, out_of_memory, timed_out
from .runtime_api import Invocation, RuntimeApi
from .settings import Settings
from .tree import memory_of, memory_of_tree
from .watchdog import Watchdog

_MEMORY_POLL_SECONDS = 0.2
_READY_SECONDS = 5.0


class Runtime:
    """Made by `launch`. Usable for one invocation at a time while `is_ready`."""

    def __init__(self, function: Function, child: Child, api: RuntimeApi) -> None:
        self._function = function
        self._child = child
        self._api = api
        self._out_of_memory = False
        self.memory_used = 0

    @classmethod
    async def launch(
        cls,
        function: Function,
        settings: Settings,
        *,
        scratch: Path,
        watchdog: Watchdog,
        on_output: Callable[[bytes], None],
    ) -> "Runtime":
        """Start the process. Raises OSError when the interpreter or the code is missing."""
        api = RuntimeApi()
        await api.open()
        try:
            child = Child(
                command(function, settings),
                cwd=function.task_root,
                environment=child_environment(
                    function, settings, api_address=api.address, scratch=scratch
                ),
                on_output=on_output,
            )
        except BaseException:
            api.close()
            raise
        watchdog.hold(child.pid)
        child.exited.add_done_callback(lambda _: watchdog.release(child.pid))
        return cls(function, child, api)

    async def is_ready(self) -> bool:
        """Whether the process waits for an event; one that answered may be on its way to that."""
        asked = self._api.asked
        await _first_of(asked, self._child.exited, seconds=_READY_SECONDS)
        return asked.done() and not self._child.exited.done()

    async def initialise(self, seconds: float) -> Failure | None:
        """Wait until the function is loaded; return how that failed. Raises TimeoutError."""
        loaded = self._api.asked
        async with self._memory_limit():
            await _first_of(loaded, self._child.exited, seconds=seconds)
        if loaded.done():
            error = loaded.result()
            return None if error is None else partial(init_failed, payload=error)
        if self._child.exited.done():
            return self._death()
        raise TimeoutError

    async def invoke(self, invocation: Invocation, seconds: float) -> Outcome:
        """Have the function handle one event within `seconds`."""
        reply = self._api.deliver(invocation)
        async with self._memory_limit():
            await _first_of(reply, self._child.exited, seconds=seconds)
        self._child.drain()
        if reply.done():
            self._note_memory(memory_of(self._child.pid))
            return reply.result()
        if self._child.exited.done():
            return self._death()(invocation.request_id)
        return timed_out(invocation.request_id, self._function.timeout)

    async def close(self) -> None:
        """Kill the process with all its descendants and free what it held."""
        await self._child.kill()
        self._child.close()
        self._api.close()

    def _death(self) -> Failure:
        if self._out_of_memory:
            return out_of_memory
        return partial(exited, code=self._child.exited.result())

    @contextlib.asynccontextmanager
    async def _memory_limit(self) -> AsyncIterator[None]:
        """Enforce the memory limit meanwhile; an idle environment is not looked at."""
        polling = asyncio.create_task(self._poll_memory())
        try:
            yield
        finally:
            polling.cancel()

    async def _poll_memory(self) -> None:
        limit = self._function.memory
        while True:
            await asyncio.sleep(_MEMORY_POLL_SECONDS)
            used = await asyncio.to_thread(memory_of_tree, self._child.pid, limit)
            self._note_memory(used)
            if used > limit:
                self._out_of_memory = True
                await self._child.kill()

    def _note_memory(self, used: int) -> None:
        self.memory_used = max(self.memory_used, used)


async def _first_of(*futures: "asyncio.Future[Any]", seconds: float) -> None:
    await asyncio.wait(futures, timeout=max(seconds, 0), return_when=asyncio.FIRST_COMPLETED)

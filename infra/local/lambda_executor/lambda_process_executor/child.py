"""A child process with its output captured and its end observed."""

import asyncio
import contextlib
import os
import subprocess
import threading
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

from .tree import kill_tree

_CHUNK = 64 * 1024
_DRAIN_READS = 32
_KILL_SECONDS = 10


class Child:
    """Leads a process group of its own. `exited` resolves to its return code.

    Must be made in an event loop. Raises OSError when the command cannot be started.
    """

    def __init__(
        self,
        command: Sequence[str],
        *,
        cwd: Path,
        environment: Mapping[str, str],
        on_output: Callable[[bytes], None],
    ) -> None:
        self._loop = asyncio.get_running_loop()
        self._on_output = on_output
        self.exited: asyncio.Future[int] = self._loop.create_future()
        self._output, write_end = os.pipe()
        try:
            self._process = self._spawn(command, cwd, environment, write_end)
        except BaseException:
            os.close(self._output)
            raise
        finally:
            os.close(write_end)
        self.pid = self._process.pid
        self._reaping = threading.Lock()
        self._reaped = False
        os.set_blocking(self._output, False)
        self._loop.add_reader(self._output, self._read)
        threading.Thread(target=self._watch, name=f"lambda-child-{self.pid}", daemon=True).start()

    def _spawn(
        self, command: Sequence[str], cwd: Path, environment: Mapping[str, str], output: int
    ) -> subprocess.Popen[bytes]:
        return subprocess.Popen(
            command,
            cwd=cwd,
            env=environment,
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=output,
            start_new_session=True,
        )

    def drain(self) -> None:
        """Read what the child wrote so far: it is in the pipe before the child's next request."""
        for _ in range(_DRAIN_READS):
            if not self._read():
                return

    async def kill(self) -> None:
        """Kill the child and its descendants and wait for its end, some seconds at most."""
        await asyncio.to_thread(self._kill_unless_reaped)
        await asyncio.wait([self.exited], timeout=_KILL_SECONDS)

    def close(self) -> None:
        """Stop reading the child's output, after what is there."""
        self.drain()
        if self._output >= 0:
            self._loop.remove_reader(self._output)
            os.close(self._output)
            self._output = -1

    def _read(self) -> bool:
        if self._output < 0:
            return False
        try:
            data = os.read(self._output, _CHUNK)
        except BlockingIOError:
            return False
        if not data:
            self._loop.remove_reader(self._output)
            return False
        self._on_output(data)
        return True

    def _kill_unless_reaped(self) -> None:
        with self._reaping:
            if not self._reaped:
                kill_tree(self.pid)

    def _watch(self) -> None:
        """Wait for the end, kill what the child left behind, then give its process id free."""
        if hasattr(os, "waitid"):
            os.waitid(os.P_PID, self.pid, os.WEXITED | os.WNOWAIT)
        else:  # macOS before Python 3.13
            self._process.wait()
        with self._reaping:
            kill_tree(self.pid)
            code = self._process.wait()
            self._reaped = True
        with contextlib.suppress(RuntimeError):  # the loop ended before the child
            self._loop.call_soon_threadsafe(self._report_exit, code)

    def _report_exit(self, code: int) -> None:
        if not self.exited.done():
            self.exited.set_result(code)

"""The Lambda Runtime API on a loopback port, for one runtime process.

https://docs.aws.amazon.com/lambda/latest/dg/runtimes-api.html
"""

import asyncio
import json
from dataclasses import dataclass
from http import HTTPStatus

import h11

from .outcome import Outcome, answered, too_large

RESPONSE_LIMIT = 6 * 1024 * 1024 + 100
_PREFIX = "/2018-06-01/runtime"
_CHUNK = 256 * 1024
# awslambdaric sends stack traces as headers of up to 1 MB.
_HEADER_LIMIT = 2 * 1024 * 1024


@dataclass(frozen=True)
class Invocation:
    """One event for the function; `deadline_ms` is in milliseconds since the epoch."""

    request_id: str
    payload: bytes
    function_arn: str
    trace_id: str
    deadline_ms: int


@dataclass(frozen=True)
class _Answer:
    status: HTTPStatus
    body: bytes = b""
    headers: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True)
class _Body:
    """A request's body, kept up to RESPONSE_LIMIT bytes, and its full size."""

    data: bytes
    size: int


class RuntimeApi:
    """Serves one runtime.

    `asked` resolves when the runtime asks for the next event, or to the error it had in its init;
    after an event was delivered it is a new future.
    """

    def __init__(self) -> None:
        self.asked = _new_asked()
        self.address = ""
        self._next: asyncio.Queue[Invocation] = asyncio.Queue()
        self._replies: dict[str, asyncio.Future[Outcome]] = {}
        self._connections: set[asyncio.Task[None]] = set()
        self._server: asyncio.Server | None = None

    async def open(self) -> None:
        """Listen on a free loopback port."""
        self._server = await asyncio.start_server(self._serve, "127.0.0.1", 0, limit=4 * _CHUNK)
        host, port = self._server.sockets[0].getsockname()
        self.address = f"{host}:{port}"

    def close(self) -> None:
        """Stop listening and drop the connections."""
        if self._server:
            self._server.close()
        for connection in self._connections:
            connection.cancel()

    def deliver(self, invocation: Invocation) -> asyncio.Future[Outcome]:
        """Hand the runtime an event; the future is its reply."""
        self.asked = _new_asked()
        reply: asyncio.Future[Outcome] = asyncio.get_running_loop().create_future()
        self._replies[invocation.request_id] = reply
        self._next.put_nowait(invocation)
        return reply

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        if task:
            self._connections.add(task)
        try:
            await self._converse(reader, writer)
        except (h11.RemoteProtocolError, ConnectionError, asyncio.CancelledError):
            pass  # the runtime went away, or is about to be killed
        finally:
            writer.close()
            if task:
                self._connections.discard(task)

    async def _converse(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        http = h11.Connection(h11.SERVER, max_incomplete_event_size=_HEADER_LIMIT)
        while request := await _receive_head(http, reader, writer):
            body = await _receive_body(http, reader, writer)
            answer = await self._answer(request.method.decode(), request.target.decode(), body)
            _send(http, writer, answer)
            await writer.drain()
            if http.our_state is not h11.DONE or http.their_state is not h11.DONE:
                return
            http.start_next_cycle()

    async def _answer(self, method: str, target: str, body: _Body) -> _Answer:
        path = target.removeprefix(_PREFIX)
        match method, path.strip("/").split("/"):
            case "GET", ["invocation", "next"]:
                return await self._answer_next()
            case "POST", ["invocation", request_id, "response" | "error" as kind]:
                return self._accept_reply(request_id, body, is_error=kind == "error")
            case "POST", ["init", "error"]:
                if not self.asked.done():
                    self.asked.set_result(body.data)
                return _ACCEPTED
        return _Answer(HTTPStatus.NOT_FOUND)

    async def _answer_next(self) -> _Answer:
        if not self.asked.done():
            self.asked.set_result(None)
        invocation = await self._next.get()
        headers = (
            ("Content-Type", "application/json"),
            ("Lambda-Runtime-Aws-Request-Id", invocation.request_id),
            ("Lambda-Runtime-Deadline-Ms", str(invocation.deadline_ms)),
            ("Lambda-Runtime-Invoked-Function-Arn", invocation.function_arn),
            ("Lambda-Runtime-Trace-Id", invocation.trace_id),
        )
        return _Answer(HTTPStatus.OK, invocation.payload, headers)

    def _accept_reply(self, request_id: str, body: _Body, *, is_error: bool) -> _Answer:
        reply = self._replies.pop(request_id, None)
        if not reply or reply.done():
            return _refused(HTTPStatus.BAD_REQUEST, "InvalidRequestID")
        if body.size > RESPONSE_LIMIT:
            reply.set_result(too_large(body.size, RESPONSE_LIMIT))
            return _refused(HTTPStatus.REQUEST_ENTITY_TOO_LARGE, "RequestEntityTooLarge")
        reply.set_result(answered(body.data, is_error=is_error))
        return _ACCEPTED


_ACCEPTED = _Answer(
    HTTPStatus.ACCEPTED, b'{"status":"OK"}\n', (("Content-Type", "application/json"),)
)


def _new_asked() -> "asyncio.Future[bytes | None]":
    return asyncio.get_running_loop().create_future()


def _refused(status: HTTPStatus, error_type: str) -> _Answer:
    body = {"errorType": error_type, "errorMessage": status.phrase}
    return _Answer(status, json.dumps(body).encode(), (("Content-Type", "application/json"),))


async def _receive_head(
    http: h11.Connection, reader: asyncio.StreamReader, writer: asyncio.StreamWriter
) -> h11.Request | None:
    event = await _receive(http, reader, writer)
    return event if isinstance(event, h11.Request) else None


async def _receive_body(
    http: h11.Connection, reader: asyncio.StreamReader, writer: asyncio.StreamWriter
) -> _Body:
    data, size = bytearray(), 0
    while isinstance(event := await _receive(http, reader, writer), h11.Data):
        size += len(event.data)
        if size <= RESPONSE_LIMIT:
            data += event.data
    return _Body(bytes(data), size)


async def _receive(
    http: h11.Connection, reader: asyncio.StreamReader, writer: asyncio.StreamWriter
) -> object:
    while (event := http.next_event()) is h11.NEED_DATA:
        if http.they_are_waiting_for_100_continue:
            go_on = h11.InformationalResponse(status_code=HTTPStatus.CONTINUE, headers=[])
            writer.write(http.send(go_on) or b"")
        http.receive_data(await reader.read(_CHUNK))
    return event


def _send(http: h11.Connection, writer: asyncio.StreamWriter, answer: _Answer) -> None:
    length = ("Content-Length", str(len(answer.body)))
    head = h11.Response(status_code=answer.status, headers=[*answer.headers, length])
    parts = [http.send(head), http.send(h11.Data(data=answer.body)), http.send(h11.EndOfMessage())]
    writer.write(b"".join(part for part in parts if part))

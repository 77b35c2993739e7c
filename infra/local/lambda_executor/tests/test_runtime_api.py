"""The Runtime API as a runtime other than awslambdaric may use it."""

import asyncio
import http.client
import json
from collections.abc import Callable
from typing import TypeVar

from lambda_process_executor.outcome import Outcome
from lambda_process_executor.runtime_api import RESPONSE_LIMIT, Invocation, RuntimeApi

_Returned = TypeVar("_Returned")
PREFIX = "/2018-06-01/runtime"
EVENT = Invocation("id-1", b'{"a": 1}', "arn:sample", "Root=1", 1_700_000_000_000)


def serve(runtime: Callable[[http.client.HTTPConnection], _Returned]) -> tuple[_Returned, Outcome]:
    """Let `runtime` talk to an API that has one event; return what it saw and the outcome."""

    async def run() -> tuple[_Returned, Outcome]:
        api = RuntimeApi()
        await api.open()
        reply = api.deliver(EVENT)
        connection = http.client.HTTPConnection(api.address, timeout=10)
        try:
            seen = await asyncio.to_thread(runtime, connection)
            return seen, await asyncio.wait_for(reply, timeout=5)
        finally:
            connection.close()
            api.close()

    return asyncio.run(run())


def test_next_describes_the_event_and_the_connection_is_kept() -> None:
    def runtime(connection: http.client.HTTPConnection) -> tuple[dict[str, str], bytes]:
        connection.request("GET", f"{PREFIX}/invocation/next")
        answer = connection.getresponse()
        headers, body, socket = dict(answer.headers), answer.read(), connection.sock
        connection.request("POST", f"{PREFIX}/invocation/id-1/response", b"1")
        assert connection.getresponse().read()
        assert connection.sock is socket
        return headers, body

    (headers, body), outcome = serve(runtime)
    assert body == EVENT.payload
    assert headers["Lambda-Runtime-Aws-Request-Id"] == "id-1"
    assert headers["Lambda-Runtime-Deadline-Ms"] == "1700000000000"
    assert headers["Lambda-Runtime-Invoked-Function-Arn"] == "arn:sample"
    assert headers["Lambda-Runtime-Trace-Id"] == "Root=1"
    assert (outcome.payload, outcome.is_error) == (b"1", False)


def test_a_chunked_error_of_six_megabytes_arrives() -> None:
    body = b"e" * RESPONSE_LIMIT

    def runtime(connection: http.client.HTTPConnection) -> int:
        parts = (body[start : start + 10_000] for start in range(0, len(body), 10_000))
        connection.request("POST", f"{PREFIX}/invocation/id-1/error", parts, encode_chunked=True)
        return connection.getresponse().status

    status, outcome = serve(runtime)
    assert status == http.client.ACCEPTED
    assert (outcome.payload, outcome.is_error) == (body, True)


def test_a_client_that_waits_for_permission_to_send_gets_it() -> None:
    def runtime(connection: http.client.HTTPConnection) -> int:
        connection.putrequest("POST", f"{PREFIX}/invocation/id-1/response")
        connection.putheader("Content-Length", "2")
        connection.putheader("Expect", "100-continue")
        connection.endheaders()
        assert connection.sock.recv(100).startswith(b"HTTP/1.1 100")
        connection.send(b"ok")
        return connection.getresponse().status

    status, outcome = serve(runtime)
    assert status == http.client.ACCEPTED
    assert outcome.payload == b"ok"


def test_what_does_not_belong_is_refused() -> None:
    def runtime(connection: http.client.HTTPConnection) -> list[int]:
        seen = []
        for method, path in (
            ("POST", "/invocation/other/response"),
            ("GET", "/nonsense"),
            ("POST", "/invocation/id-1/response"),
            ("POST", "/invocation/id-1/response"),
        ):
            connection.request(method, PREFIX + path, b"1" if method == "POST" else None)
            answer = connection.getresponse()
            seen.append(answer.status)
            answer.read()
        return seen

    assert serve(runtime)[0] == [400, 404, 202, 400]


def test_a_request_that_is_no_http_ends_the_connection_only() -> None:
    def runtime(connection: http.client.HTTPConnection) -> None:
        connection.connect()
        connection.sock.sendall(b"nonsense\r\n\r\n")
        assert connection.sock.recv(100) == b""
        connection.close()
        connection.request("POST", f"{PREFIX}/invocation/id-1/response", json.dumps("fine"))
        assert connection.getresponse().status == http.client.ACCEPTED

    assert json.loads(serve(runtime)[1].payload) == "fine"

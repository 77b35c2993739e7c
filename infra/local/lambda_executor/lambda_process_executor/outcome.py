"""How an invocation ends, in the words Lambda uses for it."""

import json
import signal
from collections.abc import Callable
from dataclasses import dataclass


@dataclass(frozen=True)
class Outcome:
    """What the caller gets; `status` and `error_type` are set when the runtime itself failed."""

    payload: bytes
    is_error: bool
    status: str = ""
    error_type: str = ""
    log: str = ""


Failure = Callable[[str], Outcome]
"""How the runtime failed, waiting for the request id it is to be reported with."""


def answered(payload: bytes, *, is_error: bool) -> Outcome:
    """The function answered, or raised an exception that its runtime reported."""
    return Outcome(payload, is_error)


def timed_out(request_id: str, seconds: float) -> Outcome:
    """The function exceeded its time-out of `seconds` and was killed."""
    message = f"Task timed out after {seconds:.2f} seconds"
    return _failed(
        "Sandbox.Timedout", request_id, message, status="timeout", log=f"{request_id} {message}"
    )


def exited(request_id: str, code: int) -> Outcome:
    """The runtime process ended by itself; `code` is that of subprocess (negative: a signal)."""
    return _died("Runtime.ExitError", request_id, code)


def out_of_memory(request_id: str) -> Outcome:
    """The function exceeded its memory and was killed."""
    return _died("Runtime.OutOfMemory", request_id, -signal.SIGKILL)


def init_failed(_request_id: str, payload: bytes) -> Outcome:
    """The runtime reported that the function could not be loaded."""
    return Outcome(payload, is_error=True, status="error", error_type=_type_in(payload))


def too_large(size: int, limit: int) -> Outcome:
    """The function's answer was larger than Lambda lets pass (bytes)."""
    message = (
        f"Response payload size ({size} bytes) exceeded maximum allowed payload size "
        f"({limit} bytes)."
    )
    body = {"errorType": "Function.ResponseSizeTooLarge", "errorMessage": message}
    return Outcome(json.dumps(body).encode(), is_error=True, log=message)


def _died(error_type: str, request_id: str, code: int) -> Outcome:
    message = f"Runtime exited with error: {_reason(code)}" if code else _NO_REASON
    log = f"RequestId: {request_id} Error: {message}\n{error_type}"
    return _failed(error_type, request_id, message, status="error", log=log)


_NO_REASON = "Runtime exited without providing a reason"


def _failed(error_type: str, request_id: str, message: str, *, status: str, log: str) -> Outcome:
    body = {"errorType": error_type, "errorMessage": f"RequestId: {request_id} Error: {message}"}
    return Outcome(json.dumps(body).encode(), True, status, error_type, log)


def _reason(code: int) -> str:
    if code >= 0:
        return f"exit status {code}"
    name = signal.strsignal(-code) or str(-code)
    return f"signal: {name.lower()}"


def _type_in(payload: bytes) -> str:
    try:
        return str(json.loads(payload)["errorType"])
    except (ValueError, KeyError, TypeError):
        return "Runtime.Unknown"

"""Problem documents (RFC 9457) for everything that goes wrong."""

from typing import Any

from chalicelib.platform.errors import Problem

CONTENT_TYPE = "application/problem+json"


def document(problem: Problem, *, request_id: str, path: str) -> dict[str, Any]:
    """Return the body of an error answer."""
    body: dict[str, Any] = {
        "type": f"urn:clipwave:problem:{problem.code}",
        "title": problem.title,
        "status": problem.status,
        "detail": problem.detail,
        "instance": path,
        "code": problem.code,
        "request_id": request_id,
        **problem.extra,
    }
    if problem.errors:
        body["errors"] = [
            {"pointer": error.pointer, "code": error.code, "detail": error.detail}
            for error in problem.errors
        ]
    return body


def internal() -> Problem:
    """Return the answer for a defect of ours; the log has the rest under the request's id."""
    return Problem("internal", "The error was logged; tell us the request_id if it stays.")

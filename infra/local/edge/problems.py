"""Problem documents (RFC 9457) for what the edge has to answer itself."""

import json

from starlette.responses import Response

TITLES = {
    404: ("not_found", "There is nothing here"),
    405: ("method_not_allowed", "This method is not allowed here"),
    413: ("payload_too_large", "The request is too large"),
    500: ("internal", "Something went wrong on our side"),
    503: ("unavailable", "Temporarily unavailable"),
}


def problem(status: int, detail: str, *, path: str, request_id: str) -> Response:
    """Return an error answer in the API's form."""
    code, title = TITLES[status]
    body = {
        "type": f"urn:clipwave:problem:{code}",
        "title": title,
        "status": status,
        "detail": detail,
        "instance": path,
        "code": code,
        "request_id": request_id,
    }
    headers = {"X-Request-Id": request_id, "Cache-Control": "no-store"}
    if status == 503:  # noqa: PLR2004
        headers["Retry-After"] = "2"
    return Response(json.dumps(body), status, headers, "application/problem+json")

"""Problem documents (RFC 9457) for what the edge has to answer itself."""

import json
from uuid import uuid4

from starlette.requests import Request
from starlette.responses import Response

TITLES = {
    403: ("forbidden", "You may not do this"),
    404: ("not_found", "There is nothing here"),
    405: ("method_not_allowed", "This method is not allowed here"),
    413: ("payload_too_large", "The request is too large"),
    500: ("internal", "Something went wrong on our side"),
    503: ("unavailable", "Temporarily unavailable"),
}
MORE_HEADERS = {405: {"Allow": "GET, HEAD"}, 503: {"Retry-After": "2"}}


def problem(request: Request, status: int, detail: str) -> Response:
    """Return an error answer in the API's form."""
    code, title = TITLES[status]
    request_id = str(uuid4())
    body = {
        "type": f"urn:clipwave:problem:{code}",
        "title": title,
        "status": status,
        "detail": detail,
        "instance": request.url.path,
        "code": code,
        "request_id": request_id,
    }
    headers = {
        "X-Request-Id": request_id,
        "Cache-Control": "no-store",
        "X-Content-Type-Options": "nosniff",
        "Content-Security-Policy": "default-src 'none'; frame-ancestors 'none'",
        "Referrer-Policy": "no-referrer",
    }
    headers |= MORE_HEADERS.get(status, {})
    return Response(json.dumps(body), status, headers, "application/problem+json")

"""Which other sites may read answers here: those on a list, and never as a signed-in person.

The web client and the API share one origin and need none of this. Fetch Standard, section 3.2.
"""

from chalicelib.api.requests import Request
from chalicelib.platform.origins import ALLOWED_ORIGINS

_METHODS = "GET, POST, PUT, PATCH, DELETE"
_SENT = "Content-Type, If-Match, If-None-Match, X-Idempotency-Key, Idempotency-Key"
_READ = (
    "ETag, Idempotency-Replayed, RateLimit-Limit, RateLimit-Remaining, RateLimit-Reset,"
    " Retry-After, X-Degraded, X-Request-Id"
)
PREFLIGHT_SECONDS = 600


def is_allowed(request: Request) -> bool:
    """Whether a request comes from a page of another site that is on the list."""
    origin = request.headers.get("origin")
    return origin is not None and origin in request.context.configuration.get(ALLOWED_ORIGINS)


def headers(request: Request) -> dict[str, str]:
    """Return what lets a page of another site read an answer; nothing for any that may not."""
    if "origin" not in request.headers:
        return {}
    if not is_allowed(request):
        return {"Vary": "Origin"}
    return {
        "Access-Control-Allow-Origin": request.headers["origin"],
        "Access-Control-Expose-Headers": _READ,
        "Vary": "Origin",
    }


def preflight(request: Request) -> dict[str, str]:
    """Return what tells a browser beforehand which requests such a page may send."""
    if not is_allowed(request):
        return {}
    return {
        "Access-Control-Allow-Methods": _METHODS,
        "Access-Control-Allow-Headers": _SENT,
        "Access-Control-Max-Age": str(PREFLIGHT_SECONDS),
    }

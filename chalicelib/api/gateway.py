"""Chalice's side of the table: every route registered, every other method answered with 405."""

import time
from collections import defaultdict
from collections.abc import Callable
from typing import Any

from chalice.app import Blueprint
from chalice.app import Response as ChaliceResponse

from chalicelib.api import origins
from chalicelib.api.requests import Request, from_chalice
from chalicelib.api.routing import PREFIX, ROUTES, Reply, Route, answer, refusal, render
from chalicelib.platform import context as context_module
from chalicelib.platform.errors import Problem
from chalicelib.platform.observability import flush_metrics, logger

METHODS = ("GET", "POST", "PUT", "PATCH", "DELETE", "OPTIONS")
HTTPS_ONLY = {"Strict-Transport-Security": "max-age=31536000; includeSubDomains"}
COMMON_HEADERS = {
    "Content-Type": "application/json",
    "Cache-Control": "no-store",
    "X-Content-Type-Options": "nosniff",
    "Content-Security-Policy": "default-src 'none'; frame-ancestors 'none'",
    "Referrer-Policy": "no-referrer",
}

Handler = Callable[[Request], Reply]


def blueprint() -> Blueprint:
    """Return a blueprint with every declared route, and with 405 for the methods between."""
    routes = Blueprint(__name__)
    by_path: dict[str, dict[str, Route]] = defaultdict(dict)
    for route in ROUTES.values():
        by_path[route.path][route.method] = route
    for path, declared in by_path.items():
        for method in METHODS:
            allowed = sorted(declared)
            handler = _handler(declared.get(method), method, allowed)
            _register(routes, path, method, handler)
    return routes


def _handler(route: Route | None, method: str, allowed: list[str]) -> Handler:
    if method == "OPTIONS":
        return lambda request: _tell_methods(request, allowed)
    if route is not None:
        return lambda request: answer(route, request)
    return lambda request: _refuse_method(request, allowed)


def _tell_methods(request: Request, allowed: list[str]) -> Reply:
    return Reply(status=204, headers={"Allow": ", ".join(allowed), **origins.preflight(request)})


def _refuse_method(request: Request, allowed: list[str]) -> Reply:
    names = ", ".join(allowed)
    problem = Problem("method_not_allowed", f"Use {names}.", headers={"Allow": names})
    return refusal(problem, request)


def _register(routes: Blueprint, path: str, method: str, handler: Handler) -> None:
    def view(**_params: str) -> ChaliceResponse:
        request = from_chalice(context_module.current(), routes.current_request)
        began = time.perf_counter()
        with logger.append_context_keys(request_id=request.id):
            reply = handler(request)
            milliseconds = round(1000 * (time.perf_counter() - began), 1)
            told = {"route": f"{method} {path}", "status": reply.status, "ms": milliseconds}
            logger.info("request", extra=told)
        flush_metrics()
        return _respond(request, reply)

    view.__name__ = f"{method.lower()}_{path}"
    routes.route(PREFIX + path, methods=[method], content_types=["*/*"])(view)


def _respond(request: Request, reply: Reply) -> ChaliceResponse:
    is_https = request.context.settings.public_origin.startswith("https://")
    headers: dict[str, Any] = {
        **COMMON_HEADERS,
        **(HTTPS_ONLY if is_https else {}),
        **origins.headers(request),
        "X-Request-Id": request.id,
        **reply.headers,
    }
    return ChaliceResponse(body=render(reply.body), status_code=reply.status, headers=headers)

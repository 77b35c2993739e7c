"""The one endpoint decorator and the table it fills.

Every request goes the same way: parse, authenticate, authorise, limit, validate, idempotency, view.
"""

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from enum import Enum
from typing import Any

from pydantic import BaseModel

from chalicelib.accounts import sessions
from chalicelib.accounts.models import Action, Role
from chalicelib.accounts.permissions import is_allowed
from chalicelib.accounts.store import fold
from chalicelib.api import kept, origins, problems
from chalicelib.api.cookies import session_cookie
from chalicelib.api.requests import Request, parse_json
from chalicelib.api.validation import Input, validate, validate_json
from chalicelib.platform import idempotency, limits
from chalicelib.platform.errors import Problem
from chalicelib.platform.limits import LimitClass
from chalicelib.platform.observability import logger
from chalicelib.platform.outbox import relay_quietly

SAFE_METHODS = frozenset({"GET", "HEAD"})
PREFIX = "/v1"


class Audience(Enum):
    """Who may call a route that no action of the permission matrix guards."""

    ANYONE = "anyone"
    SIGNED_IN = "signed_in"
    ADMINS = "admins"


@dataclass(frozen=True)
class Reply:
    """An answer: a model, JSON data, its text or None, with its status and headers."""

    body: Any = None  # a str is JSON text already
    status: int = 200
    headers: Mapping[str, Any] = field(default_factory=dict)


View = Callable[..., Reply]


@dataclass(frozen=True)
class Route:
    """One row of the table: everything there is to know about an endpoint."""

    method: str
    path: str
    view: View
    allow: Action | Audience
    limit: LimitClass | None
    body: type[BaseModel] | None
    query: type[Input] | None
    response: Any
    status: int
    problems: tuple[str, ...]
    idempotent: bool
    conditional: bool
    tagged: bool
    media_type: str
    links: Mapping[str, tuple[str, str]]
    changes: bool
    fallback: View | None


ROUTES: dict[tuple[str, str], Route] = {}


def endpoint(
    method: str,
    path: str,
    *,
    allow: Action | Audience,
    limit: LimitClass | None,
    body: type[BaseModel] | None = None,
    query: type[Input] | None = None,
    response: Any = None,
    status: int = 200,
    problems: Sequence[str] = (),
    idempotent: bool = False,
    conditional: bool = False,
    tagged: bool = False,
    media_type: str = "application/json",
    links: Mapping[str, tuple[str, str]] | None = None,
    changes: bool | None = None,
    fallback: View | None = None,
) -> Callable[[View], View]:
    """Declare a view. It is called with the request and, where declared, `body` and `query`.

    Parameters
    ----------
    allow: the action of the permission matrix, or the audience, that the route is for.
    limit: the class of calls it is limited with; None for what is never limited.
    response, status: the type of what it answers, None without a body, and with which status.
    media_type: what its answer is, if it isn't JSON; the view then gives text and the header.
    problems: the error codes that are its own, besides those that every such route has.
    conditional, tagged: whether If-Match is obligatory, and whether answers have an ETag.
    links: views that an answer leads to: their path parameter, and where in the answer it is.
    idempotent: whether an idempotency key is obligatory; the view then runs in its transaction.
    changes: whether it may change what kept answers show; of its own, unless the method is safe.
    fallback: what answers, with the same arguments, while the database is away.

    Raises TypeError for a route without a permission, so that the app doesn't start with one.
    """
    if not isinstance(allow, Action | Audience):
        raise TypeError(f"{method} {path} has no permission: give allow= an Action or an Audience")

    def declare(view: View) -> View:
        key = (path, method)
        if key in ROUTES:
            raise TypeError(f"{method} {path} is declared twice")
        marked = method not in SAFE_METHODS if changes is None else changes
        ROUTES[key] = Route(
            method, path, view, allow, limit, body, query, response, status, tuple(problems),
            idempotent, conditional, conditional or tagged, media_type, links or {}, marked,
            fallback,
        )  # fmt: skip
        return view

    return declare


def answer(route: Route, request: Request) -> Reply:
    """Run a request through its route; every outcome is a reply, also a defect of ours."""
    try:
        reply = _run(route, request)
    except Problem as problem:
        reply = _fall_back(route, request, problem)
    except Exception:
        logger.exception("request_failed", extra={"route": f"{route.method} {route.path}"})
        reply = refusal(problems.internal(), request)
    reply = replace(reply, headers={**request.told, **reply.headers})
    if request.context.cache.degraded:
        also = reply.headers.get("X-Degraded")
        degraded = f"{also}, cache" if also else "cache"
        return replace(reply, headers={**reply.headers, "X-Degraded": degraded})
    return reply


def refusal(problem: Problem, request: Request) -> Reply:
    """Return a problem as a reply."""
    body = problems.document(problem, request_id=request.id, path=request.path)
    headers = {"Content-Type": problems.CONTENT_TYPE, **problem.headers}
    return Reply(body, problem.status, headers)


def _fall_back(route: Route, request: Request, problem: Problem) -> Reply:
    """Answer without the database where a route can do so, else with the problem."""
    if route.fallback is None or problem.code != "unavailable":
        return refusal(problem, request)
    try:
        request = _authenticate(request)  # a session may be known to Redis
    except Problem:
        logger.warning("session_unknown")
    try:
        payload = parse_json(request) if route.method not in SAFE_METHODS else None
        if not request.told:  # it didn't come as far as that
            _limit(route, request, payload)
        return route.fallback(request, **_arguments(route, request, payload))
    except Problem as other:
        return refusal(other, request)
    except Exception:
        logger.exception("fallback_failed", extra={"route": f"{route.method} {route.path}"})
        return refusal(problem, request)


def _run(route: Route, request: Request) -> Reply:
    payload = parse_json(request) if route.method not in SAFE_METHODS else None
    _refuse_cross_site(request)
    request = _authenticate(request)
    _authorise(route, request)
    _limit(route, request, payload)
    arguments = _arguments(route, request, payload)
    if route.changes:
        kept.mark(request)
    if route.idempotent:
        return _renew(request, _run_once(route, request, arguments))
    return _renew(request, route.view(request, **arguments))


def _limit(route: Route, request: Request, payload: Any) -> None:
    """Count the call where calls are limited. Raises Problem `rate_limited`."""
    if route.limit is not None:
        verdict = limits.take(request.context, route.limit, _who(route.limit, request, payload))
        request.told.update(verdict.headers)


def _who(limit: LimitClass, request: Request, payload: Any) -> str:
    """Return whose calls are counted together."""
    if limit is LimitClass.REGISTER:
        return request.client_ip
    if limit is LimitClass.LOGIN:
        name = payload.get("username") if isinstance(payload, dict) else None
        return f"{request.client_ip} {fold(name) if isinstance(name, str) else ''}"
    return request.viewer


def _arguments(route: Route, request: Request, payload: Any) -> dict[str, Any]:
    """Return what a view is called with. Raises Problem for what isn't valid."""
    arguments: dict[str, Any] = {}
    if route.body is not None:
        arguments["body"] = validate_json(route.body, payload)
    if route.query is not None:
        arguments["query"] = validate(route.query, request.query)
    return arguments


def _run_once(route: Route, request: Request, arguments: dict[str, Any]) -> Reply:
    headers = request.headers
    key = idempotency.check_key(headers.get("x-idempotency-key") or headers.get("idempotency-key"))

    def work() -> idempotency.Stored:
        try:
            with request.context.database.transaction():
                reply = route.view(request, **arguments)
        except Problem as problem:
            reply = refusal(problem, request)
            if problem.status in (429, 503):
                raise
        return idempotency.Stored(reply.status, plain(reply.body))

    stored = idempotency.run_once(
        request.context.database,
        scope=f"{request.viewer} {route.method} {request.path}",
        key=key,
        body=request.body,
        work=work,
    )
    relay_quietly(request.context.database, request.context.queues)
    kind = problems.CONTENT_TYPE if stored.status >= 400 else "application/json"  # noqa: PLR2004
    replayed = {"Idempotency-Replayed": "true"} if stored.replayed else {}
    return Reply(stored.body, stored.status, {"Content-Type": kind, **replayed})


def plain(body: Any) -> Any:
    """Return a view's answer as JSON data."""
    return body.model_dump(mode="json", by_alias=True) if isinstance(body, BaseModel) else body


def render(body: Any) -> str:
    """Return an answer's JSON text; nothing for an answer without a body."""
    if body is None or isinstance(body, str):
        return body or ""
    return json.dumps(plain(body), ensure_ascii=False)


def _refuse_cross_site(request: Request) -> None:
    if request.method in SAFE_METHODS or origins.is_allowed(request):
        return
    origin = request.headers.get("origin")
    foreign = origin is not None and origin != request.context.settings.public_origin
    if foreign or request.headers.get("sec-fetch-site") == "cross-site":
        raise Problem("cross_site", "Other sites may not act for a signed-in person here.")


def _authenticate(request: Request) -> Request:
    """Find out who calls; whoever writes is asked for in the database, whatever the cache says."""
    token = request.session_token
    if not token or origins.is_allowed(request):  # other sites act for nobody
        return request
    trusting = request.method in SAFE_METHODS
    return replace(request, session=sessions.find(request.context, token, trusting=trusting))


def _renew(request: Request, reply: Reply) -> Reply:
    """Send the cookie again when the session's end has rolled on, unless the view sent one."""
    if request.session is None or not request.session.renew or "Set-Cookie" in reply.headers:
        return reply
    cookie = session_cookie(request.context.settings, request.session_token or "")
    return replace(reply, headers={**reply.headers, "Set-Cookie": cookie})


def _authorise(route: Route, request: Request) -> None:
    if route.allow is Audience.ANYONE:
        return
    role = request.caller.role
    if route.allow is Audience.ADMINS and role is not Role.ADMIN:
        raise Problem("forbidden", "Only administrators may do this.")
    if isinstance(route.allow, Action) and not is_allowed(role, route.allow):
        raise Problem("forbidden", f"The role {role} does not include {route.allow}.")

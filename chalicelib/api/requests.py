"""A request as the views see it, and how it is made from what API Gateway hands over."""

import hmac
import json
from dataclasses import dataclass, field
from http.cookies import CookieError, SimpleCookie
from typing import Any
from urllib.parse import unquote

from chalice.app import Request as ChaliceRequest

from chalicelib.accounts.models import Session
from chalicelib.api.cookies import cookie_name
from chalicelib.platform.context import Context
from chalicelib.platform.errors import Problem
from chalicelib.platform.signing import EDGE_PURPOSE

MAX_BODY_BYTES = 256 * 1024
EXACT = 2**53  # up to here every whole number has a float of its own
EDGE_HEADER = "x-clipwave-edge"


@dataclass(frozen=True)
class Request:
    """One request. `headers` are lower case; `session` is None for anonymous callers."""

    context: Context
    id: str
    method: str
    path: str
    params: dict[str, str]
    query: dict[str, str]
    headers: dict[str, str]
    body: bytes
    client_ip: str
    session: Session | None = None
    told: dict[str, str] = field(default_factory=dict)  # headers that any answer to it has

    @property
    def caller(self) -> Session:
        """The signed-in caller; only for routes that anonymous callers can't reach."""
        if self.session is None:
            raise Problem("authentication_required", "Sign in, then repeat the request.")
        return self.session

    @property
    def viewer(self) -> str:
        """Who is watching: a person, or an address without a session."""
        return f"u:{self.session.user_id}" if self.session else f"a:{self.client_ip}"

    @property
    def session_token(self) -> str | None:
        """The token in the session cookie, if there is one."""
        try:
            cookie = SimpleCookie(self.headers.get("cookie", ""))
        except CookieError:
            return None
        morsel = cookie.get(cookie_name(self.context.settings))
        return morsel.value if morsel else None


def from_chalice(context: Context, event: ChaliceRequest) -> Request:
    """Translate API Gateway's event."""
    headers = {name.lower(): value for name, value in event.headers.items()}
    return Request(
        context=context,
        id=str(event.context.get("requestId", "")),
        method=event.method,
        path=str(event.context.get("path", event.path)),
        params={name: unquote(value) for name, value in (event.uri_params or {}).items()},
        query=dict(event.query_params or {}),
        headers=headers,
        body=_bytes(event.raw_body),
        client_ip=_client_ip(context, event.context, headers),
    )


def parse_json(request: Request) -> Any:
    """Return the body as JSON. Raises Problem for what is too large, foreign or malformed."""
    if len(request.body) > MAX_BODY_BYTES:
        raise Problem("payload_too_large", f"Send at most {MAX_BODY_BYTES} bytes.")
    if not request.body:
        return {}
    kind = request.headers.get("content-type", "application/json").partition(";")[0].strip()
    if kind.lower() != "application/json":
        raise Problem("unsupported_media_type", "Send the body as application/json.")
    try:
        return json.loads(request.body, parse_constant=_refuse_constant, parse_float=_number)
    except (ValueError, RecursionError) as error:
        raise Problem("body_invalid", "The body must be one JSON document in UTF-8.") from error


def _number(text: str) -> float | int:
    """Return a number; 3.0 is a whole one, as JSON Schema has it."""
    value = float(text)
    return int(value) if value.is_integer() and abs(value) <= EXACT else value


def _refuse_constant(name: str) -> Any:
    """Refuse what Python would take for a number, and JSON doesn't have (RFC 8259, section 6)."""
    raise ValueError(f"{name} is not JSON")


def _bytes(raw: str | bytes) -> bytes:
    return raw.encode() if isinstance(raw, str) else raw


def _client_ip(context: Context, gateway: dict[str, Any], headers: dict[str, str]) -> str:
    """Return the viewer's address: as CloudFront or the local edge saw it, "address:port".

    Only they know the key; whoever goes straight to API Gateway is who it sees.
    """
    address = headers.get("cloudfront-viewer-address", "").rpartition(":")[0]
    if address and _is_from_edge(context, headers):
        return address
    return str(gateway.get("identity", {}).get("sourceIp") or "unknown")


def _is_from_edge(context: Context, headers: dict[str, str]) -> bool:
    shown = headers.get(EDGE_HEADER, "").encode()
    return hmac.compare_digest(shown, context.signer.key_for(EDGE_PURPOSE).hex().encode())

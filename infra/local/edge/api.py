"""The API origin: API Gateway behind the edge, with CloudFront's headers and our errors."""

import json
from collections.abc import Iterable
from urllib.parse import unquote

import httpx
from starlette.requests import Request
from starlette.responses import Response

from infra.local.edge.config import EdgeConfig
from infra.local.edge.keys import is_plain
from infra.local.edge.problems import problem

MAX_BODY_BYTES = 256 * 1024
TIMEOUT_SECONDS = 30
NOT_MODIFIED = 304
BODILESS = (204, NOT_MODIFIED)
STAGE = "/api"
HOP_BY_HOP = frozenset(
    {
        b"accept-encoding",
        b"connection",
        b"content-encoding",
        b"content-length",
        b"host",
        b"keep-alive",
        b"proxy-authenticate",
        b"proxy-authorization",
        b"te",
        b"trailer",
        b"transfer-encoding",
        b"upgrade",
    }
)
# Only the edge may say who the viewer is.
OURS = (b"cloudfront-", b"x-forwarded-", b"forwarded", b"x-amz", b"x-clipwave-")
GATEWAY_GONE = "does not correspond to a deployed"


async def forward(request: Request, config: EdgeConfig, client: httpx.AsyncClient) -> Response:
    """Pass a request on and its answer back; whatever goes wrong is said in the API's form."""
    path = _path(request)
    if not is_plain(unquote(path).strip("/")):
        return _nowhere(request)
    body = await _body(request)
    if body is None:
        return problem(request, 413, f"Send at most {MAX_BODY_BYTES} bytes.")
    try:
        answer = await client.request(
            "GET" if request.method == "HEAD" else request.method,
            f"{config.aws_endpoint_url}/_aws/execute-api/{config.api_id}{path}{_query(request)}",
            headers=_request_headers(request, config),
            content=body,
            timeout=TIMEOUT_SECONDS,
        )
    except httpx.HTTPError:
        return problem(request, 503, "The API is not reachable; `make status` says why.")
    return _translate(request, answer)


async def _body(request: Request) -> bytes | None:
    """Return the body, or None as soon as it is too long."""
    body = b""
    async for chunk in request.stream():
        body += chunk
        if len(body) > MAX_BODY_BYTES:
            return None
    return body


def _path(request: Request) -> str:
    """Return the path from the stage on, as it was sent: /health/live is the API's, too."""
    raw: str = request.scope["raw_path"].decode("latin-1").partition("?")[0]
    return raw if raw.startswith(f"{STAGE}/") else f"{STAGE}/v1{raw}"


def _query(request: Request) -> str:
    sent: str = request.scope["query_string"].decode("latin-1")
    return f"?{sent}" if sent else ""


def _request_headers(request: Request, config: EdgeConfig) -> list[tuple[bytes, bytes]]:
    kept = [
        (name, value)
        for name, value in request.headers.raw
        if name not in HOP_BY_HOP and not name.startswith(OURS)
    ]
    kept = [(name, _opaque(value) if name == b"content-type" else value) for name, value in kept]
    kept.append((b"accept-encoding", b"identity"))
    viewer = request.client
    if viewer is not None:
        kept.append((b"cloudfront-viewer-address", f"{viewer.host}:{viewer.port}".encode()))
        kept.append((b"x-clipwave-edge", config.edge_key.encode()))
    return kept


def _opaque(content_type: bytes) -> bytes:
    """Hide forms from LocalStack, which reads them and may fail; the function refuses them."""
    is_form = content_type.lower().startswith(b"multipart/")
    return b"application/octet-stream" if is_form else content_type


def _translate(request: Request, answer: httpx.Response) -> Response:
    known = answer.status_code == NOT_MODIFIED  # has no body to tell whose answer it is
    if known or _is_problem(answer) or answer.is_success or _is_ours(answer):
        return _copy(request, answer)
    if GATEWAY_GONE in answer.text or answer.is_server_error:
        return problem(request, 503, "The API is being deployed; try again shortly.")
    return _nowhere(request)


def _nowhere(request: Request) -> Response:
    return problem(request, 404, f"There is no {request.method} {request.url.path}.")


def _is_problem(answer: httpx.Response) -> bool:
    return str(answer.headers.get("content-type", "")).startswith("application/problem+json")


def _is_ours(answer: httpx.Response) -> bool:
    """Whether a function gave this answer: API Gateway's own have nothing but a message."""
    try:
        body = json.loads(answer.content) if answer.content else {}
    except ValueError:
        return False
    return "x-request-id" in answer.headers and not set(body) <= {"message", "Message"}


def _copy(request: Request, answer: httpx.Response) -> Response:
    response = Response(answer.content, answer.status_code)
    length = [(b"content-length", str(len(answer.content)).encode())]
    kept = _response_headers(answer.headers.raw)
    response.raw_headers = kept + (length if answer.status_code not in BODILESS else [])
    return response


def _response_headers(items: Iterable[tuple[bytes, bytes]]) -> list[tuple[bytes, bytes]]:
    """Keep every header but the hop's own, several cookies included."""
    return [(name.lower(), value) for name, value in items if name.lower() not in HOP_BY_HOP]

"""The web origin: the static client, with the headers that keep it safe."""

import httpx
from starlette.requests import Request
from starlette.responses import Response

from infra.local.edge.config import EdgeConfig
from infra.local.edge.keys import object_url
from infra.local.edge.problems import problem

INDEX = "index.html"
PAGE = "page.html"
TIMEOUT_SECONDS = 10
KEPT_HEADERS = ("content-type", "cache-control", "etag")


def security_headers(config: EdgeConfig) -> dict[str, str]:
    """Return what every page carries; uploads go straight to the bucket, so it may be reached."""
    policy = (
        "default-src 'self'; script-src 'self'; style-src 'self'; img-src 'self' data: blob:; "
        "media-src 'self' blob:; worker-src 'self' blob:; font-src 'self'; "
        f"connect-src 'self' {config.aws_endpoint_url} {_by_name(config.aws_endpoint_url)}; "
        "object-src 'none'; base-uri 'none'; form-action 'self'; frame-ancestors 'none'"
    )
    return {
        "content-security-policy": policy,
        "referrer-policy": "strict-origin-when-cross-origin",
        "x-content-type-options": "nosniff",
    }


async def serve(request: Request, config: EdgeConfig, client: httpx.AsyncClient) -> Response:
    """Serve a file of the web bucket; paths without an ending are the client's own routes."""
    path: str = request.scope["path"]
    name = path.removeprefix("/") if "." in path.rpartition("/")[2] else INDEX
    return await _fetch(request, config, client, config.web_bucket, name)


async def serve_video(request: Request, config: EdgeConfig, client: httpx.AsyncClient) -> Response:
    """Serve the client to a browser that goes to a video, and to all others the video's page."""
    if request.headers.get("sec-fetch-dest") == "document":
        return await _fetch(request, config, client, config.web_bucket, INDEX)
    name = f"{request.scope['path'].strip('/')}/{PAGE}"
    return await _fetch(request, config, client, config.media_bucket, name)


async def _fetch(
    request: Request, config: EdgeConfig, client: httpx.AsyncClient, bucket: str, name: str
) -> Response:
    path = request.scope["path"]
    if request.method not in ("GET", "HEAD"):
        return problem(request, 405, "Use GET or HEAD.")
    url = object_url(config.aws_endpoint_url, bucket, name)
    if url is None:
        return problem(request, 404, f"There is no page {path}.")
    conditional = {k: v for k, v in request.headers.items() if k == "if-none-match"}
    try:
        answer = await client.get(url, headers=conditional, timeout=TIMEOUT_SECONDS)
    except httpx.HTTPError:
        return problem(request, 503, "The pages are not reachable; `make status` says why.")
    if answer.status_code in (403, 404):
        return problem(request, 404, f"There is no page {path}.")
    if answer.is_server_error:
        return problem(request, 503, "The pages can't be read; `make status` says why.")
    headers = {name: answer.headers[name] for name in KEPT_HEADERS if name in answer.headers}
    return Response(answer.content, answer.status_code, headers | security_headers(config))


def _by_name(url: str) -> str:
    return url.replace("127.0.0.1", "localhost")

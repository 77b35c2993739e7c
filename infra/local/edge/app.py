"""The ASGI app of the edge: `uvicorn --factory`, configured by the file in CLIPWAVE_EDGE_CONFIG."""

import os
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from http.cookiejar import CookieJar, DefaultCookiePolicy
from pathlib import Path
from uuid import uuid4

import httpx
from starlette.applications import Starlette
from starlette.middleware import Middleware
from starlette.middleware.gzip import GZipMiddleware
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from infra.local.edge import api, web
from infra.local.edge.config import ConfigFile, read_paths
from infra.local.edge.media import MediaCache, trim_cache
from infra.local.edge.problems import problem

Endpoint = Callable[[Request], Awaitable[Response]]

METHODS = ["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"]


def create_app(config_path: Path | None = None) -> Starlette:
    """Return the edge for a configuration file."""
    config_file = ConfigFile(config_path or Path(os.environ["CLIPWAVE_EDGE_CONFIG"]))
    limits = httpx.Limits(max_connections=200, max_keepalive_connections=50)
    # Everybody's requests go through one client: it must never keep anybody's cookies.
    no_cookies = CookieJar(DefaultCookiePolicy(allowed_domains=[]))
    client = httpx.AsyncClient(limits=limits, cookies=no_cookies, trust_env=False)
    media = MediaCache(client)

    async def to_media(request: Request) -> Response:
        return await media.answer(request, config_file.current)

    async def to_api(request: Request) -> Response:
        return await api.forward(request, config_file.current, client)

    async def to_web(request: Request) -> Response:
        return await web.serve(request, config_file.current, client)

    origins = {"media": to_media, "api": to_api, "web": to_web}

    @asynccontextmanager
    async def lifespan(_: Starlette) -> AsyncIterator[None]:
        trim_cache(Path(config_file.current.cache_directory))
        yield
        await client.aclose()

    routes = [_route(pattern, origin, origins[origin]) for pattern, origin in read_paths()]
    handlers = {Exception: _answer_defect}
    return Starlette(routes=routes, lifespan=lifespan, exception_handlers=handlers)


async def _answer_defect(request: Request, _: Exception) -> Response:
    """Answer in the API's form; the traceback goes to the edge's log."""
    detail = "The error is in the edge's log."
    return problem(500, detail, path=request.url.path, request_id=str(uuid4()))


def _route(pattern: str, origin: str, answer: Endpoint) -> Route:
    """Return the route of a CloudFront path pattern; media is compressed already."""
    path = pattern.replace("*", "{path:path}")
    gzip = [] if origin == "media" else [Middleware(GZipMiddleware, minimum_size=1024)]
    rooted = path if path.startswith("/") else f"/{path}"
    return Route(rooted, answer, methods=METHODS, middleware=gzip)

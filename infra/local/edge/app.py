"""The ASGI app of the edge, configured by a file that it reads again when it changes."""

from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from http.cookiejar import CookieJar, DefaultCookiePolicy
from pathlib import Path

import httpx
from starlette.applications import Starlette
from starlette.middleware import Middleware
from starlette.middleware.gzip import GZipMiddleware
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from infra.local.edge import api, web
from infra.local.edge.cache import DiskCache
from infra.local.edge.config import ConfigFile, read_paths
from infra.local.edge.media import Media
from infra.local.edge.problems import problem
from infra.local.edge.request_ids import RequestIds

Endpoint = Callable[[Request], Awaitable[Response]]

METHODS = ["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"]


def create_app(config_path: Path) -> Starlette:
    """Return the edge for a configuration file."""
    config_file = ConfigFile(config_path)
    limits = httpx.Limits(max_connections=200, max_keepalive_connections=50)
    # Everybody's requests go through one client: it must never keep anybody's cookies.
    no_cookies = CookieJar(DefaultCookiePolicy(allowed_domains=[]))
    client = httpx.AsyncClient(limits=limits, cookies=no_cookies, trust_env=False)
    media = Media(client, DiskCache(Path(config_file.current.cache_directory)))

    async def to_media(request: Request) -> Response:
        return await media.answer(request, config_file.current)

    async def to_api(request: Request) -> Response:
        return await api.forward(request, config_file.current, client)

    async def to_web(request: Request) -> Response:
        return await web.serve(request, config_file.current, client)

    async def to_videos(request: Request) -> Response:
        return await web.serve_video(request, config_file.current, client)

    origins = {"media": to_media, "api": to_api, "web": to_web, "videos": to_videos}

    @asynccontextmanager
    async def lifespan(_: Starlette) -> AsyncIterator[None]:
        yield
        await client.aclose()

    return Starlette(
        routes=[_route(pattern, origin, origins[origin]) for pattern, origin in read_paths()],
        middleware=[Middleware(RequestIds)],
        exception_handlers={404: _not_found, 405: _not_allowed, 500: _failed},
        lifespan=lifespan,
    )


def _route(pattern: str, origin: str, answer: Endpoint) -> Route:
    """Return the route of a CloudFront path pattern; media is compressed already."""
    path = pattern.replace("*", "{path:path}")
    gzip = [] if origin == "media" else [Middleware(GZipMiddleware, minimum_size=1024)]
    rooted = path if path.startswith("/") else f"/{path}"
    return Route(rooted, answer, methods=METHODS, middleware=gzip)


async def _not_found(request: Request, _: Exception) -> Response:
    return problem(request, 404, f"There is nothing at {request.url.path}.")


async def _not_allowed(request: Request, _: Exception) -> Response:
    return problem(request, 405, f"{request.method} is of no use here.")


async def _failed(request: Request, _: Exception) -> Response:
    return problem(request, 500, "The edge failed; its log says why.")

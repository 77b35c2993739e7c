"""The media origin: immutable objects, fetched once, kept on disk, served in ranges."""

import asyncio
import math
import time
from contextlib import suppress
from pathlib import Path

import httpx
from starlette.requests import Request
from starlette.responses import FileResponse, Response

from infra.local.edge.cache import DiskCache, Stored
from infra.local.edge.config import EdgeConfig
from infra.local.edge.keys import object_url
from infra.local.edge.permission import Forbidden, Permission, read_permission
from infra.local.edge.problems import problem
from infra.local.mirror import mirrored_path, read_sidecar

PREFIX = "/media/"
KEPT_HEADERS = ("content-type", "cache-control", "etag")
FETCH_TIMEOUT_SECONDS = 60
CHECK_TIMEOUT_SECONDS = 10
CHECKED_FOR_SECONDS = 30  # what was taken away is gone that long after it was last seen
NOT_FOUND = (403, 404)


class Media:
    """The objects of the media bucket, from the disk where they were asked for before."""

    def __init__(self, client: httpx.AsyncClient, cache: DiskCache) -> None:
        self._client = client
        self._cache = cache
        self._fetching: dict[str, asyncio.Task[None]] = {}
        self._checked: dict[str, float] = {}
        self._checks: set[asyncio.Task[None]] = set()

    async def answer(self, request: Request, config: EdgeConfig) -> Response:
        """Serve an object, whole or in ranges; only its first time needs the bucket."""
        if request.method not in ("GET", "HEAD"):
            return problem(request, 405, "Use GET or HEAD.")
        path = request.scope["path"].removeprefix(PREFIX)
        try:
            allowed = read_permission(path, bytes.fromhex(config.media_key), time.time())
            stored = await self._find(allowed.key, config) if allowed else None
        except Forbidden as error:
            return problem(request, 403, str(error))
        except httpx.HTTPError:
            detail = "The media bucket is not reachable; `make status` says why."
            return problem(request, 503, detail)
        if stored is None or allowed is None:
            return problem(request, 404, "There is no such object.")
        return _serve(request, stored, allowed)

    async def _find(self, key: str, config: EdgeConfig) -> Stored | None:
        url = object_url(config.aws_endpoint_url, config.media_bucket, key)
        if url is None:
            return None
        stored = self._cache.find(url)
        if stored is not None:
            self._check_soon(url)
            return stored
        if self._take_mirrored(url, key, config):
            self._check_soon(url)  # the mirror is some seconds behind the bucket
        else:
            await self._fetch_once(url)
        return self._cache.find(url)

    def _take_mirrored(self, url: str, key: str, config: EdgeConfig) -> bool:
        """Use the copy that survived LocalStack's last end, so that playback needn't wait."""
        path = mirrored_path(Path(config.mirror_directory), config.media_bucket, key)
        named = {"content-type": "ContentType", "cache-control": "CacheControl", "etag": "ETag"}
        with suppress(FileNotFoundError):  # the mirror may remove it at any moment
            meta = read_sidecar(path)
            if "ETag" in meta:
                headers = {name: meta[kept] for name, kept in named.items() if meta.get(kept)}
                self._cache.adopt(url, headers, path)
                return True
        return False

    def _check_soon(self, url: str) -> None:
        """See, without keeping anybody waiting, whether an object is still in the bucket."""
        now = time.monotonic()
        if now - self._checked.get(url, -math.inf) < CHECKED_FOR_SECONDS:
            return
        self._checked[url] = now
        task = asyncio.create_task(self._check(url))
        self._checks.add(task)
        task.add_done_callback(self._checks.discard)

    async def _check(self, url: str) -> None:
        with suppress(httpx.HTTPError):  # a bucket that is away has taken nothing away
            answer = await self._client.head(url, timeout=CHECK_TIMEOUT_SECONDS)
            if answer.status_code in NOT_FOUND:
                self._cache.forget(url)
                self._checked.pop(url, None)

    async def _fetch_once(self, url: str) -> None:
        """Fetch an object, however many ask for it, and whether or not they stay for it."""
        task = self._fetching.get(url)
        if task is None:
            task = self._fetching[url] = asyncio.create_task(self._fetch(url))
            task.add_done_callback(lambda _: self._fetching.pop(url, None))
        await asyncio.shield(task)

    async def _fetch(self, url: str) -> None:
        """Put an object into the cache, if there is one. Raises httpx.HTTPError."""
        async with self._client.stream("GET", url, timeout=FETCH_TIMEOUT_SECONDS) as answer:
            if answer.status_code in NOT_FOUND:
                return
            answer.raise_for_status()
            headers = {n: answer.headers[n] for n in KEPT_HEADERS if n in answer.headers}
            self._checked[url] = time.monotonic()
            await self._cache.put(url, headers, answer.aiter_raw())


def _serve(request: Request, stored: Stored, allowed: Permission) -> Response:
    headers = {"x-content-type-options": "nosniff", **stored.headers}
    if allowed.seconds is not None:
        headers["cache-control"] = f"private, max-age={allowed.seconds}, immutable"
    if _is_known(request.headers.get("if-none-match", ""), headers.get("etag", "")):
        return Response(None, 304, headers)
    return FileResponse(stored.path, headers=headers, media_type=headers.get("content-type"))


def _is_known(sent: str, etag: str) -> bool:
    """Whether the client has this version already; a weak tag of it is good enough here."""
    tags = {tag.strip().removeprefix("W/") for tag in sent.split(",")}
    return "*" in tags or (etag != "" and etag in tags)

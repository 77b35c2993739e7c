"""The media origin: immutable objects, fetched once, kept on disk, served in ranges."""

import asyncio
import hashlib
import json
import os
from collections import defaultdict
from pathlib import Path
from uuid import uuid4

import httpx
from starlette.requests import Request
from starlette.responses import FileResponse, Response

from infra.local.edge.config import EdgeConfig
from infra.local.edge.problems import problem
from infra.local.mirror import mirrored_path, read_sidecar

PREFIX = "/media/"
MAX_CACHE_BYTES = 4 << 30
KEPT_HEADERS = ("content-type", "cache-control", "etag")
FETCH_TIMEOUT_SECONDS = 60


class MediaCache:
    """Objects on disk by the hash of their key, so that no path can lead elsewhere."""

    def __init__(self, client: httpx.AsyncClient) -> None:
        self._client = client
        self._locks: defaultdict[str, asyncio.Lock] = defaultdict(asyncio.Lock)

    async def answer(self, request: Request, config: EdgeConfig) -> Response:
        """Serve an object, whole or in ranges; only its first time needs the bucket."""
        request_id = str(uuid4())
        path = request.url.path
        if request.method not in ("GET", "HEAD"):
            return problem(405, "Use GET or HEAD.", path=path, request_id=request_id)
        try:
            stored = await self._find(path.removeprefix(PREFIX), config)
        except httpx.HTTPError:
            detail = "The media bucket is not reachable; `make status` says why."
            return problem(503, detail, path=path, request_id=request_id)
        if stored is None:
            return problem(404, "There is no such object.", path=path, request_id=request_id)
        headers = json.loads(stored.with_suffix(".json").read_text())
        headers |= {"x-request-id": request_id, "x-content-type-options": "nosniff"}
        if request.headers.get("if-none-match") == headers["etag"]:
            return Response(None, 304, headers)
        return FileResponse(stored, headers=headers, media_type=headers["content-type"])

    async def _find(self, key: str, config: EdgeConfig) -> Path | None:
        name = hashlib.sha256(f"{config.media_bucket}/{key}".encode()).hexdigest()
        stored = Path(config.cache_directory) / name[:2] / f"{name}.bin"
        if stored.exists():
            os.utime(stored)
            return stored
        async with self._locks[name]:
            if stored.exists() or _take_mirrored(key, config, stored):
                return stored
            if not await self._fetch(key, config, stored):
                return None
        self._locks.pop(name, None)
        return stored

    async def _fetch(self, key: str, config: EdgeConfig, stored: Path) -> bool:
        url = f"{config.aws_endpoint_url}/{config.media_bucket}/{key}"
        stored.parent.mkdir(parents=True, exist_ok=True)
        fresh = stored.with_suffix(f".{uuid4().hex}")
        async with self._client.stream("GET", url, timeout=FETCH_TIMEOUT_SECONDS) as answer:
            if answer.status_code in (403, 404):
                return False
            answer.raise_for_status()
            with fresh.open("wb") as file:
                async for chunk in answer.aiter_raw():
                    file.write(chunk)
            headers = {
                name: answer.headers[name] for name in KEPT_HEADERS if name in answer.headers
            }
        stored.with_suffix(".json").write_text(json.dumps(headers))
        fresh.replace(stored)
        return True


def _take_mirrored(key: str, config: EdgeConfig, stored: Path) -> bool:
    """Use the copy that survived LocalStack's last end, so that playback needn't wait for it."""
    mirrored = mirrored_path(Path(config.mirror_directory), config.media_bucket, key)
    meta = read_sidecar(mirrored)
    if "ETag" not in meta:
        return False
    headers = {
        "content-type": meta["ContentType"],
        "cache-control": meta["CacheControl"],
        "etag": meta["ETag"],
    }
    stored.parent.mkdir(parents=True, exist_ok=True)
    stored.with_suffix(".json").write_text(json.dumps(headers))
    fresh = stored.with_suffix(f".{uuid4().hex}")
    os.link(mirrored, fresh)
    fresh.replace(stored)
    return True


def trim_cache(directory: Path, most_bytes: int = MAX_CACHE_BYTES) -> int:
    """Remove the objects used longest ago until the rest fits. Returns how many were removed."""
    files = sorted(directory.glob("*/*.bin"), key=lambda path: path.stat().st_atime)
    total = sum(path.stat().st_size for path in files)
    removed = 0
    for path in files:
        if total <= most_bytes:
            break
        total -= path.stat().st_size
        path.unlink(missing_ok=True)
        path.with_suffix(".json").unlink(missing_ok=True)
        removed += 1
    return removed

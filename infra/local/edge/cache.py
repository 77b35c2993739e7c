"""Objects on disk, by the hash of their address, within a bound; the least used go first."""

import asyncio
import hashlib
import json
import os
import time
from collections.abc import AsyncIterable, Mapping
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from uuid import uuid4

MAX_BYTES = 4 << 30


@dataclass(frozen=True)
class Stored:
    """An object on disk, and the headers it came with."""

    path: Path
    headers: dict[str, str]


class DiskCache:
    """A directory of immutable objects; no name in it comes from outside."""

    def __init__(self, directory: Path, max_bytes: int = MAX_BYTES) -> None:
        self._directory = directory
        self._max_bytes = max_bytes
        self._slack = max_bytes // 20
        self._added = 0
        self.trim()

    def find(self, url: str) -> Stored | None:
        """Return an object, noting that it was used, or None."""
        path = self._path(url)
        try:
            headers = json.loads(path.with_suffix(".json").read_text())
            os.utime(path, ns=(time.time_ns(), time.time_ns()))  # finer than the default
        except (FileNotFoundError, json.JSONDecodeError):
            return None
        return Stored(path, headers)

    async def put(self, url: str, headers: Mapping[str, str], chunks: AsyncIterable[bytes]) -> None:
        """Keep an object, whole or not at all, and make room when enough has come in."""
        fresh = self._fresh(url)
        try:
            with fresh.open("wb") as file:
                async for chunk in chunks:
                    self._added += file.write(chunk)
            self._place(url, headers, fresh)
        finally:
            fresh.unlink(missing_ok=True)
        if self._added > self._slack:
            self._added = 0
            await asyncio.to_thread(self.trim)

    def adopt(self, url: str, headers: Mapping[str, str], path: Path) -> None:
        """Keep an object that is a file already, without another copy of it."""
        fresh = self._fresh(url)
        fresh.hardlink_to(path)
        self._place(url, headers, fresh)

    def forget(self, url: str) -> None:
        """Find an object no more; answers under way still read its file, until it is trimmed."""
        self._path(url).with_suffix(".json").unlink(missing_ok=True)

    def trim(self) -> int:
        """Remove what was used longest ago until the rest fits. Returns how many were removed."""
        used = sorted(self._objects(), key=lambda path_and_stat: path_and_stat[1].st_mtime)
        excess = sum(stat.st_size for _, stat in used) - self._max_bytes
        removed = 0
        for path, stat in used:
            if excess <= 0:
                break
            path.unlink(missing_ok=True)
            path.with_suffix(".json").unlink(missing_ok=True)
            excess -= stat.st_size
            removed += 1
        return removed

    def _objects(self) -> list[tuple[Path, os.stat_result]]:
        found = []
        for path in self._directory.glob("*/*.bin"):
            with suppress(FileNotFoundError):
                found.append((path, path.stat()))
        return found

    def _place(self, url: str, headers: Mapping[str, str], fresh: Path) -> None:
        path = self._path(url)
        path.with_suffix(".json").write_text(json.dumps(dict(headers)))
        fresh.replace(path)

    def _fresh(self, url: str) -> Path:
        path = self._path(url)
        path.parent.mkdir(parents=True, exist_ok=True)
        return path.with_suffix(f".{uuid4().hex}")

    def _path(self, url: str) -> Path:
        name = hashlib.sha256(url.encode()).hexdigest()
        return self._directory / name[:2] / f"{name}.bin"

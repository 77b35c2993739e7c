"""Stores what a job made, in an order in which nothing is named before it is there."""

from collections.abc import Iterable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path, PurePath

from chalicelib.media.models import ObjectStore
from chalicelib.media.plan import Location

UPLOADS_AT_ONCE = 8
IMMUTABLE = "public, max-age=31536000, immutable"
NO_STORE = "no-store"
WORK = "w/"  # keys of files that nobody plays, and that are gone soon
CONTENT_TYPES = {
    ".m3u8": "application/vnd.apple.mpegurl",
    ".cmfv": "video/mp4",
    ".cmfa": "audio/mp4",
    ".mp4": "video/mp4",
    ".jpg": "image/jpeg",
    ".wav": "audio/wav",
}


def deliver(store: ObjectStore, files: Iterable[tuple[Path, Location]]) -> None:
    """Upload files: first media, then media playlists, last what names those."""
    steps: dict[int, list[tuple[Path, Location]]] = {0: [], 1: [], 2: []}
    for path, place in files:
        steps[_step(path)].append((path, place))
    with ThreadPoolExecutor(UPLOADS_AT_ONCE) as pool:
        for step in steps.values():
            list(pool.map(lambda file: _send(store, *file), step))


def content_type(name: str) -> str:
    """Return the media type of a file that we make."""
    return CONTENT_TYPES[PurePath(name).suffix]


def _step(path: Path) -> int:
    if path.suffix != ".m3u8":
        return 0
    return 1 if "_" in path.stem else 2  # only modifiers have underscores


def _send(store: ObjectStore, path: Path, place: Location) -> None:
    cache_control = NO_STORE if place.key.startswith(WORK) else IMMUTABLE
    store.upload(path, place.bucket, place.key, content_type(path.name), cache_control)

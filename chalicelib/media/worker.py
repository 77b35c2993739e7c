"""Our stand-in for MediaConvert: takes a job document, runs ffmpeg once, reports by its events."""

import shutil
import time
from collections.abc import Callable, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from chalicelib.media import events
from chalicelib.media.command import build_command, build_remux
from chalicelib.media.models import MediaRejected, ObjectStore, Probe
from chalicelib.media.plan import JobRefused, Plan, read_plan
from chalicelib.media.probe import probe
from chalicelib.media.progress import FfmpegFailed, FfmpegTimedOut, run_ffmpeg

Emit = Callable[[dict[str, Any]], None]

BASE_SECONDS = 60
SECONDS_PER_SECOND = 6
UPDATE_EVERY_SECONDS = 1.0
LEAST_FREE_BYTES = 1 << 30
LEAST_COVERED = 0.5  # a header may claim ten seconds and hold three
UPLOADS_AT_ONCE = 4
IMMUTABLE = "public, max-age=31536000, immutable"
CONTENT_TYPES = {
    ".m3u8": "application/vnd.apple.mpegurl",
    ".cmfv": "video/mp4",
    ".mp4": "video/mp4",
    ".jpg": "image/jpeg",
}


class ScratchFull(Exception):
    """There is too little room for the work; another try elsewhere or later may find more."""


@dataclass
class _Updates:
    """Sends a sign of life once a second, with the percent done."""

    emit: Emit
    reporter: events.Reporter
    seconds: float
    done: float = 0.0
    last: float = 0.0

    def __call__(self, done: float) -> None:
        self.done = max(self.done, done)
        now = time.monotonic()
        if now - self.last >= UPDATE_EVERY_SECONDS:
            self.last = now
            self.emit(self.reporter.status_update(min(99, int(100 * done / self.seconds))))


def run_job(
    job_id: str,
    document: Mapping[str, Any],
    *,
    store: ObjectStore,
    emit: Emit,
    scratch: Path,
    ffmpeg: Path,
) -> None:
    """Do a job to its end: COMPLETE with every output stored, or ERROR with the reason.

    Raises ScratchFull, and whatever the store raises: then the job isn't ended and may be tried
    again. Outputs are stored media first, playlists last.
    """
    reporter = events.Reporter(job_id, str(document.get("Queue")), document.get("UserMetadata", {}))
    try:
        plan = read_plan(document)
        emit(reporter.progressing())
        groups = _transcode(plan, reporter, store=store, emit=emit, scratch=scratch, ffmpeg=ffmpeg)
    except JobRefused as error:
        emit(reporter.error(events.REFUSED, str(error)))
    except FfmpegTimedOut as error:
        emit(reporter.error(events.TIMED_OUT, str(error)))
    except (FfmpegFailed, MediaRejected) as error:
        emit(reporter.error(events.DECODE_ERROR, str(error)))
    else:
        emit(reporter.complete(groups))


def _transcode(
    plan: Plan,
    reporter: events.Reporter,
    *,
    store: ObjectStore,
    emit: Emit,
    scratch: Path,
    ffmpeg: Path,
) -> list[dict[str, Any]]:
    _check_room(scratch)
    source, output = scratch / "source", scratch / "out"
    output.mkdir()
    store.download(plan.source.bucket, plan.source.key, source)
    found = probe(source)
    limit = BASE_SECONDS + SECONDS_PER_SECOND * found.duration_ms / 1000
    updates = _Updates(emit, reporter, found.duration_ms / 1000)
    command = build_command(ffmpeg, source, output, plan=plan, probe=found, seconds=int(2 * limit))
    run_ffmpeg(command, directory=scratch, limit_seconds=limit, follow=updates)
    if updates.done < LEAST_COVERED * updates.seconds:
        raise FfmpegFailed(f"only {updates.done:.1f} s of {updates.seconds:.1f} s could be decoded")
    _remux(plan, output, ffmpeg=ffmpeg, directory=scratch)
    _upload(plan, output, store)
    return _describe(plan, output, found)


def _check_room(scratch: Path) -> None:
    free = shutil.disk_usage(scratch).free
    if free < LEAST_FREE_BYTES:
        raise ScratchFull(f"only {free >> 20} MiB are free in {scratch}")


def _remux(plan: Plan, output: Path, *, ffmpeg: Path, directory: Path) -> None:
    target = output / f"{_base(plan.mp4.key)}{plan.mp4_rung.modifier}.mp4"
    command = build_remux(ffmpeg, output, plan=plan, target=target)
    run_ffmpeg(command, directory=directory, limit_seconds=BASE_SECONDS)


def _upload(plan: Plan, output: Path, store: ObjectStore) -> None:
    """Store what is referred to before what refers to it."""
    files = sorted(output.iterdir())
    playlists = [path for path in files if path.suffix == ".m3u8"]
    media = [path for path in files if path.suffix != ".m3u8"]
    folder = plan.hls.key.rpartition("/")[0]

    def send(path: Path) -> None:
        kind = CONTENT_TYPES[path.suffix]
        store.upload(path, plan.hls.bucket, f"{folder}/{path.name}", kind, IMMUTABLE)

    with ThreadPoolExecutor(UPLOADS_AT_ONCE) as pool:
        for batch in (media, playlists):
            list(pool.map(send, batch))


def _describe(plan: Plan, output: Path, found: Probe) -> list[dict[str, Any]]:
    """Return the event's outputGroupDetails: what was made, and where it lies."""
    prefix = f"s3://{plan.hls.bucket}/{plan.hls.key.rpartition('/')[0]}"
    base = _base(plan.hls.key)
    rungs = [
        {
            "outputFilePaths": [f"{prefix}/{base}{rung.modifier}.cmfv"],
            "durationInMs": found.duration_ms,
            "videoDetails": {"widthInPx": rung.width, "heightInPx": rung.height},
        }
        for rung in plan.rungs
    ]
    stills = [f"{prefix}/{path.name}" for path in _stills(plan, output)]
    mp4 = f"{prefix}/{_base(plan.mp4.key)}{plan.mp4_rung.modifier}.mp4"
    return [
        {
            "type": "CMAF_GROUP",
            "playlistFilePaths": [f"{prefix}/{base}.m3u8"],
            "outputDetails": rungs,
        },
        {"type": "FILE_GROUP", "outputDetails": [{"outputFilePaths": [mp4]}]},
        {"type": "FILE_GROUP", "outputDetails": [{"outputFilePaths": stills}]},
    ]


def _stills(plan: Plan, output: Path) -> Iterator[Path]:
    yield from sorted(output.glob(f"{_base(plan.poster.key)}.*.jpg"))


def _base(key: str) -> str:
    return key.rpartition("/")[2]

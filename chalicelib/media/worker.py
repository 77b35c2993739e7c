"""Our stand-in for MediaConvert: takes a job document, runs ffmpeg once, reports by its events."""

import logging
import shutil
import tempfile
from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from chalicelib.media import events
from chalicelib.media.command import build_command, build_remux, frame_rate
from chalicelib.media.heartbeat import Emit, Heartbeat
from chalicelib.media.hls import Media, PlaylistInvalid
from chalicelib.media.honoured import JobRefused
from chalicelib.media.models import MediaRejected, ObjectStore, Probe
from chalicelib.media.plan import Plan, read_plan
from chalicelib.media.playlists import finish_playlists
from chalicelib.media.probe import probe
from chalicelib.media.progress import FfmpegFailed, FfmpegTimedOut, WorkInterrupted, run_ffmpeg

BASE_SECONDS = 60
SECONDS_PER_SECOND = 6
ROOM_FOR_OUTPUTS = 1 << 30  # bytes
LEAST_COVERED, USUALLY_COVERED = 0.5, 0.95  # a header may claim ten seconds and hold three
ENCODED, REMUXED = 90, 92  # percent
UPLOADS_AT_ONCE = 4
IMMUTABLE = "public, max-age=31536000, immutable"
CONTENT_TYPES = {
    ".m3u8": "application/vnd.apple.mpegurl",
    ".cmfv": "video/mp4",
    ".cmfa": "audio/mp4",
    ".mp4": "video/mp4",
    ".jpg": "image/jpeg",
}

logger = logging.getLogger(__name__)


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

    Raises WorkInterrupted, and whatever the store raises: then the job isn't ended and may be
    tried again. Nothing is left in `scratch`. `emit` is called from a thread of its own too.
    """
    reporter = events.Reporter(job_id, str(document.get("Queue")), document.get("UserMetadata", {}))
    try:
        plan = read_plan(document)
        with (
            Heartbeat(emit, reporter) as heartbeat,
            tempfile.TemporaryDirectory(prefix="job-", dir=scratch) as folder,
        ):
            groups = _Work(plan, store, Path(folder), ffmpeg, heartbeat).do()
    except JobRefused as error:
        emit(reporter.error(events.REFUSED, str(error)))
    except MediaRejected as error:
        emit(reporter.error(events.error_code(error.code), str(error)))
    except FfmpegTimedOut as error:
        emit(reporter.error(events.TIMED_OUT, str(error)))
    except (FfmpegFailed, PlaylistInvalid) as error:
        emit(reporter.error(events.DECODE_ERROR, str(error)))
    else:
        emit(reporter.complete(groups))


def work_limit(duration_ms: int) -> float:
    """Return how many seconds a video of this length may take."""
    return BASE_SECONDS + SECONDS_PER_SECOND * duration_ms / 1000


@dataclass(frozen=True)
class _Work:
    """One job in a folder of its own."""

    plan: Plan
    store: ObjectStore
    folder: Path
    ffmpeg: Path
    heartbeat: Heartbeat

    def do(self) -> list[dict[str, Any]]:
        """Make and store every output; returns the event's outputGroupDetails."""
        source, output = self.folder / "source", self.folder / "out"
        output.mkdir()
        self._fetch(source)
        found = probe(source)
        self._encode(source, output, found)
        media = finish_playlists(output, self.plan, frame_rate(found))
        _check_covered(media[self.plan.mp4_rung.modifier], found)
        self._remux(output)
        self._upload(output)
        return _describe(self.plan, media, sorted(path.name for path in output.iterdir()))

    def _fetch(self, source: Path) -> None:
        place = self.plan.source
        needed = (self.store.size(place.bucket, place.key) or 0) + ROOM_FOR_OUTPUTS
        free = shutil.disk_usage(self.folder).free
        if free < needed:
            raise WorkInterrupted(f"{free >> 20} MiB are free of {needed >> 20} in {self.folder}")
        self.store.download(place.bucket, place.key, source)

    def _encode(self, source: Path, output: Path, found: Probe) -> None:
        seconds = found.duration_ms / 1000
        limit = work_limit(found.duration_ms)
        run_ffmpeg(
            build_command(
                self.ffmpeg, source, output, plan=self.plan, probe=found, seconds=int(2 * limit)
            ),
            directory=self.folder,
            limit_seconds=limit,
            follow=lambda done: self.heartbeat.advance("TRANSCODING", ENCODED * done / seconds),
        )

    def _remux(self, output: Path) -> None:
        target = output / f"{self.plan.mp4.name}{self.plan.mp4_rung.modifier}.mp4"
        command = build_remux(self.ffmpeg, output, plan=self.plan, target=target)
        run_ffmpeg(command, directory=self.folder, limit_seconds=BASE_SECONDS)
        self.heartbeat.advance("UPLOADING", REMUXED)

    def _upload(self, output: Path) -> None:
        """Store what is referred to before what refers to it."""
        files = sorted(output.iterdir())
        playlists = [path for path in files if path.suffix == ".m3u8"]
        master = [path for path in playlists if path.stem == self.plan.hls.name]
        with ThreadPoolExecutor(UPLOADS_AT_ONCE) as pool:
            for batch in (set(files) - set(playlists), set(playlists) - set(master), master):
                list(pool.map(self._send, batch))

    def _send(self, path: Path) -> None:
        place = self.plan.hls.beside(path.name)
        kind = CONTENT_TYPES[path.suffix]
        self.store.upload(path, place.bucket, place.key, kind, IMMUTABLE)


def _check_covered(picture: Media, found: Probe) -> None:
    claimed = found.duration_ms / 1000
    detail = f"only {picture.seconds:.1f} s of {claimed:.1f} s could be decoded"
    if picture.seconds < LEAST_COVERED * claimed:
        raise MediaRejected("corrupt_media", detail)
    if picture.seconds < USUALLY_COVERED * claimed:
        logger.warning("source_damaged", extra={"reason": detail})


def _describe(plan: Plan, media: Mapping[str, Media], names: list[str]) -> list[dict[str, Any]]:
    """Return the event's outputGroupDetails: what was made, and where it lies."""

    def place(name: str) -> str:
        return str(plan.hls.beside(name))

    def output(modifier: str) -> dict[str, Any]:
        made = media[modifier]
        return {"outputFilePaths": [place(made.init.uri)], "durationInMs": _milliseconds(made)}

    rungs = [
        {
            **output(rung.modifier),
            "videoDetails": {"widthInPx": rung.width, "heightInPx": rung.height},
        }
        for rung in plan.rungs
    ]
    sound = [output(plan.audio_modifier)] if plan.audio_modifier else []
    mp4 = f"{plan.mp4.name}{plan.mp4_rung.modifier}.mp4"
    stills = [place(name) for name in names if name.endswith(".jpg")]
    return [
        {
            "type": "CMAF_GROUP",
            "playlistFilePaths": [str(plan.hls) + ".m3u8"],
            "outputDetails": [*rungs, *sound],
        },
        {
            "type": "FILE_GROUP",
            "outputDetails": [
                {
                    "outputFilePaths": [place(mp4)],
                    "durationInMs": _milliseconds(media[plan.mp4_rung.modifier]),
                    "videoDetails": {
                        "widthInPx": plan.mp4_rung.width,
                        "heightInPx": plan.mp4_rung.height,
                    },
                }
            ],
        },
        {"type": "FILE_GROUP", "outputDetails": [{"outputFilePaths": stills}]},
    ]


def _milliseconds(media: Media) -> int:
    return round(1000 * media.seconds)

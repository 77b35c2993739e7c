"""How a job is done from its document to its last event, whatever its kind."""

import shutil
import tempfile
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from chalicelib.media import events
from chalicelib.media.heartbeat import Emit, Heartbeat
from chalicelib.media.hls import PlaylistInvalid
from chalicelib.media.honoured import JobRefused
from chalicelib.media.models import MediaRejected, ObjectStore
from chalicelib.media.plan import Location
from chalicelib.media.progress import FfmpegFailed, FfmpegTimedOut, WorkInterrupted

ROOM_FOR_OUTPUTS = 1 << 30  # bytes
BASE_SECONDS, SECONDS_PER_SECOND = 60, 6
MOST_SECONDS = 780  # Lambda ends a function after 900: two minutes are for fetching and storing


def work_limit(duration_ms: int) -> float:
    """Return how many seconds ffmpeg may take for a video of this length."""
    return min(MOST_SECONDS, BASE_SECONDS + SECONDS_PER_SECOND * duration_ms / 1000)


@dataclass(frozen=True)
class Workshop:
    """What a job is done with, in a folder of its own."""

    store: ObjectStore
    folder: Path
    ffmpeg: Path
    heartbeat: Heartbeat

    def fetch(self, place: Location, name: str) -> Path:
        """Bring an object here. Raises WorkInterrupted when there is no room for it."""
        needed = (self.store.size(place.bucket, place.key) or 0) + ROOM_FOR_OUTPUTS
        free = shutil.disk_usage(self.folder).free
        if free < needed:
            raise WorkInterrupted(f"{free >> 20} MiB are free of {needed >> 20} in {self.folder}")
        path = self.folder / name
        self.store.download(place.bucket, place.key, path)
        return path


Work = Callable[[Workshop], list[dict[str, Any]]]


def report_job(
    job_id: str,
    document: Mapping[str, Any],
    *,
    store: ObjectStore,
    emit: Emit,
    scratch: Path,
    ffmpeg: Path,
    prepare: Callable[[Mapping[str, Any]], Work],
) -> None:
    """Do a job to its end: COMPLETE with what its work returns, or ERROR with the reason.

    Raises WorkInterrupted, and whatever the store raises: then the job isn't ended and may be
    tried again. Nothing is left in `scratch`. `emit` is called from a thread of its own too.
    """
    reporter = events.Reporter(job_id, str(document.get("Queue")), document.get("UserMetadata", {}))
    try:
        work = prepare(document)
        with (
            Heartbeat(emit, reporter) as heartbeat,
            tempfile.TemporaryDirectory(prefix="job-", dir=scratch) as folder,
        ):
            groups = work(Workshop(store, Path(folder), ffmpeg, heartbeat))
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

"""Our stand-in for MediaConvert: takes a job document, runs ffmpeg once, reports by its events."""

import shutil
import tempfile
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from chalicelib.media.command import audio_of, build_command, build_remux
from chalicelib.media.delivery import deliver
from chalicelib.media.events import Reporter
from chalicelib.media.filters import frame_rate
from chalicelib.media.heartbeat import Emit, Heartbeat
from chalicelib.media.honoured import JobRefused
from chalicelib.media.models import ObjectStore, Probe
from chalicelib.media.plan import Location, Movie, Plan, Stream
from chalicelib.media.playlists import finish_playlists
from chalicelib.media.probe import probe
from chalicelib.media.progress import WorkInterrupted, run_ffmpeg
from chalicelib.media.reading import read_plan
from chalicelib.media.reporting import report_job
from chalicelib.media.results import Result
from chalicelib.media.spans import Span, find_span

BASE_SECONDS = 60
SECONDS_PER_SECOND = 6
MOST_SECONDS = 780  # Lambda ends a function after 900: two minutes are for fetching and storing
ROOM_FOR_OUTPUTS = 1 << 30  # bytes
ENCODED, REMUXED = 90, 92  # percent


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

    def work(reporter: Reporter) -> list[dict[str, Any]]:
        plan = read_plan(document)
        with (
            Heartbeat(emit, reporter) as heartbeat,
            tempfile.TemporaryDirectory(prefix="job-", dir=scratch) as folder,
        ):
            return _Work(plan, store, Path(folder), ffmpeg, heartbeat).do()

    report_job(job_id, document, emit=emit, work=work)


def work_limit(duration_ms: int) -> float:
    """Return how many seconds a video of this length may take."""
    return min(MOST_SECONDS, BASE_SECONDS + SECONDS_PER_SECOND * duration_ms / 1000)


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
        found = probe(self._fetch())
        span = find_span(self.plan, found)
        _check_source(self.plan, found)
        self._encode(found, span)
        results = self._finish(found)
        for result in results:
            result.check(span.seconds)
        self.heartbeat.advance("UPLOADING", REMUXED)
        deliver(self.store, [file for result in results for file in result.files])
        return [result.describe() for result in results]

    def _fetch(self) -> Path:
        """Bring the source and the images here; returns where the source is."""
        place = self.plan.source.place
        needed = (self.store.size(place.bucket, place.key) or 0) + ROOM_FOR_OUTPUTS
        free = shutil.disk_usage(self.folder).free
        if free < needed:
            raise WorkInterrupted(f"{free >> 20} MiB are free of {needed >> 20} in {self.folder}")
        self._download(place, self._source)
        for image, path in zip(self.plan.source.images, self._images, strict=True):
            self._download(image.place, path)
        return self._source

    def _encode(self, found: Probe, span: Span) -> None:
        folders = {}
        for place, group in enumerate(self.plan.groups):
            self._output(place).mkdir()
            if not (isinstance(group, Movie) and self.plan.twin_of(group)):
                folders[place] = self._output(place)
        limit = work_limit(found.duration_ms)
        command = build_command(
            self.ffmpeg,
            self._source,
            folders,
            images=self._images,
            plan=self.plan,
            probe=found,
            span=span,
            seconds=int(2 * limit),
        )
        run_ffmpeg(
            command,
            directory=self.folder,
            limit_seconds=limit,
            follow=lambda done: self.heartbeat.advance(
                "TRANSCODING", ENCODED * done / span.seconds
            ),
        )

    def _finish(self, found: Probe) -> list[Result]:
        """Make what is made of ffmpeg's outputs, and look at all of them."""
        streams: dict[Stream, Result] = {}
        for place, group in enumerate(self.plan.groups):
            if isinstance(group, Stream):
                folder = self._output(place)
                playlists = finish_playlists(folder, group, frame_rate(found))
                streams[group] = Result(group, folder, playlists)
        return [
            streams[group] if isinstance(group, Stream) else self._finish_file(place, streams)
            for place, group in enumerate(self.plan.groups)
        ]

    def _finish_file(self, place: int, streams: Mapping[Stream, Result]) -> Result:
        group, folder = self.plan.groups[place], self._output(place)
        if not isinstance(group, Movie):
            return Result(group, folder)
        target = folder / f"{group.place.name}.mp4"
        twin = self.plan.twin_of(group)
        if twin is None:
            made = probe(target)
            return Result(
                group, folder, size=(made.width, made.height), milliseconds=made.duration_ms
            )
        stream, rung = twin
        command = build_remux(
            self.ffmpeg, streams[stream].folder, stream=stream, rung=rung, target=target
        )
        run_ffmpeg(command, directory=self.folder, limit_seconds=BASE_SECONDS)
        return Result(
            group,
            folder,
            size=(rung.picture.width, rung.picture.height),
            milliseconds=round(1000 * streams[stream].playlists[rung.modifier].seconds),
        )

    def _download(self, place: Location, path: Path) -> None:
        self.store.download(place.bucket, place.key, path)

    def _output(self, place: int) -> Path:
        return self.folder / f"out-{place}"

    @property
    def _source(self) -> Path:
        return self.folder / "source"

    @property
    def _images(self) -> list[Path]:
        return [self.folder / f"image-{place}" for place in range(len(self.plan.source.images))]


def _check_source(plan: Plan, found: Probe) -> None:
    """Raise JobRefused when a job wants of the source what isn't in it."""
    if plan.has_sound:
        track = plan.source.track
        if found.audio is None or (track is not None and track > len(found.audio_tracks)):
            reason = f"the source has {len(found.audio_tracks)} tracks"
            raise JobRefused("Settings.Inputs[0].AudioSelectors", reason)
    for group in plan.groups:
        if not isinstance(group, Movie):
            continue
        if group.picture is None and found.video_codec != "h264":
            raise JobRefused(str(group.place), f"{found.video_codec} can't pass through")
        copied = group.sound is not None and group.sound.bitrate is None
        if copied and audio_of(plan, found).codec != "aac":
            raise JobRefused(str(group.place), f"{audio_of(plan, found).codec} can't pass through")

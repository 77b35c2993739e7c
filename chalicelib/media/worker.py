"""Our stand-in for MediaConvert: takes a job document, runs ffmpeg once, reports by its events."""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

from chalicelib.media.command import audio_of, build_command, build_remux
from chalicelib.media.delivery import deliver
from chalicelib.media.filters import frame_rate
from chalicelib.media.heartbeat import Emit
from chalicelib.media.honoured import JobRefused
from chalicelib.media.models import ObjectStore, Probe
from chalicelib.media.plan import Movie, Plan, Stream
from chalicelib.media.playlists import finish_playlists
from chalicelib.media.probe import probe
from chalicelib.media.progress import run_ffmpeg
from chalicelib.media.reading import read_plan
from chalicelib.media.reporting import Workshop, report_job, work_limit
from chalicelib.media.results import Result
from chalicelib.media.spans import Span, find_span

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
    report_job(
        job_id,
        document,
        store=store,
        emit=emit,
        scratch=scratch,
        ffmpeg=ffmpeg,
        prepare=lambda given: partial(_do, read_plan(given)),
    )


def _do(plan: Plan, shop: Workshop) -> list[dict[str, Any]]:
    return _Work(plan, shop).do()


@dataclass(frozen=True)
class _Work:
    """One job in its workshop."""

    plan: Plan
    shop: Workshop

    def do(self) -> list[dict[str, Any]]:
        """Make and store every output; returns the event's outputGroupDetails."""
        found = probe(self._fetch())
        span = find_span(self.plan, found)
        _check_source(self.plan, found)
        self._encode(found, span)
        results = self._finish(found)
        for result in results:
            result.check(span.seconds)
        self.shop.heartbeat.advance("UPLOADING", REMUXED)
        deliver(self.shop.store, [file for result in results for file in result.files])
        return [result.describe() for result in results]

    def _fetch(self) -> Path:
        """Bring the source and the images here; returns where the source is."""
        for image, path in zip(self.plan.source.images, self._images, strict=True):
            self.shop.fetch(image.place, path.name)
        return self.shop.fetch(self.plan.source.place, self._source.name)

    def _encode(self, found: Probe, span: Span) -> None:
        folders = {}
        for place, group in enumerate(self.plan.groups):
            self._output(place).mkdir()
            if not (isinstance(group, Movie) and self.plan.twin_of(group)):
                folders[place] = self._output(place)
        limit = work_limit(found.duration_ms)
        command = build_command(
            self.shop.ffmpeg,
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
            directory=self.shop.folder,
            limit_seconds=limit,
            follow=lambda done: self.shop.heartbeat.advance(
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
            self.shop.ffmpeg, streams[stream].folder, stream=stream, rung=rung, target=target
        )
        run_ffmpeg(command, directory=self.shop.folder, limit_seconds=work_limit(0))
        return Result(
            group,
            folder,
            size=(rung.picture.width, rung.picture.height),
            milliseconds=round(1000 * streams[stream].playlists[rung.modifier].seconds),
        )

    def _output(self, place: int) -> Path:
        return self.shop.folder / f"out-{place}"

    @property
    def _source(self) -> Path:
        return self.shop.folder / "source"

    @property
    def _images(self) -> list[Path]:
        return [
            self.shop.folder / f"image-{place}" for place in range(len(self.plan.source.images))
        ]


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

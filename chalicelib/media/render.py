"""Renders a recipe into the mezzanine: one file that stands in for the source from then on.

The job's document is of our own form, since MediaConvert has no such effects.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

from chalicelib.media.command import FORMATS, MAX_PIXELS
from chalicelib.media.delivery import deliver
from chalicelib.media.effects import Effects, check_output_duration
from chalicelib.media.effects_graph import Canvas, canvas_for, picture_graph, sound_graph
from chalicelib.media.heartbeat import Emit
from chalicelib.media.honoured import JobRefused
from chalicelib.media.models import MediaRejected, ObjectStore, Probe
from chalicelib.media.plan import Location, parse_location
from chalicelib.media.probe import probe
from chalicelib.media.progress import run_ffmpeg
from chalicelib.media.reporting import Workshop, report_job, work_limit
from chalicelib.media.results import LEAST_COVERED

RENDERED = 95  # percent
CRF = 16  # what is encoded twice must look as if it were encoded once
MAX_BITRATE, BUFFER = 20_000_000, 25_000_000  # H.264's level 4, for decoders of what is remuxed
THREADS = 3  # memory must not grow with the machine's cores
KEYFRAMES = "expr:gte(t,2*n_forced)"


def render_document(
    *,
    recipe: Mapping[str, Any],
    source: str,
    sound: str | None,
    destination: str,
    metadata: Mapping[str, str],
) -> dict[str, Any]:
    """Return the document of a render job.

    Parameters
    ----------
    recipe: effects in the form of `Effects.to_json`.
    source, sound, destination: `s3://` URIs; the destination is without the extension.
    """
    return {
        "Recipe": dict(recipe),
        "Source": source,
        "Sound": sound,
        "Destination": destination,
        "UserMetadata": dict(metadata),
    }


def run_render(
    job_id: str,
    document: Mapping[str, Any],
    *,
    store: ObjectStore,
    emit: Emit,
    scratch: Path,
    ffmpeg: Path,
) -> None:
    """Do a render job to its end: COMPLETE with the mezzanine stored, or ERROR with the reason.

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
        prepare=lambda given: partial(_do, _read(given)),
    )


@dataclass(frozen=True)
class _Job:
    """A document, understood."""

    effects: Effects
    source: Location
    sound: Location | None
    target: Location


def _read(document: Mapping[str, Any]) -> _Job:
    try:
        effects = Effects.from_json(document["Recipe"])
    except (TypeError, ValueError) as error:
        raise JobRefused("Recipe", str(error)) from error
    return _Job(
        effects=effects,
        source=parse_location(document["Source"]),
        sound=parse_location(document["Sound"]) if document["Sound"] else None,
        target=parse_location(f"{document['Destination']}.mp4"),
    )


def _do(job: _Job, shop: Workshop) -> list[dict[str, Any]]:
    return _Work(job, shop).do()


@dataclass(frozen=True)
class _Work:
    """One job in its workshop."""

    job: _Job
    shop: Workshop

    def do(self) -> list[dict[str, Any]]:
        """Make and store the mezzanine; returns the event's outputGroupDetails."""
        source, target = (
            self.shop.fetch(self.job.source, "source"),
            self.shop.folder / "mezzanine.mp4",
        )
        sound = self.shop.fetch(self.job.sound, "sound") if self.job.sound else None
        found = probe(source)
        expected_ms = check_output_duration(self.job.effects, found.duration_ms)
        self._render(source, sound, target, found, expected_ms)
        made = probe(target)
        _check_covered(made, expected_ms)
        self.shop.heartbeat.advance("UPLOADING", RENDERED)
        deliver(self.shop.store, [(target, self.job.target)])
        return _describe(made, self.job.target)

    def _render(
        self, source: Path, sound: Path | None, target: Path, found: Probe, expected_ms: int
    ) -> None:
        seconds = expected_ms / 1000
        limit = work_limit(max(found.duration_ms, expected_ms))
        canvas = canvas_for(self.job.effects.fit, found.width, found.height)
        run_ffmpeg(
            build_render(
                self.shop.ffmpeg,
                source,
                target,
                effects=self.job.effects,
                probe=found,
                canvas=canvas,
                sound=sound,
                letterings=self._letter(canvas),
                cpu_seconds=int(2 * limit),
            ),
            directory=self.shop.folder,
            limit_seconds=limit,
            follow=lambda done: self.shop.heartbeat.advance(
                "TRANSCODING", RENDERED * done / seconds
            ),
        )

    def _letter(self, canvas: Canvas) -> list[Path]:
        from chalicelib.media.lettering import draw_lettering  # noqa: PLC0415 - loads Pillow

        paths = []
        for place, text in enumerate(self.job.effects.text):
            path = self.shop.folder / f"text{place}.png"
            path.write_bytes(draw_lettering(text, canvas.width, canvas.height))
            paths.append(path)
        return paths


def build_render(
    ffmpeg: Path,
    source: Path,
    target: Path,
    *,
    effects: Effects,
    probe: Probe,
    canvas: Canvas,
    sound: Path | None,
    letterings: list[Path],
    cpu_seconds: int,
) -> list[str]:
    """Return the argv that writes the mezzanine."""
    first_lettering = 2 if sound else 1
    graphs = [picture_graph(effects, probe, canvas, first_lettering)]
    heard = sound_graph(effects, probe, chosen=sound is not None)
    seconds = check_output_duration(effects, probe.duration_ms) / 1000
    return [
        *(str(ffmpeg), "-nostdin", "-hide_banner", "-loglevel", "error", "-y"),
        *("-timelimit", str(cpu_seconds), "-max_error_rate", "0.5"),
        *("-progress", "pipe:1", "-stats_period", "0.5"),
        *_input(probe.container, source, FORMATS),
        *(["-stream_loop", "-1", *_input("mov", sound, FORMATS)] if sound else []),
        *(part for path in letterings for part in _input("png_pipe", path, "png_pipe")),
        *("-filter_complex", ";".join([*graphs, *([heard] if heard else [])])),
        *("-map", "[picture]", *(["-map", "[sound]"] if heard else []), "-t", f"{seconds:.3f}"),
        *("-map_metadata", "-1", "-map_chapters", "-1", "-fflags", "+bitexact"),
        *("-c:v", "libx264", "-preset", "veryfast", "-profile:v", "high", "-pix_fmt", "yuv420p"),
        *("-crf", str(CRF), "-maxrate", str(MAX_BITRATE), "-bufsize", str(BUFFER)),
        *("-threads:v", str(THREADS)),
        *("-sc_threshold", "0", "-g", "600", "-force_key_frames", KEYFRAMES),
        *("-c:a", "aac", "-b:a", "192k", "-ac", "2", "-ar", "48000"),
        *("-movflags", "+faststart", "-f", "mp4", str(target)),
    ]


def _input(demuxer: str, path: Path, formats: str) -> list[str]:
    return [
        *("-protocol_whitelist", "file", "-format_whitelist", formats),
        *("-max_pixels", str(MAX_PIXELS), "-threads", str(THREADS)),
        *("-f", demuxer, "-i", str(path)),
    ]


def _check_covered(made: Probe, expected_ms: int) -> None:
    if made.duration_ms < LEAST_COVERED * expected_ms:
        detail = f"only {made.duration_ms} ms of {expected_ms} ms could be decoded"
        raise MediaRejected("corrupt_media", detail)


def _describe(made: Probe, place: Location) -> list[dict[str, Any]]:
    output = {
        "outputFilePaths": [str(place)],
        "durationInMs": made.duration_ms,
        "videoDetails": {"widthInPx": made.width, "heightInPx": made.height},
    }
    return [{"type": "FILE_GROUP", "outputDetails": [output]}]

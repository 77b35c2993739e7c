"""Runs whole jobs for tests: probe, plan, encode, inspect."""

import subprocess
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import av
import imageio_ffmpeg

from chalicelib.media.jobs import Submission, full_job
from chalicelib.media.ladder import ladder
from chalicelib.media.models import Playback, Probe
from chalicelib.media.outputs import Outputs, inspect_outputs
from chalicelib.media.probe import probe
from chalicelib.media.worker import run_job
from tests.fakes import DirectoryStorage

FFMPEG = Path(imageio_ffmpeg.get_ffmpeg_exe())
SOURCE_KEY = "raw/clip/1/source"
# What all documents need and no test looks at.
SUBMISSION = Submission("clip-1-1", {"video_id": "clip"}, "queue", "role")


@dataclass(frozen=True)
class Done:
    """A finished job."""

    probe: Probe
    outputs: Outputs
    events: list[dict[str, Any]]
    store: DirectoryStorage

    @property
    def playback(self) -> Playback:
        return self.outputs.playback

    @property
    def folder(self) -> Path:
        return self.store.path("media", "v/clip/1.1")

    def rung(self, name: str) -> Path:
        return self.folder / f"main_{name}.cmfv"

    @property
    def rungs(self) -> list[Path]:
        return sorted(self.folder.glob("*.cmfv"))

    @property
    def sound(self) -> Path:
        return self.folder / "main_audio.cmfa"

    @property
    def mp4(self) -> Path:
        return self.store.path("media", self.playback.mp4_key)


def job_for(found: Probe) -> dict[str, Any]:
    """Return the job document for a source."""
    return full_job(
        source=f"s3://uploads/{SOURCE_KEY}",
        destination="s3://media/v/clip/1.1",
        work="s3://media/w/clip/1.1",
        renditions=ladder(found.width, found.height),
        has_audio=found.audio is not None,
        duration_ms=found.duration_ms,
        submission=SUBMISSION,
    )


def run(
    document: dict[str, Any], store: DirectoryStorage, scratch: Path, ffmpeg: Path = FFMPEG
) -> list[dict[str, Any]]:
    """Do a job; returns its events."""
    events: list[dict[str, Any]] = []
    scratch.mkdir(exist_ok=True, parents=True)
    run_job("job", document, store=store, emit=events.append, scratch=scratch, ffmpeg=ffmpeg)
    return events


def transcode(source: Path, root: Path) -> Done:
    """Take a file through a whole job, in a folder of the test's own."""
    found = probe(source)
    store = DirectoryStorage(root / "buckets")
    store.write("uploads", SOURCE_KEY, source.read_bytes())
    events = run(job_for(found), store, root / "scratch")
    assert events[-1]["status"] == "COMPLETE", events[-1]
    assert not any((root / "scratch").iterdir())
    outputs = inspect_outputs(events[-1], store=store, expected_ms=found.duration_ms)
    return Done(found, outputs, events, store)


def keyframes(path: Path) -> list[float]:
    """Return when a file's keyframes are shown, in seconds from the first."""
    with av.open(str(path)) as container:
        times = [
            float(packet.pts * packet.time_base)
            for packet in container.demux(video=0)
            if packet.is_keyframe and packet.pts is not None and packet.time_base is not None
        ]
    return [at - times[0] for at in times]


def ffmpeg(*arguments: object) -> None:
    """Run ffmpeg; arguments as on its command line."""
    command = [str(FFMPEG), "-v", "error", "-y", *(str(argument) for argument in arguments)]
    subprocess.run(command, check=True, timeout=60)

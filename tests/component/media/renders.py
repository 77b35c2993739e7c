"""Renders effects for tests, and measures what came out."""

from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import av
import imageio_ffmpeg
import numpy as np
import numpy.typing as npt

from chalicelib.media.effects import Effects
from chalicelib.media.events import rejection_code
from chalicelib.media.models import Probe
from chalicelib.media.probe import probe
from chalicelib.media.progress import run_ffmpeg
from chalicelib.media.render import render_document, run_render
from tests.fakes import DirectoryStorage

FFMPEG = Path(imageio_ffmpeg.get_ffmpeg_exe())
RATE = 48_000
Picture = npt.NDArray[np.int16]
Sound = npt.NDArray[np.float32]


@dataclass(frozen=True)
class Made:
    """A finished mezzanine."""

    path: Path
    events: list[dict[str, Any]]

    @property
    def probe(self) -> Probe:
        return probe(self.path)

    def frames(self) -> list[tuple[float, Picture]]:
        """Return when each picture is shown, in seconds, and its red, green and blue."""
        with av.open(str(self.path)) as file:
            return [
                (float(frame.time or 0), frame.to_ndarray(format="rgb24").astype(np.int16))
                for frame in file.decode(video=0)
            ]

    def picture(self, at: float = 0.5) -> Picture:
        return min(self.frames(), key=lambda frame: abs(frame[0] - at))[1]

    def pixel(self, at: float, x: float = 0.5, y: float = 0.5) -> list[int]:
        """Return red, green and blue of a point given in shares of the picture."""
        picture = self.picture(at)
        height, width, _ = picture.shape
        colour: list[int] = picture[int(y * height), int(x * width)].tolist()
        return colour

    def sound(self) -> Sound:
        """Return the left channel."""
        with av.open(str(self.path)) as file:
            stream = file.streams.audio[0]
            assert (stream.rate, stream.channels) == (RATE, 2)
            parts = [frame.to_ndarray()[0] for frame in file.decode(stream)]
        return np.concatenate(parts)

    def level(self, hertz: float, begin: float = 0.3, end: float = 0.9) -> float:
        """Return a tone's amplitude in a part of the sound, given in seconds."""
        part = self.sound()[round(begin * RATE) : round(end * RATE)]
        times = np.arange(len(part)) / RATE
        return float(2 * abs(np.mean(part * np.exp(-2j * np.pi * hertz * times))))


@dataclass(frozen=True)
class RecordingStorage(DirectoryStorage):
    """Keeps how files are to be served."""

    uploads: list[tuple[str, str]] = field(default_factory=list)

    def upload(
        self, path: Path, bucket: str, key: str, content_type: str, cache_control: str
    ) -> None:
        self.uploads.append((content_type, cache_control))
        super().upload(path, bucket, key, content_type, cache_control)


class Bench:
    """A store, an empty scratch folder, and jobs between them."""

    def __init__(self, root: Path) -> None:
        self.root, self.scratch = root, root / "scratch"
        self.store = RecordingStorage(root / "buckets")
        self.scratch.mkdir()

    def run(
        self,
        source: Path,
        recipe: dict[str, Any],
        sound: Path | None = None,
        ffmpeg: Path = FFMPEG,
    ) -> list[dict[str, Any]]:
        self.store.write("uploads", "source", source.read_bytes())
        if sound:
            self.store.write("media", "audio.mp4", sound.read_bytes())
        document = render_document(
            recipe=recipe,
            source="s3://uploads/source",
            sound="s3://media/audio.mp4" if sound else None,
            destination="s3://media/w/clip/1.1/mezzanine",
            metadata={"video_id": "clip"},
        )
        events: list[dict[str, Any]] = []
        run_render(
            "job", document, store=self.store, emit=events.append, scratch=self.scratch,
            ffmpeg=ffmpeg,
        )  # fmt: skip
        assert not any(self.scratch.iterdir())
        return events

    def render(self, source: Path, effects: Effects, sound: Path | None = None) -> Made:
        events = self.run(source, effects.to_json(), sound)
        assert events[-1]["status"] == "COMPLETE", events[-1]
        return Made(self.store.path("media", "w/clip/1.1/mezzanine.mp4"), events)

    def verdict(self, source: Path, recipe: dict[str, Any], **more: Any) -> str | None:
        events = self.run(source, recipe, **more)
        assert events[-1]["status"] == "ERROR"
        assert events[-1]["errorMessage"]
        return rejection_code(events[-1]["errorCode"])


def lavfi(path: Path, *sources: str, options: tuple[str, ...] = ()) -> Path:
    """Write a file from sources of ffmpeg's own."""
    given = [part for source in sources for part in ("-f", "lavfi", "-i", source)]
    codecs = ["-c:v", "libx264", "-preset", "ultrafast", "-crf", "8", "-pix_fmt", "yuv420p"]
    command = [str(FFMPEG), "-v", "error", "-y", *given, *codecs, "-c:a", "aac", *options]
    run_ffmpeg([*command, str(path)], directory=path.parent, limit_seconds=60)
    return path

"""What a job made: whether it is whole, and how its last event tells of it."""

import logging
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from chalicelib.media.hls import Media
from chalicelib.media.models import MediaRejected
from chalicelib.media.plan import Group, Location, Movie, Stills, Stream
from chalicelib.media.progress import FfmpegFailed

LEAST_COVERED, USUALLY_COVERED = 0.5, 0.95  # a header may claim ten seconds and hold three

logger = logging.getLogger(__name__)


@dataclass(frozen=True)
class Result:
    """The files of one group, in a folder of their own.

    The playlists are those of a stream by the outputs' modifiers; size and duration are those of a
    movie.
    """

    group: Group
    folder: Path
    playlists: Mapping[str, Media] = field(default_factory=dict)
    size: tuple[int, int] = (0, 0)
    milliseconds: int = 0

    @property
    def files(self) -> list[tuple[Path, Location]]:
        """The files, and where they belong."""
        paths = sorted(self.folder.iterdir())
        return [(path, self.group.place.beside(path.name)) for path in paths]

    def check(self, expected_seconds: float) -> None:
        """Raise MediaRejected when much less came out than should, FfmpegFailed for nothing."""
        if not self.files:
            raise FfmpegFailed(f"ffmpeg wrote no {self.group.place.name}")
        if isinstance(self.group, Stream):
            shortest = min(self._seconds(rung.modifier) for rung in self.group.rungs)
            _check_covered(shortest, expected_seconds)
        elif isinstance(self.group, Movie):
            _check_covered(self.milliseconds / 1000, expected_seconds)

    def describe(self) -> dict[str, Any]:
        """Return the group's place in an event's outputGroupDetails."""
        if isinstance(self.group, Stream):
            return self._describe_stream(self.group)
        told: dict[str, Any] = {"outputFilePaths": [str(place) for _, place in self.files]}
        if isinstance(self.group, Movie):
            told["durationInMs"] = self.milliseconds
            told["videoDetails"] = _size(*self.size)
        elif isinstance(self.group, Stills):
            told["videoDetails"] = _size(self.group.width, self.group.height)
        return {"type": "FILE_GROUP", "outputDetails": [told]}

    def _describe_stream(self, stream: Stream) -> dict[str, Any]:
        outputs = [
            {
                **self._output(rung.modifier),
                "videoDetails": _size(rung.picture.width, rung.picture.height),
            }
            for rung in stream.rungs
        ]
        if stream.audio_modifier:
            outputs.append(self._output(stream.audio_modifier))
        return {
            "type": "CMAF_GROUP",
            "playlistFilePaths": [f"{stream.place}.m3u8"],
            "outputDetails": outputs,
        }

    def _output(self, modifier: str) -> dict[str, Any]:
        path = str(self.group.place.beside(self.playlists[modifier].init.uri))
        return {"outputFilePaths": [path], "durationInMs": round(1000 * self._seconds(modifier))}

    def _seconds(self, modifier: str) -> float:
        return self.playlists[modifier].seconds


def _size(width: int, height: int) -> dict[str, int]:
    return {"widthInPx": width, "heightInPx": height}


def _check_covered(seconds: float, expected: float) -> None:
    detail = f"only {seconds:.1f} s of {expected:.1f} s could be decoded"
    if seconds < LEAST_COVERED * expected:
        raise MediaRejected("corrupt_media", detail)
    if seconds < USUALLY_COVERED * expected:
        logger.warning("source_damaged", extra={"reason": detail})

"""What the media package knows about files: sources, renditions and finished playbacks."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, Literal, Protocol, Self

Transfer = Literal["sdr", "pq", "hlg"]
Matrix = Literal["bt601", "bt709"]


class MediaRejected(Exception):
    """A file that can't become a video; the code is one of the API's error codes."""

    def __init__(self, code: str, detail: str) -> None:
        super().__init__(f"{code}: {detail}")
        self.code = code
        self.detail = detail


@dataclass(frozen=True)
class AudioStream:
    """The sound that goes with the picture; the sample rate is in Hz."""

    index: int
    codec: str
    channels: int
    sample_rate: int


@dataclass(frozen=True)
class Probe:
    """What a file holds.

    Width and height are those on display, after rotation and pixel aspect ratio. Rotation is in
    degrees counter-clockwise (0, 90, 180 or 270), the frame rate from the median frame interval,
    the duration that of the picture, and the longest group of pictures lasts from one keyframe to
    the next. The assumed matrix is the one to convert the picture's YUV with; None where the file
    names its own. The audio is the sound to be used, one of the file's tracks.
    """

    container: str
    video_codec: str
    pixel_format: str
    width: int
    height: int
    rotation: int
    duration_ms: int
    frame_rate: float
    transfer: Transfer
    assumed_matrix: Matrix | None
    interlaced: bool
    video_index: int
    longest_gop_ms: int
    audio: AudioStream | None
    audio_tracks: tuple[AudioStream, ...]

    def to_json(self) -> dict[str, Any]:
        """Return what `from_json` reads."""
        return asdict(self)

    @classmethod
    def from_json(cls, data: Mapping[str, Any]) -> Self:
        """Return a probe that was stored."""
        audio = data["audio"]
        tracks = tuple(AudioStream(**track) for track in data["audio_tracks"])
        streams = {"audio": AudioStream(**audio) if audio else None, "audio_tracks": tracks}
        return cls(**{**data, **streams})


@dataclass(frozen=True)
class Rendition:
    """One rung of the ladder; the size is even, the bitrate limit in bits per second."""

    name: str
    width: int
    height: int
    crf: int
    max_bitrate: int


@dataclass(frozen=True)
class Start:
    """The first bytes of a rendition: enough to show the first second."""

    key: str
    bytes: int
    codecs: str


@dataclass(frozen=True)
class Playback:
    """The finished files of a video by their keys in the media bucket, and what a player needs.

    The audio is the stream's, None in silent videos. The size is that of the largest rung, the
    MP4's its own; all have the same frame rate.
    """

    hls_key: str
    audio_key: str | None
    mp4_key: str
    mp4_width: int
    mp4_height: int
    poster_key: str
    placeholder: str
    width: int
    height: int
    duration_ms: int
    frame_rate: float
    start: Start


@dataclass(frozen=True)
class Preview:
    """An MP4 for a video's owner, by its key in the media bucket."""

    key: str
    width: int
    height: int
    duration_ms: int


@dataclass(frozen=True)
class Cover:
    """A poster that a video's creator chose, by its key in the media bucket."""

    key: str
    placeholder: str


class ObjectStore(Protocol):
    """Objects by bucket and key, as far as media work needs them."""

    def download(self, bucket: str, key: str, path: Path) -> None:
        """Write an object to a local file."""

    def upload(
        self, path: Path, bucket: str, key: str, content_type: str, cache_control: str
    ) -> None:
        """Store a local file."""

    def write(
        self, bucket: str, key: str, data: bytes, content_type: str, cache_control: str
    ) -> None:
        """Store a small object."""

    def read(self, bucket: str, key: str) -> bytes:
        """Return a small object whole."""

    def size(self, bucket: str, key: str) -> int | None:
        """Return the size in bytes, or None when there is no such object."""

"""What the media package knows about files: sources, renditions and finished playbacks."""

from dataclasses import dataclass
from pathlib import Path
from typing import Literal, Protocol

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
    the duration that of the picture. The assumed matrix is the one to convert the picture's YUV
    with; None where the file names its own.
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
    audio: AudioStream | None


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
    """The finished files of a video by their keys in the media bucket, and what a player needs."""

    hls_key: str
    mp4_key: str
    poster_key: str
    placeholder: str
    width: int
    height: int
    duration_ms: int
    start: Start


class ObjectStore(Protocol):
    """Objects by bucket and key, as far as media work needs them."""

    def download(self, bucket: str, key: str, path: Path) -> None:
        """Write an object to a local file."""

    def upload(
        self, path: Path, bucket: str, key: str, content_type: str, cache_control: str
    ) -> None:
        """Store a local file."""

    def read(self, bucket: str, key: str) -> bytes:
        """Return a small object whole."""

    def size(self, bucket: str, key: str) -> int | None:
        """Return the size in bytes, or None when there is no such object."""

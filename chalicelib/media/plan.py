"""What a job document asks for, as the worker needs it. `reading` makes plans of documents."""

from dataclasses import dataclass
from typing import Literal


@dataclass(frozen=True)
class Location:
    """An object, or the common beginning of several objects' keys, in a bucket."""

    bucket: str
    key: str

    @property
    def folder(self) -> str:
        """The key up to its last slash."""
        return self.key.rpartition("/")[0]

    @property
    def name(self) -> str:
        """The key after its last slash."""
        return self.key.rpartition("/")[2]

    def beside(self, name: str) -> "Location":
        """Return another object of the same folder."""
        return Location(self.bucket, f"{self.folder}/{name}".lstrip("/"))

    def __str__(self) -> str:
        return f"s3://{self.bucket}/{self.key}"


def parse_location(uri: str) -> Location:
    """Return the bucket and key of an `s3://` URI."""
    bucket, _, key = uri.removeprefix("s3://").partition("/")
    return Location(bucket, key)


@dataclass(frozen=True)
class Image:
    """A picture laid over the source's; places and sizes in the source's pixels.

    The start is a timecode, the duration in milliseconds; without them it is always there.
    """

    place: Location
    x: int
    y: int
    width: int | None
    height: int | None
    layer: int
    opacity: float  # 0 to 1
    start: str | None
    duration_ms: int | None


@dataclass(frozen=True)
class Source:
    """The file to transcode, and which of it.

    Start and end are timecodes; the frame that the end names is still in. The rotation is in
    degrees clockwise, instead of what the file says; the track counts from 1.
    """

    place: Location
    start: str | None
    end: str | None
    rotation: int | None
    track: int | None
    images: tuple[Image, ...]


@dataclass(frozen=True)
class Picture:
    """How a picture is encoded; the bitrate limit is in bits per second."""

    codec: Literal["H_264", "AV1"]
    width: int
    height: int
    quality: int  # QVBR level, 1 to 10
    max_bitrate: int


@dataclass(frozen=True)
class Sound:
    """How sound is encoded: in AAC of a bitrate, or not at all but copied."""

    bitrate: int | None


@dataclass(frozen=True)
class Rung:
    """One video output. `modifier` is its part of the file names, such as `_360p`."""

    modifier: str
    picture: Picture


@dataclass(frozen=True)
class Stream:
    """A CMAF group: the rungs in the manifest's order, and the sound."""

    place: Location
    rungs: tuple[Rung, ...]
    audio_modifier: str | None
    sound: Sound | None


@dataclass(frozen=True)
class Movie:
    """An MP4, by its name without the ending; without a picture of its own, the source's."""

    place: Location
    picture: Picture | None
    sound: Sound | None


@dataclass(frozen=True)
class Stills:
    """Pictures at regular moments, the first at the very beginning."""

    place: Location
    width: int
    height: int
    interval: float  # seconds
    most: int
    quality: int


@dataclass(frozen=True)
class Wave:
    """The sound as samples of 16 bits."""

    place: Location
    channels: int
    sample_rate: int


Group = Stream | Movie | Stills | Wave


@dataclass(frozen=True)
class Plan:
    """A whole job; the groups are in the document's order."""

    source: Source
    groups: tuple[Group, ...]

    @property
    def streams(self) -> tuple[Stream, ...]:
        """The groups that are played by manifests."""
        return tuple(group for group in self.groups if isinstance(group, Stream))

    @property
    def has_sound(self) -> bool:
        """Whether anything of the sound is wanted."""
        return any(isinstance(group, Wave) or _sound(group) for group in self.groups)

    def twin_of(self, movie: Movie) -> tuple[Stream, Rung] | None:
        """Return the rung that an MP4 holds too, with the same sound, so that it is copied."""
        for stream in self.streams:
            for rung in stream.rungs:
                if rung.picture == movie.picture and stream.sound == movie.sound:
                    return stream, rung
        return None


def _sound(group: Group) -> Sound | None:
    return group.sound if isinstance(group, Stream | Movie) else None

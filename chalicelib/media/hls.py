"""The little of HLS (RFC 8216) that our own playlists use, read strictly."""

import re
from dataclasses import dataclass

_ATTRIBUTE = re.compile(r'([A-Z0-9-]+)=("[^"]*"|[^,]*)')
_RANGE = re.compile(r"(\d+)@(\d+)")


class PlaylistInvalid(Exception):
    """A playlist isn't what we write; the message says where."""


@dataclass(frozen=True)
class Variant:
    """One rung of a master playlist."""

    uri: str
    codecs: str
    width: int
    height: int


@dataclass(frozen=True)
class Master:
    """A master playlist: its rungs in order, the first one to start with, and its sound."""

    variants: tuple[Variant, ...]
    audio_uris: tuple[str, ...]


@dataclass(frozen=True)
class Part:
    """A byte range of a file, and how many seconds it plays; zero for an init section."""

    uri: str
    offset: int
    length: int
    seconds: float


@dataclass(frozen=True)
class Media:
    """A media playlist: the init section and the segments."""

    init: Part
    segments: tuple[Part, ...]

    @property
    def seconds(self) -> float:
        """How long it plays."""
        return sum(segment.seconds for segment in self.segments)


def parse_master(text: str) -> Master:
    """Read a master playlist. Raises PlaylistInvalid."""
    variants: list[Variant] = []
    audio: list[str] = []
    pending: dict[str, str] | None = None
    for line in _lines(text):
        if line.startswith("#EXT-X-STREAM-INF:"):
            pending = _attributes(line)
        elif line.startswith("#EXT-X-MEDIA:"):
            audio.append(_attributes(line)["URI"])
        elif not line.startswith("#") and pending is not None:
            variants.append(_variant(line, pending))
            pending = None
    if not variants:
        raise PlaylistInvalid("the master playlist has no variants")
    return Master(tuple(variants), tuple(audio))


def parse_media(text: str) -> Media:
    """Read a media playlist with byte ranges. Raises PlaylistInvalid."""
    init: Part | None = None
    segments: list[Part] = []
    seconds, span = 0.0, (0, 0)
    lines = _lines(text)
    for line in lines:
        if line.startswith("#EXT-X-MAP:"):
            attributes = _attributes(line)
            length, offset = _range(attributes.get("BYTERANGE", ""))
            init = Part(attributes["URI"], offset, length, 0.0)
        elif line.startswith("#EXTINF:"):
            seconds = float(line.removeprefix("#EXTINF:").rstrip(","))
        elif line.startswith("#EXT-X-BYTERANGE:"):
            span = _range(line.removeprefix("#EXT-X-BYTERANGE:"))
        elif not line.startswith("#"):
            segments.append(Part(line, span[1], span[0], seconds))
    if init is None or not segments or lines[-1] != "#EXT-X-ENDLIST":
        raise PlaylistInvalid("the media playlist is not whole")
    return Media(init, tuple(segments))


def _lines(text: str) -> list[str]:
    lines = [line.strip() for line in text.splitlines() if line.strip()]
    if not lines or lines[0] != "#EXTM3U":
        raise PlaylistInvalid("this is no playlist")
    return lines


def _attributes(line: str) -> dict[str, str]:
    return {name: value.strip('"') for name, value in _ATTRIBUTE.findall(line.partition(":")[2])}


def _variant(uri: str, attributes: dict[str, str]) -> Variant:
    width, _, height = attributes.get("RESOLUTION", "").partition("x")
    if not (width.isdigit() and height.isdigit() and "CODECS" in attributes):
        raise PlaylistInvalid(f"{uri} has no resolution or codecs")
    return Variant(uri, attributes["CODECS"], int(width), int(height))


def _range(text: str) -> tuple[int, int]:
    match = _RANGE.fullmatch(text)
    if match is None:
        raise PlaylistInvalid(f"{text!r} is no byte range")
    return int(match[1]), int(match[2])

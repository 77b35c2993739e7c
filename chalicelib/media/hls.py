"""The little of HLS (RFC 8216) that our own playlists use: read strictly, written plainly."""

import re
from dataclasses import dataclass

_ATTRIBUTE = re.compile(r'([A-Z0-9-]+)=("[^"]*"|[^,]*)')
_RANGE = re.compile(r"(\d+)@(\d+)")
_DECIMAL = re.compile(r"\d+(?:\.\d+)?")
_SECONDS = re.compile(r"(\d+(?:\.\d+)?),?")
_NAME = re.compile(r"\w[\w.-]*")  # a file beside the playlist, never a path or a URL
LEAST_SECONDS = 0.05  # for reckoning bitrates


class PlaylistInvalid(Exception):
    """A playlist isn't what we write; the message says where."""


@dataclass(frozen=True)
class Variant:
    """One rung of a master playlist."""

    uri: str
    codecs: str
    width: int
    height: int
    frame_rate: float


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

    @property
    def peak_bitrate(self) -> int:
        """The highest bitrate of a segment; a short last one tells nothing (RFC 8216bis 4.1)."""
        half = max(segment.seconds for segment in self.segments) / 2
        full = [segment for segment in self.segments if segment.seconds >= half]
        return max(int(8 * part.length / max(part.seconds, LEAST_SECONDS)) for part in full)

    @property
    def average_bitrate(self) -> int:
        """The bitrate of all segments together."""
        size = sum(segment.length for segment in self.segments)
        return int(8 * size / max(self.seconds, LEAST_SECONDS))


def parse_master(text: str) -> Master:
    """Read a master playlist. Raises PlaylistInvalid."""
    variants: list[Variant] = []
    audio: list[str] = []
    pending: dict[str, str] | None = None
    for line in _lines(text):
        if line.startswith("#EXT-X-STREAM-INF:"):
            pending = attributes(line)
        elif line.startswith("#EXT-X-MEDIA:"):
            audio.append(_name(attributes(line).get("URI", "")))
        elif not line.startswith("#") and pending is not None:
            variants.append(_variant(_name(line), pending))
            pending = None
    if not variants:
        raise PlaylistInvalid("the master playlist has no variants")
    return Master(tuple(variants), tuple(audio))


def parse_media(text: str) -> Media:
    """Read a media playlist with byte ranges. Raises PlaylistInvalid."""
    init: Part | None = None
    segments: list[Part] = []
    seconds, span = "", ""
    lines = _lines(text)
    for line in lines:
        tag, _, value = line.partition(":")
        if tag == "#EXT-X-MAP":
            given = attributes(line)
            init = _part(given.get("URI", ""), given.get("BYTERANGE", ""), "0")
        elif tag == "#EXTINF":
            seconds = value
        elif tag == "#EXT-X-BYTERANGE":
            span = value
        elif not line.startswith("#"):
            segments.append(_part(line, span, seconds))
            seconds, span = "", ""
    if init is None or not segments or lines[-1] != "#EXT-X-ENDLIST":
        raise PlaylistInvalid("the media playlist is not whole")
    return Media(init, tuple(segments))


def write_media(media: Media) -> str:
    """Return the text of a media playlist whose segments all begin with a keyframe."""
    longest = max(round(segment.seconds) for segment in media.segments)
    init = media.init
    lines = [
        "#EXTM3U",
        "#EXT-X-VERSION:7",
        f"#EXT-X-TARGETDURATION:{max(1, longest)}",
        "#EXT-X-MEDIA-SEQUENCE:0",
        "#EXT-X-PLAYLIST-TYPE:VOD",
        "#EXT-X-INDEPENDENT-SEGMENTS",
        f'#EXT-X-MAP:URI="{init.uri}",BYTERANGE="{init.length}@{init.offset}"',
    ]
    for segment in media.segments:
        span = f"#EXT-X-BYTERANGE:{segment.length}@{segment.offset}"
        lines += [f"#EXTINF:{segment.seconds:.6f},", span, segment.uri]
    return "\n".join([*lines, "#EXT-X-ENDLIST", ""])


def _lines(text: str) -> list[str]:
    lines = [line.strip() for line in text.splitlines() if line.strip()]
    if not lines or lines[0] != "#EXTM3U":
        raise PlaylistInvalid("this is no playlist")
    return lines


def attributes(line: str) -> dict[str, str]:
    """Return what a tag says, without quotation marks."""
    return {name: value.strip('"') for name, value in _ATTRIBUTE.findall(line.partition(":")[2])}


def _variant(uri: str, given: dict[str, str]) -> Variant:
    width, _, height = given.get("RESOLUTION", "").partition("x")
    rate = _DECIMAL.fullmatch(given.get("FRAME-RATE", ""))
    if not (width.isdigit() and height.isdigit() and given.get("CODECS") and rate):
        raise PlaylistInvalid(f"{uri} has no resolution, codecs or frame rate")
    return Variant(uri, given["CODECS"], int(width), int(height), float(rate[0]))


def _part(uri: str, span: str, seconds: str) -> Part:
    ranged, played = _RANGE.fullmatch(span), _SECONDS.fullmatch(seconds)
    if ranged is None or played is None:
        raise PlaylistInvalid(f"{uri} lasts {seconds!r} s in bytes {span!r}")
    return Part(_name(uri), int(ranged[2]), int(ranged[1]), float(played[1]))


def _name(uri: str) -> str:
    if not _NAME.fullmatch(uri):
        raise PlaylistInvalid(f"{uri!r} is no file beside the playlist")
    return uri

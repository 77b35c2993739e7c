"""The little of HLS (RFC 8216) that our own playlists use: read strictly, written plainly."""

import re
from dataclasses import dataclass

_ATTRIBUTE = re.compile(r'([A-Z0-9-]+)=("[^"]*"|[^,]*)')
_RANGE = re.compile(r"(\d+)@(\d+)")
_SECONDS = re.compile(r"(\d+(?:\.\d+)?),?")
_NAME = re.compile(r"\w[\w.-]*")  # a file beside the playlist, never a path or a URL


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
            audio.append(_name(_attributes(line).get("URI", "")))
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
            attributes = _attributes(line)
            init = _part(attributes.get("URI", ""), attributes.get("BYTERANGE", ""), "0")
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


def _attributes(line: str) -> dict[str, str]:
    return {name: value.strip('"') for name, value in _ATTRIBUTE.findall(line.partition(":")[2])}


def _variant(uri: str, attributes: dict[str, str]) -> Variant:
    width, _, height = attributes.get("RESOLUTION", "").partition("x")
    if not (width.isdigit() and height.isdigit() and attributes.get("CODECS")):
        raise PlaylistInvalid(f"{uri} has no resolution or codecs")
    return Variant(uri, attributes["CODECS"], int(width), int(height))


def _part(uri: str, span: str, seconds: str) -> Part:
    ranged, played = _RANGE.fullmatch(span), _SECONDS.fullmatch(seconds)
    if ranged is None or played is None:
        raise PlaylistInvalid(f"{uri} lasts {seconds!r} s in bytes {span!r}")
    return Part(_name(uri), int(ranged[2]), int(ranged[1]), float(played[1]))


def _name(uri: str) -> str:
    if not _NAME.fullmatch(uri):
        raise PlaylistInvalid(f"{uri!r} is no file beside the playlist")
    return uri

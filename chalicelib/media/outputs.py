"""Looks at what a finished job left behind, and trusts nothing it didn't find whole."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from chalicelib.media.hls import Master, Media, PlaylistInvalid, parse_master, parse_media
from chalicelib.media.models import ObjectStore, Playback, Start
from chalicelib.media.plan import Location, parse_location
from chalicelib.media.thumbnails import choose_poster, make_placeholder

TOLERANCE = 0.05  # of the duration
SLACK_MS = 250  # for very short videos
LEAST_COVERED = 0.5  # of the source's duration


class OutputsIncomplete(Exception):
    """Something is missing or isn't as it must be; the message says what."""


@dataclass(frozen=True)
class _Files:
    """Where an event says that the outputs are."""

    master: Location
    mp4: Location
    stills: tuple[Location, ...]


def inspect_outputs(detail: Mapping[str, Any], *, store: ObjectStore, expected_ms: int) -> Playback:
    """Check all outputs of a COMPLETE event and return what players need to know of them.

    Raises OutputsIncomplete when a playlist doesn't parse, a byte range isn't there, the rungs'
    durations part by more than 5 %, less than half of the source came out, or nothing can serve
    as a poster.
    """
    files = _files(detail)
    try:
        master = parse_master(_text(store, files.master))
        rungs = [_media(store, files.master.beside(rung.uri)) for rung in master.variants]
        sound = [_media(store, files.master.beside(uri)) for uri in master.audio_uris]
    except PlaylistInvalid as error:
        raise OutputsIncomplete(str(error)) from error
    _check_parts(store, files.master, [*rungs, *sound])
    duration_ms = _check_durations(rungs, expected_ms)
    if not store.size(files.mp4.bucket, files.mp4.key):
        raise OutputsIncomplete(f"{files.mp4} is missing")
    poster, placeholder = _poster(store, files.stills)
    largest = max(master.variants, key=lambda variant: variant.width * variant.height)
    return Playback(
        hls_key=files.master.key,
        mp4_key=files.mp4.key,
        poster_key=poster.key,
        placeholder=placeholder,
        width=largest.width,
        height=largest.height,
        duration_ms=duration_ms,
        start=_start(files.master, master, rungs[0]),
    )


def _files(detail: Mapping[str, Any]) -> _Files:
    """Find the outputs by their kinds, in whatever order the groups come."""
    groups = detail.get("outputGroupDetails", [])
    playlists = [uri for group in groups for uri in group.get("playlistFilePaths", [])]
    paths = [
        uri
        for group in groups
        for output in group.get("outputDetails", [])
        for uri in output.get("outputFilePaths", [])
    ]
    mp4 = [uri for uri in paths if uri.endswith(".mp4")]
    stills = [uri for uri in paths if uri.endswith(".jpg")]
    if not (playlists and mp4 and stills):
        raise OutputsIncomplete("the event names no playlist, no MP4 or no stills")
    return _Files(
        parse_location(playlists[0]),
        parse_location(mp4[0]),
        tuple(parse_location(uri) for uri in stills),
    )


def _check_parts(store: ObjectStore, master_at: Location, playlists: Iterable[Media]) -> None:
    """Every byte range must lie inside a file that exists."""
    needed: dict[str, int] = {}
    for playlist in playlists:
        for part in (playlist.init, *playlist.segments):
            needed[part.uri] = max(needed.get(part.uri, 0), part.offset + part.length)
    for uri, size in needed.items():
        at = master_at.beside(uri)
        found = store.size(at.bucket, at.key)
        if found is None or found < size:
            raise OutputsIncomplete(f"{at} has {found} bytes of {size}")


def _check_durations(rungs: list[Media], expected_ms: int) -> int:
    """Return how long the video plays, when its rungs agree on it and with the source.

    The sound isn't asked: it would hide a picture that ends early, and may itself end early.
    """
    lengths = [_milliseconds(rung) for rung in rungs]
    shortest, longest = min(lengths), max(lengths)
    if longest - shortest > max(SLACK_MS, TOLERANCE * longest):
        raise OutputsIncomplete(f"the rungs last {lengths} ms")
    if not LEAST_COVERED * expected_ms <= shortest <= expected_ms + max(SLACK_MS, expected_ms):
        raise OutputsIncomplete(f"it lasts {shortest} ms, the source {expected_ms} ms")
    return lengths[0]


def _poster(store: ObjectStore, places: tuple[Location, ...]) -> tuple[Location, str]:
    stills = [_read(store, place) for place in places]
    try:
        chosen = choose_poster(stills)
        return places[chosen], make_placeholder(stills[chosen])
    except OSError as error:  # Pillow's, for pictures that are none
        raise OutputsIncomplete(f"a still can't be read: {error}") from error


def _start(master_at: Location, master: Master, first: Media) -> Start:
    """Return what to fetch first: init section and first segment of the first rung, one range."""
    init, opening = first.init, first.segments[0]
    if init.uri != opening.uri or init.offset != 0 or opening.offset != init.length:
        raise OutputsIncomplete(f"{opening.uri} doesn't begin with its init section")
    return Start(
        key=master_at.beside(opening.uri).key,
        bytes=opening.offset + opening.length,
        codecs=master.variants[0].codecs.split(",")[0].strip(),
    )


def _media(store: ObjectStore, at: Location) -> Media:
    return parse_media(_text(store, at))


def _text(store: ObjectStore, at: Location) -> str:
    return _read(store, at).decode(errors="replace")


def _read(store: ObjectStore, at: Location) -> bytes:
    if store.size(at.bucket, at.key) is None:
        raise OutputsIncomplete(f"{at} is missing")
    return store.read(at.bucket, at.key)


def _milliseconds(media: Media) -> int:
    return round(1000 * media.seconds)

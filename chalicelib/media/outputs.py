"""Looks at what a finished job left behind, and trusts nothing it didn't find whole."""

from collections.abc import Iterable, Mapping
from typing import Any

from chalicelib.media.hls import Master, Media, Part, PlaylistInvalid, parse_master, parse_media
from chalicelib.media.models import ObjectStore, Playback, Start
from chalicelib.media.plan import Location
from chalicelib.media.thumbnails import choose_poster, make_placeholder

TOLERANCE = 0.05  # of the duration
SLACK_MS = 250  # for very short videos


class OutputsIncomplete(Exception):
    """Something is missing or isn't as it must be; the message says what."""


def inspect_outputs(detail: Mapping[str, Any], *, store: ObjectStore, expected_ms: int) -> Playback:
    """Check all outputs of a COMPLETE event and return what players need to know of them.

    Raises OutputsIncomplete when a playlist doesn't parse, a byte range isn't there, the rungs'
    durations part by more than 5 %, or nothing can serve as a poster.
    """
    groups = detail["outputGroupDetails"]
    master_at = _location(groups[0]["playlistFilePaths"][0])
    try:
        master = parse_master(_text(store, master_at))
        rungs = [parse_media(_text(store, _beside(master_at, v.uri))) for v in master.variants]
        sound = [parse_media(_text(store, _beside(master_at, uri))) for uri in master.audio_uris]
    except PlaylistInvalid as error:
        raise OutputsIncomplete(str(error)) from error
    _check_parts(store, master_at, [*rungs, *sound])
    duration_ms = _check_durations(rungs, sound, expected_ms)
    mp4 = _location(groups[1]["outputDetails"][0]["outputFilePaths"][0])
    if not store.size(mp4.bucket, mp4.key):
        raise OutputsIncomplete(f"{mp4} is missing")
    poster, placeholder = _poster(store, groups[2]["outputDetails"][0]["outputFilePaths"])
    largest = max(master.variants, key=lambda variant: variant.width * variant.height)
    return Playback(
        hls_key=master_at.key,
        mp4_key=mp4.key,
        poster_key=poster.key,
        placeholder=placeholder,
        width=largest.width,
        height=largest.height,
        duration_ms=duration_ms,
        start=_start(master_at, master, rungs[0]),
    )


def _check_parts(store: ObjectStore, master_at: Location, playlists: Iterable[Media]) -> None:
    """Every byte range must lie inside a file that exists."""
    needed: dict[str, int] = {}
    for playlist in playlists:
        for part in (playlist.init, *playlist.segments):
            needed[part.uri] = max(needed.get(part.uri, 0), part.offset + part.length)
    for uri, size in needed.items():
        at = _beside(master_at, uri)
        found = store.size(at.bucket, at.key)
        if found is None or found < size:
            raise OutputsIncomplete(f"{at} has {found} bytes of {size}")


def _check_durations(rungs: list[Media], sound: list[Media], expected_ms: int) -> int:
    """Return how long the video plays, when all its rungs agree on it and with the source."""
    lengths = [round(rung.seconds * 1000) for rung in rungs]
    if max(lengths) - min(lengths) > max(SLACK_MS, TOLERANCE * max(lengths)):
        raise OutputsIncomplete(f"the rungs last {lengths} ms")
    longest = max([*lengths, *(round(track.seconds * 1000) for track in sound)])
    if longest < expected_ms / 2 or longest > 2 * expected_ms + SLACK_MS:
        raise OutputsIncomplete(f"it lasts {longest} ms, the source {expected_ms} ms")
    return lengths[0]


def _poster(store: ObjectStore, uris: list[str]) -> tuple[Location, str]:
    if not uris:
        raise OutputsIncomplete("there are no stills")
    places = [_location(uri) for uri in uris]
    stills = [store.read(place.bucket, place.key) for place in places]
    chosen = choose_poster(stills)
    return places[chosen], make_placeholder(stills[chosen])


def _start(master_at: Location, master: Master, first: Media) -> Start:
    """Return what to fetch first: init section and first segment of the first rung, one range."""
    opening: Part = first.segments[0]
    codecs = master.variants[0].codecs.split(",")
    return Start(
        key=_beside(master_at, opening.uri).key,
        bytes=opening.offset + opening.length,
        codecs=codecs[0].strip(),
    )


def _text(store: ObjectStore, at: Location) -> str:
    if store.size(at.bucket, at.key) is None:
        raise OutputsIncomplete(f"{at} is missing")
    return store.read(at.bucket, at.key).decode()


def _beside(master_at: Location, uri: str) -> Location:
    folder = master_at.key.rpartition("/")[0]
    return Location(master_at.bucket, f"{folder}/{uri}")


def _location(uri: str) -> Location:
    bucket, _, key = uri.removeprefix("s3://").partition("/")
    return Location(bucket, key)

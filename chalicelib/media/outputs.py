"""Looks at what a finished job left behind, and trusts nothing it didn't find whole."""

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from chalicelib.media.delivery import IMMUTABLE, content_type
from chalicelib.media.hls import Master, Media, PlaylistInvalid, parse_master, parse_media
from chalicelib.media.models import Cover, ObjectStore, Playback, Preview, Start
from chalicelib.media.plan import Location, parse_location
from chalicelib.media.playlists import combine_masters
from chalicelib.media.thumbnails import choose_poster, make_placeholder

TOLERANCE = 0.05  # of the duration
SLACK_MS = 250  # for very short videos
LEAST_COVERED = 0.5  # of the source's duration
COMBINED = "combined.m3u8"
_NUMBERED = re.compile(r"(.+\.)(\d{7})(\.jpg)")


class OutputsIncomplete(Exception):
    """Something is missing or isn't as it must be; the message says what."""


@dataclass(frozen=True)
class Outputs:
    """What a full job made: the files to play, and those to work with, which nobody checked."""

    playback: Playback
    frames: tuple[Location, ...]
    sound: Location | None


def inspect_outputs(detail: Mapping[str, Any], *, store: ObjectStore, expected_ms: int) -> Outputs:
    """Check all outputs of a full job's COMPLETE event and return what is to be known of them.

    Raises OutputsIncomplete when a playlist doesn't parse, a byte range isn't there, the rungs'
    durations part by more than 5 %, less than half of the source came out, nothing can serve as a
    poster, or there are no frames.
    """
    mp4_at, mp4 = _file(detail, ".mp4")
    master_at, master, rungs, sound = _stream(detail, store)
    duration_ms = _check_durations(rungs, expected_ms)
    _check_there(store, mp4_at)
    poster, placeholder = _poster(store, _stills(detail, "poster"))
    frames = _stills(detail, "frames")
    largest = max(master.variants, key=lambda variant: variant.width * variant.height)
    playback = Playback(
        hls_key=master_at.key,
        audio_key=master_at.beside(sound[0].init.uri).key if sound else None,
        mp4_key=mp4_at.key,
        mp4_width=mp4["widthInPx"],
        mp4_height=mp4["heightInPx"],
        poster_key=poster.key,
        placeholder=placeholder,
        width=largest.width,
        height=largest.height,
        duration_ms=duration_ms,
        frame_rate=master.variants[0].frame_rate,
        start=_start(master_at, master, rungs[0]),
    )
    waves = [place for place, _ in _files(detail) if place.name.endswith(".wav")]
    return Outputs(playback, frames, waves[0] if waves else None)


def inspect_preview(detail: Mapping[str, Any], *, store: ObjectStore) -> Preview:
    """Return what a preview job made. Raises OutputsIncomplete."""
    place, video = _file(detail, ".mp4")
    _check_there(store, place)
    return Preview(place.key, video["widthInPx"], video["heightInPx"], video["durationInMs"])


def inspect_cover(detail: Mapping[str, Any], *, store: ObjectStore) -> Cover:
    """Return the poster that a cover job made. Raises OutputsIncomplete."""
    place, placeholder = _poster(store, _stills(detail, "cover")[:1])
    return Cover(place.key, placeholder)


def join_av1(detail: Mapping[str, Any], *, store: ObjectStore, bucket: str, master_key: str) -> str:
    """Write a master playlist with the rungs of an AV1 job beside a video's own; returns its key.

    Raises OutputsIncomplete or PlaylistInvalid.
    """
    master_at = Location(bucket, master_key)
    av1_at, _, rungs, _ = _stream(detail, store)
    if (av1_at.bucket, av1_at.folder) != (master_at.bucket, master_at.folder):
        raise OutputsIncomplete(f"{av1_at} is not beside {master_at}")
    text = _text(store, master_at)
    master = parse_master(text)
    _check_durations(rungs, _milliseconds(_media(store, master_at.beside(master.variants[0].uri))))
    sound = [_media(store, master_at.beside(uri)) for uri in master.audio_uris]
    combined = combine_masters(text, _text(store, av1_at), sound[0] if sound else None)
    joined = master_at.beside(COMBINED)
    data, kind = combined.encode(), content_type(joined.name)
    store.write(bucket, joined.key, data, content_type=kind, cache_control=IMMUTABLE)
    return joined.key


def _stream(
    detail: Mapping[str, Any], store: ObjectStore
) -> tuple[Location, Master, list[Media], list[Media]]:
    """Return where the master playlist is, itself, and the whole rungs and sound that it names."""
    groups = detail.get("outputGroupDetails", [])
    playlists = [uri for group in groups for uri in group.get("playlistFilePaths", [])]
    if not playlists:
        raise OutputsIncomplete("the event names no playlist")
    at = parse_location(playlists[0])
    try:
        master = parse_master(_text(store, at))
        rungs = [_media(store, at.beside(rung.uri)) for rung in master.variants]
        sound = [_media(store, at.beside(uri)) for uri in master.audio_uris]
    except PlaylistInvalid as error:
        raise OutputsIncomplete(str(error)) from error
    _check_parts(store, at, [*rungs, *sound])
    return at, master, rungs, sound


def _files(detail: Mapping[str, Any]) -> Iterator[tuple[Location, Mapping[str, Any]]]:
    """Return all files that an event names, with what it says of their pictures."""
    for group in detail.get("outputGroupDetails", []):
        for output in group.get("outputDetails", []):
            told = {"durationInMs": output.get("durationInMs", 0), **output.get("videoDetails", {})}
            for uri in output.get("outputFilePaths", []):
                yield parse_location(uri), told


def _file(detail: Mapping[str, Any], ending: str) -> tuple[Location, Mapping[str, Any]]:
    for place, told in _files(detail):
        if place.name.endswith(ending):
            return place, told
    raise OutputsIncomplete(f"the event names no file *{ending}")


def _stills(detail: Mapping[str, Any], name: str) -> tuple[Location, ...]:
    """Return the stills of a group by its files' names, in order.

    The service names only the last one; the others are numbered from zero.
    """
    found = [
        (match, place)
        for place, _ in _files(detail)
        if place.name.startswith(name) and (match := _NUMBERED.fullmatch(place.name))
    ]
    if not found:
        raise OutputsIncomplete(f"the event names no stills {name}*")
    last, place = max(found, key=lambda pair: pair[0][2])
    return tuple(
        place.beside(f"{last[1]}{number:07}{last[3]}") for number in range(int(last[2]) + 1)
    )


def _check_there(store: ObjectStore, place: Location) -> None:
    if not store.size(place.bucket, place.key):
        raise OutputsIncomplete(f"{place} is missing")


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

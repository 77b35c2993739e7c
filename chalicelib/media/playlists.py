"""Makes the playlists of a finished encoding out of those that ffmpeg wrote.

ffmpeg's own master playlist leaves out frame rates, counts no sound in the bandwidth, and loses
the rungs of clips of two frames; its sound comes in segments of a second throughout.
"""

import re
from collections.abc import Mapping, Sequence
from dataclasses import replace
from itertools import pairwise
from pathlib import Path

from chalicelib.media.hls import Media, Part, PlaylistInvalid, attributes, parse_media, write_media
from chalicelib.media.plan import Rung, Stream

AUDIO_CODEC = "mp4a.40.2"  # AAC LC
AUDIO_GROUP = "sound"
FIRST_SECONDS, USUAL_SECONDS = 1.0, 2.0
_BANDWIDTH = re.compile(r"(AVERAGE-)?BANDWIDTH=(\d+)")
_CODECS = re.compile(r'CODECS="([^"]*)"')
SLACK = 0.05  # seconds; AAC frames don't end on whole seconds


def finish_playlists(output: Path, stream: Stream, frame_rate: float) -> dict[str, Media]:
    """Write the master and the media playlists, and name the sound's file `.cmfa`.

    Returns the media playlists by modifier. Raises PlaylistInvalid when ffmpeg left none.
    """
    base = stream.place.name
    media = {rung.modifier: _read(output, base + rung.modifier) for rung in stream.rungs}
    if stream.audio_modifier:
        media[stream.audio_modifier] = _take_sound(output, base + stream.audio_modifier)
    for modifier, playlist in media.items():
        (output / f"{base}{modifier}.m3u8").write_text(write_media(playlist))
    (output / f"{base}.m3u8").write_text(_master(output, stream, media, frame_rate))
    return media


def _read(output: Path, name: str) -> Media:
    path = output / f"{name}.m3u8"
    if not path.exists():
        raise PlaylistInvalid(f"ffmpeg wrote no {path.name}")
    return parse_media(path.read_text())


def _take_sound(output: Path, name: str) -> Media:
    found = _read(output, name)
    renamed = f"{name}.cmfa"
    (output / found.init.uri).rename(output / renamed)
    segments = tuple(replace(segment, uri=renamed) for segment in found.segments)
    return Media(replace(found.init, uri=renamed), join_segments(segments))


def join_segments(segments: Sequence[Part]) -> tuple[Part, ...]:
    """Join neighbours into segments as long as the picture's: one second, then two."""
    joined = [segments[0]]
    for segment in segments[1:]:
        wanted = FIRST_SECONDS if len(joined) == 1 else USUAL_SECONDS
        last = joined[-1]
        if last.seconds + SLACK < wanted or segment.seconds < SLACK:
            joined[-1] = replace(
                last,
                length=last.length + segment.length,
                seconds=last.seconds + segment.seconds,
            )
        else:
            joined.append(segment)
    return tuple(joined)


def combine_masters(h264_master: str, av1_master: str, sound: Media | None) -> str:
    """Return a master playlist of all rungs: those of H.264 as they were, then those of AV1.

    Both playlists must lie in one folder. The AV1 rungs get the others' sound; `sound` is its
    playlist. Raises PlaylistInvalid.
    """
    kept = [pair for pair in _variants(h264_master) if not _is_av1(pair)]
    added = [pair for pair in _variants(av1_master) if _is_av1(pair)]
    if not (kept and added):
        raise PlaylistInvalid("there must be rungs of H.264 and of AV1")
    spoken = attributes(kept[0][0])
    lines = [
        line for line in h264_master.splitlines() if line.startswith("#") and not _is_inf(line)
    ]
    for inf, uri in kept:
        lines += [inf, uri]
    for inf, uri in added:
        lines += [_with_sound(inf, spoken, sound) if sound else inf, uri]
    return "\n".join([*lines, ""])


def _variants(master: str) -> list[tuple[str, str]]:
    """Return the pairs of lines that tell of the rungs."""
    lines = [line for line in master.splitlines() if line]
    return [pair for pair in pairwise(lines) if _is_inf(pair[0])]


def _is_inf(line: str) -> bool:
    return line.startswith("#EXT-X-STREAM-INF:")


def _is_av1(pair: tuple[str, str]) -> bool:
    return attributes(pair[0]).get("CODECS", "").startswith("av01.")


def _with_sound(inf: str, spoken: Mapping[str, str], sound: Media) -> str:
    """Return a rung's line with the sound of another one added to it."""

    def add(rate: re.Match[str]) -> str:
        more = sound.average_bitrate if rate[1] else sound.peak_bitrate
        return f"{rate[1] or ''}BANDWIDTH={int(rate[2]) + more}"

    codec = spoken["CODECS"].rpartition(",")[2]
    heard = _BANDWIDTH.sub(add, inf)
    heard = _CODECS.sub(rf'CODECS="\1,{codec}"', heard)
    return f'{heard},AUDIO="{spoken["AUDIO"]}"'


def _master(output: Path, stream: Stream, media: dict[str, Media], frame_rate: float) -> str:
    base, sound = stream.place.name, media.get(stream.audio_modifier or "")
    lines = ["#EXTM3U", "#EXT-X-VERSION:7", "#EXT-X-INDEPENDENT-SEGMENTS"]
    if sound:
        lines.append(
            f'#EXT-X-MEDIA:TYPE=AUDIO,GROUP-ID="{AUDIO_GROUP}",NAME="{AUDIO_GROUP}",DEFAULT=YES,'
            f'AUTOSELECT=YES,CHANNELS="2",URI="{base}{stream.audio_modifier}.m3u8"'
        )
    for rung in stream.rungs:
        picture = media[rung.modifier]
        codecs = _video_codec(output, picture.init)
        told = _told(rung, picture, sound, codecs, frame_rate)
        lines += [f"#EXT-X-STREAM-INF:{told}", f"{base}{rung.modifier}.m3u8"]
    return "\n".join([*lines, ""])


def _told(rung: Rung, picture: Media, sound: Media | None, codec: str, rate: float) -> str:
    tracks = [picture, sound] if sound else [picture]
    told = [
        f"BANDWIDTH={sum(track.peak_bitrate for track in tracks)}",
        f"AVERAGE-BANDWIDTH={sum(track.average_bitrate for track in tracks)}",
        f"RESOLUTION={rung.picture.width}x{rung.picture.height}",
        f"FRAME-RATE={rate:.3f}",
        f'CODECS="{f"{codec},{AUDIO_CODEC}" if sound else codec}"',
    ]
    return ",".join([*told, *([f'AUDIO="{AUDIO_GROUP}"'] if sound else [])])


def _video_codec(output: Path, init: Part) -> str:
    """Return the codec as in RFC 6381, from the box that describes it."""
    with (output / init.uri).open("rb") as file:
        file.seek(init.offset)
        head = file.read(init.length)
    if (at := head.find(b"avcC")) >= 0:
        return f"avc1.{head[at + 5 : at + 8].hex()}"  # profile, constraints, level
    if (at := head.find(b"av1C")) >= 0:
        return _av1_codec(head[at + 5], head[at + 6])
    raise PlaylistInvalid(f"{init.uri} doesn't describe its pictures")


def _av1_codec(profile_level: int, flags: int) -> str:
    """Return the codec by two bytes of the box (AV1 in ISOBMFF, 2.3.3 and 5)."""
    profile, level = profile_level >> 5, profile_level & 0x1F
    tier = "H" if flags & 0x80 else "M"
    depth = 10 if flags & 0x40 else 8
    return f"av01.{profile}.{level:02}{tier}.{depth:02}"

"""Makes the playlists of a finished encoding out of those that ffmpeg wrote.

ffmpeg's own master playlist leaves out frame rates, counts no sound in the bandwidth, and loses
the rungs of clips of two frames; its sound comes in segments of a second throughout.
"""

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

from chalicelib.media.hls import Media, Part, PlaylistInvalid, parse_media, write_media
from chalicelib.media.plan import Plan, Rung

AUDIO_CODEC = "mp4a.40.2"  # AAC LC
AUDIO_GROUP = "sound"
FIRST_SECONDS, USUAL_SECONDS = 1.0, 2.0
SLACK = 0.05  # seconds; AAC frames don't end on whole seconds


def finish_playlists(output: Path, plan: Plan, frame_rate: float) -> dict[str, Media]:
    """Write the master and the media playlists, and name the sound's file `.cmfa`.

    Returns the media playlists by modifier. Raises PlaylistInvalid when ffmpeg left none.
    """
    base = plan.hls.name
    media = {rung.modifier: _read(output, base + rung.modifier) for rung in plan.rungs}
    if plan.audio_modifier:
        media[plan.audio_modifier] = _take_sound(output, base + plan.audio_modifier)
    for modifier, playlist in media.items():
        (output / f"{base}{modifier}.m3u8").write_text(write_media(playlist))
    (output / f"{base}.m3u8").write_text(_master(output, plan, media, frame_rate))
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


def _master(output: Path, plan: Plan, media: dict[str, Media], frame_rate: float) -> str:
    base, sound = plan.hls.name, media.get(plan.audio_modifier or "")
    lines = ["#EXTM3U", "#EXT-X-VERSION:7", "#EXT-X-INDEPENDENT-SEGMENTS"]
    if sound:
        lines.append(
            f'#EXT-X-MEDIA:TYPE=AUDIO,GROUP-ID="{AUDIO_GROUP}",NAME="{AUDIO_GROUP}",DEFAULT=YES,'
            f'AUTOSELECT=YES,CHANNELS="2",URI="{base}{plan.audio_modifier}.m3u8"'
        )
    for rung in plan.rungs:
        picture = media[rung.modifier]
        codecs = _video_codec(output, picture.init)
        attributes = _stream(rung, picture, sound, codecs, frame_rate)
        lines += [f"#EXT-X-STREAM-INF:{attributes}", f"{base}{rung.modifier}.m3u8"]
    return "\n".join([*lines, ""])


def _stream(rung: Rung, picture: Media, sound: Media | None, codec: str, rate: float) -> str:
    tracks = [picture, sound] if sound else [picture]
    attributes = [
        f"BANDWIDTH={sum(_peak(track) for track in tracks)}",
        f"AVERAGE-BANDWIDTH={sum(_average(track) for track in tracks)}",
        f"RESOLUTION={rung.width}x{rung.height}",
        f"FRAME-RATE={rate:.3f}",
        f'CODECS="{f"{codec},{AUDIO_CODEC}" if sound else codec}"',
    ]
    return ",".join([*attributes, *([f'AUDIO="{AUDIO_GROUP}"'] if sound else [])])


def _peak(media: Media) -> int:
    """Return the highest bitrate of a segment; a short last one tells nothing (RFC 8216bis 4.1)."""
    half = max(segment.seconds for segment in media.segments) / 2
    full = [segment for segment in media.segments if segment.seconds >= half]
    return max(int(8 * segment.length / max(segment.seconds, SLACK)) for segment in full)


def _average(media: Media) -> int:
    size = sum(segment.length for segment in media.segments)
    return int(8 * size / max(media.seconds, SLACK))


def _video_codec(output: Path, init: Part) -> str:
    """Return the codec as in RFC 6381: profile, constraints and level from the avcC box."""
    with (output / init.uri).open("rb") as file:
        file.seek(init.offset)
        head = file.read(init.length)
    at = head.find(b"avcC")
    if at < 0:
        raise PlaylistInvalid(f"{init.uri} has no H.264 settings")
    return f"avc1.{head[at + 5 : at + 8].hex()}"

"""Whether a published video plays as it should, found out by decoding all of it.

The master playlist and all byte ranges go through libav's own HLS reader, not through ours. What
our playlists claim is compared with what comes out.
"""

import io
import re
import struct
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from itertools import count, pairwise, takewhile
from pathlib import Path
from statistics import median
from typing import Any

import av
import pytest
from av.audio.frame import AudioFrame
from av.container import InputContainer
from av.video.frame import VideoFrame
from PIL import Image, ImageStat

from chalicelib.media.hls import Part, Variant, parse_master, parse_media
from chalicelib.media.models import Probe

TOGETHER = 0.05  # seconds that picture and sound may be apart
DURATION = 0.05  # share
AAC_FRAME = 1024 / 48_000  # seconds; the encoder's lead-in is one
BT709, LIMITED = 1, 1  # ITU-T H.273; libav's number for 16 to 235
HLS = {"allowed_extensions": "ALL", "extension_picky": "0", "protocol_whitelist": "file"}
# What our own encoder and muxer write into files of their own accord.
BRANDS = {"major_brand", "minor_version", "compatible_brands"}
PLAYLIST_TAGS = {"variant_bitrate"}  # libav's own note
OURS = {
    ("language", "und"),
    ("handler_name", "VideoHandler"),
    ("handler_name", "SoundHandler"),
    ("encoder", "Lavc libx264"),
}
_CUE = re.compile(r"(\S+) --> (\S+)\n(.+)#xywh=(\d+),(\d+),(\d+),(\d+)")


@dataclass(frozen=True)
class Picture:
    """All decoded frames of one file or rung: their times in seconds, and which are keyframes."""

    times: list[float]
    keyframes: list[float]
    size: tuple[int, int]
    brightest: float  # mean luma of the brightest frame

    @property
    def interval(self) -> float:
        """How long a frame usually is shown; every video of ours has two at least."""
        return median(after - before for before, after in pairwise(self.times))

    @property
    def seconds(self) -> float:
        return self.times[-1] + self.interval - self.times[0]


@dataclass(frozen=True)
class Sound:
    """When a file's sound begins and ends, in seconds."""

    begins: float
    ends: float


def check_stream(
    root: Path,
    playback: Mapping[str, Any],
    *,
    source: Probe | None,
    has_sound: bool,
    sound_ends: float | None = None,
) -> None:
    """Check all that viewers get of a video, in the directory of the media bucket.

    A picture that begins after its sound has its first frame from the sound's beginning on.
    `sound_ends` is when the source's sound is over.
    """
    master_path = root / playback["hls_key"]
    master = parse_master(master_path.read_text())
    assert len(master.audio_uris) == has_sound
    _check_order(master.variants, playback)
    rungs = [_check_rung(master_path.parent, rung, has_sound) for rung in master.variants]
    sound = _check_sound_file(master_path.parent, master.audio_uris[0]) if has_sound else None
    _check_alike(rungs)
    _check_together(rungs[0], sound, sound_ends, lead_in=AAC_FRAME)
    _check_master_plays(master_path, rungs, sound)
    _check_length(rungs[0], playback["duration_ms"] / 1000)
    if source:
        _check_source(rungs[0], source, playback)
    _check_start(root, playback, rungs[0])
    _check_mp4(root, playback, rungs[0], sound, sound_ends)
    _check_poster(root, playback, rungs[0])
    if "storyboard_key" in playback:
        _check_storyboard(root / playback["storyboard_key"], playback["duration_ms"])


def _check_order(variants: tuple[Variant, ...], playback: Mapping[str, Any]) -> None:
    """The one to start with comes first, and it is the smallest."""
    sizes = [rung.width * rung.height for rung in variants]
    assert sizes == sorted(sizes)
    assert playback["start"]["codecs"] == variants[0].codecs.split(",")[0]
    assert playback["start"]["key"].endswith(f"/{Path(variants[0].uri).stem}.cmfv")
    assert (variants[-1].width, variants[-1].height) == (playback["width"], playback["height"])


def _check_rung(folder: Path, rung: Variant, has_sound: bool) -> Picture:
    """Play a rung from its own playlist, then begin at each of its segments."""
    with _open_hls(folder / rung.uri) as container:
        picture = _check_picture(container)
        assert rung.codecs.split(",") == [_avc(container), *["mp4a.40.2"] * has_sound]
    assert picture.size == (rung.width, rung.height)
    assert 1 / picture.interval == pytest.approx(rung.frame_rate, rel=0.01)
    media = parse_media((folder / rung.uri).read_text())
    _check_length(picture, media.seconds)
    _check_keyframes(picture)
    first = media.segments[0].seconds
    assert abs(first - min(1, picture.seconds)) <= picture.interval + 0.001
    begins = [_first_frame(folder, media.init, segment) for segment in media.segments]
    assert begins == pytest.approx(picture.keyframes, abs=0.001)
    return picture


def _check_picture(container: InputContainer) -> Picture:
    """Decode all frames; each must be upright, of square pixels, and of the colours it claims."""
    _check_bare(container)
    stream = container.streams.video[0]
    stream.thread_type = "NONE"
    context = stream.codec_context
    times: list[float] = []
    keyframes: list[float] = []
    brightest = 0.0
    for frame in container.decode(stream):
        assert not frame.is_corrupt
        assert frame.time is not None
        assert (frame.format.name, frame.rotation) == ("yuv420p", 0)
        assert (frame.color_primaries, frame.color_trc) == (BT709, BT709)
        assert (frame.colorspace, frame.color_range) == (BT709, LIMITED)
        assert not frame.interlaced_frame
        times.append(frame.time)
        if frame.key_frame:
            keyframes.append(frame.time)
        brightest = max(brightest, _luma(frame))
    assert stream.sample_aspect_ratio in (None, 0, 1)
    assert times == sorted(set(times))
    picture = Picture(times, keyframes, (context.width, context.height), brightest)
    gaps = [after - before for before, after in pairwise(times)]
    assert gaps == pytest.approx([picture.interval] * len(gaps), abs=0.002)
    return picture


def _luma(frame: VideoFrame) -> float:
    return float(frame.to_ndarray()[: frame.height].mean())  # the planes lie below each other


def _check_keyframes(picture: Picture) -> None:
    """Keyframes come at 0, 1, 3, 5 … seconds."""
    slack = picture.interval + 0.001
    begins = picture.times[0]
    wanted = [0.0, *takewhile(lambda at: at < picture.seconds - slack, map(float, count(1, 2)))]
    found = [at - begins for at in picture.keyframes]
    if len(found) == len(wanted) + 1:  # a last frame of its own may be one
        assert picture.seconds - found.pop() <= 2 * slack
    assert found == pytest.approx(wanted, abs=slack)


def _first_frame(folder: Path, init: Part, segment: Part) -> float:
    """Return when a segment begins, decoded with nothing but the init section before it."""
    data = b"".join(
        (folder / part.uri).read_bytes()[part.offset : part.offset + part.length]
        for part in (init, segment)
    )
    with av.open(io.BytesIO(data), "r") as container:
        frame = next(container.decode(video=0))
    assert frame.key_frame
    assert frame.time is not None
    return frame.time


def _check_sound_file(folder: Path, uri: str) -> Sound:
    with _open_hls(folder / uri) as container:
        _check_bare(container)
        context = container.streams.audio[0].codec_context
        assert (context.name, context.profile) == ("aac", "LC")
        assert (context.sample_rate, context.channels) == (48_000, 2)
        sound = _listen(container)
    media = parse_media((folder / uri).read_text())
    assert media.seconds == pytest.approx(sound.ends - sound.begins, rel=DURATION, abs=0.05)
    return sound


def _listen(container: InputContainer) -> Sound:
    frames = [_span(frame) for frame in container.decode(audio=0)]
    gaps = [after[0] - before[1] for before, after in pairwise(frames)]
    assert max(map(abs, gaps), default=0) < AAC_FRAME
    return Sound(frames[0][0], frames[-1][1])


def _span(frame: AudioFrame) -> tuple[float, float]:
    assert frame.time is not None
    return frame.time, frame.time + frame.samples / frame.sample_rate


def _check_alike(rungs: list[Picture]) -> None:
    """Players change from one rung to another at keyframes; those must be at the same times."""
    for rung in rungs[1:]:
        assert rung.times == pytest.approx(rungs[0].times, abs=0.001)
        assert rung.keyframes == pytest.approx(rungs[0].keyframes, abs=0.001)


def _check_together(
    picture: Picture, sound: Sound | None, sound_ends: float | None, *, lead_in: float = 0
) -> None:
    if sound is None:
        return
    lasts = picture.seconds if sound_ends is None else min(sound_ends, picture.seconds)
    assert abs(sound.begins + lead_in - picture.times[0]) <= TOGETHER
    assert abs(sound.ends - (picture.times[0] + lasts)) <= TOGETHER


def _check_master_plays(path: Path, rungs: list[Picture], sound: Sound | None) -> None:
    """All rungs and the sound come out of the master, at the times they have by themselves."""
    seen: dict[int, list[float]] = {}
    with _open_hls(path) as container:
        assert len(container.streams.video) == len(rungs)
        assert len(container.streams.audio) == bool(sound)
        for packet in container.demux():
            for frame in packet.decode():
                assert isinstance(frame, VideoFrame | AudioFrame)
                assert frame.time is not None
                seen.setdefault(packet.stream.index, []).append(frame.time)
        pictures = [seen[stream.index] for stream in container.streams.video]
        heard = [seen[stream.index] for stream in container.streams.audio]
    for times in pictures:
        assert times == pytest.approx(rungs[0].times, abs=0.001)
    if sound:
        assert heard[0][0] == pytest.approx(sound.begins, abs=0.001)


def _check_length(picture: Picture, claimed: float) -> None:
    assert claimed == pytest.approx(picture.seconds, rel=DURATION, abs=0.002)


def _check_source(picture: Picture, source: Probe, playback: Mapping[str, Any]) -> None:
    """As long as the source, of its shape, never larger, and at its frame rate or a part of it."""
    lasts = source.duration_ms / 1000
    assert abs(picture.seconds - lasts) <= max(DURATION * lasts, picture.interval + 0.001)
    width, height = playback["width"], playback["height"]
    assert width <= source.width
    assert height <= source.height
    assert abs(width - source.width * height / source.height) <= 2
    assert 1 / picture.interval <= source.frame_rate * 1.02 or source.frame_rate < 1


def _check_start(root: Path, playback: Mapping[str, Any], rung: Picture) -> None:
    """The bytes that players fetch first show the first second."""
    start = playback["start"]
    opening = (root / start["key"]).read_bytes()[: start["bytes"]]
    assert len(opening) == start["bytes"]
    with av.open(io.BytesIO(opening), "r") as container:
        assert _avc(container) == start["codecs"]
        shown = list(container.decode(video=0))
    assert shown[0].key_frame
    wanted = [at for at in rung.times if at - rung.times[0] < 0.999]
    assert abs(len(shown) - len(wanted)) <= 1


def _check_mp4(
    root: Path,
    playback: Mapping[str, Any],
    rung: Picture,
    sound: Sound | None,
    sound_ends: float | None,
) -> None:
    path = root / playback["mp4_key"]
    boxes = [kind for kind, _ in top_boxes(path.read_bytes())]
    assert boxes.index(b"moov") < boxes.index(b"mdat")
    with av.open(str(path)) as container:
        assert container.duration is not None
        claimed = container.duration / av.time_base
        picture = _check_picture(container)
    assert picture.size == (playback["mp4_width"], playback["mp4_height"])
    assert len(picture.times) == len(rung.times)
    _check_length(picture, claimed)
    _check_keyframes(picture)
    with av.open(str(path)) as container:
        assert len(container.streams) == (2 if sound else 1)
        heard = _listen(container) if sound else None
    _check_together(picture, heard, sound_ends)


def _check_poster(root: Path, playback: Mapping[str, Any], rung: Picture) -> None:
    """The poster is as large as the MP4, and not black unless all is."""
    with Image.open(root / playback["poster_key"]) as poster:
        assert poster.size == (playback["mp4_width"], playback["mp4_height"])
        brightness = ImageStat.Stat(poster.convert("L")).mean[0]
    assert brightness >= min(20, 0.5 * (rung.brightest - 16))
    assert playback["placeholder"].startswith("data:image/jpeg;base64,")


def _check_storyboard(path: Path, duration_ms: int) -> None:
    """Cues follow each other from 0 to the end, and each shows a tile of the sprite."""
    cues = _CUE.findall(path.read_text())
    assert cues
    times = [(_milliseconds(begin), _milliseconds(end)) for begin, end, *_ in cues]
    assert times[0][0] == 0
    assert times[-1][1] == duration_ms
    assert all(before[1] == after[0] for before, after in pairwise(times))
    assert all(begin < end for begin, end in times)
    with Image.open(path.with_name(cues[0][2])) as sprite:
        for *_, x, y, width, height in cues:
            assert 0 < int(width) <= sprite.width - int(x)
            assert 0 < int(height) <= sprite.height - int(y)


def _milliseconds(stamp: str) -> int:
    hours, minutes, seconds = stamp.split(":")
    return round(1000 * (3600 * int(hours) + 60 * int(minutes) + float(seconds)))


def _check_bare(container: InputContainer) -> None:
    """Nothing of what the source said of itself is in a file of ours."""
    said = set(container.metadata.items())
    for stream in container.streams:
        said.update(stream.metadata.items())
    assert {pair for pair in said - OURS if pair[0] not in BRANDS | PLAYLIST_TAGS} == set()


def _avc(container: InputContainer) -> str:
    """Return the codec as in RFC 6381, from the decoder's configuration."""
    extradata = container.streams.video[0].codec_context.extradata
    assert extradata is not None
    return f"avc1.{extradata[1:4].hex()}"


def _open_hls(path: Path) -> InputContainer:
    return av.open(str(path), container_options=HLS)


def top_boxes(data: bytes) -> Iterator[tuple[bytes, int]]:
    """Yield kind and size of the boxes of an ISO file (ISO/IEC 14496-12, 4.2)."""
    at = 0
    while at + 8 <= len(data):
        size, kind = struct.unpack_from(">I4s", data, at)
        if size == 1:
            (size,) = struct.unpack_from(">Q", data, at + 8)
        yield kind, size or len(data) - at
        at += size or len(data)

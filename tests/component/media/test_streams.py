"""Published videos, taken apart: real clips, and sources as odd as phones and studios make them.

The odd ones are marked, so that what comes out can be told from what should.
"""

import shutil
from collections.abc import Mapping
from dataclasses import dataclass, replace
from math import ceil
from pathlib import Path
from typing import Any

import av
import pytest

from chalicelib.media.probe import probe
from chalicelib.videos import store
from tests.component.media.jobs import ffmpeg
from tests.component.media.marks import (
    CORNERS,
    beep_times,
    beeping,
    corners,
    flashes,
    lavfi,
    marked,
)
from tests.component.media.stream_checks import check_stream, top_boxes
from tests.component.media.test_probe import VERDICTS
from tests.component.pipeline import Pipeline
from tests.media import real_clip

TOGETHER = 0.05  # seconds between a flash and its beep
H264 = ("-c:v", "libx264", "-preset", "ultrafast")
AAC = ("-c:a", "aac")


@dataclass(frozen=True)
class Published:
    """A video that went through the whole pipeline, in the directory of the media bucket."""

    root: Path
    playback: Mapping[str, Any]
    has_sound: bool

    @property
    def master(self) -> Path:
        return self.root.joinpath(self.playback["hls_key"])

    @property
    def mp4(self) -> Path:
        return self.root.joinpath(self.playback["mp4_key"])

    @property
    def rungs(self) -> list[Path]:
        return sorted(self.master.parent.glob("main_*.cmfv"))

    @property
    def size(self) -> tuple[int, int]:
        return self.playback["width"], self.playback["height"]

    def check_marks(self, *, first: float = 0.5, beeps: int | None = None) -> None:
        """Corners are where they were, and each flash comes in time with its beep.

        `first` is when the first flash must come, `beeps` how many there are if fewer than flashes.
        """
        for path in (*self.rungs, self.mp4):
            assert corners(path) == [pytest.approx(c, abs=16) for c in CORNERS.values()], path.name
        count = ceil(self.playback["duration_ms"] / 1000 - TOGETHER - first)
        for path, stream in [(self.mp4, 0), *((self.master, n) for n in range(len(self.rungs)))]:
            begins, seen = flashes(path, stream)
            assert seen == pytest.approx([begins + first + n for n in range(count)], abs=TOGETHER)
            if self.has_sound:
                assert beep_times(path) == pytest.approx(seen[:beeps], abs=TOGETHER)


def publish(pipeline: Pipeline, path: Path) -> Published:
    """Take a file through the pipeline and check all that came out."""
    found = probe(path)
    video_id = pipeline.publish(path.read_bytes())
    report = pipeline.processing(video_id)
    assert (report["status"], report["error"]) == ("published", None)
    with pipeline.context.database.transaction() as transaction:
        video = store.find_video(transaction, video_id)
    assert video is not None
    assert video.playback is not None
    done = Published(
        pipeline.storage.path("media", ""), video.playback, has_sound=found.audio is not None
    )
    check_stream(
        done.root,
        done.playback,
        source=found,
        has_sound=done.has_sound,
        sound_ends=sound_ends(path),
    )
    return done


def sound_ends(path: Path) -> float | None:
    """Return when the sound is over, in seconds from the file's beginning, if there is any."""
    begins, ends = [], []
    with av.open(str(path)) as container:
        audio = container.streams.best("audio")
        for packet in container.demux():
            if packet.pts is None or packet.is_discard:
                continue
            at = float(packet.pts * packet.time_base)
            if packet.stream is audio:
                ends.append(at + float((packet.duration or 0) * packet.time_base))
            if packet.stream is audio or packet.stream.type == "video":
                begins.append(at)
    return max(ends) - min(begins) if ends else None


@pytest.mark.parametrize("name", VERDICTS)
def test_real_files_become_whole_videos_or_are_told_why_not(name: str, pipeline: Pipeline) -> None:
    path, expected = real_clip(name), VERDICTS[name]
    if isinstance(expected, str):
        video_id = pipeline.publish(path.read_bytes())
        report = pipeline.processing(video_id)
        assert (report["status"], report["error"]["code"]) == ("rejected", expected)
        return
    done = publish(pipeline, path)
    if name == "odd_dims_321x241_vp9.mp4":
        assert done.size == (320, 240)


@pytest.mark.parametrize("mirrored", [False, True])
@pytest.mark.parametrize("degrees", [0, 90, 180, 270])
def test_pictures_are_shown_as_their_matrix_says(
    degrees: int, mirrored: bool, pipeline: Pipeline, tmp_path: Path
) -> None:
    """The picture is stored turned and mirrored, and the matrix takes both back."""
    back = {0: "null", 90: "transpose=clock", 180: "hflip,vflip", 270: "transpose=cclock"}
    stored, source = tmp_path / "stored.mp4", tmp_path / "clip.mp4"
    changes = f"{'hflip' if mirrored else 'null'},{back[degrees]}"
    ffmpeg(*lavfi(marked(seconds=1, changes=changes)), *H264, stored)
    given = ["-display_rotation", degrees, *(["-display_hflip"] if mirrored else [])]
    ffmpeg(*given, "-i", stored, "-c", "copy", source)
    done = publish(pipeline, source)
    assert done.size == (360, 640)
    done.check_marks()


@pytest.mark.parametrize(
    ("size", "changes", "shown"),
    [
        ("480x480", "setsar=4/3", (640, 480)),
        ("480x480", "setsar=3/4", (360, 480)),
        ("480x480", "transpose=clock,setsar=4/3", (480, 640)),
        ("720x576", "setsar=64/45", (854, 480)),
        ("640x360", "setsar=0", (640, 360)),
        ("641x361", "setsar=1001/1000", (640, 360)),
    ],
)
def test_pixels_of_any_shape_become_square(
    size: str, changes: str, shown: tuple[int, int], pipeline: Pipeline, tmp_path: Path
) -> None:
    stored, source = tmp_path / "stored.mp4", tmp_path / "clip.mp4"
    picture = marked(size=size, seconds=1, changes=changes, coding="yuv444p:bt709:tv")
    ffmpeg(*lavfi(picture), *H264, stored)
    turned = 90 if "transpose" in changes else 0
    ffmpeg("-display_rotation", turned, "-i", stored, "-c", "copy", source)
    done = publish(pipeline, source)
    assert done.size == pytest.approx(shown, abs=2)
    done.check_marks()


@pytest.mark.parametrize(
    "coding", ["yuv420p:bt709:pc", "yuv420p:smpte170m:tv", "yuv420p:smpte170m:pc",
               "yuv422p10le:bt709:tv", "yuv420p:bt2020nc:tv"],
)  # fmt: skip
@pytest.mark.parametrize("size", ["640x360", "1280x720"])
def test_colours_are_kept_however_they_were_coded(
    size: str, coding: str, pipeline: Pipeline, tmp_path: Path
) -> None:
    source = tmp_path / "clip.mp4"
    ffmpeg(*lavfi(marked(size=size, seconds=0.6, coding=coding)), *H264, source)
    publish(pipeline, source).check_marks()


# What is odd, the file's name, how the marked picture is made, and options for the output.
ODD: list[tuple[str, str, dict[str, Any], tuple[object, ...]]] = [
    ("ordinary", "c.mp4", {}, ()),
    ("120 frames a second", "c.mp4", {"rate": "120"}, ()),
    ("60 frames a second", "c.mp4", {"rate": "60"}, ()),
    ("NTSC", "c.mp4", {"rate": "30000/1001"}, ()),
    ("12 frames a second", "c.mp4", {"rate": "12"}, ()),
    ("odd size", "c.mp4", {"size": "361x643", "coding": "yuv444p:bt709:tv"}, ()),
    ("very wide", "c.mp4", {"size": "1400x120"}, ()),
    ("0.4 seconds", "c.mp4", {"seconds": 0.4}, ("-t", 0.4)),
    ("a second and a frame", "c.mp4", {"seconds": 1.034}, ("-t", 1.034)),
    ("long", "c.mp4", {"seconds": 12}, ("-t", 12)),
    ("interlaced", "c.mp4", {"rate": "50"}, ("-vf", "interlace", "-flags", "+ildct+ilme")),
    ("a hole", "c.mp4", {}, ("-vf", "select=lt(t\\,1.7)+gt(t\\,2.4)", "-fps_mode", "vfr")),
    ("a hole in whole milliseconds", "c.mkv", {},
     ("-vf", "select=lt(t\\,1.7)+gt(t\\,2.4)", "-fps_mode", "vfr")),
    ("uneven", "c.mp4", {"rate": "60"},
     ("-vf", "select=not(eq(mod(n\\,5)\\,2)+eq(mod(n\\,7)\\,3))", "-fps_mode", "vfr")),
    ("from 10 s on, in MP4", "c.mp4", {}, ("-output_ts_offset", 10)),
    ("from 10 s on, in Matroska", "c.mkv", {}, ("-output_ts_offset", 10)),
    ("from 10 s on, in a transport stream", "c.ts", {}, ("-output_ts_offset", 10)),
    ("the picture comes later", "c.mp4", {}, ("-vf", "trim=start=0.4")),
    ("the picture comes later, in Matroska", "c.mkv", {}, ("-vf", "trim=start=0.4")),
    ("the sound comes later", "c.mp4", {}, ("-af", "atrim=start=0.4")),
    ("the sound comes later, in Matroska", "c.mkv", {}, ("-af", "atrim=start=0.4")),
    ("a hole in the sound", "c.mkv", {}, ("-af", "aselect=lt(t\\,0.8)+gt(t\\,1.2)")),
    ("the sound ends early", "c.mp4", {}, ("-af", "atrim=end=1.8")),
    ("the picture ends early", "c.mp4", {}, ("-vf", "trim=end=1.8")),
    ("5.1", "c.mp4", {}, ("-ac", 6)),
    ("mono of 8 kHz", "c.mov", {}, ("-c:a", "pcm_s16be", "-ar", 8000, "-ac", 1)),
    ("Opus and VP9", "c.webm", {}, ("-c:v", "libvpx-vp9", "-cpu-used", 8, "-c:a", "libopus")),
    ("fragments", "c.mp4", {}, ("-movflags", "frag_keyframe+empty_moov", "-g", 20)),
    ("B-frames and open groups", "c.mp4", {},
     ("-preset", "medium", "-bf", 4, "-x264-params", "open-gop=1:keyint=20")),
]  # fmt: skip


@pytest.mark.parametrize(
    ("name", "picture", "options"),
    [pytest.param(*odd, id=what) for what, *odd in ODD],
)
def test_odd_sources_play_with_picture_and_sound_together(
    name: str,
    picture: dict[str, Any],
    options: tuple[object, ...],
    pipeline: Pipeline,
    tmp_path: Path,
) -> None:
    source = tmp_path / name
    seconds = picture.get("seconds", 3)
    ffmpeg(*lavfi(marked(**picture), beeping(seconds)), *H264, *AAC, *options, source)
    publish(pipeline, source).check_marks(beeps=2 if "atrim=end=1.8" in options else None)


def test_what_an_edit_list_leaves_out_is_not_shown(pipeline: Pipeline, tmp_path: Path) -> None:
    whole, cut = tmp_path / "whole.mp4", tmp_path / "cut.mp4"
    ffmpeg(*lavfi(marked(), beeping()), *H264, *AAC, whole)
    ffmpeg("-ss", 0.7, "-i", whole, "-c", "copy", cut)
    publish(pipeline, cut).check_marks(first=0.8)


def test_silence_is_a_sound_too(pipeline: Pipeline, tmp_path: Path) -> None:
    source = tmp_path / "clip.mp4"
    ffmpeg(*lavfi(marked(seconds=2), "anullsrc=d=2"), *H264, *AAC, source)
    done = publish(pipeline, source)
    assert done.has_sound
    assert beep_times(done.mp4) == []


def test_of_two_tracks_the_default_one_is_heard(pipeline: Pipeline, tmp_path: Path) -> None:
    source = tmp_path / "clip.mkv"
    tracks = ("-map", 0, "-map", 1, "-map", 2, "-disposition:a:0", 0, "-disposition:a:1", "default")
    ffmpeg(*lavfi(marked(), "anullsrc=d=3", beeping()), *tracks, *H264, *AAC, source)
    publish(pipeline, source).check_marks()


def test_a_cover_picture_before_the_video_is_not_the_video(
    pipeline: Pipeline, tmp_path: Path
) -> None:
    cover, covered = tmp_path / "cover.jpg", tmp_path / "covered.mp4"
    ffmpeg(*lavfi("color=gray:size=1200x1200:rate=1:duration=1"), "-frames:v", 1, cover)
    tracks = ("-map", 0, "-map", 1, "-map", 2, "-disposition:v:1", "attached_pic")
    codecs = (*H264, "-c:v:1", "copy", *AAC)
    ffmpeg(*lavfi(marked(), beeping()), "-i", cover, *tracks, *codecs, covered)
    source = tmp_path / "clip.mp4"
    source.write_bytes(cover_first(covered.read_bytes()))
    with av.open(str(source)) as container:
        assert [stream.type for stream in container.streams] == ["video", "video", "audio"]
        assert container.streams[0].codec_context.name == "mjpeg"
    publish(pipeline, source).check_marks()


def cover_first(data: bytes) -> bytes:
    """Return an MP4 file with what is told about it, the cover, before its tracks."""
    moov = next(box for box in boxes(data) if box[:8].endswith(b"moov"))
    parts = boxes(moov[8:])
    parts.sort(key=lambda box: (b"mvhd", b"udta", b"trak").index(box[4:8]))
    return data.replace(moov, moov[:8] + b"".join(parts))


def boxes(data: bytes) -> list[bytes]:
    """Return the boxes that an ISO file, or the inside of a box, is made of."""
    found, at = [], 0
    for _, size in top_boxes(data):
        found.append(data[at : at + size])
        at += size
    return found


def spoil_sync(done: Published) -> None:
    late = done.mp4.with_name("late.mp4")
    given = ("-i", done.mp4, "-itsoffset", 0.1, "-i", done.mp4, "-map", "0:v", "-map", "1:a")
    ffmpeg(*given, "-c", "copy", "-fflags", "+bitexact", "-movflags", "+faststart", late)
    late.replace(done.mp4)


def spoil_box_order(done: Published) -> None:
    slow = done.mp4.with_name("slow.mp4")
    ffmpeg("-i", done.mp4, "-c", "copy", "-fflags", "+bitexact", slow)
    slow.replace(done.mp4)


def spoil_privacy(done: Published) -> None:
    told = done.mp4.with_name("told.mp4")
    ffmpeg("-i", done.mp4, "-c", "copy", "-metadata", "title=x", "-movflags", "+faststart", told)
    told.replace(done.mp4)


def spoil_segments(done: Published) -> None:
    path = done.master.with_name("main_360p.m3u8")
    lines = path.read_text().splitlines()
    ranges = [place for place, line in enumerate(lines) if line.startswith("#EXT-X-BYTERANGE")]
    lines[ranges[0]], lines[ranges[1]] = lines[ranges[1]], lines[ranges[0]]
    path.write_text("\n".join(lines))


def spoil_codec(done: Published) -> None:
    done.master.write_text(done.master.read_text().replace("avc1.64", "avc1.42"))


def spoil_pictures(done: Published) -> None:
    data = bytearray(done.rungs[0].read_bytes())
    data[-3000:-1000] = bytes(2000)
    done.rungs[0].write_bytes(data)


def spoil_poster(done: Published) -> None:
    size = f"{done.playback['mp4_width']}x{done.playback['mp4_height']}"
    still = lavfi(f"color=black:size={size}:rate=1:duration=1,format=yuvj420p")
    ffmpeg(*still, "-frames:v", 1, "-update", 1, done.root / done.playback["poster_key"])


def spoil_storyboard(done: Published) -> None:
    cues = done.root / done.playback["storyboard_key"]
    cues.write_text(cues.read_text().replace("xywh=0,0", "xywh=5000,0"))


SPOILERS = (spoil_sync, spoil_box_order, spoil_privacy, spoil_segments, spoil_codec,
            spoil_pictures, spoil_poster, spoil_storyboard)  # fmt: skip


def test_the_checks_notice_what_is_wrong(pipeline: Pipeline, tmp_path: Path) -> None:
    source = tmp_path / "clip.mp4"
    ffmpeg(*lavfi(marked(), beeping()), *H264, *AAC, source)
    done = publish(pipeline, source)
    for spoil in SPOILERS:
        copy = replace(done, root=shutil.copytree(done.root, tmp_path / spoil.__name__))
        spoil(copy)
        with pytest.raises((AssertionError, av.FFmpegError)):
            check_stream(copy.root, copy.playback, source=None, has_sound=True)
            pytest.fail(f"{spoil.__name__} went unnoticed")

"""Published videos, taken apart: real clips, and sources as odd as phones and studios make them.

The odd ones are marked: each corner has a colour of its own, and at every half second the middle
flashes white while the sound beeps. So what comes out can be told from what should.
"""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import av
import numpy as np
import numpy.typing as npt
import pytest
from av.container import InputContainer

from chalicelib.media.probe import probe
from chalicelib.videos import store
from tests.component.media.jobs import ffmpeg
from tests.component.media.stream_checks import HLS, check_stream, top_boxes
from tests.component.media.test_probe import VERDICTS
from tests.component.pipeline import Pipeline
from tests.media import real_clip

TOGETHER = 0.05  # seconds between a flash and its beep
H264 = ("-c:v", "libx264", "-preset", "ultrafast")
AAC = ("-c:a", "aac")
CORNERS = {"red": (255, 0, 0), "lime": (0, 255, 0), "blue": (0, 0, 255), "yellow": (255, 255, 0)}
BEEP = "aevalsrc=if(lt(mod(t+0.5\\,1)\\,0.1)\\,0.5*sin(2*PI*1000*t)\\,0):s=48000"


def marked(
    *,
    size: str = "360x640",
    rate: str = "30",
    seconds: float = 3,
    changes: str = "null",
    coding: str = "yuv420p:bt709:tv",
) -> str:
    """Return a lavfi source with marked corners and a flash at 0.5, 1.5, 2.5 … seconds.

    `changes` are further filters; `coding` is pixel format, matrix and range, which the file names.
    """
    pixels, matrix, span = coding.split(":")
    places = ("0:0", "iw*3/4:0", "0:ih*3/4", "iw*3/4:ih*3/4")
    boxes = [
        f"drawbox={place}:iw/4:ih/4:color={colour}:t=fill"
        for place, colour in zip(places, CORNERS, strict=True)
    ]
    flash = "drawbox=iw/4:ih/4:iw/2:ih/2:white:fill:enable=lt(mod(t+0.501\\,1)\\,0.1)"
    plain = f"color=0x202020:size={size}:rate={rate}:duration={seconds},format=gbrp"
    coded = f"scale=out_color_matrix={matrix}:out_range={span},format={pixels}"
    named = f"setparams=colorspace={matrix}:color_primaries=bt709:color_trc=bt709:range={span}"
    return ",".join([plain, *boxes, flash, changes, coded, named])


def beeping(seconds: float = 3) -> str:
    return f"{BEEP}:d={seconds}"


def lavfi(*sources: str) -> list[str]:
    return [part for source in sources for part in ("-f", "lavfi", "-i", source)]


def flashes(container: InputContainer, stream: int) -> list[float]:
    """Return when the picture's middle turns white, in seconds."""
    found, white = [], False
    for frame in container.decode(video=stream):
        grey = frame.to_ndarray(format="gray")
        middle = grey[frame.height * 2 // 5 : frame.height * 3 // 5, frame.width // 2]
        was, white = white, bool(middle.mean() > 140)
        if white and not was and frame.time is not None:
            found.append(frame.time)
    return found


def beeps(container: InputContainer) -> list[float]:
    """Return when the sound begins after a silence, in seconds."""
    floats = av.AudioResampler(format="flt", layout="mono")
    loud: list[float] = []
    for frame in container.decode(audio=0):
        for mono in floats.resample(frame):
            samples = mono.to_ndarray()[0]
            assert mono.time is not None
            loud += (mono.time + np.flatnonzero(np.abs(samples) > 0.05) / mono.sample_rate).tolist()
    return [at for before, at in zip([-1.0, *loud], loud, strict=False) if at - before > 0.3]


def corners(path: Path) -> list[tuple[int, ...]]:
    """Return the colours of the first picture's corners: above, then below, each from the left."""
    with av.open(str(path)) as container:
        picture = next(container.decode(video=0)).to_ndarray(format="rgb24")
    height, width, _ = picture.shape
    points = [(y, x) for y in (height // 10, -height // 10) for x in (width // 10, -width // 10)]
    return [_mean(picture[y - 2 : y + 2, x - 2 : x + 2]) for y, x in points]


def _mean(patch: npt.NDArray[np.uint8]) -> tuple[int, ...]:
    return tuple(round(float(level)) for level in patch.reshape(-1, 3).mean(axis=0))


@dataclass(frozen=True)
class Published:
    """A video that went through the whole pipeline."""

    folder: Path
    mp4: Path
    size: tuple[int, int]
    has_sound: bool

    @property
    def rungs(self) -> list[Path]:
        return sorted(self.folder.glob("main_*.cmfv"))

    def check_marks(self, count: int | None = None) -> None:
        """Corners are where they were, and each flash comes with its beep, however one plays."""
        for path in (*self.rungs, self.mp4):
            assert corners(path) == [pytest.approx(c, abs=16) for c in CORNERS.values()], path.name
        if not self.has_sound:
            return
        master = str(self.folder / "main.m3u8")
        for stream in range(len(self.rungs)):
            self._check_flashes(lambda: av.open(master, container_options=HLS), stream, count)
        self._check_flashes(lambda: av.open(str(self.mp4)), 0, count)

    @staticmethod
    def _check_flashes(opened: Callable[[], InputContainer], stream: int, count: int | None) -> None:
        with opened() as container:
            seen = flashes(container, stream)
        with opened() as container:
            heard = beeps(container)
        assert len(heard) == (len(seen) if count is None else count)
        assert heard == pytest.approx(seen[: len(heard)], abs=TOGETHER)


def publish(pipeline: Pipeline, path: Path, *, sound_ends: float | None = None) -> Published:
    """Take a file through the pipeline and check all that came out."""
    found = probe(path)
    video_id = pipeline.publish(path.read_bytes())
    report = pipeline.processing(video_id)
    assert (report["status"], report["error"]) == ("published", None)
    with pipeline.context.database.transaction() as transaction:
        video = store.find_video(transaction, video_id)
    assert video is not None
    assert video.playback is not None
    root, has_sound = pipeline.storage.path("media", ""), found.audio is not None
    check_stream(root, video.playback, source=found, has_sound=has_sound, sound_ends=sound_ends)
    return Published(
        (root / video.playback["hls_key"]).parent,
        root / video.playback["mp4_key"],
        (video.playback["width"], video.playback["height"]),
        has_sound,
    )


def sound_ends(path: Path) -> float | None:
    """Return how long after the picture's beginning a source's sound ends; None without any."""
    begins, ends = [], []
    with av.open(str(path)) as container:
        audio = container.streams.best("audio")
        for packet in container.demux():
            if packet.pts is None or packet.is_discard:
                continue
            at = float(packet.pts * packet.time_base)
            if packet.stream is audio:
                ends.append(at + float((packet.duration or 0) * packet.time_base))
            elif packet.stream.type == "video":
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
    done = publish(pipeline, path, sound_ends=sound_ends(path))
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
    ("size", "shape", "degrees", "shown"),
    [
        ("480x480", "4/3", 0, (640, 480)),
        ("480x480", "3/4", 0, (360, 480)),
        ("480x480", "4/3", 90, (480, 640)),
        ("720x576", "64/45", 0, (854, 480)),
        ("640x360", "0", 0, (640, 360)),
        ("641x361", "1001/1000", 0, (640, 360)),
    ],
)
def test_pixels_of_any_shape_become_square(
    size: str, shape: str, degrees: int, shown: tuple[int, int], pipeline: Pipeline, tmp_path: Path
) -> None:
    stored, source = tmp_path / "stored.mp4", tmp_path / "clip.mp4"
    turned = "transpose=clock" if degrees else "null"
    picture = marked(
        size=size, seconds=1, changes=f"{turned},setsar={shape}", coding="yuv444p:bt709:tv"
    )
    ffmpeg(*lavfi(picture), *H264, stored)
    ffmpeg("-display_rotation", degrees, "-i", stored, "-c", "copy", source)
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


@pytest.mark.parametrize(("name", "picture", "options"), [pytest.param(*odd, id=what) for what, *odd in ODD])
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
    publish(pipeline, source, sound_ends=sound_ends(source)).check_marks()


def test_what_an_edit_list_leaves_out_is_not_shown(pipeline: Pipeline, tmp_path: Path) -> None:
    whole, cut = tmp_path / "whole.mp4", tmp_path / "cut.mp4"
    ffmpeg(*lavfi(marked(), beeping()), *H264, *AAC, whole)
    ffmpeg("-ss", 0.7, "-i", whole, "-c", "copy", cut)
    assert len(flash_times(whole)) == 3
    done = publish(pipeline, cut, sound_ends=sound_ends(cut))
    done.check_marks()
    assert flash_times(done.mp4) == pytest.approx([0.8, 1.8], abs=0.04)


def test_silence_is_a_sound_too(pipeline: Pipeline, tmp_path: Path) -> None:
    source = tmp_path / "clip.mp4"
    ffmpeg(*lavfi(marked(seconds=2), "anullsrc=d=2"), *H264, *AAC, source)
    done = publish(pipeline, source)
    assert done.has_sound
    with av.open(str(done.mp4)) as container:
        assert beeps(container) == []


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


def flash_times(path: Path) -> list[float]:
    with av.open(str(path)) as container:
        return flashes(container, 0)


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

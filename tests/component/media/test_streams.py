"""Published videos, taken apart: real clips, and sources as odd as phones and studios make them.

The odd ones are marked: each corner has a colour of its own, and at every half second the middle
flashes white while the sound beeps. So what comes out can be told from what should.
"""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import av
import numpy as np
import numpy.typing as npt
import pytest
from av.container import InputContainer

from chalicelib.media.probe import probe
from chalicelib.videos import store
from tests.component.media.jobs import ffmpeg
from tests.component.media.stream_checks import HLS, check_stream
from tests.component.media.test_probe import VERDICTS
from tests.component.pipeline import Pipeline
from tests.media import real_clip

TOGETHER = 0.05  # seconds between a flash and its beep
H264 = ("-c:v", "libx264", "-preset", "ultrafast", "-pix_fmt", "yuv420p")
AAC = ("-c:a", "aac")
CORNERS = {"red": (255, 0, 0), "lime": (0, 255, 0), "blue": (0, 0, 255), "yellow": (255, 255, 0)}
BEEP = "aevalsrc=if(lt(mod(t+0.5\\,1)\\,0.1)\\,0.5*sin(2*PI*1000*t)\\,0):s=48000"


def marked(*, size: str = "360x640", rate: str = "30", seconds: float = 3) -> str:
    """Return a lavfi source with marked corners and a flash at 0.5, 1.5, 2.5 … seconds."""
    places = ("0:0", "iw*3/4:0", "0:ih*3/4", "iw*3/4:ih*3/4")
    boxes = [
        f"drawbox={place}:iw/4:ih/4:color={colour}:t=fill"
        for place, colour in zip(places, CORNERS, strict=True)
    ]
    flash = "drawbox=iw/4:ih/4:iw/2:ih/2:white:fill:enable=lt(mod(t+0.501\\,1)\\,0.1)"
    return ",".join([f"color=0x202020:size={size}:rate={rate}:duration={seconds}", *boxes, flash])


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
            assert corners(path) == [pytest.approx(c, abs=40) for c in CORNERS.values()], path.name
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
    flip = ",hflip" if mirrored else ""
    ffmpeg(*lavfi(f"{marked(seconds=1)}{flip},{back[degrees]}"), *H264, stored)
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
    turned = ",transpose=clock" if degrees else ""
    picture = f"{marked(size=size, seconds=1)}{turned},setsar={shape}"
    ffmpeg(*lavfi(picture), *H264[:-1], "yuv444p", stored)
    ffmpeg("-display_rotation", degrees, "-i", stored, "-c", "copy", source)
    done = publish(pipeline, source)
    assert done.size == pytest.approx(shown, abs=2)
    done.check_marks()

"""What a job may do to its input: cut, turn, choose a track, and lay pictures over it."""

from pathlib import Path
from typing import Any

import av
import pytest
from PIL import Image

from chalicelib.media.events import rejection_code
from chalicelib.media.probe import probe
from tests.component.media.jobs import SOURCE_KEY, ffmpeg, job_for, run
from tests.fakes import DirectoryStorage
from tests.media import make_clip

PLAIN = ("-c:v", "libx264", "-preset", "ultrafast", "-pix_fmt", "yuv420p")
Colour = tuple[int, int, int]


class Case:
    """A source in a store, and the full job that is changed before it is done."""

    def __init__(self, source: Path, root: Path) -> None:
        self.root = root
        self.store = DirectoryStorage(root / "buckets")
        self.store.write("uploads", SOURCE_KEY, source.read_bytes())
        self.document = job_for(probe(source))

    @property
    def input(self) -> dict[str, Any]:
        given: dict[str, Any] = self.document["Settings"]["Inputs"][0]
        return given

    def run(self) -> dict[str, Any]:
        return run(self.document, self.store, self.root / "scratch")[-1]

    def rung(self, name: str = "360p") -> Path:
        event = self.run()
        assert event["status"] == "COMPLETE", event
        return self.store.path("media", f"v/clip/1.1/main_{name}.cmfv")


def pictures(path: Path) -> list[Image.Image]:
    with av.open(str(path)) as container:
        return [frame.to_image() for frame in container.decode(video=0)]


def colour(picture: Image.Image, x: int, y: int) -> Colour:
    seen = picture.getpixel((x, y))
    assert isinstance(seen, tuple)
    return seen[0], seen[1], seen[2]


def luma(picture: Image.Image) -> float:
    grey = picture.convert("L").getpixel((50, 50))
    assert isinstance(grey, int)
    return grey * 219 / 255 + 16


@pytest.fixture
def numbered(tmp_path: Path) -> Path:
    """Thirty frames, each brighter than the one before by six, with a tone."""
    level = "color=black:size=360x640:rate=25,geq=lum='20+6*N':cb=128:cr=128"
    tone = ("-f", "lavfi", "-i", "sine=duration=1.2")
    path = tmp_path / "clip.mp4"
    ffmpeg("-f", "lavfi", "-i", level, *tone, "-frames:v", 30, "-g", 10, *PLAIN, path)
    return path


def test_a_part_is_cut_out_to_the_frame(numbered: Path, tmp_path: Path) -> None:
    case = Case(numbered, tmp_path)
    clipping = {"StartTimecode": "00:00:00:07", "EndTimecode": "00:00:01:01"}
    case.input["InputClippings"] = [clipping]
    rung = case.rung()
    shown = [round((luma(picture) - 20) / 6) for picture in pictures(rung)]
    assert shown == list(range(7, 27))
    with av.open(str(case.store.path("media", "v/clip/1.1/main_360p.mp4"))) as movie:
        for stream in movie.streams:
            assert stream.duration is not None
            assert float(stream.duration * (stream.time_base or 0)) == pytest.approx(0.8, abs=0.05)


def test_an_end_before_the_start_is_refused(numbered: Path, tmp_path: Path) -> None:
    case = Case(numbered, tmp_path)
    clipping = {"StartTimecode": "00:00:01:00", "EndTimecode": "00:00:00:10"}
    case.input["InputClippings"] = [clipping]
    event = case.run()
    assert rejection_code(event["errorCode"]) == "internal"
    assert "Settings.Inputs[0].InputClippings" in event["errorMessage"]


@pytest.mark.parametrize(
    ("rotate", "red_at"),
    [
        ("DEGREE_0", (180, 20)),
        ("DEGREES_90", (340, 320)),
        ("DEGREES_180", (180, 620)),
        ("DEGREES_270", (20, 320)),
    ],
)
def test_the_job_may_turn_the_picture_whatever_the_file_says(
    tmp_path: Path, rotate: str, red_at: tuple[int, int]
) -> None:
    plain, source = tmp_path / "plain.mp4", tmp_path / "clip.mp4"
    # Red above blue; the file's own note would turn it upside down.
    half = "color=red:size={}:rate=25:duration=1,drawbox=y=ih/2:h=ih/2:color=blue:t=fill"
    size = "640x360" if rotate in ("DEGREES_90", "DEGREES_270") else "360x640"
    ffmpeg("-f", "lavfi", "-i", half.format(size), *PLAIN, plain)
    ffmpeg("-display_rotation", 180, "-i", plain, "-c", "copy", source)
    case = Case(source, tmp_path)
    case.input["VideoSelector"]["Rotate"] = rotate
    for group in case.document["Settings"]["OutputGroups"]:
        for output in group["Outputs"]:
            video = output["VideoDescription"]
            video["Width"], video["Height"] = sorted((video["Width"], video["Height"]))
    rung = case.rung()
    with av.open(str(rung)) as container:
        frame = next(container.decode(video=0))
        assert frame.rotation == 0
    picture = frame.to_image()
    assert picture.size == (360, 640)
    red, blue = colour(picture, *red_at), colour(picture, 359 - red_at[0], 639 - red_at[1])
    assert red[0] > 150 > red[2]
    assert blue[2] > 150 > blue[0]


def test_the_job_may_choose_a_track(tmp_path: Path) -> None:
    source = tmp_path / "clip.mp4"
    ffmpeg(
        *("-f", "lavfi", "-i", "testsrc2=size=360x640:duration=1"),
        *("-f", "lavfi", "-i", "anullsrc=d=1"),
        *("-f", "lavfi", "-i", "sine=duration=1,volume=10dB"),
        *("-map", "0", "-map", "1", "-map", "2", *PLAIN, "-c:a", "aac", "-t", 1, source),
    )
    loudness = []
    for number in (1, 2):
        case = Case(source, tmp_path / str(number))
        selector = {"SelectorType": "TRACK", "Tracks": [number]}
        case.input["AudioSelectors"] = {"Audio Selector 1": selector}
        case.rung()
        samples = case.store.read("media", "w/clip/1.1/sound.wav")[44:]
        loudness.append(max(map(abs, memoryview(samples).cast("h"))))
    assert loudness[0] < 10
    assert loudness[1] > 1000


@pytest.mark.parametrize("sound", [True, False])
def test_a_track_that_is_not_there_is_refused(tmp_path: Path, sound: bool) -> None:
    case = Case(make_clip(tmp_path / "clip.mp4", seconds=1), tmp_path)
    silent = make_clip(tmp_path / "silent.mp4", seconds=1, sound=False)
    if sound:
        selector = {"SelectorType": "TRACK", "Tracks": [2]}
        case.input["AudioSelectors"] = {"Audio Selector 1": selector}
    else:
        case.store.write("uploads", SOURCE_KEY, silent.read_bytes())
    event = case.run()
    assert rejection_code(event["errorCode"]) == "internal"
    assert "Settings.Inputs[0].AudioSelectors" in event["errorMessage"]


def test_pictures_are_laid_over_the_source(tmp_path: Path) -> None:
    source = tmp_path / "clip.mp4"
    grey = "color=0x808080:size=720x1280:rate=25:duration=2"
    ffmpeg("-f", "lavfi", "-i", grey, *PLAIN, source)
    case = Case(source, tmp_path)
    Image.new("RGB", (200, 100), "red").save(tmp_path / "red.png")
    Image.new("RGBA", (10, 10), (0, 0, 255, 255)).save(tmp_path / "blue.png")
    for name in ("red.png", "blue.png"):
        case.store.write("media", f"w/{name}", (tmp_path / name).read_bytes())
    red = {
        "ImageInserterInput": "s3://media/w/red.png",
        "ImageX": 100, "ImageY": 200, "Layer": 1, "Opacity": 50,
    }  # fmt: skip
    blue = {
        "ImageInserterInput": "s3://media/w/blue.png",
        "ImageX": 100, "ImageY": 200, "Layer": 2, "Opacity": 100,
        "Width": 40, "Height": 100, "StartTime": "00:00:00:10", "Duration": 600,
    }  # fmt: skip
    case.input["ImageInserter"] = {"InsertableImages": [blue, red]}
    shown = pictures(case.rung("720p"))
    mixed, outside = colour(shown[0], 200, 250), colour(shown[0], 95, 250)
    assert mixed == pytest.approx((192, 64, 64), abs=12)
    assert outside == pytest.approx((128, 128, 128), abs=12)
    covered = [colour(picture, 120, 250)[2] > 200 for picture in shown]
    assert covered == [10 <= number < 25 for number in range(50)]
    small = pictures(case.store.path("media", "v/clip/1.1/main_360p.cmfv"))[12]
    assert colour(small, 60, 125)[2] > 200
    assert colour(small, 140, 125) == pytest.approx((192, 64, 64), abs=30)

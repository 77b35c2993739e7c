"""Storyboards: one picture of tiles, and a text that says which tile stands for which time."""

import io
import re
from itertools import pairwise

import pytest
from PIL import Image

from chalicelib.media.storyboard import Storyboard, make_storyboard

CUE = re.compile(
    r"(\d+):(\d\d):(\d\d\.\d{3}) --> (\d+):(\d\d):(\d\d\.\d{3})\n"
    r"(.+)#xywh=(\d+),(\d+),(\d+),(\d+)\n"
)


def frame(luma: int, size: tuple[int, int] = (16, 8)) -> bytes:
    data = io.BytesIO()
    Image.new("L", size, luma).save(data, "JPEG")
    return data.getvalue()


def cues(made: Storyboard) -> list[tuple[float, float, str, tuple[int, ...]]]:
    """Return begin and end in seconds, picture and tile of each cue."""
    assert made.vtt.startswith("WEBVTT\n\n")
    found = []
    for match in CUE.finditer(made.vtt):
        hours, minutes, seconds, *end = (float(part) for part in match.groups()[:6])
        begin = hours * 3600 + minutes * 60 + seconds
        tile = tuple(int(number) for number in match.groups()[7:])
        found.append((begin, end[0] * 3600 + end[1] * 60 + end[2], match[7], tile))
    return found


def check_gapless(made: Storyboard, duration: float) -> None:
    times = cues(made)
    assert times[0][0] == 0
    assert times[-1][1] == duration
    assert all(begin < end for begin, end, _, _ in times)
    assert all(one[1] == other[0] for one, other in pairwise(times))


def test_each_cue_shows_the_frame_of_its_time() -> None:
    lumas = [10 * place for place in range(25)]
    made = make_storyboard([frame(luma) for luma in lumas], 0.5, 12_400, "storyboard.jpg")
    check_gapless(made, 12.4)
    sprite = Image.open(io.BytesIO(made.image)).convert("L")
    assert sprite.size == (160, 24)
    for (begin, _, name, (x, y, width, height)), luma in zip(cues(made), lumas, strict=True):
        assert name == "storyboard.jpg"
        assert (width, height) == (16, 8)
        shown = sprite.crop((x, y, x + width, y + height)).getpixel((8, 4))
        assert isinstance(shown, int)
        assert abs(shown - luma) <= 3
        assert begin == luma / 20


@pytest.mark.parametrize(
    ("count", "tiles", "seconds"), [(100, 100, 0.5), (101, 51, 1), (240, 80, 1.5)]
)
def test_long_videos_have_fewer_tiles_than_frames(count: int, tiles: int, seconds: float) -> None:
    made = make_storyboard([frame(90)] * count, 0.5, count * 500, "s.jpg")
    check_gapless(made, count / 2)
    assert len(cues(made)) == tiles
    assert cues(made)[1][0] == seconds


def test_a_single_frame_stands_for_the_whole_video() -> None:
    made = make_storyboard([frame(90)], 2, 61_001, "s.jpg")
    assert cues(made) == [(0, 61.001, "s.jpg", (0, 0, 16, 8))]
    assert Image.open(io.BytesIO(made.image)).size == (16, 8)


def test_frames_may_end_before_the_video_or_after_it() -> None:
    check_gapless(make_storyboard([frame(90)] * 3, 1, 10_000, "s.jpg"), 10)
    made = make_storyboard([frame(90)] * 5, 1 / 3, 667, "s.jpg")
    check_gapless(made, 0.667)


def test_hours_are_told() -> None:
    check_gapless(make_storyboard([frame(90)] * 100, 60, 6_000_000, "s.jpg"), 6000)


def test_no_frames_make_no_storyboard() -> None:
    with pytest.raises(ValueError, match="frame"):
        make_storyboard([], 0.5, 1000, "s.jpg")

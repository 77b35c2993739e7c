"""The ladder: every source gets the renditions that it can fill, and no more."""

import pytest

from chalicelib.media.ladder import ladder
from chalicelib.media.models import Rendition


def sizes(width: int, height: int) -> list[tuple[str, int, int]]:
    """Return name, width and height of every rung."""
    return [(rung.name, rung.width, rung.height) for rung in ladder(width, height)]


@pytest.mark.parametrize(
    ("source", "rungs"),
    [
        (
            (1920, 1080),
            [("1080p", 1920, 1080), ("720p", 1280, 720), ("480p", 854, 480), ("360p", 640, 360)],
        ),
        (
            (1080, 1920),
            [("1080p", 1080, 1920), ("720p", 720, 1280), ("480p", 480, 854), ("360p", 360, 640)],
        ),
        (
            (3840, 2160),
            [("1080p", 1920, 1080), ("720p", 1280, 720), ("480p", 854, 480), ("360p", 640, 360)],
        ),
        ((700, 700), [("480p", 480, 480), ("360p", 360, 360)]),
        ((640, 360), [("360p", 640, 360)]),
        ((321, 241), [("240p", 320, 240)]),
        ((101, 1001), [("100p", 100, 992)]),
    ],
)
def test_rungs_by_display_size(source: tuple[int, int], rungs: list[tuple[str, int, int]]) -> None:
    assert sizes(*source) == rungs


def test_every_size_is_even_within_the_source_and_keeps_its_shape() -> None:
    for width in range(100, 2000, 37):
        for height in range(100, 2000, 41):
            for rung in ladder(width, height):
                assert rung.width % 2 == rung.height % 2 == 0
                assert rung.width <= width
                assert rung.height <= height
                tolerance = 2 * max(width, height) / min(rung.width, rung.height)
                assert abs(rung.width * height - rung.height * width) <= tolerance * min(
                    rung.width, rung.height
                )


def test_smaller_rungs_cost_less() -> None:
    rungs = ladder(1920, 1080)
    assert [rung.crf for rung in rungs] == [23, 23, 24, 25]
    limits = [rung.max_bitrate for rung in rungs]
    assert limits == sorted(limits, reverse=True)
    assert ladder(320, 240) == (Rendition("240p", 320, 240, 25, rungs[-1].max_bitrate),)

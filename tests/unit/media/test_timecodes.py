"""Timecodes name frames, at whatever rate a file has."""

import pytest

from chalicelib.media.timecodes import frame_number, timecode_at


@pytest.mark.parametrize(
    ("milliseconds", "rate", "timecode"),
    [
        (0, 30.0, "00:00:00:00"),
        (33, 30.0, "00:00:00:00"),
        (34, 30.0, "00:00:00:01"),
        (1000, 30.0, "00:00:01:00"),
        (1040, 25.0, "00:00:01:01"),
        (61_000, 24.0, "00:01:01:00"),
        (3_600_000, 30.0, "01:00:00:00"),
        (2000, 0.5, "00:00:01:00"),
    ],
)
def test_a_moment_has_the_frame_that_is_shown(
    milliseconds: int, rate: float, timecode: str
) -> None:
    assert timecode_at(milliseconds, rate) == timecode


@pytest.mark.parametrize("rate", [0.5, 1.0, 10.01, 12.5, 23.976, 24.0, 25.0, 29.97, 30.0])
def test_what_is_written_is_read_as_the_same_frame(rate: float) -> None:
    for milliseconds in range(0, 180_000, 97):
        frame = frame_number(timecode_at(milliseconds, rate), rate)
        assert frame <= milliseconds * rate / 1000 + 1e-6 < frame + 1 + 1e-3


@pytest.mark.parametrize("text", ["", "1:2:3:4", "00:00:00", "00:00:00;00", "00:00:00:00@25"])
def test_anything_else_is_no_timecode(text: str) -> None:
    with pytest.raises(ValueError, match="no timecode"):
        frame_number(text, 25)

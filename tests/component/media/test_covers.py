"""Covers: exactly the frame that was shown when its creator stopped."""

from pathlib import Path

import pytest
from PIL import Image, ImageStat

from chalicelib.media.jobs import cover_job
from chalicelib.media.outputs import OutputsIncomplete, inspect_cover
from tests.component.media.jobs import SUBMISSION, Done, ffmpeg, run, transcode
from tests.fakes import DirectoryStorage

STEP = 8  # of brightness, from frame to frame


def counting(root: Path, rate: str) -> Done:
    """Return a video of 24 frames of which each is brighter than the one before."""
    source = root / "clip.mp4"
    level = f"color=black:size=360x640:rate={rate},geq=lum='20+{STEP}*N':cb=128:cr=128"
    codec = ("-c:v", "libx264", "-preset", "ultrafast", "-pix_fmt", "yuv420p")
    ffmpeg("-f", "lavfi", "-i", level, "-frames:v", 24, *codec, source)
    return transcode(source, root)


def cover(done: Done, at_ms: int) -> int:
    """Return which frame the cover of a moment shows."""
    playback = done.playback
    document = cover_job(
        source=f"s3://media/{playback.mp4_key}",
        destination="s3://media/v/clip/1.1",
        width=playback.mp4_width,
        height=playback.mp4_height,
        at_ms=at_ms,
        frame_rate=playback.frame_rate,
        submission=SUBMISSION,
    )
    events = run(document, done.store, done.store.root / "scratch")
    assert events[-1]["status"] == "COMPLETE", events[-1]
    made = inspect_cover(events[-1], store=done.store)
    assert made.key == f"v/clip/1.1/cover-{at_ms}.0000000.jpg"
    assert made.placeholder.startswith("data:image/jpeg;base64,")
    with Image.open(done.store.path("media", made.key)) as picture:
        assert picture.size == (playback.mp4_width, playback.mp4_height)
        luma = ImageStat.Stat(picture.convert("L")).mean[0] * 219 / 255 + 16
    return round((luma - 20) / STEP)


@pytest.mark.parametrize("rate", ["30", "25", "12.5", "10.01"])
def test_the_cover_is_the_frame_shown_at_that_moment(tmp_path: Path, rate: str) -> None:
    done = counting(tmp_path, rate)
    assert done.playback.frame_rate == pytest.approx(float(rate))
    frame_ms = 1000 / float(rate)
    moments = [0, 1, round(5 * frame_ms + 1), round(6 * frame_ms - 1), round(20.5 * frame_ms)]
    assert [cover(done, at_ms) for at_ms in moments] == [0, 0, 5, 5, 20]
    last = [cover(done, round(23 * frame_ms + 1)), cover(done, 3000), cover(done, 180_000)]
    assert last == [23, 23, 23]


def test_a_cover_that_is_gone_is_noticed(tmp_path: Path) -> None:
    detail = {"outputGroupDetails": [{"outputDetails": [
        {"outputFilePaths": ["s3://media/v/1/cover-5.0000000.jpg"]}
    ]}]}  # fmt: skip
    with pytest.raises(OutputsIncomplete, match="cover-5"):
        inspect_cover(detail, store=DirectoryStorage(tmp_path))

"""Whole jobs on clips as people, phones and studios make them."""

from pathlib import Path

import av
import pytest
from PIL import Image, ImageStat

from tests.component.media.jobs import keyframes, transcode
from tests.component.media.test_probe import VERDICTS
from tests.media import real_clip

PLAYABLE = [name for name, verdict in VERDICTS.items() if not isinstance(verdict, str)]


@pytest.mark.parametrize("name", PLAYABLE)
def test_a_real_clip_becomes_a_video(name: str, tmp_path: Path) -> None:
    done = transcode(real_clip(name), tmp_path)
    found = done.probe
    assert done.playback.duration_ms == pytest.approx(found.duration_ms, rel=0.05)
    assert done.sound.exists() == (found.audio is not None)
    assert (found.width > found.height) == (done.playback.width > done.playback.height)
    first, *others = [keyframes(rung) for rung in done.rungs]
    assert first[1:2] in ([], [pytest.approx(1, abs=0.11)])
    assert all(times == pytest.approx(first, abs=0.001) for times in others)
    for rung in done.rungs:
        with av.open(str(rung)) as container:
            frame = next(container.decode(video=0))
        assert (frame.format.name, frame.colorspace, frame.rotation) == ("yuv420p", 1, 0)
    poster = _brightness(done.store.path("media", done.playback.poster_key))
    brightest = max(_brightness(still) for still in sorted(done.folder.glob("*.jpg"))[1:])
    assert poster > min(20, 0.9 * brightest)  # some films are dark throughout


def _brightness(path: Path) -> float:
    with Image.open(path) as picture:
        return ImageStat.Stat(picture.convert("L")).mean[0]

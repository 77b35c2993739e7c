"""A sample clip, really rendered: it decodes, it moves, it sounds, and is rendered once."""

from pathlib import Path

import av
import imageio_ffmpeg
import pytest

from infra.clips import render
from infra.clips.recipes import RECIPES
from infra.clips.render import Clip, ClipFailed, render_clips


@pytest.fixture(scope="module")
def cache(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("clips")


@pytest.fixture(scope="module")
def clip(cache: Path) -> Clip:
    return next(render_clips(_ffmpeg(), cache, 1, print))


def test_a_clip_is_portrait_and_as_long_as_its_recipe_says(clip: Clip) -> None:
    with av.open(str(clip.path)) as container:
        video = container.streams.video[0]
        assert (video.width, video.height, video.average_rate) == (720, 1280, 30)
        assert container.duration is not None
        assert container.duration / av.time_base == pytest.approx(RECIPES[0].seconds, abs=0.1)


def test_every_frame_decodes_and_the_picture_changes(clip: Clip) -> None:
    with av.open(str(clip.path)) as container:
        frames = [frame.to_ndarray(format="gray") for frame in container.decode(video=0)]
    assert len(frames) == RECIPES[0].seconds * 30
    assert abs(frames[60].astype(int) - frames[120].astype(int)).mean() > 0.05


def test_it_sounds_without_clipping(clip: Clip) -> None:
    with av.open(str(clip.path)) as container:
        loudest = max(abs(frame.to_ndarray()).max() for frame in container.decode(audio=0))
    assert 0.02 < loudest < 1.0


def test_a_clip_is_rendered_once(clip: Clip, cache: Path) -> None:
    before = clip.path.stat().st_mtime_ns
    said: list[str] = []
    (again,) = render_clips(_ffmpeg(), cache, 1, said.append)
    assert again == clip
    assert again.path.stat().st_mtime_ns == before
    assert said == []
    assert [path.name for path in cache.iterdir()] == [clip.path.name]


def test_a_failure_names_the_clip_and_leaves_nothing_behind(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(render, "_output_options", lambda _: ["-c:v", "no_such_codec"])
    with pytest.raises(ClipFailed, match=RECIPES[0].slug):
        list(render_clips(_ffmpeg(), tmp_path, 1, print))
    assert list(tmp_path.iterdir()) == []


def _ffmpeg() -> Path:
    return Path(imageio_ffmpeg.get_ffmpeg_exe())

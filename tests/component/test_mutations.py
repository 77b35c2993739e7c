"""Broken files: each is published or refused with a reason, in time, and leaves nothing behind."""

from collections.abc import Callable
from pathlib import Path

import pytest

from tests.component.media.jobs import ffmpeg
from tests.component.mutants import take_through
from tests.component.pipeline import Pipeline
from tests.mutations import mutate

H264 = ("-c:v", "libx264", "-preset", "ultrafast", "-pix_fmt", "yuv420p", "-g", "10")
KINDS = {
    "c.mp4": (*H264, "-c:a", "aac", "-movflags", "+faststart"),
    "f.mp4": (*H264, "-c:a", "aac", "-movflags", "+frag_keyframe+empty_moov"),
    "c.webm": ("-c:v", "libvpx", "-deadline", "realtime", "-c:a", "libopus"),
    "c.ts": (*H264, "-c:a", "aac"),
}
Whole = Callable[[str], bytes]


@pytest.fixture(scope="module")
def whole(tmp_path_factory: pytest.TempPathFactory) -> Whole:
    """Small clips in the containers that people have, by name."""
    folder = tmp_path_factory.mktemp("whole")
    sources = ("-f", "lavfi", "-i", "testsrc2=size=180x320:rate=25:duration=1.2",
               "-f", "lavfi", "-i", "sine=duration=1.2")  # fmt: skip
    for name, codecs in KINDS.items():
        ffmpeg(*sources, *codecs, folder / name)
    return lambda name: (folder / name).read_bytes()


@pytest.mark.parametrize("seed", range(10))
@pytest.mark.parametrize("name", KINDS)
def test_a_broken_file_ends_well(
    name: str, seed: int, whole: Whole, pipeline: Pipeline, tmp_path: Path
) -> None:
    mutant = mutate(whole(name), seed, other=whole("c.webm" if name == "c.mp4" else "c.mp4"))
    scratch = tmp_path / "scratch"
    scratch.mkdir()
    assert take_through(pipeline, mutant.data, scratch).problems == (), mutant.damages


def test_the_same_seed_breaks_a_file_in_the_same_way(whole: Whole) -> None:
    data = whole("c.mp4")
    mutants = [mutate(data, seed) for seed in range(50)]
    assert mutants == [mutate(data, seed) for seed in range(50)]
    assert len({mutant.data for mutant in mutants}) > 40

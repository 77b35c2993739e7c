"""One job from source to outputs, judged by decoding them, not by reading our own playlists."""

import io
import subprocess
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import av
import imageio_ffmpeg
import pytest
from PIL import Image, ImageStat

from chalicelib.media.jobs import full_job
from chalicelib.media.ladder import ladder
from chalicelib.media.models import Playback, Probe
from chalicelib.media.outputs import OutputsIncomplete, inspect_outputs
from chalicelib.media.probe import probe
from chalicelib.media.worker import run_job
from tests.fakes import DirectoryStorage
from tests.media import make_clip

FFMPEG = Path(imageio_ffmpeg.get_ffmpeg_exe())


@dataclass(frozen=True)
class Done:
    """A finished job."""

    probe: Probe
    playback: Playback
    events: list[dict[str, Any]]
    store: DirectoryStorage

    def rung(self, name: str) -> Path:
        return self.store.path("media", f"v/clip/1.1/main_{name}.cmfv")


Transcode = Callable[[Path], Done]


@pytest.fixture
def transcode(tmp_path: Path) -> Transcode:
    def run(source: Path) -> Done:
        found = probe(source)
        store = DirectoryStorage(tmp_path / "buckets")
        store.write("uploads", "raw/clip/1/source", source.read_bytes())
        document = full_job(
            source="s3://uploads/raw/clip/1/source",
            destination="s3://media/v/clip/1.1",
            renditions=ladder(found.width, found.height),
            has_audio=found.audio is not None,
            duration_ms=found.duration_ms,
            token="clip-1-1-full",
            metadata={"video_id": "clip"},
            queue="queue",
            role="role",
        )
        events: list[dict[str, Any]] = []
        scratch = tmp_path / "scratch"
        scratch.mkdir()
        run_job("job", document, store=store, emit=events.append, scratch=scratch, ffmpeg=FFMPEG)
        assert events[-1]["status"] == "COMPLETE", events[-1]
        playback = inspect_outputs(events[-1], store=store, expected_ms=found.duration_ms)
        return Done(found, playback, events, store)

    return run


def test_keyframes_are_aligned_on_all_rungs(transcode: Transcode, tmp_path: Path) -> None:
    done = transcode(make_clip(tmp_path / "clip.mp4", seconds=4, size="720x1280"))
    keyframes = [_keyframes(done.rung(name)) for name in ("360p", "480p", "720p")]
    assert keyframes[0] == pytest.approx([0, 1, 3], abs=1 / 30)
    assert keyframes[1] == keyframes[0]
    assert keyframes[2] == keyframes[0]


def test_pixels_are_square_and_colours_marked(transcode: Transcode, tmp_path: Path) -> None:
    done = transcode(make_clip(tmp_path / "clip.mp4", seconds=1, size="480x854"))
    with av.open(str(done.rung("480p"))) as container:
        stream = container.streams.video[0]
        assert (stream.width, stream.height) == (480, 854)
        assert stream.sample_aspect_ratio in (None, 0, 1)
        assert stream.codec_context.color_primaries == 1
        assert stream.codec_context.color_trc == 1
        assert stream.codec_context.colorspace == 1


def test_the_progressive_file_has_picture_and_sound_and_starts_at_once(
    transcode: Transcode, tmp_path: Path
) -> None:
    done = transcode(make_clip(tmp_path / "clip.mp4", seconds=2))
    data = done.store.read("media", done.playback.mp4_key)
    assert data.index(b"moov") < data.index(b"mdat")
    with av.open(io.BytesIO(data)) as container:
        assert {stream.type for stream in container.streams} == {"video", "audio"}
        assert container.duration is not None
        assert container.duration / av.time_base == pytest.approx(2, rel=0.05)


def test_the_start_of_a_video_is_one_range(transcode: Transcode, tmp_path: Path) -> None:
    done = transcode(make_clip(tmp_path / "clip.mp4", seconds=3))
    start = done.playback.start
    opening = done.store.read("media", start.key)[: start.bytes]
    with av.open(io.BytesIO(opening)) as container:
        frames = sum(1 for _ in container.decode(video=0))
    assert frames == pytest.approx(30, abs=1)
    assert start.codecs.startswith("avc1.")


def test_a_silent_source_stays_silent(transcode: Transcode, tmp_path: Path) -> None:
    done = transcode(make_clip(tmp_path / "clip.mp4", seconds=1, sound=False))
    assert done.probe.audio is None
    assert not done.rung("audio").exists()


def test_metadata_of_the_source_does_not_leak(transcode: Transcode, tmp_path: Path) -> None:
    source, tagged = make_clip(tmp_path / "a.mp4", seconds=1), tmp_path / "tagged.mp4"
    where = ["-metadata", "location=+48.2082+016.3738/", "-metadata", "title=at home"]
    _ffmpeg("-i", source, *where, "-movflags", "use_metadata_tags", "-c", "copy", tagged)
    assert b"48.2082" in tagged.read_bytes()
    done = transcode(tagged)
    for path in done.store.path("media", "v/clip/1.1").iterdir():
        assert b"48.2082" not in path.read_bytes()
        assert b"at home" not in path.read_bytes()


def test_a_rotated_source_comes_out_upright(transcode: Transcode, tmp_path: Path) -> None:
    source, turned = tmp_path / "a.mp4", tmp_path / "turned.mp4"
    half = "color=red:size=640x360:rate=30:duration=1,drawbox=y=ih/2:h=ih/2:color=blue:t=fill"
    _ffmpeg("-f", "lavfi", "-i", half, "-pix_fmt", "yuv420p", source)
    _ffmpeg("-display_rotation", "90", "-i", source, "-c", "copy", turned)
    done = transcode(turned)
    assert (done.playback.width, done.playback.height) == (360, 640)
    with av.open(str(done.rung("360p"))) as container:
        picture = next(container.decode(video=0)).to_image()
    left, right = picture.getpixel((20, 320)), picture.getpixel((340, 320))
    assert left[0] > 150 > left[2]
    assert right[2] > 150 > right[0]


def test_the_poster_is_not_black(transcode: Transcode, tmp_path: Path) -> None:
    clip, source = make_clip(tmp_path / "a.mp4", seconds=2), tmp_path / "dark.mp4"
    dark = ["-f", "lavfi", "-i", "color=black:size=360x640:rate=30:duration=2"]
    joined = "[0:v][1:v]concat=n=2:v=1[v]"
    _ffmpeg(*dark, "-i", clip, "-filter_complex", joined, "-map", "[v]", source)
    done = transcode(source)
    with Image.open(io.BytesIO(done.store.read("media", done.playback.poster_key))) as poster:
        assert ImageStat.Stat(poster.convert("L")).mean[0] > 40
    assert done.playback.placeholder.startswith("data:image/jpeg;base64,")


def test_a_missing_or_short_file_is_noticed(transcode: Transcode, tmp_path: Path) -> None:
    done = transcode(make_clip(tmp_path / "clip.mp4", seconds=1))
    rung = done.rung("360p")
    whole = rung.read_bytes()
    rung.write_bytes(whole[:-10])
    with pytest.raises(OutputsIncomplete, match="360p"):
        inspect_outputs(done.events[-1], store=done.store, expected_ms=1000)
    rung.unlink()
    with pytest.raises(OutputsIncomplete, match="360p"):
        inspect_outputs(done.events[-1], store=done.store, expected_ms=1000)


def test_a_source_that_vanished_raises_so_that_it_is_tried_again(tmp_path: Path) -> None:
    store = DirectoryStorage(tmp_path / "buckets")
    document = full_job(
        source="s3://uploads/raw/gone/1/source",
        destination="s3://media/v/gone/1.1",
        renditions=ladder(360, 640),
        has_audio=False,
        duration_ms=1000,
        token="gone-1-1-full",
        metadata={},
        queue="queue",
        role="role",
    )
    events: list[dict[str, Any]] = []
    with pytest.raises(FileNotFoundError):
        run_job("job", document, store=store, emit=events.append, scratch=tmp_path, ffmpeg=FFMPEG)
    assert [event["status"] for event in events] == ["PROGRESSING"]


def _keyframes(path: Path) -> list[float]:
    with av.open(str(path)) as container:
        times = [
            float(packet.pts * packet.time_base)
            for packet in container.demux(video=0)
            if packet.is_keyframe and packet.pts is not None and packet.time_base is not None
        ]
    return [at - times[0] for at in times]


def _ffmpeg(*arguments: object) -> None:
    command = [str(FFMPEG), "-v", "error", "-y", *(str(argument) for argument in arguments)]
    subprocess.run(command, check=True, timeout=60)

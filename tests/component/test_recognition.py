"""Files, pictures and sounds that were here before."""

import subprocess
from pathlib import Path

import imageio_ffmpeg
import pytest

from tests.component.conftest import NewClient
from tests.component.pipeline import Pipeline
from tests.gateway import Client

TUNE = "aevalsrc=0.4*sin(2*PI*t*(300+220*floor(mod(t*3\\,7))))+0.2*sin(2*PI*t*(900-70*floor(t*2)))"


def _clip(path: Path, picture: str, sound: str | None = None, *more: str) -> bytes:
    """Render six seconds of a picture, with a sound."""
    given = ["-f", "lavfi", "-t", "6", "-i", f"{picture}=size=360x640:rate=30"]
    if sound is not None:
        given += ["-f", "lavfi", "-i", f"{sound}:d=6"]
    command = [imageio_ffmpeg.get_ffmpeg_exe(), "-v", "error", "-y", *given, *more]
    codec = ["-c:v", "libx264", "-preset", "ultrafast", "-pix_fmt", "yuv420p", "-c:a", "aac"]
    subprocess.run([*command, *codec, str(path)], check=True, timeout=60)
    return path.read_bytes()


@pytest.fixture
def another(pipeline: Pipeline, new_user: NewClient) -> Pipeline:
    """The same pipeline in the hands of somebody else."""
    return Pipeline(pipeline.context, new_user(creator=True))


def test_the_same_file_twice_is_told_its_uploader(pipeline: Pipeline, clip: bytes) -> None:
    pipeline.publish(clip)
    report = pipeline.processing(pipeline.publish(clip))
    assert (report["status"], report["error"]["code"]) == ("rejected", "duplicate_media")


def test_the_same_file_with_other_effects_is_another_video(pipeline: Pipeline, clip: bytes) -> None:
    pipeline.publish(clip)
    video_id = pipeline.publish(clip, effects={"filter": "mono"})
    assert pipeline.processing(video_id)["status"] == "published"


def test_a_promised_digest_is_checked(pipeline: Pipeline, clip: bytes) -> None:
    report = pipeline.processing(pipeline.publish(clip, sha256="ab" * 32))
    assert report["error"]["code"] == "checksum_mismatch"


def test_a_copy_of_somebody_elses_video_is_flagged_not_refused(
    pipeline: Pipeline, another: Pipeline, tmp_path: Path
) -> None:
    original = pipeline.publish(_clip(tmp_path / "a.mp4", "mandelbrot"))
    copied = _clip(tmp_path / "b.mp4", "mandelbrot", None, "-vf", "hflip,eq=brightness=0.06")
    report = another.processing(another.publish(copied))
    assert report["status"] == "published"
    assert [found["video_id"] for found in report["duplicates"]] == [original]
    assert report["duplicates"][0]["score"] >= 0.5
    assert pipeline.processing(original)["duplicates"] == []


def test_a_copy_of_a_private_video_says_nothing_of_whose_it_is(
    pipeline: Pipeline, another: Pipeline, tmp_path: Path
) -> None:
    data = _clip(tmp_path / "a.mp4", "mandelbrot")
    pipeline.publish(data, visibility="private")
    report = another.processing(another.publish(data))
    assert [found["video_id"] for found in report["duplicates"]] == [None]


def test_a_sound_that_was_heard_before_is_linked_to_its_first_video(
    pipeline: Pipeline, another: Pipeline, tmp_path: Path
) -> None:
    first = pipeline.publish(_clip(tmp_path / "a.mp4", "mandelbrot", TUNE))
    sound = pipeline.creator.get(f"/videos/{first}").json["sound"]
    maker = pipeline.creator.get("/users/me").json["username"]
    assert sound["creator"]["username"] == maker
    assert maker in sound["title"]
    second = another.publish(_clip(tmp_path / "b.mp4", "testsrc2", TUNE))
    assert Client().get(f"/videos/{second}").json["sound"] == sound
    match = another.processing(second)["sound_match"]
    assert 0 < match["score"] <= 1
    assert match["sound"]["id"] == sound["id"]


def test_a_silent_video_has_no_sound(pipeline: Pipeline, tmp_path: Path) -> None:
    video_id = pipeline.publish(_clip(tmp_path / "a.mp4", "mandelbrot"))
    assert pipeline.creator.get(f"/videos/{video_id}").json["sound"] is None
    assert pipeline.stages(video_id)["audio"] == "skipped"


def test_anybody_can_use_a_public_sound(
    pipeline: Pipeline, another: Pipeline, tmp_path: Path
) -> None:
    first = pipeline.publish(_clip(tmp_path / "a.mp4", "mandelbrot", TUNE))
    sound = pipeline.creator.get(f"/videos/{first}").json["sound"]
    silent = _clip(tmp_path / "b.mp4", "testsrc2")
    second = another.publish(silent, sound_id=sound["id"])
    assert another.processing(second)["status"] == "published"
    assert another.creator.get(f"/videos/{second}").json["sound"] == sound
    assert another.stages(second)["audio"] == "done"


def test_nobody_can_use_the_sound_of_a_private_video(
    pipeline: Pipeline, another: Pipeline, tmp_path: Path
) -> None:
    data = _clip(tmp_path / "a.mp4", "mandelbrot", TUNE)
    hidden = pipeline.publish(data, visibility="private")
    sound = pipeline.creator.get(f"/videos/{hidden}").json["sound"]
    body = {
        "filename": "a.mp4",
        "content_type": "video/mp4",
        "size_bytes": 9,
        "sound_id": sound["id"],
    }
    answer = another.creator.post("/videos", body, headers={"X-Idempotency-Key": "k" * 16})
    assert (answer.status, answer.json["errors"][0]["pointer"]) == (422, "/sound_id")
    heard = another.publish(_clip(tmp_path / "b.mp4", "testsrc2", TUNE))
    assert another.creator.get(f"/videos/{heard}").json["sound"]["id"] != sound["id"]

"""What comes with a video beside its ladder: previews, covers, storyboards, AV1 rungs."""

import pytest

from chalicelib.platform.context import Context
from chalicelib.videos import jobs, rescue, transcoding
from tests.component.conftest import NewClient
from tests.component.pipeline import Pipeline
from tests.fakes import FrozenClock
from tests.gateway import Client


def _object(pipeline: Pipeline, url: str) -> bytes:
    """Return the object behind a URL of the API, signed or not."""
    parts = url.removeprefix("/media/").split("/")
    key = "/".join(parts[2:] if parts[0] == "s" else parts)
    return pipeline.storage.read("media", key)


def test_its_owner_can_play_a_video_before_its_ladder_is_done(
    pipeline: Pipeline, clip: bytes
) -> None:
    video_id = pipeline.upload(clip)
    assert pipeline.processing(video_id)["preview"] is None
    for job_id in pipeline.job_ids("fast-queue"):
        transcoding.work(pipeline.context, job_id)
    pipeline.follow()
    report = pipeline.processing(video_id)
    assert report["status"] == "processing"
    preview = report["preview"]
    assert preview["mp4_url"].startswith("/media/s/")
    assert (preview["width"], preview["height"]) == (360, 640)
    assert abs(preview["duration_ms"] - 2000) < 100
    assert b"ftyp" in _object(pipeline, preview["mp4_url"])[:12]
    pipeline.run()
    assert pipeline.processing(video_id)["preview"] is None


def test_a_lost_preview_keeps_nothing_from_being_published(
    pipeline: Pipeline, clip: bytes, clock: FrozenClock
) -> None:
    video_id = pipeline.upload(clip)
    for _ in range(4):
        with pipeline.context.database.transaction() as transaction:
            for job_id in pipeline.job_ids("fast-queue"):
                jobs.claim_job(transaction, job_id, clock.now())
        clock.advance(seconds=91)
        rescue.sweep(pipeline.context)
    assert len(pipeline.job_ids("fast-queue")) == 3
    pipeline.run()
    assert pipeline.processing(video_id)["status"] == "published"


def test_a_waiting_video_says_how_many_come_first(
    pipeline: Pipeline, clip: bytes, clock: FrozenClock
) -> None:
    videos = []
    for number in range(3):
        videos.append(pipeline.upload(clip + bytes(number)))
        clock.advance(seconds=1)
    ahead = [pipeline.processing(video)["queue_position"] for video in videos]
    assert ahead == [0, 1, 2]
    pipeline.run()
    assert pipeline.processing(videos[0])["queue_position"] is None


def test_a_published_video_has_a_storyboard(pipeline: Pipeline, clip: bytes) -> None:
    video_id = pipeline.publish(clip)
    playback = pipeline.creator.get(f"/videos/{video_id}").json["playback"]
    cues = _object(pipeline, playback["storyboard_url"]).decode()
    assert cues.startswith("WEBVTT")
    assert "storyboard.jpg#xywh=0,0," in cues
    sprite = playback["storyboard_url"].replace(".vtt", ".jpg")
    assert _object(pipeline, sprite).startswith(b"\xff\xd8")


def test_no_working_file_is_left(pipeline: Pipeline, clip: bytes) -> None:
    video_id = pipeline.publish(clip)
    assert list(pipeline.storage.keys("media", "w/")) == []
    assert list(pipeline.storage.keys("media", f"v/{video_id}/"))


def test_the_cover_is_the_moment_its_creator_chose(pipeline: Pipeline, clip: bytes) -> None:
    video_id = pipeline.publish(clip, cover_ms=1500)
    video = pipeline.creator.get(f"/videos/{video_id}")
    first = video.json["playback"]["poster_url"]
    assert "cover-1500" in first
    changes = {"cover_ms": 500}
    headers = {"If-Match": video.headers["ETag"]}
    edited = pipeline.creator.call("PATCH", f"/videos/{video_id}", changes, headers=headers)
    assert edited.status == 200
    pipeline.run()
    second = pipeline.creator.get(f"/videos/{video_id}").json["playback"]["poster_url"]
    assert "cover-500" in second
    assert _object(pipeline, first) != _object(pipeline, second)


def test_a_cover_after_the_end_is_refused(pipeline: Pipeline, clip: bytes) -> None:
    video_id = pipeline.publish(clip)
    answer = pipeline.creator.call(
        "PATCH", f"/videos/{video_id}", {"cover_ms": 60_000}, headers={"If-Match": "*"}
    )
    assert (answer.status, answer.json["errors"][0]["pointer"]) == (422, "/cover_ms")


def test_av1_rungs_come_later_and_last(context: Context, pipeline: Pipeline, clip: bytes) -> None:
    object.__setattr__(context.settings, "av1_rungs", True)
    video_id = pipeline.publish(clip)
    url = pipeline.creator.get(f"/videos/{video_id}").json["playback"]["hls_url"]
    lines = _object(pipeline, url).decode().splitlines()
    codecs = [line.partition('CODECS="')[2][:4] for line in lines if "STREAM-INF" in line]
    assert codecs[0] == "avc1"
    assert codecs[-1] == "av01"
    assert codecs == sorted(codecs, reverse=True)


@pytest.mark.parametrize("stranger", [True, False])
def test_effects_are_in_the_stream(
    pipeline: Pipeline, clip: bytes, new_user: NewClient, stranger: bool
) -> None:
    effects = {"trim": {"start_ms": 500, "end_ms": 1500}, "fit": "crop", "mirror": True}
    video_id = pipeline.publish(clip, effects=effects)
    report = pipeline.processing(video_id)
    assert (report["status"], report["percent"]) == ("published", 100)
    viewer = Client() if stranger else new_user()
    video = viewer.get(f"/videos/{video_id}").json
    assert abs(video["duration_ms"] - 1000) < 50
    assert abs(video["width"] / video["height"] - 9 / 16) < 0.01


def test_effects_that_leave_nothing_are_told_when_the_file_is_known(
    pipeline: Pipeline, clip: bytes
) -> None:
    video_id = pipeline.publish(clip, effects={"trim": {"start_ms": 60_000, "end_ms": 61_000}})
    report = pipeline.processing(video_id)
    assert (report["status"], report["error"]["code"]) == ("rejected", "media_too_short")


def test_impossible_effects_are_refused_at_once(pipeline: Pipeline) -> None:
    body = {"filename": "a.mp4", "content_type": "video/mp4", "size_bytes": 1000}
    body["effects"] = {"speed": 9}
    answer = pipeline.creator.post("/videos", body, headers={"X-Idempotency-Key": "k" * 16})
    assert (answer.status, answer.json["code"]) == (422, "effects_invalid")
    assert answer.json["errors"][0]["pointer"] == "/effects/speed"

"""From the announcement to the published stream: every way through, and every way out."""

from typing import Any

import pytest

from chalicelib.videos import arrival, jobs, rescue
from tests.component.conftest import NewClient
from tests.component.pipeline import Pipeline
from tests.fakes import FrozenClock
from tests.gateway import Client


def test_an_announcement_gives_a_form_and_a_timeline(pipeline: Pipeline) -> None:
    body = {"filename": "a.mp4", "content_type": "video/mp4", "size_bytes": 1000}
    body["description"] = "Pasta with #Lemon and #lemon, for @ada"
    answer = pipeline.creator.post("/videos", body, headers={"X-Idempotency-Key": "k" * 16})
    video, form = answer.json["video"], answer.json["upload"]
    assert video["status"] == "awaiting_upload"
    assert video["hashtags"] == ["lemon"]
    assert video["mentions"] == ["ada"]
    assert form["kind"] == "post"
    assert form["fields"]["key"] == f"raw/{video['id']}/1/source"
    assert pipeline.stages(video["id"])["upload"] == "running"


@pytest.mark.parametrize(
    ("changes", "status", "code"),
    [
        ({"content_type": "image/png"}, 415, "unsupported_media_type"),
        ({"size_bytes": 1024**3 + 1}, 413, "media_too_large"),
        ({"size_bytes": 0}, 422, "validation_failed"),
        ({"visibility": "secret"}, 422, "validation_failed"),
        ({"colour": "red"}, 422, "unknown_field"),
    ],
)
def test_impossible_announcements_are_refused(
    creator: Client, changes: dict[str, Any], status: int, code: str
) -> None:
    body = {"filename": "a.mp4", "content_type": "video/mp4", "size_bytes": 1000, **changes}
    answer = creator.post("/videos", body, headers={"X-Idempotency-Key": "k" * 16})
    assert (answer.status, answer.json["code"]) == (status, code)


def test_an_upload_becomes_a_published_stream(
    pipeline: Pipeline, clip: bytes, new_user: NewClient
) -> None:
    video_id = pipeline.upload(clip, description="first light")
    assert pipeline.processing(video_id)["status"] == "processing"
    pipeline.run()
    report = pipeline.processing(video_id)
    assert (report["status"], report["percent"], report["error"]) == ("published", 100, None)
    assert set(pipeline.stages(video_id).values()) == {"done"}
    item = new_user().get("/feed").json["items"][0]["video"]
    assert item["id"] == video_id
    key = item["playback"]["hls_url"].removeprefix("/media/")
    assert pipeline.storage.read("media", key).startswith(b"#EXTM3U")


def test_every_message_twice_changes_nothing(pipeline: Pipeline, clip: bytes) -> None:
    video_id = pipeline.upload(clip)
    pipeline.arrive(video_id)
    pipeline.run()
    made = len(pipeline.events.put_events)
    pipeline.transcode()
    assert len(pipeline.events.put_events) == made
    first = pipeline.creator.get(f"/videos/{video_id}").json
    assert first["status"] == "published"
    pipeline.events.put_events.reverse()
    pipeline.queues.sent.reverse()
    pipeline.run()
    pipeline.arrive(video_id)
    assert pipeline.creator.get(f"/videos/{video_id}").json == first
    assert pipeline.creator.get("/users/me").json["video_count"] == 1


def test_progress_is_seen_while_it_happens(pipeline: Pipeline, clip: bytes) -> None:
    video_id = pipeline.upload(clip)
    job_id = pipeline.job_ids()[0]
    seen = []
    for percent in (10, 60, 30):
        detail = {
            "jobId": job_id,
            "status": "STATUS_UPDATE",
            "jobProgress": {"jobPercentComplete": percent},
        }
        pipeline.hear(detail)
        stages = pipeline.processing(video_id)["stages"]
        seen.append(next(stage["percent"] for stage in stages if stage["name"] == "transcode"))
    assert seen == [10, 60, 60]


@pytest.mark.parametrize(
    ("data", "code"),
    [
        (b"\xff\xd8\xff\xe0" + b"JFIF" * 500, "unsupported_container"),
        (b"#EXTM3U\n#EXTINF:1,\nfile:///etc/passwd\n#EXT-X-ENDLIST\n", "unsupported_container"),
    ],
)
def test_what_is_no_video_is_rejected_with_a_reason(
    pipeline: Pipeline, data: bytes, code: str
) -> None:
    video_id = pipeline.upload(data)
    report = pipeline.processing(video_id)
    assert report["status"] == "rejected"
    assert report["error"]["code"] == code
    assert report["error"]["title"]
    assert report["error"]["hint"]
    assert pipeline.stages(video_id)["validate"] == "failed"


def test_half_a_file_is_rejected_as_damaged(pipeline: Pipeline, clip: bytes) -> None:
    video_id = pipeline.upload(clip[: len(clip) // 2])
    assert pipeline.processing(video_id)["error"]["code"] == "corrupt_media"


def test_another_file_than_announced_is_rejected(pipeline: Pipeline, clip: bytes) -> None:
    video_id = pipeline.announce(len(clip) + 1)
    pipeline.send(video_id, clip)
    pipeline.arrive(video_id)
    assert pipeline.processing(video_id)["error"]["code"] == "checksum_mismatch"


def test_objects_that_nobody_announced_are_left_alone(pipeline: Pipeline) -> None:
    for key in ("raw/NoSuchVideo/1/source", "raw/../1/source", "elsewhere", "raw/x/9/source"):
        arrival.receive_upload(pipeline.context, key)
    assert pipeline.queues.sent == []


def test_a_worker_that_dies_delays_the_video_but_does_not_lose_it(
    pipeline: Pipeline, clip: bytes, clock: FrozenClock
) -> None:
    video_id = pipeline.upload(clip)
    first = pipeline.job_ids()[0]
    with pipeline.context.database.transaction() as transaction:
        assert jobs.claim_job(transaction, first, clock.now())
    clock.advance(seconds=60)
    assert rescue.sweep(pipeline.context)["jobs_retried"] == 0
    clock.advance(seconds=31)
    assert rescue.sweep(pipeline.context)["jobs_retried"] == 1
    pipeline.run()
    report = pipeline.processing(video_id)
    assert (report["status"], report["attempt"]) == ("published", 2)
    url = pipeline.creator.get(f"/videos/{video_id}").json["playback"]["hls_url"]
    assert f"{video_id}/1.2/" in url


def test_a_job_that_is_lost_three_times_fails_visibly(
    pipeline: Pipeline, clip: bytes, clock: FrozenClock
) -> None:
    video_id = pipeline.upload(clip)
    for _ in range(3):
        with pipeline.context.database.transaction() as transaction:
            jobs.claim_job(transaction, pipeline.job_ids()[-1], clock.now())
        clock.advance(seconds=91)
        rescue.sweep(pipeline.context)
    report = pipeline.processing(video_id)
    assert (report["status"], report["error"]["code"]) == ("failed", "internal")
    assert pipeline.stages(video_id)["transcode"] == "failed"


def test_late_news_of_an_old_attempt_publish_nothing(
    pipeline: Pipeline, clip: bytes, clock: FrozenClock
) -> None:
    video_id = pipeline.upload(clip)
    pipeline.transcode()
    old = list(pipeline.events.put_events)
    clock.advance(seconds=91)
    rescue.sweep(pipeline.context)
    for detail in old:
        pipeline.hear(detail)
    assert pipeline.processing(video_id)["status"] == "processing"


def test_missing_outputs_are_made_again(pipeline: Pipeline, clip: bytes) -> None:
    video_id = pipeline.upload(clip)
    pipeline.transcode()
    for path in pipeline.storage.path("media", f"v/{video_id}/1.1").glob("*.cmfv"):
        path.unlink()
    pipeline.follow()
    pipeline.finish()
    assert pipeline.processing(video_id)["attempt"] == 2
    pipeline.run()
    assert pipeline.processing(video_id)["status"] == "published"


def test_a_queue_that_is_away_gets_its_message_from_the_sweep(
    pipeline: Pipeline, clip: bytes
) -> None:
    video_id = pipeline.announce(len(clip))
    pipeline.send(video_id, clip)
    pipeline.queues.away = True
    pipeline.arrive(video_id)  # what waits in the outbox doesn't make it fail
    pipeline.queues.away = False
    assert rescue.sweep(pipeline.context)["messages_sent"] == 2
    pipeline.run()
    assert pipeline.processing(video_id)["status"] == "published"


def test_a_file_whose_event_was_lost_is_found(
    pipeline: Pipeline, clip: bytes, clock: FrozenClock
) -> None:
    video_id = pipeline.announce(len(clip))
    pipeline.send(video_id, clip)
    clock.advance(minutes=3)
    assert rescue.sweep(pipeline.context)["arrivals_repeated"] == 1
    queue, message = pipeline.queues.sent[0]
    assert queue == "uploads-queue"
    assert message["Records"][0]["s3"]["object"]["key"] == f"raw/{video_id}/1/source"


def test_a_file_that_never_comes_expires(pipeline: Pipeline, clock: FrozenClock) -> None:
    video_id = pipeline.announce(1000)
    clock.advance(hours=23, minutes=59)
    rescue.sweep(pipeline.context)
    assert pipeline.processing(video_id)["status"] == "awaiting_upload"
    clock.advance(minutes=2)
    rescue.sweep(pipeline.context)
    report = pipeline.processing(video_id)
    assert (report["status"], report["error"]["code"]) == ("expired", "upload_expired")


def test_a_draft_waits_for_its_maker(pipeline: Pipeline, clip: bytes) -> None:
    video_id = pipeline.announce(len(clip), draft=True)
    early = pipeline.creator.post(f"/videos/{video_id}/publish")
    assert (early.status, early.json["code"]) == (409, "not_ready")
    pipeline.send(video_id, clip)
    pipeline.arrive(video_id)
    pipeline.run()
    assert pipeline.processing(video_id)["status"] == "ready"
    assert Client().get(f"/videos/{video_id}").status == 404
    for _ in range(2):
        assert pipeline.creator.post(f"/videos/{video_id}/publish").json["status"] == "published"
    assert pipeline.creator.get("/users/me").json["video_count"] == 1


def test_only_the_owner_sees_the_processing(
    pipeline: Pipeline, clip: bytes, new_user: NewClient
) -> None:
    video_id = pipeline.upload(clip)
    assert new_user().get(f"/videos/{video_id}/processing").status == 404
    assert Client().get(f"/videos/{video_id}/processing").status == 401

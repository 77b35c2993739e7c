"""What owners do with their videos afterwards: change, hide, delete, restore, try again."""

from datetime import datetime
from typing import Any

import pytest

from chalicelib.platform.context import Context
from chalicelib.videos import jobs, rescue
from chalicelib.videos import publish as finishing
from tests.component.builders import publish_video
from tests.component.conftest import NewClient
from tests.component.pipeline import Pipeline
from tests.fakes import FrozenClock
from tests.gateway import Answer, Client


def _patch(client: Client, video_id: str, changes: dict[str, Any], tag: str | None = "*") -> Answer:
    headers = {"If-Match": tag} if tag else {}
    return client.call("PATCH", f"/videos/{video_id}", changes, headers=headers)


def test_a_change_needs_the_version_it_is_made_of(context: Context, new_user: NewClient) -> None:
    creator = new_user(creator=True)
    video_id = publish_video(context, creator, "old words")
    tag = creator.get(f"/videos/{video_id}").headers["ETag"]
    assert _patch(creator, video_id, {"description": "new"}, None).json["code"] == (
        "precondition_required"
    )
    changed = _patch(creator, video_id, {"description": "new #words for @ada"}, tag)
    assert changed.status == 200
    assert changed.json["hashtags"] == ["words"]
    assert changed.json["mentions"] == ["ada"]
    stale = _patch(creator, video_id, {"description": "newer"}, tag)
    assert (stale.status, stale.json["code"]) == (412, "precondition_failed")
    assert _patch(creator, video_id, {"description": ""}, changed.headers["ETag"]).status == 200


def test_a_like_meanwhile_is_no_reason_to_refuse_a_change(
    context: Context, new_user: NewClient
) -> None:
    creator, fan = new_user(creator=True), new_user()
    video_id = publish_video(context, creator)
    tag = creator.get(f"/videos/{video_id}").headers["ETag"]
    assert fan.put(f"/videos/{video_id}/like").status == 200
    assert creator.get(f"/videos/{video_id}").headers["ETag"] != tag
    assert _patch(creator, video_id, {"allow_comments": False}, tag).status == 200


def test_what_is_known_already_isnt_sent_again(context: Context, new_user: NewClient) -> None:
    video_id = publish_video(context, new_user(creator=True))
    first = Client().get(f"/videos/{video_id}")
    again = Client().get(f"/videos/{video_id}", headers={"If-None-Match": first.headers["ETag"]})
    assert (again.status, again.text) == (304, "")
    assert Client().get(f"/videos/{video_id}", headers={"If-None-Match": '"1.x"'}).status == 200


@pytest.mark.parametrize(
    "changes",
    [
        {"visibility": "secret"},
        {"labels": ["funny"]},
        {"cover_ms": -1},
        {"description": "x" * 2201},
        {"status": "published"},
    ],
)
def test_impossible_changes_are_refused(
    context: Context, new_user: NewClient, changes: dict[str, Any]
) -> None:
    creator = new_user(creator=True)
    assert _patch(creator, publish_video(context, creator), changes).status == 422


def test_others_change_nothing(context: Context, new_user: NewClient) -> None:
    video_id = publish_video(context, new_user(creator=True))
    other = new_user(creator=True)
    assert _patch(other, video_id, {"description": "mine"}).status == 403
    assert other.delete(f"/videos/{video_id}").status == 403
    assert other.post(f"/videos/{video_id}/restore").status == 404
    assert Client().delete(f"/videos/{video_id}").status == 401


def test_a_private_video_is_its_makers_alone(pipeline: Pipeline, clip: bytes) -> None:
    video_id = pipeline.publish(clip, visibility="private")
    assert Client().get(f"/videos/{video_id}").status == 404
    playback = pipeline.creator.get(f"/videos/{video_id}").json["playback"]
    assert playback["hls_url"].startswith("/media/s/")
    assert list(pipeline.storage.keys("media", f"v/{video_id}/")) == []


def test_files_follow_the_visibility(pipeline: Pipeline, clip: bytes) -> None:
    storage, video_id = pipeline.storage, pipeline.publish(clip)
    assert _patch(pipeline.creator, video_id, {"visibility": "private"}).status == 200
    assert Client().get(f"/videos/{video_id}").status == 404
    pipeline.run()
    assert list(storage.keys("media", f"v/{video_id}/")) == []
    playback = pipeline.creator.get(f"/videos/{video_id}").json["playback"]
    assert playback["mp4_url"].startswith("/media/s/")
    assert _patch(pipeline.creator, video_id, {"visibility": "public"}).status == 200
    pipeline.run()
    playback = Client().get(f"/videos/{video_id}").json["playback"]
    assert playback["hls_url"].startswith(f"/media/v/{video_id}/")
    assert storage.size("media", playback["hls_url"].removeprefix("/media/"))
    assert list(storage.keys("media", f"p/{video_id}/")) == []


def test_a_deleted_video_is_gone_at_once_and_can_come_back(
    pipeline: Pipeline, clip: bytes, clock: FrozenClock
) -> None:
    creator, video_id = pipeline.creator, pipeline.publish(clip)
    url = Client().get(f"/videos/{video_id}").json["playback"]["mp4_url"]
    answer = creator.delete(f"/videos/{video_id}")
    assert answer.status == 202
    until = datetime.fromisoformat(answer.json["retain_until"])
    assert (until - clock.now()).days == 30
    assert creator.delete(f"/videos/{video_id}").json == answer.json
    pipeline.run()
    for reader in (creator, Client()):
        gone = reader.get(f"/videos/{video_id}")
        assert (gone.status, gone.json["code"]) == (410, "deleted")
    assert Client().get("/feed").json["items"] == []
    assert not pipeline.storage.path("media", url.removeprefix("/media/")).exists()
    assert creator.get("/users/me").json["video_count"] == 0
    listed = creator.get("/videos/mine?status=deleted").json["items"]
    assert [(video["id"], video["playback"]) for video in listed] == [(video_id, None)]
    assert creator.post(f"/videos/{video_id}/restore").json["status"] == "published"
    pipeline.run()
    assert Client().get(f"/videos/{video_id}").json["playback"]["mp4_url"] == url
    assert creator.get("/users/me").json["video_count"] == 1


def test_after_thirty_days_nothing_comes_back(
    context: Context, new_user: NewClient, clock: FrozenClock
) -> None:
    creator = new_user(creator=True)
    video_id = publish_video(context, creator)
    creator.delete(f"/videos/{video_id}")
    with context.database.transaction() as transaction:
        transaction.execute("UPDATE videos SET retain_until = %s", (clock.now(),))
    answer = creator.post(f"/videos/{video_id}/restore")
    assert (answer.status, answer.json["code"]) == (409, "not_restorable")


def test_deleting_on_the_way_ends_the_work(pipeline: Pipeline, clip: bytes) -> None:
    video_id = pipeline.upload(clip)
    assert pipeline.creator.delete(f"/videos/{video_id}").status == 202
    pipeline.run()
    assert list(pipeline.storage.keys("media", f"v/{video_id}/")) == []
    assert pipeline.creator.post(f"/videos/{video_id}/restore").json["status"] == "failed"
    assert pipeline.creator.post(f"/videos/{video_id}/processing/retry").status == 202
    pipeline.run()
    assert pipeline.processing(video_id)["status"] == "published"


def _lose(pipeline: Pipeline, clock: FrozenClock, times: int) -> None:
    """Let workers take a video's jobs and die."""
    for _ in range(times):
        with pipeline.context.database.transaction() as transaction:
            for job_id in pipeline.job_ids():
                jobs.claim_job(transaction, job_id, clock.now())
        clock.advance(seconds=91)
        rescue.sweep(pipeline.context)


def test_a_retry_does_only_what_is_missing(
    pipeline: Pipeline, clip: bytes, clock: FrozenClock
) -> None:
    video_id = pipeline.upload(clip)
    validated = pipeline.processing(video_id)["stages"][1]["ended_at"]
    _lose(pipeline, clock, 3)
    assert pipeline.processing(video_id)["status"] == "failed"
    answer = pipeline.creator.post(f"/videos/{video_id}/processing/retry")
    assert answer.status == 202
    report = pipeline.processing(video_id)
    assert (report["status"], report["attempt"], report["error"]) == ("processing", 4, None)
    pipeline.run()
    report = pipeline.processing(video_id)
    assert report["status"] == "published"
    assert report["stages"][1]["ended_at"] == validated


def test_a_retry_allows_three_more_attempts(
    pipeline: Pipeline, clip: bytes, clock: FrozenClock
) -> None:
    video_id = pipeline.upload(clip)
    _lose(pipeline, clock, 3)
    pipeline.creator.post(f"/videos/{video_id}/processing/retry")
    _lose(pipeline, clock, 2)
    assert pipeline.processing(video_id)["status"] == "processing"
    _lose(pipeline, clock, 1)
    assert pipeline.processing(video_id)["status"] == "failed"


def test_what_is_encoded_isnt_encoded_again_by_a_retry(
    pipeline: Pipeline, clip: bytes, clock: FrozenClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    video_id = pipeline.upload(clip)
    pipeline.transcode()
    pipeline.follow()
    clock.advance(minutes=31)
    rescue.sweep(pipeline.context)
    assert pipeline.processing(video_id)["status"] == "failed"
    assert pipeline.creator.post(f"/videos/{video_id}/processing/retry").status == 202
    made = len(pipeline.job_ids())
    pipeline.finish()
    report = pipeline.processing(video_id)
    assert (report["status"], report["attempt"]) == ("published", 1)
    assert len(pipeline.job_ids()) == made


def test_only_what_failed_can_be_tried_again(pipeline: Pipeline, clip: bytes) -> None:
    for data in (clip, b"no video at all"):
        video_id = pipeline.publish(data)
        answer = pipeline.creator.post(f"/videos/{video_id}/processing/retry")
        assert (answer.status, answer.json["code"]) == (409, "not_retryable")


def test_a_finish_that_broke_off_is_repeated(
    pipeline: Pipeline, clip: bytes, clock: FrozenClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    video_id = pipeline.upload(clip)
    pipeline.transcode()
    pipeline.follow()

    def die(*_: object) -> None:
        raise MemoryError

    with monkeypatch.context() as patched:
        patched.setattr(finishing, "_publish", die)
        with pytest.raises(MemoryError):
            pipeline.finish()
    clock.advance(minutes=5)
    assert rescue.sweep(pipeline.context)["finishes_repeated"] == 1
    pipeline.finish()
    assert pipeline.processing(video_id)["status"] == "published"

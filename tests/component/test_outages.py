"""What is down keeps nothing else from going on, and nothing is held against what waits for it."""

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import Any
from unittest import mock

import pytest

from chalicelib.media import worker
from chalicelib.media.progress import FfmpegFailed, FfmpegTimedOut, WorkInterrupted
from chalicelib.platform import outbox
from chalicelib.platform.clock import SystemClock
from chalicelib.platform.context import Context
from chalicelib.platform.database import Database
from chalicelib.videos import rescue, transcoding
from chalicelib.videos.rescue import SweepIncomplete
from tests.component.pipeline import Pipeline
from tests.fakes import DirectoryStorage, FrozenClock, RecordedQueues


class OneRefuses(RecordedQueues):
    """Queues of which one takes nothing."""

    def send(self, queue_url: str, message: Mapping[str, Any], *, delay_seconds: int = 0) -> None:
        if queue_url == "finish-queue":
            raise ValueError("there is no such queue")
        super().send(queue_url, message, delay_seconds=delay_seconds)


def test_a_queue_that_takes_nothing_does_not_hold_up_the_others(context: Context) -> None:
    with context.database.transaction() as transaction:
        for number in range(2 * outbox.BATCH):
            outbox.store(transaction, "finish-queue", {"n": number})
        outbox.store(transaction, "fast-queue", {"n": 0})
    queues = OneRefuses()
    assert [outbox.relay(context.database, queues) for _ in range(3)] == [0, 0, 1]  # type: ignore[arg-type]
    assert queues.sent == [("fast-queue", {"n": 0})]
    mended = RecordedQueues()
    while outbox.relay(context.database, mended):  # type: ignore[arg-type]
        pass
    assert sorted(message["n"] for _, message in mended.sent) == list(range(2 * outbox.BATCH))


def test_the_sweep_goes_on_past_what_fails_and_says_so(
    pipeline: Pipeline, clock: FrozenClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    video_id = pipeline.announce(100)
    with pipeline.context.database.transaction() as transaction:
        outbox.store(transaction, "fast-queue", {"n": 0})

    def away(*_: object) -> None:
        raise ConnectionError("S3 is away")

    clock.advance(minutes=10)
    monkeypatch.setattr(DirectoryStorage, "size", away)
    with pytest.raises(SweepIncomplete, match=r"^arrivals_repeated$"):
        rescue.sweep(pipeline.context)
    assert ("fast-queue", {"n": 0}) in pipeline.queues.sent
    assert pipeline.processing(video_id)["status"] == "awaiting_upload"


def test_an_outage_of_s3_is_not_held_against_an_upload(
    pipeline: Pipeline, clip: bytes, monkeypatch: pytest.MonkeyPatch
) -> None:
    video_id = pipeline.announce(len(clip))
    pipeline.send(video_id, clip)

    def away(*_: object) -> None:
        raise ConnectionError("S3 is away")

    with monkeypatch.context() as outage:
        outage.setattr(DirectoryStorage, "download", away)
        for _ in range(20):
            with pytest.raises(ConnectionError):
                pipeline.arrive(video_id)
    pipeline.arrive(video_id)
    pipeline.run()
    assert pipeline.processing(video_id)["status"] == "published"


def _gives_out(*_: object, **__: object) -> None:
    raise WorkInterrupted("no room")


def test_a_transcoder_that_gives_out_is_tried_again_without_waiting_for_the_sweep(
    pipeline: Pipeline, clip: bytes, monkeypatch: pytest.MonkeyPatch
) -> None:
    video_id = pipeline.upload(clip)
    (job_id,) = pipeline.job_ids()

    with monkeypatch.context() as fault:
        fault.setattr(transcoding, "run_job", _gives_out)
        for _ in range(3):
            with pytest.raises(WorkInterrupted):
                transcoding.work(pipeline.context, job_id, comes_again=True)
    pipeline.run()
    report = pipeline.processing(video_id)
    assert (report["status"], report["attempt"]) == ("published", 1)


def test_the_last_try_leaves_the_job_to_the_sweep(
    pipeline: Pipeline, clip: bytes, clock: FrozenClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    video_id = pipeline.upload(clip)
    (job_id,) = pipeline.job_ids()

    with monkeypatch.context() as fault:
        fault.setattr(transcoding, "run_job", _gives_out)
        with pytest.raises(WorkInterrupted):
            transcoding.work(pipeline.context, job_id, comes_again=False)
    clock.advance(minutes=2)
    assert rescue.sweep(pipeline.context)["jobs_retried"] == 1
    pipeline.run()
    report = pipeline.processing(video_id)
    assert (report["status"], report["attempt"]) == ("published", 2)


@pytest.mark.parametrize(("failures", "status"), [(1, "published"), (2, "rejected")])
@pytest.mark.parametrize("fault", [FfmpegTimedOut, FfmpegFailed])
def test_what_may_be_the_machines_fault_must_be_confirmed(
    pipeline: Pipeline, clip: bytes, failures: int, status: str, fault: type[Exception]
) -> None:
    real, left = worker.run_ffmpeg, failures

    def fails_at_first(command: Any, **options: Any) -> None:
        nonlocal left
        if "-var_stream_map" in command and left:
            left -= 1
            raise fault("as told")
        real(command, **options)

    with mock.patch.object(worker, "run_ffmpeg", fails_at_first):
        report = pipeline.processing(pipeline.publish(clip))
    assert (report["status"], report["attempt"]) == (status, 2)


class WrongClock(SystemClock):
    """A machine's clock that is an hour fast."""

    def own(self) -> datetime:
        return super().own() + timedelta(hours=1)


def test_a_clock_that_is_wrong_is_put_right_by_the_databases(database_url: str) -> None:
    clock = WrongClock()
    database = Database(lambda: database_url, clock)
    assert clock.now() - datetime.now(UTC) > timedelta(minutes=59)
    with database.transaction():
        assert abs(clock.now() - datetime.now(UTC)) < timedelta(seconds=2)
    database.close()

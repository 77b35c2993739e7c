"""`TRANSCODER=mediaconvert`: the same documents, the same events, another machine."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from chalicelib.media.worker import run_job
from chalicelib.platform.context import Context
from chalicelib.platform.mediaconvert import JobRejected, MediaConvert, TranscoderAway
from chalicelib.platform.settings import Transcoder
from chalicelib.videos import rescue, transcoding
from tests.component.mediaconvert_service import MediaConvertService
from tests.component.pipeline import Pipeline
from tests.fakes import FrozenClock
from tests.unit.media.documents import document

FAST_RETRIES = {"AWS_MAX_ATTEMPTS": "2", "AWS_DEFAULT_REGION": "eu-central-1"}
KEYS = {"AWS_ACCESS_KEY_ID": "test", "AWS_SECRET_ACCESS_KEY": "test"}


@pytest.fixture
def service(monkeypatch: pytest.MonkeyPatch) -> Iterator[MediaConvertService]:
    for name, value in {**FAST_RETRIES, **KEYS}.items():
        monkeypatch.setenv(name, value)
    running = MediaConvertService()
    yield running
    running.close()


@pytest.fixture
def mediaconvert(service: MediaConvertService) -> MediaConvert:
    return MediaConvert(service.url)


@pytest.fixture
def handing_over(context: Context, pipeline: Pipeline, mediaconvert: MediaConvert) -> Pipeline:
    """A pipeline whose long jobs go to the service."""
    settings = {
        "transcoder": Transcoder.MEDIACONVERT,
        "mediaconvert_queue_arn": "arn:aws:mediaconvert:eu-central-1:000000000000:queues/Default",
        "mediaconvert_role_arn": "arn:aws:iam::000000000000:role/clipwave-test-mediaconvert",
    }
    for name, value in settings.items():
        object.__setattr__(context.settings, name, value)
    object.__setattr__(context, "mediaconvert", mediaconvert)
    return pipeline


def test_the_service_takes_our_document_as_it_is(
    service: MediaConvertService, mediaconvert: MediaConvert
) -> None:
    given = document()
    job = service.jobs[mediaconvert.create_job(given)]
    assert job["Settings"] == given["Settings"]
    assert job["UserMetadata"] == given["UserMetadata"]


def test_the_same_token_is_the_same_job(
    service: MediaConvertService, mediaconvert: MediaConvert
) -> None:
    given = document()
    assert mediaconvert.create_job(given) == mediaconvert.create_job(given)
    assert len(service.jobs) == 1
    changed = {**given, "Settings": {**given["Settings"], "OutputGroups": []}}
    with pytest.raises(JobRejected, match="ConflictException"):
        mediaconvert.create_job(changed)


@pytest.mark.parametrize("trouble", ["busy", "cut"])
def test_a_moment_of_trouble_is_waited_out(
    service: MediaConvertService, mediaconvert: MediaConvert, trouble: str
) -> None:
    setattr(service, trouble, 1)
    assert mediaconvert.create_job(document()) in service.jobs
    assert service.requests == 2
    setattr(service, trouble, 9)
    with pytest.raises(TranscoderAway):
        mediaconvert.create_job(document())


def test_what_no_model_knows_is_refused_before_it_is_sent(
    service: MediaConvertService, mediaconvert: MediaConvert
) -> None:
    with pytest.raises(JobRejected, match="Colour"):
        mediaconvert.create_job({**document(), "Colour": "red"})
    assert service.requests == 0


@pytest.mark.parametrize(
    ("status", "state"),
    [
        ("SUBMITTED", "submitted"),
        ("PROGRESSING", "progressing"),
        ("COMPLETE", "complete"),
        ("CANCELED", "error"),
        ("ERROR", "error"),
    ],
)
def test_a_job_can_be_asked_after(
    service: MediaConvertService, mediaconvert: MediaConvert, status: str, state: str
) -> None:
    job_id = mediaconvert.create_job(document())
    service.jobs[job_id]["Status"] = status
    assert mediaconvert.job_state(job_id) == state
    assert mediaconvert.job_state("1700000000000-ffffff") == "unknown"


def _do_as_the_service(pipeline: Pipeline, service: MediaConvertService) -> list[dict[str, Any]]:
    """Do the service's jobs with our own worker; returns the events with the service's ids."""
    told: list[dict[str, Any]] = []
    for job_id, job in service.jobs.items():
        given = {name: value for name, value in job.items() if name not in ("Id", "Status")}
        run_job(
            job_id,
            given,
            store=pipeline.storage,
            emit=told.append,
            scratch=pipeline.storage.root,
            ffmpeg=Path(pipeline.context.settings.ffmpeg_path),
        )
    return told


def test_a_video_is_published_by_way_of_the_service(
    handing_over: Pipeline, service: MediaConvertService, clip: bytes
) -> None:
    video_id = handing_over.upload(clip)
    handing_over.transcode()
    handing_over.transcode()
    assert len(service.jobs) == 1
    assert handing_over.processing(video_id)["status"] == "processing"
    for detail in _do_as_the_service(handing_over, service):
        handing_over.hear(detail)
    handing_over.run()
    assert handing_over.processing(video_id)["status"] == "published"


def test_a_silent_service_is_asked_before_a_job_counts_as_lost(
    handing_over: Pipeline, service: MediaConvertService, clip: bytes, clock: FrozenClock
) -> None:
    video_id = handing_over.upload(clip)
    handing_over.transcode()
    (job,) = service.jobs.values()
    for status in ("SUBMITTED", "PROGRESSING"):
        job["Status"] = status
        clock.advance(minutes=10)
        rescue.sweep(handing_over.context)
        assert handing_over.processing(video_id)["attempt"] == 1
    job["Status"] = "CANCELED"
    clock.advance(minutes=2)
    rescue.sweep(handing_over.context)
    assert handing_over.processing(video_id)["attempt"] == 2


def test_a_service_that_is_away_delays_a_video(
    handing_over: Pipeline, service: MediaConvertService, clip: bytes, clock: FrozenClock
) -> None:
    video_id = handing_over.upload(clip)
    service.busy = 99
    with pytest.raises(TranscoderAway):
        transcoding.work(handing_over.context, handing_over.job_ids()[0])
    service.busy = 0
    clock.advance(minutes=2)
    assert rescue.sweep(handing_over.context)["jobs_sent_again"] > 0
    handing_over.transcode()
    assert len(service.jobs) == 1
    assert handing_over.processing(video_id)["attempt"] == 1


def test_a_job_that_the_service_refuses_fails_visibly(
    handing_over: Pipeline,
    service: MediaConvertService,
    clip: bytes,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    video_id = handing_over.upload(clip)

    def refuse(_: Any) -> str:
        raise JobRejected("ForbiddenException")

    monkeypatch.setattr(handing_over.context.mediaconvert, "create_job", refuse)
    handing_over.transcode()
    handing_over.follow()
    report = handing_over.processing(video_id)
    assert (report["status"], report["error"]["code"]) == ("failed", "internal")

"""The Lambda handlers: one bad message never takes the others with it."""

import json
from collections.abc import Callable
from typing import Any, cast

import pytest

from chalicelib.platform.context import Context
from chalicelib.platform.errors import not_found, unavailable
from chalicelib.videos import publish
from functions.finishing import finish_video
from functions.transcoding import on_job_event, transcode
from functions.upkeep import prepare_feeds, run_job, sweep
from functions.uploads import ingest_upload
from functions.watching import take_in_events
from tests.fakes import RecordedQueues
from tests.lambda_context import LambdaContext
from tests.sqs import batch


def _failed(answer: Any) -> list[str]:
    return [item["itemIdentifier"] for item in answer["batchItemFailures"]]


@pytest.fixture
def queues(context: Context) -> RecordedQueues:
    return cast(RecordedQueues, context.queues)


NOTHING_WATCHED = {
    "received_at": "2026-01-01T00:00:00+00:00", "user": None, "session": None, "claims": []
}  # fmt: skip
WORKERS = [
    (ingest_upload, json.dumps({"Event": "s3:TestEvent"})),
    (transcode, json.dumps({"job_id": "nobody knows it"})),
    (on_job_event, json.dumps({"detail": {"jobId": "unknown", "status": "COMPLETE"}})),
    (finish_video, json.dumps({"job_id": "nobody knows it"})),
    (finish_video, json.dumps({"place": "no such video"})),
    (run_job, json.dumps({"job": "nobody knows it"})),
    (run_job, json.dumps({"export": "nobody knows it"})),
    (prepare_feeds, json.dumps({"after": 0, "until": 1})),
    (take_in_events, json.dumps(NOTHING_WATCHED)),
]


@pytest.mark.parametrize(("worker", "harmless"), WORKERS)
@pytest.mark.parametrize(
    "poison",
    [
        ("{poison", "body_invalid"),
        ('{"of": "tomorrow"}', "validation_failed"),
        ("[1]", "validation_failed"),
    ],
)
def test_of_ten_messages_the_poisoned_one_goes_to_the_dead_letters_at_once(
    queues: RecordedQueues, worker: Any, harmless: str, poison: tuple[str, str]
) -> None:
    body, code = poison
    messages = batch(*[harmless] * 6, body, *[harmless] * 3, queue="some-queue")
    assert _failed(worker(messages, LambdaContext())) == []
    assert queues.buried == [("some-queue", body, code)]
    assert queues.again == queues.hidden == []


@pytest.fixture
def failing(monkeypatch: pytest.MonkeyPatch) -> Callable[[Exception], None]:
    """Makes finishing a video fail."""

    def fail_with(error: Exception) -> None:
        def fail(*_: object) -> None:
            raise error

        monkeypatch.setattr(publish, "finish", fail)

    return fail_with


MESSAGE = json.dumps({"job_id": "1"})


@pytest.mark.parametrize("received", [1, 2, 3])
def test_what_may_work_the_next_time_comes_again_after_a_while(
    queues: RecordedQueues, failing: Callable[[Exception], None], received: int
) -> None:
    failing(ConnectionResetError("by peer"))
    assert _failed(finish_video(batch(MESSAGE, received=received), LambdaContext())) == ["0"]
    ((queue, receipt, seconds),) = queues.hidden
    assert (queue, receipt) == ("finish-queue", "receipt 0")
    assert 0 <= seconds <= 2 ** (received - 1)


def test_a_defect_of_ours_is_tried_again_too(
    queues: RecordedQueues, failing: Callable[[Exception], None]
) -> None:
    failing(ZeroDivisionError())
    assert _failed(finish_video(batch(MESSAGE), LambdaContext())) == ["0"]
    assert len(queues.hidden) == 1


def test_a_refusal_of_the_domain_is_not_tried_again(
    queues: RecordedQueues, failing: Callable[[Exception], None]
) -> None:
    failing(not_found("video"))
    assert _failed(finish_video(batch(MESSAGE), LambdaContext())) == []
    assert queues.buried == [("finish-queue", MESSAGE, "not_found")]


def test_while_a_part_of_ours_is_down_messages_wait_as_long_as_it_takes(
    queues: RecordedQueues, failing: Callable[[Exception], None]
) -> None:
    failing(unavailable("The database is away."))
    messages = batch(MESSAGE, received=4)
    messages["Records"][0]["messageAttributes"] = {"times": {"stringValue": "40"}}
    assert _failed(finish_video(messages, LambdaContext())) == []
    ((queue, body, seconds, times),) = queues.again
    assert (queue, body, times) == ("finish-queue", MESSAGE, 41)
    assert 0 <= seconds <= 30


def test_a_message_that_could_not_be_put_anywhere_comes_again(
    queues: RecordedQueues, failing: Callable[[Exception], None]
) -> None:
    queues.away = True
    for error in (not_found("video"), unavailable("The database is away."), OSError()):
        failing(error)
        assert _failed(finish_video(batch(MESSAGE), LambdaContext())) == ["0"]


def test_keys_arrive_url_encoded(context: Context) -> None:
    notice = {"Records": [{"s3": {"object": {"key": "raw/no+such%2Fthing"}}}]}
    assert _failed(ingest_upload(batch(json.dumps(notice)), LambdaContext())) == []


def test_the_sweep_says_what_it_did(context: Context) -> None:
    done = sweep({"job": "sweep"}, LambdaContext())
    assert {"jobs_retried", "finishes_repeated", "uploads_expired", "messages_sent"} <= set(done)
    assert set(done.values()) == {0}
    with context.database.transaction() as transaction:
        found = transaction.execute(
            "SELECT count(*) AS n FROM pg_inherits WHERE inhparent = 'watch_history'::regclass"
        ).fetchone()
    assert found is not None
    assert found["n"] >= 3

"""The Lambda handlers: one bad message never takes the others with it."""

import json
from typing import Any

import pytest

from chalicelib.platform.context import Context
from functions.transcoding import on_job_event, transcode
from functions.upkeep import sweep
from functions.uploads import ingest_upload
from tests.lambda_context import LambdaContext


def _batch(*bodies: str) -> dict[str, Any]:
    records = [
        {"messageId": str(number), "body": body, "eventSource": "aws:sqs"}
        for number, body in enumerate(bodies)
    ]
    return {"Records": records}


def _failed(answer: Any) -> list[str]:
    return [item["itemIdentifier"] for item in answer["batchItemFailures"]]


@pytest.mark.parametrize(
    ("worker", "harmless"),
    [
        (ingest_upload, json.dumps({"Event": "s3:TestEvent"})),
        (transcode, json.dumps({"job_id": "nobody knows it"})),
        (on_job_event, json.dumps({"detail": {"jobId": "unknown", "status": "COMPLETE"}})),
    ],
)
def test_only_the_poisoned_message_comes_again(
    context: Context, worker: Any, harmless: str
) -> None:
    answer = worker(_batch(harmless, "{poison", harmless), LambdaContext())
    assert _failed(answer) == ["1"]


def test_keys_arrive_url_encoded(context: Context) -> None:
    notice = {"Records": [{"s3": {"object": {"key": "raw/no+such%2Fthing"}}}]}
    assert _failed(ingest_upload(_batch(json.dumps(notice)), LambdaContext())) == []


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

"""Messages of real SQS queues, as moto plays them: put off, buried, looked at, and sent again."""

import json
from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import boto3
import pytest
from moto import mock_aws

from chalicelib.platform import context as context_module
from chalicelib.platform.context import Context
from chalicelib.platform.errors import not_found, unavailable
from chalicelib.platform.queues import Queues
from chalicelib.platform.retries import RetryPolicy
from chalicelib.videos import publish
from functions import batches
from functions.finishing import finish_video
from tests.component.conftest import StaffMember
from tests.gateway import Client
from tests.lambda_context import LambdaContext

MESSAGE = json.dumps({"job_id": "1"})


@pytest.fixture
def sqs() -> Iterator[Any]:
    with mock_aws():
        client = boto3.client("sqs")
        for name in ("uploads", "finish", "finish-dead"):
            client.create_queue(QueueName=f"clipwave-test-{name}")
        yield client


@pytest.fixture
def context(context: Context, sqs: Any, monkeypatch: pytest.MonkeyPatch) -> Context:
    url = sqs.get_queue_url(QueueName="clipwave-test-uploads")["QueueUrl"]
    made = replace(
        context, queues=Queues(), settings=replace(context.settings, uploads_queue_url=url)
    )
    monkeypatch.setattr(context_module, "current", lambda: made)
    return made


@pytest.fixture
def admin(context: Context, staff: StaffMember) -> Client:
    return staff("admin")


def url(sqs: Any, name: str) -> str:
    return str(sqs.get_queue_url(QueueName=f"clipwave-test-{name}")["QueueUrl"])


def receive(sqs: Any, name: str, most: int = 1) -> list[Any]:
    answer = sqs.receive_message(
        QueueUrl=url(sqs, name), MaxNumberOfMessages=most, AttributeNames=["All"]
    )
    return list(answer.get("Messages", ()))


def deliver(sqs: Any, monkeypatch: pytest.MonkeyPatch, error: Exception) -> bool:
    """Deliver a message as Lambda does to a function that fails. Returns whether it is deleted."""

    def fail(*_: object) -> None:
        raise error

    monkeypatch.setattr(publish, "finish", fail)
    (message,) = receive(sqs, "finish")
    record = {
        "messageId": message["MessageId"],
        "receiptHandle": message["ReceiptHandle"],
        "body": message["Body"],
        "attributes": message["Attributes"],
        "messageAttributes": {},
        "eventSource": "aws:sqs",
        "eventSourceARN": "arn:aws:sqs:us-east-1:123456789012:clipwave-test-finish",
    }
    answer = finish_video({"Records": [record]}, LambdaContext())
    if answer["batchItemFailures"]:
        return False
    sqs.delete_message(QueueUrl=url(sqs, "finish"), ReceiptHandle=message["ReceiptHandle"])
    return True


def test_what_is_buried_says_why_and_can_be_sent_again(
    sqs: Any, admin: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    sqs.send_message(QueueUrl=url(sqs, "finish"), MessageBody=MESSAGE)
    assert deliver(sqs, monkeypatch, not_found("video"))
    assert receive(sqs, "finish") == []
    (dead,) = admin.get("/admin/dlq/finish").json["items"]
    assert (dead["body"], dead["code"]) == (MESSAGE, "not_found")


def test_redriving_is_safe_to_repeat_and_kept_in_the_log(sqs: Any, admin: Client) -> None:
    for number in range(12):
        sqs.send_message(QueueUrl=url(sqs, "finish-dead"), MessageBody=json.dumps({"n": number}))
    assert admin.post("/admin/dlq/finish/redrive").json == {"redriven": 12}
    assert admin.post("/admin/dlq/finish/redrive").json == {"redriven": 0}
    sent = [message["Body"] for _ in range(2) for message in receive(sqs, "finish", 10)]
    assert sorted(json.loads(body)["n"] for body in sent) == list(range(12))
    (first, second) = admin.get("/admin/audit?action=redrive").json["items"]
    assert (first["detail"], second["detail"]) == ({"messages": 0}, {"messages": 12})


def test_what_met_an_outage_is_sent_again_before_it_is_deleted(
    context: Context, sqs: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    sqs.send_message(QueueUrl=url(sqs, "finish"), MessageBody=MESSAGE)
    assert deliver(sqs, monkeypatch, unavailable("The database is away."))
    counts = sqs.get_queue_attributes(QueueUrl=url(sqs, "finish"), AttributeNames=["All"])
    waiting = ("ApproximateNumberOfMessages", "ApproximateNumberOfMessagesDelayed")
    assert sum(int(counts["Attributes"][name]) for name in waiting) == 1


def test_what_may_work_later_is_seen_again_after_a_while(
    context: Context, sqs: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(batches, "POLICY", RetryPolicy(most_seconds=0))
    sqs.send_message(QueueUrl=url(sqs, "finish"), MessageBody=MESSAGE)
    for _ in range(3):
        assert not deliver(sqs, monkeypatch, ConnectionResetError())
    (message,) = receive(sqs, "finish")
    assert message["Attributes"]["ApproximateReceiveCount"] == "4"

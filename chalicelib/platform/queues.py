"""SQS and EventBridge: the two ways in which work and news leave a function."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import cached_property
from typing import Any

from chalicelib.platform.retries import POLICY, Temporary

RECEIVED_AT_ONCE = 10  # SQS's most
MOST_MOVED = 1000  # at once, within the time of a request
MOST_DELAY_SECONDS = 900  # that SQS keeps a message back
CODE, TIMES = "code", "times"  # attributes of messages


@dataclass(frozen=True)
class QueueState:
    """How many messages wait, are being worked on, and have died; None where SQS doesn't say."""

    depth: int | None
    in_flight: int | None
    dead_letters: int | None


@dataclass(frozen=True)
class DeadLetter:
    """A message that nobody could do anything with; the time is that of its sending.

    `code` says why, if it was given up at once; without one, it failed as often as it was tried.
    """

    id: str
    body: str
    receive_count: int
    sent_at: datetime
    code: str | None


class Queues:
    """Sends JSON messages to SQS queues, and looks after what died there."""

    def send(self, queue_url: str, message: Mapping[str, Any], *, delay_seconds: int = 0) -> None:
        """Send one message, to be seen after a delay; returns when SQS has it."""
        self._client.send_message(
            QueueUrl=queue_url, MessageBody=json.dumps(message), DelaySeconds=delay_seconds
        )

    def send_again(self, queue_url: str, body: str, *, delay_seconds: int, times: int) -> None:
        """Send a message as it came, to be seen after a delay, for the `times`-th time."""
        self._client.send_message(
            QueueUrl=queue_url,
            MessageBody=body,
            DelaySeconds=delay_seconds,
            MessageAttributes={TIMES: {"DataType": "Number", "StringValue": str(times)}},
        )

    def bury(self, queue_url: str, body: str, code: str) -> None:
        """Put a message among a queue's dead letters, with the reason as its attribute."""
        self._client.send_message(
            QueueUrl=f"{queue_url}-dead",
            MessageBody=body,
            MessageAttributes={CODE: {"DataType": "String", "StringValue": code}},
        )

    def hide(self, queue_url: str, receipt: str, seconds: int) -> None:
        """Let a message that was received come again after a while, and not before."""
        self._client.change_message_visibility(
            QueueUrl=queue_url, ReceiptHandle=receipt, VisibilityTimeout=seconds
        )

    def state(self, queue_url: str) -> QueueState:
        """Return how full a queue is, and how full that of its dead letters, `<url>-dead`."""
        waiting, in_flight = self._count(queue_url)
        return QueueState(waiting, in_flight, self._count(f"{queue_url}-dead")[0])

    def peek(self, queue_url: str, limit: int) -> list[DeadLetter]:
        """Return some of a queue's messages, which can be seen again a second later."""
        received = self._receive(queue_url, limit, visible_after=1)
        return [
            DeadLetter(
                message["MessageId"],
                message["Body"],
                int(message["Attributes"]["ApproximateReceiveCount"]),
                datetime.fromtimestamp(int(message["Attributes"]["SentTimestamp"]) / 1000, UTC),
                message.get("MessageAttributes", {}).get(CODE, {}).get("StringValue"),
            )
            for message in received
        ]

    def move_all(self, source_url: str, target_url: str) -> int:
        """Send what is in one queue to another, and return how many messages that were."""
        moved = 0
        while moved < MOST_MOVED:
            received = self._receive(source_url, RECEIVED_AT_ONCE, visible_after=30)
            if not received:
                break
            for message in received:
                self._client.send_message(QueueUrl=target_url, MessageBody=message["Body"])
                self._client.delete_message(
                    QueueUrl=source_url, ReceiptHandle=message["ReceiptHandle"]
                )
                moved += 1
        return moved

    def _receive(self, queue_url: str, limit: int, *, visible_after: int) -> list[dict[str, Any]]:
        answer = self._client.receive_message(
            QueueUrl=queue_url,
            MaxNumberOfMessages=limit,
            VisibilityTimeout=visible_after,
            MessageSystemAttributeNames=["ApproximateReceiveCount", "SentTimestamp"],
            MessageAttributeNames=[CODE],
        )
        return list(answer.get("Messages", ()))

    def _count(self, queue_url: str) -> tuple[int | None, int | None]:
        from botocore.exceptions import BotoCoreError, ClientError  # noqa: PLC0415

        names = ["ApproximateNumberOfMessages", "ApproximateNumberOfMessagesNotVisible"]
        try:
            found = self._client.get_queue_attributes(QueueUrl=queue_url, AttributeNames=names)
        except (BotoCoreError, ClientError):
            return None, None
        return int(found["Attributes"][names[0]]), int(found["Attributes"][names[1]])

    @cached_property
    def _client(self) -> Any:
        return _client("sqs")


class Events:
    """Puts events on EventBridge's default bus."""

    def put(self, source: str, detail_type: str, detail: Mapping[str, Any]) -> None:
        """Put one event. Raises EventRefused when the bus didn't take it."""
        from botocore.exceptions import BotoCoreError, ClientError  # noqa: PLC0415

        entry = {"Source": source, "DetailType": detail_type, "Detail": json.dumps(detail)}
        try:
            answer = self._client.put_events(Entries=[entry])
        except (BotoCoreError, ClientError) as error:
            raise EventRefused(str(error)) from error
        if answer["FailedEntryCount"]:
            raise EventRefused(answer["Entries"][0].get("ErrorMessage", "no reason given"))

    @cached_property
    def _client(self) -> Any:
        return _client("events")


class EventRefused(Temporary):
    """EventBridge did not accept an event."""


def _client(service: str) -> Any:
    import boto3  # noqa: PLC0415

    return boto3.client(service, config=POLICY.client_config(read_timeout=10))

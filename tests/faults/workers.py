"""What Lambda does around our functions: takes messages, calls, and deletes what didn't fail."""

import os
import time
from collections.abc import Callable, Sequence
from contextlib import suppress
from datetime import datetime, timedelta
from random import Random
from typing import Any

from chalicelib.platform.clock import SystemClock
from functions.finishing import finish_video
from functions.transcoding import on_job_event, transcode
from functions.upkeep import prepare_feeds, run_job, sweep, tend_feed
from functions.uploads import ingest_upload
from functions.watching import take_in_events
from tests.lambda_context import LambdaContext

Handler = Callable[[dict[str, Any], Any], Any]
HANDLERS: dict[str, Handler] = {
    "uploads": ingest_upload,
    "fast": transcode,
    "transcode": transcode,
    "background": transcode,
    "finish": finish_video,
    "feeds": prepare_feeds,
    "admin-jobs": run_job,
    "job-events": on_job_event,
    "watch-events": take_in_events,
}
AT_ONCE = {"job-events": 10, "watch-events": 10}
IDLE_SECONDS = 0.05
SWEEP_EVERY_SECONDS = 0.7


class SkewedClock(SystemClock):
    """A machine's clock that is wrong by an offset, which may change."""

    def __init__(self, offset_seconds: Any) -> None:
        super().__init__()
        self._offset_seconds = offset_seconds

    def own(self) -> datetime:
        return super().own() + timedelta(seconds=self._offset_seconds.value)


class Postman:
    """Delivers the messages of some queues: in order and once, or as mischief wants it."""

    def __init__(self, cloud: Any, names: Sequence[str], mischief: Any) -> None:
        import boto3  # noqa: PLC0415
        from botocore.config import Config  # noqa: PLC0415

        config = Config(connect_timeout=2, read_timeout=5, retries={"total_max_attempts": 1})
        self._sqs = boto3.client("sqs", config=config)
        self._cloud = cloud
        self._names = names
        self._mischief = mischief
        self._random = Random(os.getpid())

    def work(self) -> None:
        """Deliver for ever; whoever wants it to end kills it."""
        while True:
            # A way that fails is none of our functions' business; the messages stay where they are.
            handled = sum(self._attempt(name) for name in self._names)
            if not handled:
                time.sleep(IDLE_SECONDS)

    def _attempt(self, name: str) -> int:
        from botocore.exceptions import BotoCoreError, ClientError  # noqa: PLC0415

        try:
            return self._deliver(name)
        except (BotoCoreError, ClientError):
            time.sleep(0.2)
            return 0

    def _deliver(self, name: str) -> int:
        url = self._cloud.queue_url(name)
        messages = self._receive(url, AT_ONCE.get(name, 1))
        if messages and self._mischief.value == b"reordered":
            time.sleep(0.5)
            messages += self._receive(url, 9)
            self._random.shuffle(messages)
        size = AT_ONCE.get(name, 1)
        for first in range(0, len(messages), size):
            self._handle(name, url, messages[first : first + size])
        return len(messages)

    def _receive(self, url: str, most: int) -> list[Any]:
        answer = self._sqs.receive_message(
            QueueUrl=url,
            MaxNumberOfMessages=most,
            AttributeNames=["All"],
            MessageAttributeNames=["All"],
        )
        return list(answer.get("Messages", ()))

    def _handle(self, name: str, url: str, messages: list[Any]) -> None:
        mischief = self._mischief.value
        if mischief == b"delayed" and self._random.random() < 0.6:
            self._delay(url, messages)
            return
        event = {"Records": [_record(name, message) for message in messages]}
        answer = HANDLERS[name](event, LambdaContext())
        if mischief == b"duplicated":
            if self._random.random() < 0.7:
                HANDLERS[name](event, LambdaContext())
            if self._random.random() < 0.5:
                return  # nothing was deleted: all of them come again
        failed = {item["itemIdentifier"] for item in answer["batchItemFailures"]}
        for message in messages:
            if message["MessageId"] not in failed:
                self._sqs.delete_message(QueueUrl=url, ReceiptHandle=message["ReceiptHandle"])

    def _delay(self, url: str, messages: list[Any]) -> None:
        for message in messages:
            delay = self._random.randint(1, 3)
            self._sqs.send_message(QueueUrl=url, MessageBody=message["Body"], DelaySeconds=delay)
            self._sqs.delete_message(QueueUrl=url, ReceiptHandle=message["ReceiptHandle"])


def _record(name: str, message: dict[str, Any]) -> dict[str, Any]:
    said = message.get("MessageAttributes", {})
    return {
        "messageId": message["MessageId"],
        "receiptHandle": message["ReceiptHandle"],
        "body": message["Body"],
        "attributes": message["Attributes"],
        "messageAttributes": {
            key: {"stringValue": value["StringValue"], "dataType": value["DataType"]}
            for key, value in said.items()
        },
        "eventSource": "aws:sqs",
        "eventSourceARN": f"arn:aws:sqs:us-east-1:123456789012:clipwave-faults-{name}",
    }


def tick(jobs: Sequence[str]) -> None:
    """Call what schedules call, for ever, and the jobs that a run names."""
    calls = [(sweep, {}), (tend_feed, {}), *((run_job, {"job": name}) for name in jobs)]
    while True:
        for handler, event in calls:
            with suppress(Exception):  # it is called again, as by its schedule
                handler(event, LambdaContext())
            time.sleep(SWEEP_EVERY_SECONDS / 2)

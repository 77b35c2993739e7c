"""SQS and EventBridge: the two ways in which work and news leave a function."""

import json
from collections.abc import Mapping
from functools import cached_property
from typing import Any


class Queues:
    """Sends JSON messages to SQS queues."""

    def send(self, queue_url: str, message: Mapping[str, Any]) -> None:
        """Send one message; returns when SQS has it."""
        self._client.send_message(QueueUrl=queue_url, MessageBody=json.dumps(message))

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


class EventRefused(Exception):
    """EventBridge did not accept an event."""


def _client(service: str) -> Any:
    import boto3  # noqa: PLC0415
    from botocore.config import Config  # noqa: PLC0415

    retries = {"max_attempts": 4, "mode": "standard"}
    return boto3.client(service, config=Config(connect_timeout=3, read_timeout=10, retries=retries))

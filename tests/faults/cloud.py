"""S3 and SQS as moto plays them, each behind a front that can fail in every way a network does.

What moto keeps is kept: the real services are durable. What dies, hangs, is slow, refuses or
garbles is the way to them.
"""

import asyncio
import json
import os
import signal
import time
import urllib.request
import warnings
from dataclasses import fields
from enum import IntEnum
from random import Random
from typing import Any

from chalicelib.platform.settings import Settings
from infra.local.ports import free_port
from tests.component.races import fork

# As the settings name them; what transcoders report comes through a rule.
QUEUES = (
    *(one.name.removesuffix("_queue_url").replace("_", "-")
      for one in fields(Settings) if one.name.endswith("_queue_url")),
    "job-events",
)  # fmt: skip
BUCKETS = tuple(
    one.name.removesuffix("_bucket") for one in fields(Settings) if one.name.endswith("_bucket")
)
VISIBLE_AFTER = {"fast": 20, "transcode": 20, "background": 20, "admin-jobs": 20}  # seconds
USUALLY_VISIBLE_AFTER = 4
ACCOUNT = "123456789012"
CREDENTIALS = {
    "AWS_ACCESS_KEY_ID": "test",
    "AWS_SECRET_ACCESS_KEY": "test",
    "AWS_DEFAULT_REGION": "us-east-1",
}
CHUNK = 16_384


class Way(IntEnum):
    """How the way to S3 is."""

    GOOD = 0
    SLOW = 1
    REFUSED = 2
    CORRUPT = 3


class Cloud:
    """One moto and its two fronts."""

    def __init__(self, pace: float) -> None:
        self._pace = pace
        self._moto_port, self._s3_port, self._sqs_port = free_port(), free_port(), free_port()
        self.s3_way = fork.Value("i", Way.GOOD)
        self._sqs_way = fork.Value("i", Way.GOOD)
        self._moto: Any = None
        self._front: Any = None

    def start(self) -> None:
        """Start moto and the fronts, and let this process and its children use them."""
        os.environ.update(CREDENTIALS)
        os.environ["AWS_ENDPOINT_URL_S3"] = f"http://127.0.0.1:{self._s3_port}"
        os.environ["AWS_ENDPOINT_URL_SQS"] = f"http://127.0.0.1:{self._sqs_port}"
        self._moto = fork.Process(target=_play, args=(self._moto_port,), daemon=True)
        self._moto.start()
        self.start_front()
        self._await()

    def stop(self) -> None:
        """End both."""
        for process in (self._front, self._moto):
            process.kill()
            process.join()

    def start_front(self) -> None:
        """Open the ways again."""
        ways = ((self._s3_port, self.s3_way), (self._sqs_port, self._sqs_way))
        self._front = fork.Process(target=_front, args=(ways, self._moto_port), daemon=True)
        self._front.start()

    def kill_front(self) -> None:
        """Break off everything under way, and let nobody in."""
        self._front.kill()
        self._front.join()

    def pause_front(self) -> None:
        """Let everything hang."""
        os.kill(self._front.pid, signal.SIGSTOP)

    def resume_front(self) -> None:
        """Let it go on."""
        os.kill(self._front.pid, signal.SIGCONT)

    def queue_url(self, name: str) -> str:
        """Return where a queue is."""
        return f"http://127.0.0.1:{self._sqs_port}/{ACCOUNT}/clipwave-faults-{name}"

    def reset(self) -> None:
        """Forget everything, and make empty queues and buckets."""
        import boto3  # noqa: PLC0415

        self._post("/moto-api/reset")
        sqs, s3 = boto3.client("sqs"), boto3.client("s3")
        for name in QUEUES:
            self._make_queue(sqs, name)
        for bucket in BUCKETS:
            s3.create_bucket(Bucket=bucket)
        arn = f"arn:aws:sqs:us-east-1:{ACCOUNT}:clipwave-faults-uploads"
        events = {"QueueArn": arn, "Events": ["s3:ObjectCreated:*"]}
        s3.put_bucket_notification_configuration(
            Bucket="uploads", NotificationConfiguration={"QueueConfigurations": [events]}
        )

    def depth(self) -> dict[str, int]:
        """Return how many messages each queue holds, seen or not, and each of the dead letters."""
        import boto3  # noqa: PLC0415

        sqs = boto3.client("sqs")
        depths = {}
        for name in [*QUEUES, *(f"{name}-dead" for name in QUEUES)]:
            found = sqs.get_queue_attributes(QueueUrl=self.queue_url(name), AttributeNames=["All"])
            depths[name] = sum(
                int(value)
                for key, value in found["Attributes"].items()
                if key.startswith("ApproximateNumberOfMessages")
            )
        return depths

    def _make_queue(self, sqs: Any, name: str) -> None:
        sqs.create_queue(QueueName=f"clipwave-faults-{name}-dead")
        dead = f"arn:aws:sqs:us-east-1:{ACCOUNT}:clipwave-faults-{name}-dead"
        policy = {"deadLetterTargetArn": dead, "maxReceiveCount": 4}
        seconds = VISIBLE_AFTER.get(name, USUALLY_VISIBLE_AFTER)
        attributes = {
            "VisibilityTimeout": str(int(seconds * self._pace)),
            "RedrivePolicy": json.dumps(policy),
        }
        sqs.create_queue(QueueName=f"clipwave-faults-{name}", Attributes=attributes)

    def _post(self, path: str) -> None:
        url = f"http://127.0.0.1:{self._moto_port}{path}"
        with urllib.request.urlopen(urllib.request.Request(url, method="POST"), timeout=10):
            pass

    def _await(self) -> None:
        deadline = time.monotonic() + 60
        while True:
            try:
                self._post("/moto-api/reset")
                return
            except OSError:
                if time.monotonic() > deadline:
                    raise
                time.sleep(0.1)


def _play(port: int) -> None:
    """Be moto."""
    import logging  # noqa: PLC0415

    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        from moto.server import DomainDispatcherApplication, create_backend_app  # noqa: PLC0415
        from werkzeug.serving import run_simple  # noqa: PLC0415

        logging.getLogger("werkzeug").setLevel(logging.CRITICAL)
        app = DomainDispatcherApplication(create_backend_app)
        run_simple("127.0.0.1", port, app, threaded=True)


def _front(ways: tuple[tuple[int, Any], ...], moto_port: int) -> None:
    """Be both fronts until killed."""
    asyncio.run(_serve(ways, moto_port))


async def _serve(ways: tuple[tuple[int, Any], ...], moto_port: int) -> None:
    servers = [
        await asyncio.start_server(_Carrier(way, moto_port).carry, "127.0.0.1", port)
        for port, way in ways
    ]
    await asyncio.gather(*(server.serve_forever() for server in servers))


class _Carrier:
    """Carries connections to moto, as well as the way is."""

    def __init__(self, way: Any, moto_port: int) -> None:
        self._way = way
        self._moto_port = moto_port
        self._random = Random(os.getpid())

    async def carry(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        if self._way.value == Way.REFUSED:
            writer.transport.abort()
            return
        try:
            there, back = await asyncio.open_connection("127.0.0.1", self._moto_port)
        except OSError:
            writer.transport.abort()
            return
        pumps = (self._pump(reader, back, False), self._pump(there, writer, True))
        await asyncio.gather(*pumps)

    async def _pump(
        self, source: asyncio.StreamReader, target: asyncio.StreamWriter, answers: bool
    ) -> None:
        try:
            while data := await source.read(CHUNK):
                if self._way.value == Way.SLOW:
                    await asyncio.sleep(self._random.uniform(0.05, 0.4))
                if self._way.value == Way.CORRUPT and answers:
                    data = self._garble(data)
                target.write(data)
                await target.drain()
        except OSError:
            pass
        finally:
            target.close()

    def _garble(self, data: bytes) -> bytes:
        """Turn a byte of a body over, or cut it off."""
        head, blank, body = data.partition(b"\r\n\r\n")
        if not blank:
            head, body = b"", data
        if len(body) < 64 or self._random.random() < 0.4:
            return data
        place = self._random.randrange(len(body))
        if self._random.random() < 0.5:
            return head + blank + body[:place]
        return head + blank + body[:place] + bytes([body[place] ^ 0x20]) + body[place + 1 :]

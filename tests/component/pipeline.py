"""Carries messages between the steps of the pipeline, as the queues do."""

import json
from collections.abc import Mapping
from typing import Any, cast
from uuid import uuid4

from chalicelib.platform import outbox
from chalicelib.platform.context import Context
from chalicelib.videos import arrival, follow, publish, shelving, transcoding
from tests.fakes import DirectoryStorage, RecordedEvents, RecordedQueues
from tests.gateway import Client

LANES = ("fast-queue", "transcode-queue", "background-queue")


class Pipeline:
    """The workers, called one after the other by what was sent to their queues."""

    def __init__(self, context: Context, creator: Client) -> None:
        self.context = context
        self.creator = creator
        self.storage = cast(DirectoryStorage, context.storage)
        self.queues = cast(RecordedQueues, context.queues)
        self.events = cast(RecordedEvents, context.events)

    def announce(self, size: int, **fields: Any) -> str:
        body = {"filename": "clip.mp4", "content_type": "video/mp4", "size_bytes": size, **fields}
        answer = self.creator.post("/videos", body, headers={"X-Idempotency-Key": uuid4().hex})
        assert answer.status == 201, answer.text
        return str(answer.json["video"]["id"])

    def send(self, video_id: str, data: bytes) -> None:
        self.storage.write("uploads", f"raw/{video_id}/1/source", data)

    def arrive(self, video_id: str) -> None:
        arrival.receive_upload(self.context, f"raw/{video_id}/1/source")

    def upload(self, data: bytes, **fields: Any) -> str:
        video_id = self.announce(len(data), **fields)
        self.send(video_id, data)
        self.arrive(video_id)
        return video_id

    def job_ids(self, lane: str = "transcode-queue") -> list[str]:
        return [str(message["job_id"]) for queue, message in self.queues.sent if queue == lane]

    def transcode(self) -> None:
        """Do every job that was sent, and again those that were done."""
        for lane in LANES:
            for job_id in self.job_ids(lane):
                transcoding.work(self.context, job_id)

    def follow(self) -> None:
        for detail in list(self.events.put_events):
            self.hear(detail)

    def hear(self, detail: Mapping[str, Any]) -> None:
        follow.handle_job_event(self.context, json.loads(json.dumps(detail)))

    def finish(self) -> None:
        for queue, message in list(self.queues.sent):
            if queue == "finish-queue" and "place" in message:
                shelving.place(self.context, message["place"])
            elif queue == "finish-queue":
                publish.finish(self.context, message["job_id"])

    def run(self) -> None:
        """Deliver everything, until nothing new is said."""
        said = -1
        while said != len(self.queues.sent) + len(self.events.put_events):
            said = len(self.queues.sent) + len(self.events.put_events)
            outbox.relay(self.context.database, self.context.queues)
            self.transcode()
            self.follow()
            self.finish()

    def publish(self, data: bytes, **fields: Any) -> str:
        video_id = self.upload(data, **fields)
        self.run()
        return video_id

    def processing(self, video_id: str) -> Any:
        return self.creator.get(f"/videos/{video_id}/processing").json

    def stages(self, video_id: str) -> dict[str, str]:
        return {stage["name"]: stage["state"] for stage in self.processing(video_id)["stages"]}

"""A worker that is killed at any step delays a video, and neither loses nor doubles it."""

import multiprocessing
import os
import signal
import tempfile
from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import pytest

from chalicelib.media import worker
from chalicelib.media.results import Result
from chalicelib.platform import outbox
from chalicelib.platform.context import Context
from chalicelib.platform.database import Database
from chalicelib.videos import arrival, follow, publish, rescue, shelving, transcoding
from tests.component.pipeline import Pipeline
from tests.fakes import DirectoryStorage, FrozenClock
from tests.gateway import Client

fork = multiprocessing.get_context("fork")
Step = Callable[[Context, Pipeline, str], None]
Call = tuple[Any, str]  # the owner of a function, and its name


def _arrive(context: Context, _: Pipeline, video_id: str) -> None:
    arrival.receive_upload(context, f"raw/{video_id}/1/source")


def _transcode(context: Context, pipeline: Pipeline, _: str) -> None:
    transcoding.work(context, pipeline.job_ids()[-1])


def _follow(context: Context, pipeline: Pipeline, _: str) -> None:
    for detail in pipeline.events.put_events:
        follow.handle_job_event(context, detail)


def _finish(context: Context, pipeline: Pipeline, _: str) -> None:
    job_ids = [message["job_id"] for queue, message in pipeline.queues.sent if "finish" in queue]
    publish.finish(context, job_ids[-1])


def _place(context: Context, _: Pipeline, video_id: str) -> None:
    shelving.place(context, video_id)


@dataclass(frozen=True)
class Killable:
    """A pipeline whose steps can be run in a process that dies on the way."""

    pipeline: Pipeline
    clock: FrozenClock
    database_url: str
    scratch: Path

    def run_up_to(self, step: Step, video_id: str) -> None:
        for earlier in (_arrive, _transcode, _follow):
            if step is earlier:
                return
            earlier(self.pipeline.context, self.pipeline, video_id)

    def run_and_die(self, step: Step, video_id: str, call: Call, moment: str) -> None:
        """Run a step in a process that is killed before or after it calls a function."""
        child = fork.Process(target=self._die_at, args=(step, video_id, call, moment))
        child.start()
        child.join(60)
        assert child.exitcode == -signal.SIGKILL

    def recover(self) -> None:
        """Let some time pass, with the sweep and all workers at work."""
        for _ in range(4):
            self.clock.advance(minutes=5)
            rescue.sweep(self.pipeline.context)
            for queue, message in list(self.pipeline.queues.sent):
                if queue == "uploads-queue":
                    key = message["Records"][0]["s3"]["object"]["key"]
                    arrival.receive_upload(self.pipeline.context, key)
            self.pipeline.run()

    def files(self, area: str, video_id: str) -> set[str]:
        root = self.pipeline.storage.root / "media" / area / video_id
        return {path.name for path in root.rglob("*") if path.is_file()}

    def _die_at(self, step: Step, video_id: str, call: Call, moment: str) -> None:
        owner, name = call
        original = getattr(owner, name)

        def last_call(*arguments: Any, **named: Any) -> None:
            if moment == "after":
                original(*arguments, **named)
            os.kill(os.getpid(), signal.SIGKILL)

        setattr(owner, name, last_call)
        # A connection can't be shared with the parent.
        database = Database(lambda: self.database_url)
        step(replace(self.pipeline.context, database=database), self.pipeline, video_id)


@pytest.fixture
def killable(
    pipeline: Pipeline,
    clock: FrozenClock,
    database_url: str,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> Killable:
    scratch = tmp_path / "scratch"
    scratch.mkdir()
    monkeypatch.setattr(tempfile, "tempdir", str(scratch))
    return Killable(pipeline, clock, database_url, scratch)


@pytest.mark.parametrize(
    ("step", "call"),
    [
        (_arrive, (arrival, "_inspect")),
        (_arrive, (arrival, "_hand_on")),
        (_arrive, (outbox, "relay")),
        (_transcode, (worker, "probe")),
        (_transcode, (worker, "run_ffmpeg")),
        (_transcode, (worker, "finish_playlists")),
        (_transcode, (DirectoryStorage, "upload")),
        (_transcode, (Result, "describe")),
        (_follow, (follow, "_hand_on")),
        (_follow, (outbox, "relay")),
        (_finish, (publish, "_finish_files")),
        (_finish, (publish, "_publish")),
        (_finish, (publish, "_clean_up")),
        (_finish, (outbox, "relay")),
    ],
)
@pytest.mark.parametrize("moment", ["before", "after"])
def test_a_kill_at_any_step_delays_a_video_and_loses_nothing(
    killable: Killable, clip: bytes, step: Step, call: Call, moment: str
) -> None:
    pipeline = killable.pipeline
    video_id = pipeline.announce(len(clip))
    pipeline.send(video_id, clip)
    killable.run_up_to(step, video_id)
    killable.run_and_die(step, video_id, call, moment)
    killable.recover()
    report = pipeline.processing(video_id)
    assert (report["status"], report["error"]) == ("published", None)
    assert Client().get("/feed").json["items"][0]["video"]["id"] == video_id
    assert pipeline.creator.get("/users/me").json["video_count"] == 1
    assert list(killable.scratch.iterdir()) == []


def test_a_kill_while_files_are_moved_loses_none(killable: Killable, clip: bytes) -> None:
    pipeline = killable.pipeline
    video_id = pipeline.publish(clip)
    before = killable.files("v", video_id)
    with pipeline.context.database.transaction() as transaction:
        transaction.execute("UPDATE videos SET visibility = 'private'")
    for function in ("copy", "delete"):
        killable.run_and_die(_place, video_id, (DirectoryStorage, function), "before")
    _place(pipeline.context, pipeline, video_id)  # the message comes again
    assert killable.files("v", video_id) == set()
    page = {name for name in before if name.endswith("page.html")}  # only of what is public
    assert len(page) == 1
    assert killable.files("p", video_id) == before - page

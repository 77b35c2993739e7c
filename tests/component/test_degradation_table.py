"""What people notice when a part is down: one test for each row of the table in docs/operations.md.

Without the recommendation, and without PostgreSQL: `test_degradation.py`.
"""

import os
import signal
import time
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from uuid import uuid4

import pytest

from chalicelib.feed import upkeep
from chalicelib.platform import context as context_module
from chalicelib.platform.cache import Cache
from chalicelib.platform.context import Context
from infra.local.home import Home
from infra.local.ports import free_port
from infra.local.processes import find_daemon
from infra.local.redis import Redis
from tests.component.builders import publish_video
from tests.component.conftest import NewClient
from tests.component.pipeline import Pipeline
from tests.gateway import Client

BACK_WITHIN_SECONDS = 5.0


@pytest.fixture
def server(tmp_path: Path) -> Iterator[Redis]:
    """A Redis that may be killed."""
    made = Redis(Home(tmp_path / "home"), free_port())
    made.start()
    yield made
    made.stop()


def new_key() -> dict[str, str]:
    return {"X-Idempotency-Key": uuid4().hex}


def kill(server: Redis) -> None:
    daemon = find_daemon(server._home, "redis")
    assert daemon is not None
    os.kill(daemon.pid, signal.SIGKILL)


def test_without_redis_everything_goes_on_and_nobody_is_logged_out(
    context: Context, new_user: NewClient, server: Redis, monkeypatch: pytest.MonkeyPatch
) -> None:
    maker = new_user(creator=True)
    video = publish_video(context, maker)
    made = replace(context, cache=Cache(server.url))
    monkeypatch.setattr(context_module, "current", lambda: made)
    people = [new_user() for _ in range(3)]
    assert all("X-Degraded" not in one.get("/users/me").headers for one in people)
    kill(server)
    for one in people:
        for answer in (
            one.get("/users/me"),
            one.get("/feed?limit=3"),
            one.put(f"/videos/{video}/like"),
            one.post(f"/videos/{video}/comments", {"text": "hello"}, headers=new_key()),
            one.get("/search?q=hello"),
        ):
            assert answer.status < 300, answer.text
            assert "cache" in answer.headers["X-Degraded"]
    server.start()
    back_by = time.monotonic() + BACK_WITHIN_SECONDS
    while any("X-Degraded" in one.get("/users/me").headers for one in people):
        assert time.monotonic() < back_by
    assert people[0].get(f"/videos/{video}").json["stats"]["likes"] == 3
    made.cache.close()


def test_without_the_transcoder_uploads_are_accepted_and_processed_later(
    pipeline: Pipeline, clip: bytes, admin: Client
) -> None:
    admin.post("/admin/breakers/transcoding", {"state": "open"})
    video_id = pipeline.upload(clip)
    for _ in range(3):
        pipeline.transcode()
    report = pipeline.processing(video_id)
    assert (report["status"], report["error"]) == ("processing", None)
    assert max(pipeline.queues.delays) > 0  # its jobs are in their lanes, for later
    admin.post("/admin/breakers/transcoding", {"state": "auto"})
    pipeline.run()
    assert pipeline.processing(video_id)["status"] == "published"


def test_without_placing_new_videos_are_found_by_their_content(
    context: Context, new_user: NewClient, admin: Client
) -> None:
    admin.post("/admin/breakers/embedding", {"state": "open"})
    maker = new_user(creator=True)
    video = publish_video(context, maker, "a lighthouse #coast")
    assert upkeep.tend(context)["videos_placed"] == 0
    items = new_user().get("/feed?limit=5").json["items"]
    assert [item["video"]["id"] for item in items] == [video]
    assert new_user().get("/search?q=lighthouse").status == 200

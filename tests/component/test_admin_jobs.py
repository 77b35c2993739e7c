"""Jobs that administrators start: once each, with their figures, whatever goes wrong."""

from collections.abc import Mapping
from typing import Any
from uuid import uuid4

import pytest

from chalicelib.admin import jobs
from chalicelib.admin.models import Interrupted, JobName, Task
from chalicelib.feed import training
from chalicelib.platform.context import Context
from tests.component.conftest import NewClient
from tests.component.feed_world import World
from tests.component.test_feed_engine import scroll
from tests.fakes import FrozenClock
from tests.gateway import Answer, Client


@pytest.fixture
def world(context: Context, new_user: NewClient, clock: FrozenClock) -> World:
    return World(context, new_user, clock)


def order(
    client: Client, name: str, body: Mapping[str, Any] | None = None, key: str = ""
) -> Answer:
    headers = {"X-Idempotency-Key": key or uuid4().hex}
    return client.post(f"/admin/jobs/{name}", body or {}, headers=headers)


def deliver(context: Context) -> int:
    """Do what was sent, each message twice, as SQS may."""
    sent = context.queues.sent  # type: ignore[attr-defined]
    messages = [message for queue, message in sent if queue == "admin-jobs-queue"]
    sent.clear()
    for message in messages * 2:
        jobs.run(context, message["job"])
    return len(messages)


def test_training_is_started_by_hand_and_tells_its_figures(
    context: Context, world: World, admin: Client, new_user: NewClient
) -> None:
    world.publish("cooking", creators=3, videos=2)
    viewer = new_user()
    for item in scroll(viewer, 6):
        world.watch(viewer, item)
    key = uuid4().hex
    started = order(admin, "train", key=key)
    assert started.status == 202
    assert (started.json["name"], started.json["state"]) == ("train", "queued")
    assert order(admin, "train", key=key).json["id"] == started.json["id"]
    assert deliver(context) == 1
    job = admin.get(f"/admin/jobs/{started.json['id']}").json
    assert (job["state"], job["percent"], job["error"]) == ("done", 100, None)
    assert job["result"]["items"]["events"] == 6
    assert job["started_at"] <= job["ended_at"]
    with context.database.transaction() as transaction:
        runs = transaction.execute("SELECT state FROM model_runs").fetchall()
    assert [run["state"] for run in runs] == ["champion"]


def test_a_dry_run_changes_nothing(context: Context, world: World, admin: Client) -> None:
    world.publish("cooking", creators=2, videos=2)
    for name in JobName:
        job = order(admin, name, {"dry_run": True}).json
        deliver(context)
        told = admin.get(f"/admin/jobs/{job['id']}").json
        assert (told["state"], told["dry_run"]) == ("done", True)
    with context.database.transaction() as transaction:
        assert transaction.execute("SELECT FROM model_runs").fetchone() is None


def test_everybody_is_placed_in_the_space_in_force(
    context: Context, world: World, admin: Client, new_user: NewClient
) -> None:
    world.publish("cooking", creators=4, videos=2)
    for _ in range(3):
        viewer = new_user()
        for item in scroll(viewer, 8):
            world.watch(viewer, item)
    training.train(context)
    with context.database.transaction() as transaction:
        transaction.execute("DELETE FROM user_embeddings")
    job = order(admin, "backfill-user-embeddings").json
    deliver(context)
    told = admin.get(f"/admin/jobs/{job['id']}").json
    assert told["result"] == {"missing": 3, "written": 3}


def test_a_job_that_fails_says_why_and_one_whose_worker_died_begins_anew(
    context: Context, world: World, admin: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fails(*_: object) -> Mapping[str, Any]:
        raise RuntimeError("no memory left")

    def dies(*_: object) -> Mapping[str, Any]:
        raise SystemExit

    monkeypatch.setattr(jobs, "WORK", {JobName.TRAIN: fails})
    job = order(admin, "train").json["id"]
    deliver(context)
    told = admin.get(f"/admin/jobs/{job}").json
    assert (told["state"], told["error"]) == ("failed", "RuntimeError: no memory left")

    job = order(admin, "train").json["id"]
    monkeypatch.setattr(jobs, "WORK", {JobName.TRAIN: dies})
    with pytest.raises(SystemExit):
        deliver(context)
    monkeypatch.setattr(jobs, "WORK", {JobName.TRAIN: lambda *_: {"well": True}})
    jobs.run(context, job)
    assert admin.get(f"/admin/jobs/{job}").json["state"] == "running"
    world.clock.advance(minutes=71)
    assert "start the job anew" in admin.get(f"/admin/jobs/{job}").json["error"]
    jobs.run(context, job)
    assert admin.get(f"/admin/jobs/{job}").json["result"] == {"well": True}


def test_only_admins_start_jobs_that_there_are(
    context: Context, admin: Client, new_user: NewClient, visitor: Client
) -> None:
    staff = new_user("moderator")
    with context.database.transaction() as transaction:
        transaction.execute("UPDATE users SET role = 'moderator' WHERE username = 'moderator'")
    assert order(staff, "train").status == 403
    assert order(visitor, "train").status == 401
    assert order(admin, "dance").status == 404
    assert admin.get("/admin/jobs/nothing").status == 404
    assert admin.post("/admin/jobs/train", {}).json["code"] == "idempotency_key_required"


def test_a_job_is_told_only_what_it_takes(context: Context, admin: Client) -> None:
    told = {"params": {"from": "2026-01-01T00:00:00Z"}}
    refused = order(admin, "recount", told)
    assert (refused.status, refused.json["errors"][0]["pointer"]) == (422, "/params/from")
    assert order(admin, "recount", {"params": {"since": "x"}}).json["code"] == "unknown_field"
    assert order(admin, "recount", {"params": {"until": "yesterday"}}).status == 422


def test_a_job_that_is_interrupted_goes_on_where_it_was(
    context: Context, admin: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Also one whose worker dies: it begins where it last told that it was."""
    done: list[int] = []

    def work(_: Context, task: Task) -> Mapping[str, Any]:
        start = task.reached["next"] if task.reached else 0
        for step in range(start, 4):
            done.append(step)
            task.reach(25 * step, {"next": step + 1})
            if step == 1:
                raise Interrupted
        return {"steps": len(done)}

    monkeypatch.setattr(jobs, "WORK", {JobName.TRAIN: work})
    job = order(admin, "train").json["id"]
    deliver(context)
    told = admin.get(f"/admin/jobs/{job}").json
    assert (told["state"], told["percent"]) == ("done", 100)
    assert (done, told["result"]) == ([0, 1, 2, 3], {"steps": 4})

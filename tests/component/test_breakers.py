"""Circuit breakers: what keeps failing is left alone, by all processes, and nothing is lost."""

import time
from typing import Any, cast

import pytest

from chalicelib.platform import breaker
from chalicelib.platform.breaker import Breaker, BreakerOpen, State, guard
from chalicelib.platform.cache import Cache
from chalicelib.platform.context import Context
from chalicelib.videos import jobs, transcoding
from chalicelib.videos.models import Job, Step
from tests.component.races import fork, reconnect
from tests.fakes import FrozenClock, RecordedQueues
from tests.gateway import Client

NAME = Breaker.TRANSCODING
CALLERS = 8


def call(context: Context, *, fails: bool) -> bool:
    """Make a call and return whether it got through."""
    try:
        with guard(context, NAME):
            if fails:
                raise ConnectionError("the service is down")
    except BreakerOpen:
        return False
    except ConnectionError:
        pass
    return True


def state(context: Context) -> State:
    return breaker.read(context, NAME).state


@pytest.fixture
def rests_briefly(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(breaker, "REST_MS", 150)


def test_it_opens_when_half_of_ten_calls_have_failed(context: Context) -> None:
    for _ in range(5):
        assert call(context, fails=False)
    for _ in range(4):
        assert call(context, fails=True)
    assert state(context) is State.CLOSED
    assert call(context, fails=True)
    assert state(context) is State.OPEN
    assert not call(context, fails=False)


def test_few_failures_among_many_calls_dont_open_it(context: Context) -> None:
    for n in range(60):
        assert call(context, fails=n % 5 > 2)
    assert state(context) is State.CLOSED


@pytest.mark.usefixtures("rests_briefly")
def test_a_single_probe_decides_after_a_rest(context: Context) -> None:
    for _ in range(10):
        call(context, fails=True)
    assert not call(context, fails=False)
    time.sleep(0.2)
    assert state(context) is State.HALF_OPEN
    assert call(context, fails=True)
    assert state(context) is State.OPEN
    time.sleep(0.2)
    with guard(context, NAME):
        assert not call(context, fails=False)  # the probe is on its way
    assert state(context) is State.CLOSED
    for _ in range(9):
        call(context, fails=True)
    assert state(context) is State.CLOSED


def test_all_processes_leave_a_dead_service_alone(context: Context) -> None:
    """Each of them may have one call on its way when the tenth one fails."""
    ends = []
    for _ in range(CALLERS):
        here, there = fork.Pipe()
        process = fork.Process(target=_count, args=(context, there))
        process.start()
        ends.append((here, process))
    through = sum(here.recv() for here, _ in ends)
    for _, process in ends:
        process.join()
    assert 10 <= through <= 10 + CALLERS


def _count(context: Context, pipe: Any) -> None:
    reconnect(context)
    pipe.send(sum(call(context, fails=True) for _ in range(50)))


def test_without_redis_calls_go_through(context: Context) -> None:
    object.__setattr__(context, "cache", Cache("redis://127.0.0.1:9/0"))
    for _ in range(30):
        assert call(context, fails=True)
    assert state(context) is State.CLOSED


def test_an_operator_opens_closes_and_leaves_it(
    context: Context, admin: Client, moderator: Client
) -> None:
    path = "/admin/breakers/transcoding"
    assert admin.post(path, {"state": "open"}).json == {"state": "open", "forced": "open"}
    assert not call(context, fails=False)
    assert moderator.get("/admin/health").json["breakers"]["transcoding"]["forced"] == "open"
    assert admin.post(path, {"state": "closed"}).json == {"state": "closed", "forced": "closed"}
    for _ in range(30):
        assert call(context, fails=True)
    assert admin.post(path, {"state": "auto"}).json == {"state": "closed", "forced": "auto"}
    assert admin.post("/admin/breakers/toaster", {"state": "auto"}).status == 404
    assert admin.post(path, {"state": "ajar"}).status == 422
    actions = admin.get("/admin/audit?action=configure").json["items"]
    assert [entry["detail"]["reason"] for entry in actions] == [
        "breaker auto", "breaker closed", "breaker open",
    ]  # fmt: skip


def test_a_job_waits_in_its_lane_while_the_breaker_is_open(
    context: Context, clock: FrozenClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    job = Job("job1", 1, "video1", 1, Step.FULL, 1, "submitted", {})
    monkeypatch.setattr(jobs, "find_job", lambda transaction, job_id: job)
    for _ in range(10):
        call(context, fails=True)
    transcoding.work(context, "job1")
    queues = cast(RecordedQueues, context.queues)
    assert queues.sent == [("transcode-queue", {"job_id": "job1"})]
    assert 0 < queues.delays[0] <= 30

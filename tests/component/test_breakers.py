"""Circuit breakers: what keeps failing is left alone, by all processes, and nothing is lost."""

import time
from typing import Any, cast

import pytest

from chalicelib.engagement import notifications
from chalicelib.feed import placing, upkeep
from chalicelib.platform import breaker
from chalicelib.platform.breaker import Breaker, BreakerOpen, State, guard
from chalicelib.platform.cache import Cache
from chalicelib.platform.context import Context
from chalicelib.platform.errors import Problem, not_found
from chalicelib.videos import jobs, publish, transcoding
from chalicelib.videos.models import Job, Step
from tests.component.builders import publish_video
from tests.component.conftest import NewClient
from tests.component.pipeline import Pipeline
from tests.component.races import fork, reconnect
from tests.fakes import FrozenClock, RecordedQueues
from tests.gateway import Client

NAME = Breaker.TRANSCODING
WORKERS = 32


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


@pytest.mark.parametrize(
    ("failing", "of", "expected"), [(4, 5, State.OPEN), (11, 25, State.CLOSED)]
)
def test_half_of_the_calls_must_fail(
    context: Context, failing: int, of: int, expected: State
) -> None:
    """Four of five open it, 44 % don't, spread evenly over a hundred calls."""
    for n in range(100):
        call(context, fails=n * failing // of != (n + 1) * failing // of)
    assert state(context) is expected


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


@pytest.mark.usefixtures("rests_briefly")
def test_a_probe_that_says_nothing_gives_its_turn_back(context: Context) -> None:
    for _ in range(10):
        call(context, fails=True)
    time.sleep(0.2)
    for _ in range(3):
        with pytest.raises(Problem), guard(context, NAME):
            raise not_found("job")
    assert state(context) is State.HALF_OPEN
    assert call(context, fails=False)
    assert state(context) is State.CLOSED


def test_refusals_of_our_own_are_no_failures(context: Context) -> None:
    for _ in range(30):
        with pytest.raises(Problem), guard(context, NAME):
            raise not_found("job")
    assert state(context) is State.CLOSED


def test_what_takes_too_long_has_failed(context: Context, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(breaker, "LIMIT_MS", {NAME: 0})
    for _ in range(10):
        assert call(context, fails=False)
    assert state(context) is State.OPEN


def test_32_workers_over_three_resets_make_44_calls_of_a_dead_service_at_most(
    context: Context, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Ten calls open it, each other worker may have one on its way, and each reset lets one by."""
    monkeypatch.setattr(breaker, "REST_MS", 1500)
    resets, began = 3, fork.Barrier(WORKERS)
    ends = []
    for _ in range(WORKERS):
        here, there = fork.Pipe()
        process = fork.Process(target=_insist, args=(context, there, began, 1.5 * resets + 1.3))
        process.start()
        ends.append((here, process))
    opened, through = zip(*(here.recv() for here, _ in ends), strict=True)
    for _, process in ends:
        process.join()
    assert sum(opened) == 1 + resets
    assert 10 + resets <= sum(through) <= 10 + (WORKERS - 1) + resets == 44


def _insist(context: Context, pipe: Any, began: Any, seconds: float) -> None:
    """Call again and again, and tell how many calls got through, and how many of them opened it."""
    reconnect(context)
    opened = 0

    def note(name: str, value: float = 1) -> None:
        nonlocal opened
        opened += name == "BreakerOpened"

    breaker.count = note
    context.cache.ping()
    began.wait()
    through, until = 0, time.monotonic() + seconds
    while time.monotonic() < until:
        through += _call_slowly(context)
        time.sleep(0.02)
    pipe.send((opened, through))


def _call_slowly(context: Context) -> bool:
    try:
        with guard(context, NAME):
            time.sleep(0.01)
            raise ConnectionError("the service is down")
    except BreakerOpen:
        return False
    except ConnectionError:
        return True


@pytest.mark.usefixtures("rests_briefly")
def test_without_redis_each_process_judges_by_itself(
    context: Context, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(breaker, "_WINDOWS", {})
    object.__setattr__(context, "cache", Cache("redis://127.0.0.1:9/0"))
    assert [call(context, fails=True) for _ in range(12)] == [True] * 10 + [False] * 2
    assert state(context) is State.OPEN
    time.sleep(0.2)
    assert call(context, fails=True)
    assert not call(context, fails=True)
    time.sleep(0.2)
    assert call(context, fails=False)
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


def test_videos_are_finished_later_while_the_bucket_behind_the_cdn_fails(
    pipeline: Pipeline, clip: bytes, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The first ten tries fail, then nobody asks any more; and nothing of it is lost."""
    video_id = pipeline.upload(clip)
    asked = 0

    def away(*_: object) -> None:
        nonlocal asked
        asked += 1
        raise ConnectionError("S3 is away")

    with monkeypatch.context() as outage:
        outage.setattr(publish, "inspect_outputs", lambda *_, **__: away())
        with pytest.raises(ConnectionError):
            pipeline.run()
        (job_id,) = [m["job_id"] for queue, m in pipeline.queues.sent if queue == "finish-queue"]
        for _ in range(30):
            with pytest.raises((ConnectionError, BreakerOpen)):
                publish.finish(pipeline.context, job_id)
    assert asked == 10
    with pytest.raises(BreakerOpen):
        publish.finish(pipeline.context, job_id)
    monkeypatch.setattr(breaker, "REST_MS", 0)
    pipeline.run()
    assert pipeline.processing(video_id)["status"] == "published"


def likes_told(client: Client) -> list[int]:
    """Return by how many people each liked thing is liked, as somebody is told."""
    items = client.get("/notifications").json["items"]
    return [item["actor_count"] for item in items if item["type"] == "like"]


def test_likes_go_on_and_are_told_of_later_while_telling_fails(
    context: Context, creator: Client, new_user: NewClient, admin: Client
) -> None:
    video_id = publish_video(context, creator)
    admin.post("/admin/breakers/notifications", {"state": "open"})
    fans = [new_user() for _ in range(3)]
    for fan in fans:
        assert fan.put(f"/videos/{video_id}/like").status == 200
    fans[0].delete(f"/videos/{video_id}/like")
    assert notifications.tell_put_off(context) == 0
    assert likes_told(creator) == []
    admin.post("/admin/breakers/notifications", {"state": "auto"})
    assert notifications.tell_put_off(context) == 2
    assert notifications.tell_put_off(context) == 0
    assert likes_told(creator) == [2]


def test_a_like_waits_neither_for_the_news_of_it_nor_fails_with_it(
    context: Context, creator: Client, new_user: NewClient
) -> None:
    video_id = publish_video(context, creator)
    with context.database.transaction() as transaction:
        transaction.execute("ALTER TABLE notifications RENAME TO elsewhere")
    fan = new_user()
    assert fan.put(f"/videos/{video_id}/like").json["like_count"] == 1
    assert notifications.tell_put_off(context) == 0
    with context.database.transaction() as transaction:
        transaction.execute("ALTER TABLE elsewhere RENAME TO notifications")
    assert notifications.tell_put_off(context) == 1
    assert likes_told(creator) == [1]


def test_new_videos_are_placed_later_while_that_fails(
    context: Context, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked = 0

    def fail(*_: object) -> None:
        nonlocal asked
        asked += 1
        raise ArithmeticError

    monkeypatch.setattr(placing, "place", fail)
    for _ in range(15):
        assert upkeep.tend(context)["videos_placed"] == 0
    assert asked == 10

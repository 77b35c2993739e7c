"""Reports of watching: taken at once, whatever is away, and counted once, however they come."""

import json
from typing import Any, cast
from uuid import uuid4

import pytest

from chalicelib.platform.context import Context
from chalicelib.platform.database import Database
from functions.watching import take_in_events
from tests.component.builders import publish_video
from tests.component.conftest import NewClient
from tests.fakes import FrozenClock, RecordedQueues
from tests.gateway import Client
from tests.lambda_context import LambdaContext
from tests.sqs import batch

QUEUE = "watch-events-queue"
NOWHERE = "postgresql://nobody@127.0.0.1:9/nothing"


@pytest.fixture
def queue(context: Context) -> RecordedQueues:
    """The queue, whose messages wait until they are delivered."""
    queues = cast(RecordedQueues, context.queues)
    queues.consumers.clear()
    return queues


@pytest.fixture
def ada(context: Context, new_user: NewClient) -> Client:
    maker = new_user("maker", creator=True)
    for n in range(3):
        publish_video(context, maker, f"number {n}")
    return new_user("ada")


def test_what_waits_in_the_queue_is_not_shown_again(
    ada: Client, queue: RecordedQueues, clock: FrozenClock
) -> None:
    first = _first(ada)
    clock.advance(seconds=10)
    _report(ada, first, clock)
    assert ada.get("/users/me/history").json["items"] == []
    shown = [item["video"]["id"] for item in ada.get("/feed?limit=2").json["items"]]
    assert len(shown) == 2
    assert first["video"]["id"] not in shown
    _deliver(queue)
    assert len(ada.get("/users/me/history").json["items"]) == 1


def test_a_message_that_comes_twice_counts_once(
    ada: Client, queue: RecordedQueues, clock: FrozenClock
) -> None:
    item = _first(ada)
    clock.advance(seconds=10)
    _report(ada, item, clock)
    _deliver(queue, times=3)
    assert ada.get(f"/videos/{item['video']['id']}").json["stats"]["views"] == 1


def test_without_the_queue_reports_are_taken_in_here_and_now(
    ada: Client, queue: RecordedQueues, clock: FrozenClock
) -> None:
    item = _first(ada)
    clock.advance(seconds=10)
    queue.away = True
    _report(ada, item, clock)
    assert ada.get(f"/videos/{item['video']['id']}").json["stats"]["views"] == 1


def test_without_the_database_reports_wait_for_it(
    context: Context, ada: Client, queue: RecordedQueues, clock: FrozenClock, database_url: str
) -> None:
    item = _first(ada)
    clock.advance(seconds=10)
    forger = Client(cookies={"session": "made-up-by-somebody-else"})
    context.database.close()
    object.__setattr__(context, "database", Database(lambda: NOWHERE))
    _report(ada, item, clock)
    _report(forger, item, clock)  # taken, since nobody can tell whose it is
    ((url, message), _) = queue.sent
    answer = take_in_events(batch(json.dumps(message), queue=QUEUE), LambdaContext())
    assert answer == {"batchItemFailures": []}
    assert [(queue_url, times) for queue_url, _, _, times in queue.again] == [(url, 1)]
    object.__setattr__(context, "database", Database(lambda: database_url))
    _deliver(queue)
    assert len(ada.get("/users/me/history").json["items"]) == 1
    with context.database.transaction() as transaction:
        row = transaction.execute("SELECT count(*) AS n FROM analytics_events").fetchone()
    assert row == {"n": 1}
    context.database.close()


def test_without_the_queue_and_the_database_nothing_is_acknowledged(
    context: Context, ada: Client, queue: RecordedQueues, clock: FrozenClock
) -> None:
    item = _first(ada)
    database = context.database
    object.__setattr__(context, "database", Database(lambda: NOWHERE))
    queue.away = True
    answer = ada.post("/events", {"events": [_event(item, clock)]})
    object.__setattr__(context, "database", database)
    assert (answer.status, answer.json["code"]) == (503, "unavailable")
    assert int(answer.headers["Retry-After"]) > 0


def test_a_history_that_was_paused_then_stays_as_it_was(
    ada: Client, queue: RecordedQueues, clock: FrozenClock
) -> None:
    _set_paused(ada, True)
    item = _first(ada)
    clock.advance(seconds=10)
    _report(ada, item, clock)
    clock.advance(seconds=10)
    _set_paused(ada, False)
    _deliver(queue)
    assert ada.get("/users/me/history").json["items"] == []
    assert ada.get(f"/videos/{item['video']['id']}").json["stats"]["views"] == 1


def test_a_deleted_history_stays_deleted_though_reports_come_late(
    ada: Client, queue: RecordedQueues, clock: FrozenClock
) -> None:
    item = _first(ada)
    clock.advance(seconds=10)
    _report(ada, item, clock)
    clock.advance(seconds=1)
    assert ada.delete("/users/me/history").status == 204
    _deliver(queue)
    assert ada.get("/users/me/history").json["items"] == []


def _first(client: Client) -> dict[str, Any]:
    return cast("dict[str, Any]", client.get("/feed?limit=1").json["items"][0])


def _event(item: dict[str, Any], clock: FrozenClock) -> dict[str, Any]:
    return {
        "id": str(uuid4()),
        "type": "view",
        "impression_token": item["impression_token"],
        "watch_ms": 3000,
        "at": clock.now().isoformat(),
    }


def _report(client: Client, item: dict[str, Any], clock: FrozenClock) -> None:
    answer = client.post("/events", {"events": [_event(item, clock)]})
    assert (answer.status, answer.json["accepted"]) == (202, 1), answer.text


def _deliver(queue: RecordedQueues, times: int = 1) -> None:
    bodies = [json.dumps(message) for url, message in queue.sent if url == QUEUE]
    for _ in range(times):
        answer = take_in_events(batch(*reversed(bodies), queue=QUEUE), LambdaContext())
        assert answer == {"batchItemFailures": []}


def _set_paused(client: Client, paused: bool) -> None:
    tag = client.get("/users/me").headers["ETag"]
    changes = {"history_paused": paused}
    assert client.patch("/users/me", changes, headers={"If-Match": tag}).status == 200

"""Idempotency keys: the same request, however often and however parallel, works once."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from threading import Barrier

import psycopg
import pytest

from chalicelib.platform import idempotency
from chalicelib.platform.context import Context
from chalicelib.platform.database import Database
from chalicelib.platform.errors import Problem
from tests.component.conftest import NewClient

KEY = "0123456789abcdef"
VIDEO = {"filename": "a.mp4", "content_type": "video/mp4", "size_bytes": 1000}


def test_a_repeated_post_answers_the_same_and_creates_once(new_user: NewClient) -> None:
    client = new_user(creator=True)
    first = client.post("/videos", VIDEO, headers={"X-Idempotency-Key": KEY})
    again = client.post("/videos", VIDEO, headers={"Idempotency-Key": KEY})
    assert (first.status, again.status) == (201, 201)
    assert again.json == first.json
    assert again.headers["Idempotency-Replayed"] == "true"
    assert "Idempotency-Replayed" not in first.headers
    assert len(client.get("/videos/mine").json["items"]) == 1


@pytest.mark.parametrize(
    ("headers", "code"),
    [
        ({}, "idempotency_key_required"),
        ({"X-Idempotency-Key": "short"}, "idempotency_key_invalid"),
    ],
)
def test_a_key_is_obligatory(new_user: NewClient, headers: dict[str, str], code: str) -> None:
    answer = new_user(creator=True).post("/videos", VIDEO, headers=headers)
    assert (answer.status, answer.json["code"]) == (400, code)


def test_a_key_belongs_to_its_body(new_user: NewClient) -> None:
    client = new_user(creator=True)
    client.post("/videos", VIDEO, headers={"X-Idempotency-Key": KEY})
    other = {**VIDEO, "size_bytes": 2000}
    answer = client.post("/videos", other, headers={"X-Idempotency-Key": KEY})
    assert (answer.status, answer.json["code"]) == (422, "idempotency_key_reused")


def test_keys_of_two_people_do_not_meet(new_user: NewClient) -> None:
    one, two = new_user(creator=True), new_user(creator=True)
    first = one.post("/videos", VIDEO, headers={"X-Idempotency-Key": KEY})
    second = two.post("/videos", VIDEO, headers={"X-Idempotency-Key": KEY})
    assert first.json["video"]["id"] != second.json["video"]["id"]


def test_a_refusal_is_kept_too(new_user: NewClient) -> None:
    client = new_user(creator=True)
    picture = {**VIDEO, "content_type": "image/png"}
    answers = [client.post("/videos", picture, headers={"X-Idempotency-Key": KEY}) for _ in "12"]
    assert [answer.status for answer in answers] == [415, 415]
    assert answers[1].headers["Idempotency-Replayed"] == "true"


def test_eight_at_once_do_the_work_once(database_url: str) -> None:
    barrier = Barrier(8)
    with psycopg.connect(database_url) as connection:
        connection.execute("CREATE TABLE done (at timestamptz NOT NULL DEFAULT now())")

    def call(_: int) -> int:
        database = Database(lambda: database_url)
        barrier.wait(timeout=10)
        try:
            return _run(database, _write(database)).status
        except Problem as problem:
            return problem.status
        finally:
            database.close()

    with ThreadPoolExecutor(8) as pool:
        statuses = list(pool.map(call, range(8)))
    assert set(statuses) <= {201, 409}
    assert 201 in statuses
    with psycopg.connect(database_url) as connection:
        assert connection.execute("SELECT count(*) FROM done").fetchone() == (1,)


def test_work_that_dies_leaves_no_key_behind(context: Context) -> None:
    def die() -> idempotency.Stored:
        raise RuntimeError("the process died")

    with pytest.raises(RuntimeError):
        _run(context.database, die)
    answer = _run(context.database, lambda: idempotency.Stored(201, {"ok": True}))
    assert (answer.status, answer.replayed) == (201, False)


def _run(database: Database, work: Callable[[], idempotency.Stored]) -> idempotency.Stored:
    return idempotency.run_once(database, scope="a test", key=KEY, body=b"{}", work=work)


def _write(database: Database) -> Callable[[], idempotency.Stored]:
    def work() -> idempotency.Stored:
        with database.transaction() as transaction:
            transaction.execute("INSERT INTO done DEFAULT VALUES")
            transaction.execute("SELECT pg_sleep(0.2)")
        return idempotency.Stored(201, {"ok": True})

    return work

"""Rate limits: no window ever holds more than its limit, whoever asks and whatever is down."""

import json
import multiprocessing
import time
from collections import defaultdict
from collections.abc import Iterator
from random import Random
from types import SimpleNamespace
from typing import Any, cast

import pytest
import redis

from chalicelib.platform import limits
from chalicelib.platform.cache import Cache
from chalicelib.platform.clock import SystemClock
from chalicelib.platform.configuration import Configuration
from chalicelib.platform.context import Context
from chalicelib.platform.database import Database
from chalicelib.platform.errors import Problem
from chalicelib.platform.limits import LimitClass
from tests.component.conftest import PASSWORD, NewClient
from tests.fakes import FrozenClock
from tests.gateway import Client

CLIENTS = 16
NOWHERE = "redis://127.0.0.1:9/0"
fork = multiprocessing.get_context("fork")
Call = tuple[str, str, float, float, bool, float]  # class, who, asked, answered, passed, retry


@pytest.fixture
def away(context: Context) -> Iterator[None]:
    """Redis is away."""
    cache = context.cache
    object.__setattr__(context, "cache", Cache(NOWHERE))
    yield
    object.__setattr__(context, "cache", cache)


def test_no_window_of_any_class_holds_more_than_its_limit(
    context: Context, database_url: str, redis_url: str
) -> None:
    """Sixteen clients at once, short windows, against a count of every window by brute force."""
    windows = {name: (most, 1) for name, most in zip(LimitClass, range(1, 13), strict=True)}
    _configure(context, windows)
    with fork.Pool(CLIENTS) as pool:
        found = pool.map(_storm, [(database_url, redis_url, seed) for seed in range(CLIENTS)])
    calls: defaultdict[tuple[str, str], list[Call]] = defaultdict(list)
    for call in (call for client in found for call in client):
        calls[call[0], call[1]].append(call)
    assert len(calls) == 2 * len(LimitClass)
    for (name, _), made in calls.items():
        most, seconds = windows[LimitClass(name)]
        passed = sorted((asked, answered) for _, _, asked, answered, ok, _ in made if ok)
        # A call took effect between being asked and answered: only if the limit + 1 of them all
        # lie inside less than a window, however one turns it, was it broken.
        for first, last in zip(passed, passed[most:], strict=False):
            assert last[1] - first[0] >= seconds, (name, first, last)
        assert len(passed) > most, name
        assert any(not ok for *_, ok, _ in made), name


def _storm(given: tuple[str, str, int]) -> list[Call]:
    database_url, redis_url, seed = given
    random = Random(seed)  # noqa: S311 - moments, not secrets
    database, clock = Database(lambda: database_url), SystemClock()
    context = cast(
        Context,
        SimpleNamespace(
            database=database,
            cache=Cache(redis_url),
            configuration=Configuration(database, clock),
        ),
    )
    calls: list[Call] = []
    ends = time.monotonic() + 5
    while time.monotonic() < ends:
        name, who = random.choice(list(LimitClass)), random.choice("ab")
        asked = time.monotonic()
        try:
            limits.take(context, name, who)
            calls.append((name, who, asked, time.monotonic(), True, 0))
        except Problem as problem:
            wait = float(problem.headers["Retry-After"])
            calls.append((name, who, asked, time.monotonic(), False, wait))
        time.sleep(random.random() / 50)
    return calls


def test_who_waits_as_told_is_let_through(context: Context) -> None:
    _configure(context, {LimitClass.SEARCH: (2, 1)})
    for _ in range(3):
        for _ in range(2):
            limits.take(context, LimitClass.SEARCH, "me")
        with pytest.raises(Problem) as refused:
            limits.take(context, LimitClass.SEARCH, "me")
        time.sleep(int(refused.value.headers["Retry-After"]))


@pytest.mark.parametrize("name", list(LimitClass))
def test_without_redis_nothing_is_open(context: Context, name: LimitClass, away: None) -> None:
    _configure(context, {name: (3, 60)})
    limits._LOGS.clear()
    passed = 0
    for _ in range(8):
        try:
            limits.take(context, name, "me")
            passed += 1
        except Problem as problem:
            assert problem.code == "rate_limited"
            assert 0 < int(problem.headers["Retry-After"]) <= 61
    assert passed == 3
    limits.take(context, name, "somebody else")


@pytest.mark.parametrize("name", sorted(limits.STRICT))
def test_without_redis_accounts_and_uploads_are_limited_over_all_processes(
    context: Context, database_url: str, name: LimitClass, away: None
) -> None:
    _configure(context, {name: (3, 60)})
    with fork.Pool(4) as pool:
        passed = pool.map(_take_without_redis, [(database_url, name)] * 8)
    assert sum(passed) == 3


def _take_without_redis(given: tuple[str, LimitClass]) -> bool:
    database_url, name = given
    database, clock = Database(lambda: database_url), SystemClock()
    context = SimpleNamespace(
        database=database, cache=Cache(NOWHERE), configuration=Configuration(database, clock)
    )
    try:
        limits.take(cast(Context, context), name, "me")
    except Problem:
        return False
    return True


def test_answers_tell_where_one_stands(new_user: NewClient) -> None:
    client = new_user()
    answers = [client.get("/users/me") for _ in range(61)]
    told = [int(answer.headers["RateLimit-Remaining"]) for answer in answers[:60]]
    assert told == list(range(59, -1, -1))
    assert {answer.headers["RateLimit-Limit"] for answer in answers} == {"60"}
    refused = answers[60]
    assert (refused.status, refused.json["code"]) == (429, "rate_limited")
    assert refused.headers["Content-Type"] == "application/problem+json"
    assert refused.headers["RateLimit-Remaining"] == "0"
    assert 0 < int(refused.headers["RateLimit-Reset"]) <= 60
    assert refused.headers["Retry-After"] == refused.headers["RateLimit-Reset"]
    assert new_user().get("/users/me").status == 200


def test_passwords_can_be_tried_five_times_by_address_and_name(
    new_user: NewClient, visitor: Client
) -> None:
    new_user("victim")
    wrong = {"username": "victim", "password": "a wrong password"}
    statuses = [visitor.post("/auth/login", wrong).status for _ in range(6)]
    assert statuses == [401] * 5 + [429]
    assert visitor.post("/auth/login", {**wrong, "username": "VICTIM"}).status == 429
    right = {"username": "victim", "password": PASSWORD}
    assert visitor.post("/auth/login", right).status == 429
    assert Client().post("/auth/login", right).status == 200
    assert visitor.post("/auth/login", {**wrong, "username": "other"}).status == 401


def test_who_may_not_call_is_told_so_and_uses_nothing_up(new_user: NewClient) -> None:
    client = new_user()
    answers = [client.get("/admin/users") for _ in range(101)]
    assert {answer.status for answer in answers} == {403}
    assert "RateLimit-Limit" not in answers[0].headers


def test_limits_are_changed_while_everything_runs(
    admin: Client, new_user: NewClient, clock: FrozenClock
) -> None:
    client = new_user()
    changed = admin.patch("/admin/config", {"limits.write.max": 2}, headers={"If-Match": "*"})
    assert changed.json["values"]["limits.write.max"] == 2
    clock.advance(seconds=30)
    assert [client.get("/users/me").status for _ in range(3)] == [200, 200, 429]
    nested = {"limits": {"write": {"max": None}}}
    assert admin.patch("/admin/config", nested, headers={"If-Match": "*"}).status == 200
    assert client.get("/users/me").status == 200


def _configure(context: Context, windows: dict[LimitClass, tuple[int, int]]) -> None:
    values: dict[str, Any] = {}
    for name, (most, seconds) in windows.items():
        values |= {f"limits.{name}.max": most, f"limits.{name}.window_seconds": seconds}
    with context.database.transaction() as transaction:
        transaction.execute(
            "INSERT INTO configuration (version, settings, reason, created_at)"
            " VALUES (1, %s, 'a test', now())",
            (json.dumps(values),),
        )
    context.configuration.forget()


def test_redis_keeps_nothing_longer_than_its_window(context: Context, redis_url: str) -> None:
    limits.take(context, LimitClass.FEED, "me")
    with redis.Redis.from_url(redis_url) as client:
        keys = cast("list[bytes]", client.keys("limit:*"))
        assert [0 < cast(int, client.ttl(key)) <= 61 for key in keys] == [True]

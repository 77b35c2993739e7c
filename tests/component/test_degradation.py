"""The feed when parts of it fail: each step answers, says so, and shows nothing it may not."""

from collections.abc import Callable
from dataclasses import replace

import numpy as np
import pytest
import redis

from chalicelib.feed import (
    candidate_store,
    choosing,
    features,
    for_you,
    listing_store,
    pools,
    snapshot,
    training,
)
from chalicelib.platform import context as context_module
from chalicelib.platform.cache import Cache
from chalicelib.platform.context import Context
from chalicelib.platform.database import Connection, Database
from tests.component.builders import publish_video
from tests.component.conftest import NewClient
from tests.component.feed_world import World
from tests.component.test_feed_engine import ids
from tests.fakes import FrozenClock
from tests.gateway import Client

Breaks = Callable[..., None]


@pytest.fixture
def world(context: Context, new_user: NewClient, clock: FrozenClock) -> World:
    return World(context, new_user, clock)


@pytest.fixture
def viewer(world: World, new_user: NewClient) -> Client:
    """Somebody who has watched a little, and blocked a creator."""
    world.publish("cooking", creators=4, videos=3)
    world.publish("cars", creators=4, videos=3)
    training.train(world.context)
    client = new_user()
    page = client.get("/feed?limit=5").json
    for item in page["items"][:4]:
        world.watch(client, item)
    client.put(f"/users/{page['items'][4]['video']['creator']['id']}/block")
    return client


@pytest.fixture
def broken(monkeypatch: pytest.MonkeyPatch) -> Breaks:
    def statement_fails(transaction: Connection, *_: object, **__: object) -> None:
        transaction.execute("SELECT 1 / 0")

    def breaks(*parts: tuple[object, str]) -> None:
        monkeypatch.setattr(features, "build", _raise)
        for module, name in parts:
            monkeypatch.setattr(module, name, statement_fails)

    return breaks


def _raise(*_: object, **__: object) -> None:
    raise np.linalg.LinAlgError("a defect of ours")


STEPS = [
    (["ranking"], []),
    (["ranking", "candidates"], [(candidate_store, "read_pool")]),
    (
        ["ranking", "candidates", "neighbours"],
        [(candidate_store, "read_pool"), (candidate_store, "read_neighbours")],
    ),
    (
        ["ranking", "candidates", "neighbours", "trending"],
        [(candidate_store, "read_pool"), (listing_store, "trending")],
    ),
]


@pytest.mark.parametrize(("missing", "parts"), STEPS, ids=[step[0][-1] for step in STEPS])
def test_a_simpler_step_answers_where_one_fails(
    viewer: Client,
    world: World,
    broken: Breaks,
    missing: list[str],
    parts: list[tuple[object, str]],
) -> None:
    healthy = viewer.get("/feed?limit=10")
    assert healthy.json["degraded"] == []
    assert "X-Degraded" not in healthy.headers
    for user in range(1, 20):
        world.context.cache.put(f"pool:{user}", b"", seconds=60)
    broken(*parts)
    answer = viewer.get("/feed?limit=10")
    assert answer.status == 200
    assert answer.json["degraded"] == missing
    assert answer.headers["X-Degraded"] == ", ".join(missing)
    assert len(set(ids(answer.json["items"]))) == 10
    allowed = {item["video"]["creator"]["id"] for item in healthy.json["items"]}
    everybody = {item["video"]["creator"]["id"] for item in answer.json["items"]}
    assert len(everybody | allowed) <= 7  # of eight, one is blocked
    cursor = answer.json["next_cursor"]
    following = viewer.get(f"/feed?limit=5&cursor={cursor}").json["items"]
    assert set(ids(following)).isdisjoint(ids(answer.json["items"]))


def test_a_statement_that_takes_too_long_is_given_up(
    viewer: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    def slow(transaction: Connection, *_: object) -> None:
        transaction.execute("SELECT pg_sleep(30)")

    monkeypatch.setattr(choosing, "STEP_MS", 1000)
    monkeypatch.setattr(pools, "read_interest", slow)
    answer = viewer.get("/feed?limit=5")
    assert answer.json["degraded"] == ["ranking", "candidates", "neighbours"]
    assert len(answer.json["items"]) == 5


def test_without_the_database_the_snapshot_of_what_is_trending_answers(
    viewer: Client, context: Context, monkeypatch: pytest.MonkeyPatch
) -> None:
    first = viewer.get("/feed?limit=5").json
    assert snapshot.write(context) == 24
    away = replace(context, database=Database(lambda: "postgresql://127.0.0.1:9/none"))
    monkeypatch.setattr(context_module, "current", lambda: away)
    answer = viewer.get(f"/feed?limit=10&cursor={first['next_cursor']}")
    assert answer.status == 200
    assert answer.json["degraded"] == ["database"]
    assert answer.headers["X-Degraded"] == "database"
    assert len(set(ids(answer.json["items"]))) == 10
    assert answer.json["items"][0]["video"]["playback"]["hls_url"]
    assert answer.json["items"][0]["reasons"][0]["code"] == "trending"
    seen = ids(answer.json["items"])
    for _ in range(2):
        cursor = answer.json["next_cursor"]
        answer = viewer.get(f"/feed?limit=7&cursor={cursor}")
        seen += ids(answer.json["items"])
    assert len(set(seen)) == 24
    refused = viewer.put(f"/videos/{seen[0]}/like")
    assert refused.status == 503
    assert int(refused.headers["Retry-After"]) > 0
    monkeypatch.setattr(context_module, "current", lambda: context)
    back = viewer.get(f"/feed?limit=5&cursor={answer.json['next_cursor']}").json
    assert back["degraded"] == []
    assert back["feed_id"] == first["feed_id"]


def test_without_database_and_redis_visitors_see_the_snapshot_too(
    viewer: Client, context: Context, visitor: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    cursor = viewer.get("/feed?limit=5").json["next_cursor"]
    snapshot.write(context)
    away = replace(
        context,
        database=Database(lambda: "postgresql://127.0.0.1:9/none"),
        cache=Cache("redis://127.0.0.1:9/0"),
    )
    monkeypatch.setattr(context_module, "current", lambda: away)
    for client, query in ((viewer, ""), (viewer, f"&cursor={cursor}"), (visitor, "")):
        answer = client.get(f"/feed?limit=10{query}")
        assert answer.status == 200
        assert answer.json["degraded"] == ["database", "cache"]
        assert answer.headers["X-Degraded"] == "database, cache"
        assert len(answer.json["items"]) == 10


def test_without_a_snapshot_the_answer_says_when_to_come_again(
    viewer: Client, context: Context, monkeypatch: pytest.MonkeyPatch
) -> None:
    away = replace(context, database=Database(lambda: "postgresql://127.0.0.1:9/none"))
    monkeypatch.setattr(context_module, "current", lambda: away)
    answer = viewer.get("/feed")
    assert (answer.status, answer.json["code"]) == (503, "unavailable")


def test_a_page_again_needs_no_database(
    world: World, context: Context, new_user: NewClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    world.publish("any", creators=8, videos=3)
    viewer = new_user()
    with redis.Redis.from_url(context.settings.redis_url) as client:  # a minute goes by
        client.delete(*client.scan_iter("changed:*"))
    cursor = viewer.get("/feed?limit=5").json["next_cursor"]
    page = viewer.get(f"/feed?limit=5&cursor={cursor}").json
    away = replace(context, database=Database(lambda: "postgresql://127.0.0.1:9/none"))
    monkeypatch.setattr(context_module, "current", lambda: away)
    monkeypatch.setattr(for_you, "rank", _raise)
    assert viewer.get(f"/feed?limit=5&cursor={cursor}").json == page


@pytest.mark.parametrize("change", ["like", "delete", "follow", "block", "blocked by creator"])
def test_a_page_again_shows_what_has_changed_since(
    context: Context, new_user: NewClient, change: str
) -> None:
    creators = [new_user(creator=True) for _ in range(10)]
    videos = [publish_video(context, creator, "a clip #any") for creator in creators]
    viewer = new_user()
    cursor = viewer.get("/feed?limit=5").json["next_cursor"]
    path = f"/feed?limit=5&cursor={cursor}"
    page = viewer.get(path).json
    one = page["items"][2]["video"]
    creator = creators[videos.index(one["id"])]
    if change == "like":
        viewer.put(f"/videos/{one['id']}/like")
    elif change == "delete":
        creator.delete(f"/videos/{one['id']}", {})
    elif change == "follow":
        viewer.put(f"/users/@{one['creator']['username']}/follow")
    elif change == "block":
        viewer.put(f"/users/{one['creator']['id']}/block")
    else:
        me = viewer.get("/users/me").json
        creator.put(f"/users/@{me['username']}/block")
    again = viewer.get(path).json["items"]
    after = {item["video"]["id"]: item["video"] for item in again}
    if change in ("like", "follow"):
        field = "liked" if change == "like" else "following_creator"
        assert after[one["id"]]["viewer"][field] is True
    else:
        assert one["id"] not in after
        assert len(after) == 4

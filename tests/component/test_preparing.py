"""New videos find their place, and feeds of active viewers are ready before they ask."""

import numpy as np
import pytest

from chalicelib.feed import (
    candidate_store,
    placing,
    pools,
    preparing,
    space_store,
    training,
    upkeep,
)
from chalicelib.feed.tables import Floats
from chalicelib.platform.context import Context
from tests.component.builders import publish_video
from tests.component.conftest import NewClient
from tests.component.feed_world import World
from tests.component.test_feed_engine import scroll, tags
from tests.fakes import FrozenClock
from tests.gateway import Client


@pytest.fixture
def world(context: Context, new_user: NewClient, clock: FrozenClock) -> World:
    return World(context, new_user, clock)


@pytest.fixture
def fans(world: World, new_user: NewClient) -> dict[str, list[Client]]:
    """Two kinds of videos, each watched by people who watch nothing else; a trained space."""
    made = {kind: set(world.publish(kind, creators=6, videos=2)) for kind in ("cooking", "cars")}
    found: dict[str, list[Client]] = {kind: [] for kind in made}
    for kind, videos in made.items():
        for _ in range(5):
            client = new_user()
            for item in scroll(client, 30):
                if item["video"]["id"] in videos:
                    world.watch(client, item)
            found[kind].append(client)
    training.train(world.context)
    return found


def vectors(context: Context, *public_ids: str) -> Floats:
    with context.database.transaction() as transaction:
        space = space_store.find_space(transaction)
        rows = {
            row["public_id"]: row["id"]
            for row in transaction.execute("SELECT id, public_id FROM videos").fetchall()
        }
        ids, found, _ = candidate_store.read_vectors(
            transaction, [rows[one] for one in public_ids], space.id
        )
    place = {video: row for row, video in enumerate(ids.tolist())}
    nothing = np.zeros(found.shape[1], np.float32)
    return np.stack([
        found[place[rows[one]]] if rows[one] in place else nothing for one in public_ids
    ])  # fmt: skip


def likeness(context: Context, one: str, others: list[str]) -> float:
    found = vectors(context, one, *others)
    return float((found[1:] @ found[0]).mean())


def of_tag(context: Context, tag: str) -> list[str]:
    with context.database.transaction() as transaction:
        rows = transaction.execute(
            "SELECT public_id FROM videos WHERE hashtags[1] = %s ORDER BY id LIMIT 12", (tag,)
        ).fetchall()
    return [row["public_id"] for row in rows]


def test_a_new_video_is_placed_within_the_minute_beside_what_is_like_it(
    context: Context, world: World, new_user: NewClient, fans: dict[str, list[Client]]
) -> None:
    cooking, cars = of_tag(context, "cooking"), of_tag(context, "cars")
    new = publish_video(context, new_user(creator=True), "a new one #cooking")
    other = publish_video(context, new_user(creator=True), "of which nothing is known")
    assert not vectors(context, new).any()
    assert upkeep.tend(context)["videos_placed"] == 1
    assert likeness(context, new, cooking) > likeness(context, new, cars) + 0.3
    assert not vectors(context, other).any()
    assert placing.place(context, context.clock.now()) == 0


def test_a_new_video_moves_towards_those_who_watch_it(
    context: Context, world: World, new_user: NewClient, fans: dict[str, list[Client]]
) -> None:
    cooking, cars = of_tag(context, "cooking"), of_tag(context, "cars")
    new = publish_video(context, new_user(creator=True), "a car or a dish? #cooking")
    upkeep.tend(context)
    before = likeness(context, new, cars)
    watched = 0
    for client in fans["cars"]:
        for item in scroll(client, 30, pages=2):
            if item["video"]["id"] == new:
                world.watch(client, item)
                watched += 1
    assert watched == 5
    upkeep.tend(context)
    assert likeness(context, new, cars) > before + 0.2
    assert likeness(context, new, cars) > likeness(context, new, cooking)


def test_feeds_of_active_viewers_are_prepared_in_chunks(
    context: Context,
    world: World,
    fans: dict[str, list[Client]],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(preparing, "CHUNK", 4)
    sent = context.queues.sent  # type: ignore[attr-defined]
    sent.clear()
    assert preparing.fan_out(context) == {"chunks": 3}
    messages = [message for queue, message in sent if queue == "feeds-queue"]
    assert [one["until"] for one in messages[:-1]] == [one["after"] for one in messages[1:]]
    for _ in range(2):  # a message may come twice
        assert sum(preparing.prepare(context, **message) for message in messages) == 10
    monkeypatch.setattr(pools, "renew", None)  # a page would fail if it had to make its pool
    page = fans["cars"][0].get("/feed?limit=3").json
    assert page["degraded"] == []
    assert tags(page["items"])
    with context.database.transaction() as transaction:
        rows = transaction.execute("SELECT space_id FROM user_embeddings").fetchall()
        space = space_store.find_space(transaction)
    assert [row["space_id"] for row in rows] == [space.id] * 10


def test_those_who_went_away_are_not_prepared(
    context: Context, world: World, fans: dict[str, list[Client]]
) -> None:
    world.clock.advance(hours=1)
    assert preparing.fan_out(context) == {"chunks": 0}

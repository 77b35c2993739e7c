"""A newcomer is shown first what people like them watch."""

from datetime import date

import pytest

from chalicelib.accounts.models import Role, User
from chalicelib.feed import audiences, upkeep
from chalicelib.feed.audiences import audiences_of
from chalicelib.platform.context import Context
from tests.component.conftest import NewClient
from tests.component.feed_world import World
from tests.component.test_feed_engine import ids, scroll
from tests.fakes import FrozenClock
from tests.gateway import Client


@pytest.fixture
def world(context: Context, new_user: NewClient, clock: FrozenClock) -> World:
    return World(context, new_user, clock)


def person(
    context: Context, new_user: NewClient, name: str, language: str, birth_date: str
) -> Client:
    client = new_user(name)
    with context.database.transaction() as transaction:
        transaction.execute(
            "UPDATE users SET language = %s, birth_date = %s WHERE username = %s",
            (language, birth_date, name),
        )
    return client


def first_ten(client: Client, of: list[str]) -> int:
    return sum(video in of for video in ids(client.get("/feed?limit=10").json["items"]))


@pytest.mark.parametrize("common", ["language", "age"])
def test_what_people_like_them_watch_comes_first_to_newcomers(
    context: Context, world: World, new_user: NewClient, common: str
) -> None:
    videos = world.publish("any", creators=40, videos=1)
    halves = {"a": videos[::2], "b": videos[1::2]}
    traits = {
        "language": {"a": ("de", "1990-01-01"), "b": ("ja", "1990-01-01")},
        "age": {"a": ("en", "2010-01-01"), "b": ("en", "1960-01-01")},
    }[common]
    with context.database.transaction() as transaction:
        transaction.execute("UPDATE video_features SET stage = 'open'")
    for group, half in halves.items():
        for number in range(2):
            client = person(context, new_user, f"person_{group}{number}", *traits[group])
            for item in scroll(client, 30):
                world.watch(client, item, 1.0 if item["video"]["id"] in half else 0.03)
    world.clock.advance(minutes=6)
    upkeep.tend(context)
    for group, half in halves.items():
        newcomer = person(context, new_user, f"new_{group}", *traits[group])
        assert first_ten(newcomer, half) >= 7


def test_no_viewing_counts_twice_and_heat_is_let_go(
    context: Context, world: World, new_user: NewClient
) -> None:
    world.publish("any", creators=5, videos=1)
    client = person(context, new_user, "ada", "de", "1990-01-01")
    for item in scroll(client, 5):
        world.watch(client, item)
    assert audiences.count_new(context) == 0
    world.clock.advance(minutes=6)
    assert audiences.count_new(context) == 5
    assert audiences.count_new(context) == 0
    with context.database.transaction() as transaction:
        before = transaction.execute("SELECT sum(hot) AS s, count(*) AS n FROM audience_heat")
        row = before.fetchone()
    assert row is not None
    assert row["n"] == 10  # a language and an age, five videos each
    world.clock.advance(hours=6)
    audiences.count_new(context)
    with context.database.transaction() as transaction:
        after = transaction.execute("SELECT sum(hot) AS s FROM audience_heat").fetchone()
    assert after is not None
    assert after["s"] == pytest.approx(row["s"] / 2, rel=0.02)
    world.clock.advance(days=10)
    audiences.count_new(context)
    with context.database.transaction() as transaction:
        assert transaction.execute("SELECT FROM audience_heat").fetchone() is None


def test_audiences_are_named_by_country_language_and_age() -> None:
    user = User(
        id="u", username="u", display_name="U", row_id=1, role=Role.USER,
        birth_date=date(2001, 11, 24), created_at=None, country="DE", language="de",  # type: ignore[arg-type]
    )  # fmt: skip
    assert audiences_of(user, date(2026, 11, 23)) == ["age:18", "country:DE", "language:de"]
    assert audiences_of(user, date(2026, 11, 24))[0] == "age:25"

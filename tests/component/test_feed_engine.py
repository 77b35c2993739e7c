"""The feed engine through the app: what people notice of candidates, ranking and their own say."""

from dataclasses import replace
from typing import Any

import pytest

from chalicelib.feed import upkeep
from chalicelib.platform import context as context_module
from chalicelib.platform.cache import Cache
from chalicelib.platform.context import Context
from tests.component.conftest import NewClient
from tests.component.feed_world import World
from tests.fakes import FrozenClock
from tests.gateway import Client


@pytest.fixture
def world(context: Context, new_user: NewClient, clock: FrozenClock) -> World:
    return World(context, new_user, clock)


def scroll(client: Client, limit: int, pages: int = 100, query: str = "") -> list[dict[str, Any]]:
    items: list[dict[str, Any]] = []
    cursor = ""
    for _ in range(pages):
        page = client.get(f"/feed?limit={limit}{query}{cursor}").json
        items += page["items"]
        if page["next_cursor"] is None:
            break
        cursor = f"&cursor={page['next_cursor']}"
    return items


def ids(items: list[dict[str, Any]]) -> list[str]:
    return [item["video"]["id"] for item in items]


def tags(items: list[dict[str, Any]]) -> list[str]:
    return [item["video"]["hashtags"][0] for item in items]


def test_a_long_scroll_repeats_nothing_and_mixes_creators(
    world: World, new_user: NewClient
) -> None:
    world.publish("any", creators=25, videos=4)
    items = scroll(new_user(), limit=30)
    assert len(set(ids(items))) == len(items) == 100
    creators = [item["video"]["creator"]["id"] for item in items][:60]
    for place in range(len(creators)):
        assert creators[place] not in creators[max(0, place - 7) : place]
    assert [item["position"] for item in items] == list(range(100))


def test_five_hundred_items_keep_the_rules_and_every_page_can_be_had_again(
    world: World, new_user: NewClient, context: Context
) -> None:
    world.publish("any", creators=60, videos=9)
    with context.database.transaction() as transaction:
        transaction.execute(
            "INSERT INTO sounds (public_id, title, creator_id, video_id, audio_key, duration_ms,"
            " public) SELECT 'sound' || id, '', creator_id, id, '', 5000, true FROM videos"
            " ORDER BY id LIMIT 40"
        )
        transaction.execute(
            "UPDATE videos v SET sound_id = s.id FROM sounds s"
            " WHERE v.id % 3 > 0 AND s.id = 1 + v.id % 40"
        )
    client = new_user()
    items, cursors = [], [""]
    while len(items) < 500:
        page = client.get(f"/feed?limit=25{cursors[-1]}").json
        for item in page["items"][:3]:
            world.watch(client, item)
        items += page["items"]
        cursors.append(f"&cursor={page['next_cursor']}")
    assert len(set(ids(items))) == len(items) == 500
    creators = [item["video"]["creator"]["id"] for item in items]
    sounds = [(item["video"]["sound"] or {}).get("id") for item in items]
    for place in range(480):
        assert creators[place] not in creators[place + 1 : place + 8]
        assert creators[place : place + 20].count(creators[place]) <= 2
        assert sounds[place] is None or sounds[place] not in sounds[place + 1 : place + 5]
    for number in (1, 7, 19):
        again = client.get(f"/feed?limit=25{cursors[number]}").json
        assert ids(again["items"]) == ids(items)[25 * number : 25 * number + 25]


def test_small_pages_show_what_big_ones_do(world: World, new_user: NewClient) -> None:
    world.publish("any", creators=10, videos=4)
    client = new_user()
    first = client.get("/feed?limit=1").json
    rest = f"&cursor={first['next_cursor']}"
    big = client.get(f"/feed?limit=30{rest}").json
    small = client.get(f"/feed?limit=7{rest}").json
    smaller = client.get(f"/feed?limit=5&cursor={small['next_cursor']}").json
    assert ids(small["items"]) + ids(smaller["items"]) == ids(big["items"])[:12]
    tokens = [item["impression_token"] for item in small["items"] + smaller["items"]]
    assert tokens == [item["impression_token"] for item in big["items"]][:12]


def test_likes_shift_the_next_page(world: World, new_user: NewClient) -> None:
    cooking = world.publish("cooking", creators=8, videos=3)
    world.publish("cars", creators=8, videos=3)
    client = new_user()
    cursor = client.get("/feed?limit=10").json["next_cursor"]
    for video_id in cooking[:3]:
        assert client.put(f"/videos/{video_id}/like").status == 200
    page = client.get(f"/feed?limit=10&cursor={cursor}").json
    assert tags(page["items"]).count("cooking") >= 8
    assert "hashtag" in {reason["code"] for item in page["items"] for reason in item["reasons"]}


def test_a_newcomer_begins_with_what_they_said_they_like(
    world: World, new_user: NewClient, context: Context
) -> None:
    world.publish("cooking", creators=8, videos=3)
    world.publish("cars", creators=8, videos=3)
    client = new_user()
    with context.database.transaction() as transaction:
        transaction.execute("UPDATE users SET interests = '{cars}'")
    assert tags(client.get("/feed?limit=10").json["items"]).count("cars") >= 7


def test_watching_shifts_the_next_page_and_skipping_shifts_it_away(
    world: World, new_user: NewClient
) -> None:
    world.publish("cooking", creators=12, videos=3)
    world.publish("cars", creators=12, videos=3)
    client = new_user()
    page = client.get("/feed?limit=10").json
    for item in page["items"]:
        world.watch(client, item, 1.0 if tags([item]) == ["cars"] else 0.05)
    after = client.get(f"/feed?limit=10&cursor={page['next_cursor']}").json
    assert tags(after["items"]).count("cars") >= 8


@pytest.mark.parametrize("scope", ["video", "creator", "hashtag"])
def test_what_somebody_is_not_interested_in_is_gone_on_the_next_page(
    world: World, new_user: NewClient, scope: str
) -> None:
    world.publish("good", creators=4, videos=4)
    world.publish("bad", creators=4, videos=4)
    client = new_user()
    page = client.get("/feed?limit=3").json
    one = page["items"][0]["video"]
    path = f"/videos/{one['id']}/not-interested"
    assert client.put(path, {"scope": scope}).status == 204
    items = scroll(client, 10, query=f"&cursor={page['next_cursor']}", pages=1)
    items += scroll(client, 10)
    shown = [item["video"] for item in items]
    if scope == "video":
        assert one["id"] not in [video["id"] for video in shown]
    elif scope == "creator":
        assert one["creator"]["id"] not in [video["creator"]["id"] for video in shown]
    else:
        assert one["hashtags"][0] not in tags(items)
    assert client.call("DELETE", path, {"scope": scope}).status == 204
    assert one["id"] in ids(scroll(client, 10))


def test_a_block_works_on_the_next_page_in_both_directions(
    world: World, new_user: NewClient
) -> None:
    world.publish("any", creators=5, videos=3)
    client = new_user()
    page = client.get("/feed?limit=3").json
    blocked = page["items"][0]["video"]["creator"]
    assert client.put(f"/users/{blocked['id']}/block").status == 204
    again = client.get("/feed?limit=10").json
    after = client.get(f"/feed?limit=10&cursor={page['next_cursor']}").json
    for shown in (again, after):
        assert blocked["id"] not in [item["video"]["creator"]["id"] for item in shown["items"]]
    assert client.get(f"/videos/{page['items'][0]['video']['id']}").status == 404
    assert client.get(f"/users/{blocked['id']}").json["relationship"]["blocking"] is True


def test_a_page_served_before_a_block_is_served_without_the_blocked(
    world: World, new_user: NewClient
) -> None:
    world.publish("any", creators=5, videos=3)
    client = new_user()
    cursor = client.get("/feed?limit=1").json["next_cursor"]
    page = client.get(f"/feed?limit=10&cursor={cursor}").json
    blocked = page["items"][2]["video"]["creator"]["id"]
    client.put(f"/users/{blocked}/block")
    again = client.get(f"/feed?limit=10&cursor={cursor}").json
    left = [item for item in page["items"] if item["video"]["creator"]["id"] != blocked]
    assert ids(again["items"]) == ids(left)


def test_why_adds_up_to_the_score(world: World, new_user: NewClient) -> None:
    world.publish("cooking", creators=6, videos=3)
    client, other = new_user(), new_user()
    for item in client.get("/feed?limit=5").json["items"]:
        world.watch(client, item)
    for item in client.get("/feed?limit=10").json["items"]:
        why = client.get(f"/feed/why/{item['impression_token']}").json
        total = sum(part["value"] * part["weight"] for part in why["contributions"])
        assert total == pytest.approx(why["score"], abs=1e-6)
        assert why["reasons"] == item["reasons"]
        assert why["source"] == "for_you"
        assert other.get(f"/feed/why/{item['impression_token']}").status == 404


def test_redis_may_die_in_mid_scroll(
    world: World, new_user: NewClient, context: Context, monkeypatch: pytest.MonkeyPatch
) -> None:
    world.publish("any", creators=10, videos=4)
    client = new_user()
    page = client.get("/feed?limit=10").json
    away = replace(context, cache=Cache("redis://127.0.0.1:9/0"))
    monkeypatch.setattr(context_module, "current", lambda: away)
    rest = scroll(client, 10, query=f"&cursor={page['next_cursor']}", pages=1)
    degraded = client.get(f"/feed?limit=10&cursor={page['next_cursor']}").json
    assert "cache" in degraded["degraded"]
    assert ids(degraded["items"]) == ids(rest)
    shown = ids(page["items"]) + ids(rest)
    assert len(set(shown)) == 20


@pytest.mark.parametrize("query", ["", "&mode=popular"])
def test_a_new_video_is_in_the_next_feed(world: World, new_user: NewClient, query: str) -> None:
    client = new_user()
    assert scroll(client, 10, query=query) == []
    world.publish("any", creators=2, videos=1)
    world.clock.advance(seconds=30)
    assert len(scroll(client, 10, query=query)) == 2
    world.publish("any", creators=1, videos=1)
    assert len(scroll(client, 10, query=query)) == 3


def test_what_was_seen_comes_again_only_at_the_end(world: World, new_user: NewClient) -> None:
    world.publish("any", creators=6, videos=2)
    client = new_user()
    first = client.get("/feed?limit=4").json["items"]
    for item in first:
        world.watch(client, item)
    assert set(ids(scroll(client, 5)[:8])).isdisjoint(ids(first))
    assert set(ids(scroll(client, 5)[8:])) == set(ids(first))


def test_new_videos_get_a_slot_in_each_ten_but_never_one_of_the_first_three(
    world: World, new_user: NewClient
) -> None:
    world.publish("any", creators=25, videos=2)
    for _ in range(5):
        items = scroll(new_user(), 10, pages=4)
        explored = [item["position"] for item in items if item["reasons"][0]["code"] == "explore"]
        assert len(explored) >= 3
        assert min(explored) >= 3


def test_a_new_creator_is_introduced(world: World, new_user: NewClient, context: Context) -> None:
    world.publish("any", creators=20, videos=1)
    upkeep.tend(context)
    reasons = [
        [reason["code"] for reason in item["reasons"]] for item in scroll(new_user(), 10, pages=2)
    ]
    assert ["explore", "new_creator"] in reasons
    with context.database.transaction() as transaction:
        transaction.execute("UPDATE video_features SET prior = 0.7")
    known = [reason for item in scroll(new_user(), 10, pages=2) for reason in item["reasons"]]
    assert "new_creator" not in [reason["code"] for reason in known]


def test_hidden_keywords_and_lists(world: World, new_user: NewClient, context: Context) -> None:
    world.publish("cats", creators=3, videos=2)
    world.publish("category", creators=3, videos=2)
    client = new_user()
    with context.database.transaction() as transaction:
        transaction.execute("UPDATE users SET hidden_keywords = '{cats}'")
    assert set(tags(scroll(client, 10))) == {"category"}
    with context.database.transaction() as transaction:
        transaction.execute("UPDATE users SET hidden_keywords = '{}'")
    assert set(tags(scroll(client, 10, query="&source=hashtag:cats"))) == {"cats"}
    assert len(scroll(client, 5, query="&source=trending")) == 12
    creator = client.get("/feed?limit=1").json["items"][0]["video"]["creator"]["id"]
    assert scroll(client, 5, query="&source=following") == []
    followed = client.put(f"/users/{creator}/follow").json
    assert followed == {"state": "following", "follower_count": 1}
    items = scroll(client, 5, query="&source=following")
    assert {item["video"]["creator"]["id"] for item in items} == {creator}
    assert items[0]["video"]["viewer"]["following_creator"] is True
    assert items[0]["reasons"][0]["code"] == "following"


def test_a_reset_forgets_taste(world: World, new_user: NewClient) -> None:
    cooking = world.publish("cooking", creators=8, videos=3)
    world.publish("cars", creators=8, videos=3)
    client = new_user()
    before = tags(client.get("/feed?limit=10").json["items"])
    for video_id in cooking[:3]:
        client.put(f"/videos/{video_id}/like")
    world.clock.advance(seconds=1)
    assert client.post("/feed/reset").status == 204
    after = tags(client.get("/feed?limit=10").json["items"])
    assert abs(after.count("cooking") - before.count("cooking")) <= 2


def test_popular_is_the_same_for_everybody(world: World, new_user: NewClient) -> None:
    world.publish("any", creators=6, videos=3)
    one, two = new_user(), new_user()
    for item in one.get("/feed?limit=5").json["items"]:
        world.watch(one, item)
    feeds = [scroll(client, 6, query="&mode=popular") for client in (one, two, Client())]
    assert ids(feeds[0]) == ids(feeds[1]) == ids(feeds[2])

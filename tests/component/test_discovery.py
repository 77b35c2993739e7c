"""Pages of hashtags and sounds, what is trending, and videos like another one."""

from datetime import timedelta
from typing import Any
from uuid import uuid4

import pytest

from chalicelib.analytics import rolling
from chalicelib.discovery import page_store
from chalicelib.discovery import pages as pages_of
from chalicelib.platform.context import Context
from tests.component.builders import publish_video
from tests.component.conftest import NewClient
from tests.component.feed_world import World
from tests.fakes import FrozenClock
from tests.gateway import Client


@pytest.fixture
def maker(new_user: NewClient) -> Client:
    return new_user("maker", creator=True)


def give_sound(context: Context, title: str, *videos: str) -> str:
    """Let videos have a sound that is first heard in the first of them."""
    public_id = f"sound{uuid4().hex[:8]}"
    with context.database.transaction() as transaction:
        transaction.execute(
            "INSERT INTO sounds (public_id, title, creator_id, video_id, audio_key, public,"
            " duration_ms) SELECT %s, %s, creator_id, id, 'p/x/audio.mp4', true, 4000"
            " FROM videos WHERE public_id = %s",
            (public_id, title, videos[0]),
        )
        transaction.execute(
            "UPDATE videos SET sound_id = (SELECT id FROM sounds WHERE public_id = %s)"
            " WHERE public_id = ANY (%s)",
            (public_id, list(videos)),
        )
    return public_id


def pages(client: Client, path: str) -> list[str]:
    """Return the ids of a list that is read in pages of two."""
    found: list[str] = []
    cursor = ""
    while True:
        page = client.get(f"{path}?limit=2{cursor}").json
        found += [item["id"] for item in page["items"]]
        if page["next_cursor"] is None:
            return found
        cursor = f"&cursor={page['next_cursor']}"


def view(context: Context, clock: FrozenClock, *videos: str) -> None:
    """Let somebody new watch videos."""
    client = Client()
    items = client.get("/feed?limit=30&mode=popular").json["items"]
    clock.advance(seconds=10)
    events = [
        {
            "id": str(uuid4()),
            "type": "view",
            "impression_token": item["impression_token"],
            "watch_ms": 5000,
            "at": clock.now().isoformat(),
        }
        for item in items
        if item["video"]["id"] in videos
    ]
    assert client.post("/events", {"events": events}).json["accepted"] == len(videos)


def test_a_hashtags_page_counts_and_lists_what_is_public(
    context: Context, maker: Client, new_user: NewClient, visitor: Client, clock: FrozenClock
) -> None:
    videos = []
    for n in range(5):
        clock.advance(seconds=1)
        videos.append(publish_video(context, maker, f"number {n} #Sea"))
    hidden = publish_video(context, maker, "hidden #sea")
    tag = maker.get(f"/videos/{hidden}").headers["ETag"]
    maker.patch(f"/videos/{hidden}", {"visibility": "private"}, headers={"If-Match": tag})
    view(context, clock, videos[0])
    assert visitor.get("/hashtags/SEA").json == {"tag": "sea", "video_count": 5, "view_count": 1}
    assert pages(visitor, "/hashtags/sea/videos") == videos[::-1]
    ada = new_user()
    assert ada.put("/users/@maker/block").status == 204
    assert pages(ada, "/hashtags/sea/videos") == []
    assert visitor.get("/hashtags/land").status == 404
    assert visitor.get("/hashtags/land/videos").status == 404


def test_words_that_one_has_hidden_are_hidden_here_too(
    context: Context, maker: Client, new_user: NewClient, visitor: Client
) -> None:
    kept = publish_video(context, maker, "calm #sea")
    spider = publish_video(context, maker, "a Spider by the #sea")
    sound = give_sound(context, "waves", kept, spider)
    ada = new_user()
    words = {"hidden_keywords": ["spider"]}
    assert ada.patch("/users/me", words, headers={"If-Match": "*"}).status == 200
    for path in ("/hashtags/sea/videos", f"/sounds/{sound}/videos"):
        assert pages(ada, path) == [kept]
        assert set(pages(visitor, path)) == {kept, spider}
    assert ada.get(f"/videos/{kept}/similar").json["items"] == []
    assert len(visitor.get(f"/videos/{kept}/similar").json["items"]) == 1
    assert ada.get(f"/videos/{spider}").status == 200


def test_a_sounds_page_counts_and_lists_what_is_public(
    context: Context, maker: Client, new_user: NewClient, visitor: Client, clock: FrozenClock
) -> None:
    first = publish_video(context, maker, "first")
    clock.advance(seconds=1)
    second = publish_video(context, new_user("other", creator=True), "second")
    sound = give_sound(context, "waves", first, second)
    found = visitor.get(f"/sounds/{sound}").json
    assert (found["title"], found["video_count"], found["creator"]["username"]) == (
        "waves", 2, "maker",
    )  # fmt: skip
    assert found["audio_url"].endswith("/p/x/audio.mp4")
    assert pages(visitor, f"/sounds/{sound}/videos") == [second, first]
    ada = new_user()
    assert ada.put("/users/@maker/block").status == 204
    assert ada.get(f"/sounds/{sound}").status == 404
    assert visitor.get("/sounds/nothing").status == 404


def test_what_is_watched_now_is_trending_and_rises(
    context: Context, maker: Client, visitor: Client, clock: FrozenClock
) -> None:
    sea = publish_video(context, maker, "one #sea")
    land = publish_video(context, maker, "two #land")
    publish_video(context, maker, "three #air")
    sounds = give_sound(context, "waves", sea), give_sound(context, "steps", land)
    for _ in range(3):
        view(context, clock, sea)
    view(context, clock, land)

    def trends(kind: str) -> list[Any]:
        clock.advance(seconds=1)
        context.cache.put(f"trending:{kind}:1h", b"", seconds=1)
        context.cache.run("return redis.call('DEL', KEYS[1])", [f"trending:{kind}:1h"], [])
        answer = visitor.get(f"/{kind}/trending?window=1h")
        assert answer.headers["Cache-Control"] == "public, max-age=15"
        return [
            (item.get("tag") or item["id"], item["rank"], item["change"])
            for item in answer.json["items"]
        ]

    assert trends("hashtags") == [("sea", 1, None), ("land", 2, None)]
    assert trends("sounds") == [(sounds[0], 1, None), (sounds[1], 2, None)]
    clock.advance(minutes=61)
    for _ in range(4):
        view(context, clock, land)
    assert trends("hashtags") == [("land", 1, 1), ("sea", 2, -1)]
    assert trends("sounds")[0] == (sounds[1], 1, 1)


@pytest.mark.parametrize("window", ["24h", "7d"])
def test_trends_of_days_are_the_same_before_and_after_they_are_rolled_up(
    context: Context, maker: Client, clock: FrozenClock, window: str
) -> None:
    tags = ("sea", "land", "air")
    videos = [publish_video(context, maker, f"one #{tag}") for tag in tags]
    for n in range(9):
        view(context, clock, *videos[: 1 + n % 3])
        clock.advance(hours=1)
    length = pages_of.WINDOWS[window]

    def rates() -> list[Any]:
        with context.database.transaction() as transaction:
            rows = page_store.read_rates(
                transaction, "hashtags", now=clock.now(), window=length, half_life=length / 4
            )
        return sorted((row["row_id"], round(row["rate"], 9), row["before"]) for row in rows)

    before = rates()
    assert [rate for _, rate, _ in before] == sorted((r for _, r, _ in before), reverse=True)
    assert 0 < before[2][1] < 3
    rolling.roll(context)
    assert rates() == before
    clock.advance(hours=length / timedelta(hours=1))
    assert [row[2] for row in rates()] == pytest.approx([row[1] for row in before])


def test_trends_are_kept_for_a_moment(
    context: Context, maker: Client, visitor: Client, clock: FrozenClock
) -> None:
    video = publish_video(context, maker, "one #sea")
    assert visitor.get("/hashtags/trending").json == {"items": [], "next_cursor": None}
    view(context, clock, video)
    assert visitor.get("/hashtags/trending").json["items"] == []
    assert visitor.get("/hashtags/trending?window=7d").json["items"] != []
    assert visitor.get("/hashtags/trending?window=1y").status == 422


def test_similar_videos_share_what_one_is_about(
    context: Context, maker: Client, new_user: NewClient, visitor: Client, clock: FrozenClock
) -> None:
    world = World(context, new_user, clock)
    sea = world.publish("sea", creators=2, videos=2)
    world.publish("land", creators=2, videos=2)
    found = [item["id"] for item in visitor.get(f"/videos/{sea[0]}/similar").json["items"]]
    assert sorted(found) == sorted(sea[1:])
    assert visitor.get("/videos/nothing/similar").status == 404

"""The feed, likes and watching, through the app."""

from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from uuid import uuid4

import pytest
import redis

from chalicelib.accounts.models import Session
from chalicelib.accounts.store import find_person
from chalicelib.engagement import likes
from chalicelib.platform.context import Context
from chalicelib.platform.database import Database
from tests.component.builders import publish_video
from tests.component.conftest import NewClient
from tests.fakes import FrozenClock
from tests.gateway import Client


@pytest.fixture
def videos(context: Context, new_user: NewClient, clock: FrozenClock) -> list[str]:
    """Six videos of one creator, the oldest first."""
    creator = new_user(creator=True)
    made = []
    for number in range(6):
        made.append(publish_video(context, creator, f"clip {number}"))
        clock.advance(minutes=1)
    return made


def test_the_newest_video_is_first_for_a_new_viewer(new_user: NewClient, videos: list[str]) -> None:
    feed = new_user().get("/feed").json
    assert feed["items"][0]["video"]["id"] == videos[-1]
    assert {item["video"]["id"] for item in feed["items"]} == set(videos)
    assert feed["degraded"] == []


def test_an_item_has_what_a_player_needs(new_user: NewClient, videos: list[str]) -> None:
    item = new_user().get("/feed?limit=1").json["items"][0]
    playback = item["video"]["playback"]
    assert playback["hls_url"] == f"/media/v/{videos[-1]}/1.1/main.m3u8"
    assert playback["start"] == {
        "url": f"/media/v/{videos[-1]}/1.1/main_360p.cmfv",
        "bytes": 20000,
        "codecs": "avc1.4d401e",
    }
    assert playback["storyboard_url"] is None
    assert item["reasons"]
    assert item["position"] == 0


def test_pages_do_not_repeat_and_end(new_user: NewClient, videos: list[str]) -> None:
    client = new_user()
    shown, cursor = [], ""
    for _ in range(4):
        page = client.get(f"/feed?limit=2{cursor}").json
        shown += [item["video"]["id"] for item in page["items"]]
        if page["next_cursor"] is None:
            break
        cursor = f"&cursor={page['next_cursor']}"
    assert sorted(shown) == sorted(videos)


def test_the_same_cursor_gives_the_same_page_even_when_redis_forgets(
    context: Context, new_user: NewClient, videos: list[str], redis_url: str, clock: FrozenClock
) -> None:
    client = new_user()
    cursor = client.get("/feed?limit=2").json["next_cursor"]
    first = client.get(f"/feed?limit=2&cursor={cursor}").json
    clock.advance(minutes=1)
    publish_video(context, new_user(creator=True), "newer than the feed")
    with redis.Redis.from_url(redis_url) as server:
        server.flushdb()
    again = client.get(f"/feed?limit=2&cursor={cursor}").json
    assert _ids(again) == _ids(first)
    assert [item["position"] for item in again["items"]] == [2, 3]


def test_what_was_seen_comes_last(
    new_user: NewClient, videos: list[str], clock: FrozenClock
) -> None:
    client = new_user()
    item = client.get("/feed?limit=1").json["items"][0]
    clock.advance(seconds=5)
    _report(client, item, "view", 3000, clock)
    assert _ids(client.get("/feed").json)[-1] == item["video"]["id"]


def test_without_an_account_there_is_the_popular_feed(visitor: Client, videos: list[str]) -> None:
    assert len(visitor.get("/feed?mode=popular").json["items"]) == 6
    assert visitor.get("/feed?mode=personal").status == 401


def test_unfinished_and_private_videos_are_not_shown(
    context: Context, new_user: NewClient, videos: list[str]
) -> None:
    with context.database.transaction() as transaction:
        transaction.execute(
            "UPDATE videos SET visibility = 'private' WHERE public_id = %s", (videos[0],)
        )
        transaction.execute(
            "UPDATE videos SET status = 'removed' WHERE public_id = %s", (videos[1],)
        )
    client = new_user()
    assert set(_ids(client.get("/feed").json)) == set(videos[2:])
    assert client.get(f"/videos/{videos[0]}").status == 404


def test_a_like_counts_once_however_often_it_is_sent(
    new_user: NewClient, videos: list[str]
) -> None:
    one, two = new_user(), new_user()
    path = f"/videos/{videos[0]}/like"
    assert one.put(path).json == {"liked": True, "like_count": 1}
    assert one.put(path).json == {"liked": True, "like_count": 1}
    assert two.put(path).json == {"liked": True, "like_count": 2}
    assert one.delete(path).json == {"liked": False, "like_count": 1}
    assert one.delete(path).json == {"liked": False, "like_count": 1}
    video = two.get(f"/videos/{videos[0]}").json
    assert (video["stats"]["likes"], video["viewer"]["liked"]) == (1, True)
    assert one.put("/videos/nosuchvideo/like").status == 404
    assert Client().put(path).status == 401


def test_parallel_likes_and_unlikes_leave_an_exact_count(
    context: Context, new_user: NewClient, videos: list[str], database_url: str
) -> None:
    sessions = [_session(context, new_user()) for _ in range(8)]

    def press(number: int) -> None:
        own = replace(context, database=Database(lambda: database_url))
        for turn in range(40):
            likes.set_like(own, sessions[number], videos[0], liked=turn % 2 == 0)
        if number < 3:
            likes.set_like(own, sessions[number], videos[0], liked=True)
        own.database.close()

    with ThreadPoolExecutor(8) as pool:
        list(pool.map(press, range(8)))
    assert Client().get(f"/videos/{videos[0]}").json["stats"]["likes"] == 3


def test_a_view_counts_once_per_half_hour(
    new_user: NewClient, videos: list[str], clock: FrozenClock
) -> None:
    client = new_user()
    item = client.get("/feed?limit=1").json["items"][0]
    video_id = item["video"]["id"]
    clock.advance(seconds=10)
    assert _report(client, item, "view", 3000, clock)["accepted"] == 1
    assert _report(client, item, "progress", 5000, clock)["accepted"] == 1
    assert _views(client, video_id) == 1
    again = _shown_again(client, video_id)
    clock.advance(minutes=29)
    _report(client, again, "view", 3000, clock)
    assert _views(client, video_id) == 1
    later = _shown_again(client, video_id)
    clock.advance(minutes=2)
    _report(client, later, "view", 3000, clock)
    assert _views(client, video_id) == 2
    _report(client, later, "rewatch", 9000, clock)
    assert _views(client, video_id) == 2


def _shown_again(client: Client, video_id: str) -> dict[str, object]:
    items = client.get("/feed?source=trending&limit=30").json["items"]
    return next(item for item in items if item["video"]["id"] == video_id)


def test_a_repeated_event_is_a_duplicate(
    new_user: NewClient, videos: list[str], clock: FrozenClock
) -> None:
    client = new_user()
    item = client.get("/feed?limit=1").json["items"][0]
    clock.advance(seconds=10)
    event_id = str(uuid4())
    first = _report(client, item, "view", 3000, clock, event_id=event_id)
    again = _report(client, item, "view", 3000, clock, event_id=event_id)
    assert (first["accepted"], first["duplicates"]) == (1, 0)
    assert (again["accepted"], again["duplicates"]) == (0, 1)


def test_watching_faster_than_the_clock_does_not_count(
    new_user: NewClient, videos: list[str], clock: FrozenClock
) -> None:
    client = new_user()
    item = client.get("/feed?limit=1").json["items"][0]
    clock.advance(milliseconds=500)
    _report(client, item, "view", 60_000, clock)
    assert _views(client, item["video"]["id"]) == 0


def test_only_ones_own_living_token_counts(
    new_user: NewClient, videos: list[str], clock: FrozenClock
) -> None:
    client, other = new_user(), new_user()
    item = client.get("/feed?limit=1").json["items"][0]
    token = item["impression_token"]
    forged = {**item, "impression_token": ("B" if token[0] == "A" else "A") + token[1:]}
    clock.advance(seconds=10)
    assert _codes(_report(other, item, "view", 3000, clock)) == ["token_invalid"]
    assert _codes(_report(client, forged, "view", 3000, clock)) == ["token_invalid"]
    clock.advance(hours=24)
    assert _codes(_report(client, item, "view", 3000, clock)) == ["token_expired"]
    assert _views(client, item["video"]["id"]) == 0


def _report(
    client: Client,
    item: dict[str, object],
    kind: str,
    watch_ms: int,
    clock: FrozenClock,
    *,
    event_id: str | None = None,
) -> dict[str, object]:
    event = {
        "id": event_id or str(uuid4()),
        "type": kind,
        "impression_token": item["impression_token"],
        "watch_ms": watch_ms,
        "at": clock.now().isoformat(),
    }
    answer = client.post("/events", {"events": [event]})
    assert answer.status == 202
    return dict(answer.json)


def _codes(receipt: dict[str, object]) -> list[str]:
    return [item["code"] for item in receipt["rejected"]]  # type: ignore[attr-defined]


def _views(client: Client, video_id: str) -> int:
    return int(client.get(f"/videos/{video_id}").json["stats"]["views"])


def _ids(feed: dict[str, list[dict[str, dict[str, str]]]]) -> list[str]:
    return [item["video"]["id"] for item in feed["items"]]


def _session(context: Context, client: Client) -> Session:
    user_id = client.get("/users/me").json["id"]
    with context.database.transaction() as transaction:
        person = find_person(transaction, user_id)
    assert person is not None
    return Session(person.row_id, user_id, person.role, context.clock.now())

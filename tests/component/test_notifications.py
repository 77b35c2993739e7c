"""What people are told: once, together, and never of those they have nothing to do with."""

from uuid import uuid4

import pytest

from chalicelib.platform.context import Context
from tests.component.builders import publish_video
from tests.component.conftest import NewClient
from tests.fakes import FrozenClock
from tests.gateway import Client


@pytest.fixture
def maker(new_user: NewClient) -> Client:
    return new_user("maker", creator=True)


@pytest.fixture
def video(context: Context, maker: Client) -> str:
    return publish_video(context, maker, "a clip")


def told(client: Client, *types: str) -> list[tuple[str, str]]:
    """Return types and sentences of what somebody is told, apart from their uploads."""
    items = client.get("/notifications").json["items"]
    unread = client.get("/notifications/count").json["unread"]
    assert unread == sum(not item["read"] for item in items)
    return [(item["type"], item["text"]) for item in items if item["type"] != "processing"]


def comment(client: Client, video: str, text: str, parent: str | None = None) -> str:
    body = {"text": text, **({"parent_id": parent} if parent else {})}
    headers = {"X-Idempotency-Key": uuid4().hex}
    return str(client.post(f"/videos/{video}/comments", body, headers=headers).json["id"])


def test_its_maker_is_told_that_a_video_is_published(maker: Client, video: str) -> None:
    (item,) = maker.get("/notifications").json["items"]
    assert (item["type"], item["video_id"], item["actors"], item["actor_count"]) == (
        "processing", video, [], 0,
    )  # fmt: skip
    assert item["text"] == "Your video is published"
    assert item["read"] is False


def test_likes_of_a_video_are_told_together(
    maker: Client, video: str, new_user: NewClient, clock: FrozenClock
) -> None:
    people = [new_user(f"person_{n}") for n in range(5)]
    expected = ["person_0", "person_1 and person_0", "person_2 and 2 others",
                "person_3 and 3 others", "person_4 and 4 others"]  # fmt: skip
    for person, names in zip(people, expected, strict=True):
        clock.advance(seconds=1)
        person.put(f"/videos/{video}/like")
        assert told(maker) == [("like", f"{names} liked your video")]
    item = maker.get("/notifications").json["items"][0]
    assert [actor["username"] for actor in item["actors"]] == ["person_4", "person_3", "person_2"]
    assert (item["actor_count"], item["video_id"]) == (5, video)
    people[4].delete(f"/videos/{video}/like")
    assert told(maker) == [("like", "person_3 and 3 others liked your video")]
    for person in people:
        person.delete(f"/videos/{video}/like")
    assert told(maker) == []


def test_nobody_is_told_of_their_own_acts(maker: Client, video: str) -> None:
    maker.put(f"/videos/{video}/like")
    maker.put(f"/comments/{comment(maker, video, 'mine, says @maker')}/like")
    assert told(maker) == []


def test_a_like_taken_back_and_given_again_is_no_news(
    maker: Client, video: str, new_user: NewClient
) -> None:
    ada = new_user("ada")
    ada.put(f"/videos/{video}/like")
    assert maker.post("/notifications/read", {"all": True}).status == 204
    ada.delete(f"/videos/{video}/like")
    ada.put(f"/videos/{video}/like")
    assert maker.get("/notifications/count").json == {"unread": 0}
    new_user("bert").put(f"/videos/{video}/like")
    assert maker.get("/notifications/count").json == {"unread": 1}


def test_comments_replies_mentions_and_follows_are_told(
    maker: Client, video: str, new_user: NewClient, clock: FrozenClock
) -> None:
    ada, bert = new_user("ada"), new_user("bert")
    top = comment(ada, video, "hello @bert, @ADA and @nobody_here")
    clock.advance(seconds=1)
    comment(bert, video, "hello yourself", top)
    bert.put(f"/comments/{top}/like")
    ada.put("/users/@bert/follow")
    assert told(maker) == [("comment", "ada commented on your video")]
    assert sorted(told(bert)) == [
        ("follow", "ada started following you"),
        ("mention", "ada mentioned you in a comment"),
    ]
    assert sorted(told(ada)) == [
        ("comment", "bert replied to your comment"),
        ("like", "bert liked your comment"),
    ]
    assert ada.delete(f"/comments/{top}").status == 204
    assert told(maker) == []
    assert told(bert) == [("follow", "ada started following you")]
    assert told(ada) == []


def test_whom_a_video_names_is_told_once_it_is_published(
    context: Context, maker: Client, new_user: NewClient
) -> None:
    ada = new_user("ada")
    video = publish_video(context, maker, "with @Ada and @maker")
    (item,) = ada.get("/notifications").json["items"]
    assert (item["text"], item["video_id"]) == ("maker mentioned you in a video", video)
    maker.delete(f"/videos/{video}")
    assert told(ada) == []


def test_some_or_all_of_it_is_read(maker: Client, video: str, new_user: NewClient) -> None:
    ada = new_user("ada")
    ada.put(f"/videos/{video}/like")
    ada.put("/users/@maker/follow")
    items = maker.get("/notifications").json["items"]
    assert maker.post("/notifications/read", {"ids": [items[0]["id"]]}).status == 204
    read = [item["id"] for item in maker.get("/notifications").json["items"] if item["read"]]
    assert read == [items[0]["id"]]
    assert ada.post("/notifications/read", {"ids": [items[1]["id"]]}).status == 204
    assert maker.get("/notifications/count").json == {"unread": 2}
    assert maker.post("/notifications/read", {}).status == 204
    assert maker.get("/notifications/count").json == {"unread": 0}


@pytest.mark.parametrize("body", [{"ids": ["x"], "all": True}, {"all": False}, {"ids": []}])
def test_what_was_read_is_said_in_one_way(maker: Client, body: dict[str, object]) -> None:
    assert maker.post("/notifications/read", body).status == 422


def test_pages_of_any_size_tell_the_same(
    context: Context, maker: Client, new_user: NewClient, clock: FrozenClock
) -> None:
    ada = new_user("ada")
    for n in range(7):
        clock.advance(seconds=1)
        ada.put(f"/videos/{publish_video(context, maker, f'number {n}')}/like")
    whole = [item["id"] for item in maker.get("/notifications?limit=50").json["items"]]
    assert len(whole) == 14
    seen, cursor = [], ""
    for size in (1, 5, 3, 4, 2):
        page = maker.get(f"/notifications?limit={size}{cursor}").json
        seen += [item["id"] for item in page["items"]]
        cursor = f"&cursor={page['next_cursor']}"
    assert seen == whole
    assert page["next_cursor"] is None


def test_nobody_is_told_of_whom_they_have_blocked(
    maker: Client, video: str, new_user: NewClient
) -> None:
    ada, bert = new_user("ada"), new_user("bert")
    for person in (ada, bert):
        person.put(f"/videos/{video}/like")
    bert.put("/users/@maker/follow")
    assert maker.put("/users/@bert/block").status == 204
    assert told(maker) == [("like", "ada liked your video")]
    assert maker.delete("/users/@bert/block").status == 204
    comment(ada, video, "by ada")
    assert maker.put("/users/@ada/block").status == 204
    assert told(maker) == [
        ("follow", "bert started following you"), ("like", "bert liked your video"),
    ] or told(maker) == [
        ("like", "bert liked your video"), ("follow", "bert started following you"),
    ]  # fmt: skip

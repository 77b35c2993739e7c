"""Comments and saves, as people meet them; counts are exact whatever happens at once."""

from collections.abc import Callable
from typing import Any
from uuid import uuid4

import pytest

from chalicelib.platform.context import Context
from tests.component.builders import publish_video
from tests.component.conftest import NewClient, StaffMember
from tests.component.races import fork, reconnect
from tests.fakes import FrozenClock
from tests.gateway import Answer, Client

Write = Callable[..., Answer]


@pytest.fixture
def maker(new_user: NewClient) -> Client:
    return new_user("maker", creator=True)


@pytest.fixture
def video(context: Context, maker: Client) -> str:
    return publish_video(context, maker, "a clip")


@pytest.fixture
def write(video: str, clock: FrozenClock) -> Write:
    def write(client: Client, text: str, parent: str | None = None, of: str = video) -> Answer:
        clock.advance(seconds=1)
        body = {"text": text, **({"parent_id": parent} if parent else {})}
        return client.post(f"/videos/{of}/comments", body, headers=key())

    return write


def key() -> dict[str, str]:
    return {"X-Idempotency-Key": uuid4().hex}


def comments_of(context: Context, video: str) -> int:
    return int(Client().get(f"/videos/{video}").json["stats"]["comments"])


def texts(client: Client, path: str, **query: Any) -> list[str]:
    """Return all the texts of a list, read in pages of two."""
    found, cursor = [], None
    while True:
        more = "".join(f"&{name}={value}" for name, value in query.items())
        page = client.get(f"{path}?limit=2{more}" + (f"&cursor={cursor}" if cursor else "")).json
        found += [item["text"] for item in page["items"]]
        cursor = page["next_cursor"]
        if cursor is None:
            return found


def test_a_comment_is_there_for_everybody_and_counted(
    context: Context, video: str, write: Write, new_user: NewClient, visitor: Client
) -> None:
    ada = new_user("ada")
    answer = write(ada, "what a wave")
    assert answer.status == 201
    comment = answer.json
    assert comment["author"]["username"] == "ada"
    assert (comment["parent_id"], comment["reply_count"], comment["like_count"]) == (None, 0, 0)
    assert comment["viewer"] == {"liked": False}
    listed = visitor.get(f"/videos/{video}/comments").json["items"]
    assert [(item["id"], item["viewer"]) for item in listed] == [(comment["id"], None)]
    assert comments_of(context, video) == 1


def test_a_repeated_request_writes_one_comment(
    context: Context, video: str, new_user: NewClient
) -> None:
    ada, headers = new_user(), key()
    first = ada.post(f"/videos/{video}/comments", {"text": "once"}, headers=headers)
    again = ada.post(f"/videos/{video}/comments", {"text": "once"}, headers=headers)
    assert again.headers["Idempotency-Replayed"] == "true"
    assert again.json == first.json
    assert comments_of(context, video) == 1


@pytest.mark.parametrize("text", ["", "   ", "x" * 501])
def test_a_text_must_be_there_and_short(write: Write, new_user: NewClient, text: str) -> None:
    answer = write(new_user(), text)
    assert (answer.status, answer.json["code"]) == (422, "validation_failed")


def test_comments_can_be_off(video: str, maker: Client, write: Write, new_user: NewClient) -> None:
    tag = maker.get(f"/videos/{video}").headers["ETag"]
    changed = maker.patch(f"/videos/{video}", {"allow_comments": False}, headers={"If-Match": tag})
    assert changed.status == 200
    answer = write(new_user(), "hello")
    assert (answer.status, answer.json["code"]) == (403, "comments_off")


def test_threads_have_two_levels(
    context: Context, video: str, write: Write, new_user: NewClient, maker: Client
) -> None:
    ada = new_user()
    top = write(ada, "top").json
    reply = write(maker, "reply", top["id"]).json
    answer = write(ada, "reply to the reply", reply["id"]).json
    assert (reply["parent_id"], answer["parent_id"]) == (top["id"], top["id"])
    assert texts(ada, f"/comments/{top['id']}/replies") == ["reply", "reply to the reply"]
    listed = ada.get(f"/videos/{video}/comments").json["items"]
    assert [(item["text"], item["reply_count"]) for item in listed] == [("top", 2)]
    assert comments_of(context, video) == 3


def test_a_parent_must_be_on_the_same_video(
    context: Context, write: Write, maker: Client, new_user: NewClient
) -> None:
    ada = new_user()
    elsewhere = write(ada, "here").json["id"]
    other = publish_video(context, maker, "another")
    answer = write(ada, "hello", elsewhere, of=other)
    assert (answer.status, answer.json["errors"][0]["pointer"]) == (422, "/parent_id")


def test_lists_are_by_likes_or_by_age_in_pages_of_any_size(
    video: str, write: Write, new_user: NewClient
) -> None:
    ada, bert = new_user(), new_user()
    made = [write(ada, f"number {n}").json["id"] for n in range(5)]
    for who, liked in ((ada, 1), (bert, 1), (bert, 3)):
        assert who.put(f"/comments/{made[liked]}/like").status == 200
    path = f"/videos/{video}/comments"
    assert texts(ada, path, sort="new") == [f"number {n}" for n in (4, 3, 2, 1, 0)]
    assert texts(ada, path, sort="top") == [f"number {n}" for n in (1, 3, 4, 2, 0)]
    assert ada.get(f"{path}?sort=best").status == 422


def test_a_like_is_counted_once(write: Write, new_user: NewClient) -> None:
    ada, bert = new_user(), new_user()
    path = f"/comments/{write(ada, 'hello').json['id']}/like"
    for _ in range(2):
        assert bert.put(path).json == {"liked": True, "like_count": 1}
    assert ada.put(path).json == {"liked": True, "like_count": 2}
    for _ in range(2):
        assert bert.delete(path).json == {"liked": False, "like_count": 1}


def test_its_author_the_videos_maker_and_the_staff_delete_a_comment(
    context: Context, video: str, write: Write, maker: Client, staff: StaffMember
) -> None:
    ada, bert, moderator, admin = staff("user"), staff("user"), staff("moderator"), staff("admin")
    made = [write(ada, "hello").json["id"] for _ in range(3)]
    assert bert.delete(f"/comments/{made[0]}").status == 403
    for who, comment in zip((ada, maker, moderator), made, strict=True):
        assert who.delete(f"/comments/{comment}").status == 204
        assert who.delete(f"/comments/{comment}").status == 404
    assert comments_of(context, video) == 0
    entries = admin.get("/admin/audit?action=remove").json["items"]
    assert [entry["target"] for entry in entries] == [f"comment:{made[2]}"]


def test_a_thread_goes_with_its_first_comment(
    context: Context, video: str, write: Write, new_user: NewClient
) -> None:
    ada, bert = new_user(), new_user()
    kept = write(bert, "kept").json["id"]
    top = write(ada, "top").json["id"]
    reply = write(bert, "reply", top).json["id"]
    assert write(bert, "another", top).status == 201
    assert bert.delete(f"/comments/{reply}").status == 204
    assert ada.get(f"/videos/{video}/comments").json["items"][0]["reply_count"] == 1
    assert ada.delete(f"/comments/{top}").status == 204
    assert bert.get(f"/comments/{top}/replies").status == 404
    assert [item["id"] for item in bert.get(f"/videos/{video}/comments").json["items"]] == [kept]
    assert comments_of(context, video) == 1


def test_blocked_people_dont_meet_in_comments(
    video: str, write: Write, new_user: NewClient, visitor: Client
) -> None:
    ada, bert, cleo = new_user("ada"), new_user("bert"), new_user("cleo")
    theirs = write(bert, "by bert").json["id"]
    own = write(ada, "by ada").json["id"]
    write(cleo, "by cleo", own)
    write(bert, "reply by bert", own)
    assert ada.put("/users/@bert/block").status == 204
    path = f"/videos/{video}/comments"
    assert texts(ada, path) == ["by ada"]
    assert texts(bert, path) == ["by bert"]
    assert sorted(texts(visitor, path)) == ["by ada", "by bert"]
    assert texts(ada, f"/comments/{own}/replies") == ["by cleo"]
    for call in (ada.put(f"/comments/{theirs}/like"), ada.get(f"/comments/{theirs}/replies")):
        assert call.status == 404
    assert write(bert, "again", own).status == 422
    assert ada.delete("/users/@bert/block").status == 204
    assert sorted(texts(ada, path)) == ["by ada", "by bert"]


def _act(given: tuple[Client, int, str, str]) -> None:
    """Comment or reply, like and save; and every third time take it back."""
    who, n, video, top = given
    body = {"text": f"number {n}", **({"parent_id": top} if n % 2 else {})}
    made = who.post(f"/videos/{video}/comments", body, headers=key()).json
    who.put(f"/comments/{top}/like")
    who.put(f"/videos/{video}/save")
    if n % 3 == 0:
        who.delete(f"/comments/{made['id']}")
        who.delete(f"/videos/{video}/save")


def test_counts_are_exact_whatever_happens_at_once(
    context: Context, video: str, new_user: NewClient, write: Write
) -> None:
    people = [new_user() for _ in range(4)]
    top = write(people[0], "top").json["id"]
    with fork.Pool(4, reconnect, (context,)) as pool:
        pool.map(_act, [(people[n % 4], n, video, top) for n in range(48)], chunksize=1)
    with context.database.transaction() as transaction:
        row = transaction.execute(
            "SELECT s.comments, s.saves, (SELECT count(*) FROM comments WHERE deleted_at IS NULL)"
            " AS held, (SELECT count(*) FROM saves) AS saved, c.replies, c.likes,"
            " (SELECT count(*) FROM comments WHERE parent_id = c.id AND deleted_at IS NULL) AS kept"
            " FROM videos v JOIN video_stats s ON s.video_id = v.id, comments c"
            " WHERE v.public_id = %s AND c.public_id = %s",
            (video, top),
        ).fetchone()
    assert row is not None
    assert (row["comments"], row["saves"]) == (row["held"], row["saved"])
    assert (row["comments"], row["replies"], row["likes"]) == (33, row["kept"], 4)


def test_a_saved_video_is_kept_and_counted_once(
    context: Context, video: str, new_user: NewClient, visitor: Client
) -> None:
    ada = new_user()
    path = f"/videos/{video}/save"
    for _ in range(2):
        assert ada.put(path).json == {"saved": True, "save_count": 1}
    assert ada.get(f"/videos/{video}").json["viewer"]["saved"] is True
    assert visitor.get(f"/videos/{video}").json["stats"]["saves"] == 1
    for _ in range(2):
        assert ada.delete(path).json == {"saved": False, "save_count": 0}
    assert ada.get("/users/me/saves").json == {"items": [], "next_cursor": None}


@pytest.mark.parametrize(("list_of", "toggle"), [("likes", "like"), ("saves", "save")])
def test_what_one_likes_and_saves_is_listed_as_far_as_one_may_see_it(
    context: Context, maker: Client, new_user: NewClient, list_of: str, toggle: str
) -> None:
    ada = new_user()
    videos = [publish_video(context, maker, f"number {n}") for n in range(7)]
    for video in videos:
        assert ada.put(f"/videos/{video}/{toggle}").status == 200
    for hidden in (videos[3], videos[4]):
        assert maker.delete(f"/videos/{hidden}").status == 202
    seen: list[str] = []
    cursor = ""
    while True:
        page = ada.get(f"/users/me/{list_of}?limit=2{cursor}").json
        assert len(page["items"]) in (1, 2)
        seen += [item["id"] for item in page["items"]]
        if page["next_cursor"] is None:
            break
        cursor = f"&cursor={page['next_cursor']}"
    assert seen == [videos[n] for n in (6, 5, 2, 1, 0)]

"""Search: what one types finds what was meant, and nothing that one may not see."""

from typing import Any
from urllib.parse import quote
from uuid import uuid4

import pytest

from chalicelib.feed import space_store
from chalicelib.platform.context import Context
from tests.component.builders import publish_video
from tests.component.conftest import NewClient
from tests.gateway import Client

WRITTEN = [
    "Surfing at Biarritz #ocean",
    "Crème brûlée like in Paris #dessert",
    "แมวน่ารักมาก #แมว",
    "قطة لطيفة جداً",
    "猫がかわいい",
    "hot day 🔥🏄 out there",
    "snake_case explained for beginners",
    "Straße bei Nacht",
]

MORE = [
    *WRITTEN,
    "วันนี้อากาศดีเลยพาน้องหมาตัวใหญ่ไปเดินเล่นกินลมชมวิวที่สวนสาธารณะ",
    "hello 👋🏽 everybody",
]


@pytest.fixture
def maker(new_user: NewClient) -> Client:
    return new_user("river_maker", creator=True)


def look(client: Client, asked: str, kind: str = "videos") -> list[Any]:
    answer = client.get(f"/search?type={kind}&q={quote(asked)}")
    assert answer.status == 200, answer.text
    return list(answer.json[kind])


@pytest.mark.parametrize(
    ("asked", "found"),
    [
        ("surfing", 0),
        ("SURF", 0),
        ("biaritz", 0),
        ("sufring", 0),
        ("surfign biarits", 0),
        ("#ocean", 0),
        ("creme brulee", 1),
        ("crème", 1),
        ("desert", 1),
        ("แมว", 2),
        ("น่ารัก", 2),
        ("قطه لطيفة", 3),
        ("لطيفة", 3),
        ("かわいい", 4),
        ("🔥", 5),
        ("snakecase", 6),
        ("snake", 6),
        ("strasse", 7),
    ],
)
def test_a_video_is_found_by_what_is_written_about_it(
    context: Context, maker: Client, visitor: Client, asked: str, found: int
) -> None:
    videos = [publish_video(context, maker, text) for text in WRITTEN]
    assert [item["id"] for item in look(visitor, asked)] == [videos[found]]


@pytest.mark.parametrize(
    ("asked", "found"),
    [
        ("แมวน่ารีกมาก", 2),  # a letter mistaken
        ("น่าัรก", 2),  # two swapped
        ("น่ารกมาก", 2),  # one missed
        ("น่ารักกมาก", 2),  # one too many
        ("สวนสาธารณะ", 8),  # far behind in a run of 60 letters
        ("สวนสาธารนะ", 8),
        ("لطيغة", 3),
        ("لطفية", 3),
        ("لطفة جدا", 3),
        ("かわいり", 4),
        ("crme brulee", 1),
        ("crèem", 1),
        ("brûllée", 1),
        ("Straßse", 7),
        ("Biariz 🌊", 0),
        ("surfnig 🌊", 0),
        ("🔥🏂", 5),
        ("🏄🏽", 5),
        ("👋", 9),
        ("👋🏿", 9),
        ("explaned 🔥", 6),
    ],
)
def test_one_typing_error_is_forgiven_in_any_script(
    context: Context, maker: Client, visitor: Client, asked: str, found: int
) -> None:
    videos = [publish_video(context, maker, text) for text in MORE]
    told = [item["id"] for item in look(visitor, asked)]
    assert told == [videos[found]]


@pytest.mark.parametrize("asked", ["หมาดุมาก", "รถไฟฟ้า", "كلبة", "🚀", "犬がこわい"])
def test_what_is_only_a_little_like_it_isnt_found(
    context: Context, maker: Client, visitor: Client, asked: str
) -> None:
    for text in MORE:
        publish_video(context, maker, text)
    assert look(visitor, asked) == []


@pytest.mark.parametrize("asked", ["nothing like it", "%", "' OR 1=1 --", "_", "!!!", "xyzzyx"])
def test_what_isnt_there_isnt_found(
    context: Context, maker: Client, visitor: Client, asked: str
) -> None:
    for text in WRITTEN:
        publish_video(context, maker, text)
    assert look(visitor, asked) == []


@pytest.mark.parametrize("query", ["", "q=", "q=%20%20", "q=a&type=people", f"q={'x' * 101}"])
def test_a_query_must_be_said(visitor: Client, query: str) -> None:
    assert visitor.get(f"/search?{query}").status == 422


def test_people_hashtags_and_sounds_are_found_too(
    context: Context, maker: Client, visitor: Client
) -> None:
    video = publish_video(context, maker, "a clip #riverside #night")
    publish_video(context, maker, "another #riverside")
    with context.database.transaction() as transaction:
        transaction.execute(
            "INSERT INTO sounds (public_id, title, creator_id, video_id, audio_key, public,"
            " duration_ms) SELECT 'sound1', 'River song', creator_id, id, 'p/x/audio.mp4', true,"
            " 4000 FROM videos WHERE public_id = %s",
            (video,),
        )
    found = visitor.get("/search?q=river").json
    assert [person["username"] for person in found["users"]] == ["river_maker"]
    assert found["hashtags"] == [{"tag": "riverside", "video_count": 2, "view_count": 0}]
    assert [(one["id"], one["title"], one["duration_ms"]) for one in found["sounds"]] == [
        ("sound1", "River song", 4000)
    ]
    assert len(found["videos"]) == 2
    suggested = visitor.get("/search/suggest?q=riv").json["suggestions"]
    assert suggested == [
        {"text": "riverside", "type": "hashtag"},
        {"text": "river_maker", "type": "user"},
        {"text": "River song", "type": "sound"},
    ]


def test_the_exact_word_comes_before_what_is_only_like_it(
    context: Context, maker: Client, visitor: Client
) -> None:
    meant = publish_video(context, maker, "sunset over the bay")
    like = publish_video(context, maker, "sunsets everywhere")
    wrong = publish_video(context, maker, "sunsat, a band")
    assert [item["id"] for item in look(visitor, "sunset")] == [meant, like, wrong]


def test_nobody_finds_what_they_may_not_see(
    context: Context, maker: Client, new_user: NewClient, visitor: Client
) -> None:
    ada, bert = new_user("ada"), new_user("bert", creator=True)
    videos = {
        name: publish_video(context, bert, f"lighthouse {name}")
        for name in ("public", "private", "held", "adults", "deleted", "unwanted", "reported")
    }
    with context.database.transaction() as transaction:
        for name, change in (
            ("private", "visibility = 'private'"), ("held", "held = true"),
            ("adults", "age_restricted = true"),
        ):  # fmt: skip
            transaction.execute(
                f"UPDATE videos SET {change} WHERE public_id = %s",  # noqa: S608 - constants
                (videos[name],),
            )
    assert bert.delete(f"/videos/{videos['deleted']}").status == 202
    tag = ada.get("/users/me").headers["ETag"]
    ada.patch("/users/me", {"hidden_keywords": ["Unwanted"]}, headers={"If-Match": tag})
    report = {"target_type": "video", "target_id": videos["reported"], "reason": "spam"}
    ada.post("/reports", report, headers={"X-Idempotency-Key": uuid4().hex})

    def found(client: Client) -> set[str]:
        ids = {item["id"] for item in look(client, "lighthouse")}
        return {name for name, video in videos.items() if video in ids}

    assert found(visitor) == {"public", "unwanted", "reported"}
    assert found(ada) == {"public", "adults"}
    assert ada.put("/users/@bert/block").status == 204
    assert found(ada) == set()
    assert look(ada, "bert", "users") == []
    assert look(bert, "ada", "users") == []


def test_who_is_under_sixteen_is_out_of_public_search(
    context: Context, maker: Client, new_user: NewClient, visitor: Client
) -> None:
    publish_video(context, maker, "lighthouse")
    with context.database.transaction() as transaction:
        transaction.execute(
            "UPDATE users SET birth_date = current_date - interval '15 years'"
            " WHERE username = 'river_maker'"
        )
    assert look(visitor, "lighthouse") == []
    assert look(visitor, "river_maker", "users") == []


def test_videos_like_those_that_words_find_are_found_behind_them(
    context: Context, maker: Client, new_user: NewClient, visitor: Client
) -> None:
    """And only those that one may see."""
    texts = ("surfing at dawn", "waves", "cooking", "waves of mine", "surfnig by night")
    dawn, waves, cooking, private, mistyped = (
        publish_video(context, maker, text) for text in texts
    )
    place(context, {dawn: (1, 0), waves: (0.9, 0.1), cooking: (0, 1), private: (1, 0)})
    tag = maker.get(f"/videos/{private}").headers["ETag"]
    maker.patch(f"/videos/{private}", {"visibility": "private"}, headers={"If-Match": tag})
    assert [item["id"] for item in look(visitor, "surfing")] in (
        [dawn, waves, mistyped],
        [dawn, mistyped, waves],
    )
    assert look(visitor, "nothing") == []
    ada = new_user()
    hidden = {"hidden_keywords": ["waves"]}
    assert ada.patch("/users/me", hidden, headers={"If-Match": "*"}).status == 200
    assert [item["id"] for item in look(ada, "surfing")] == [dawn, mistyped]
    assert ada.put("/users/@river_maker/block").status == 204
    assert look(ada, "surfing") == []


def test_suggestions_leave_out_words_that_one_has_hidden(
    context: Context, maker: Client, new_user: NewClient, visitor: Client
) -> None:
    publish_video(context, maker, "#spiders #spirits")
    ada = new_user()
    hidden = {"hidden_keywords": ["spiders"]}
    assert ada.patch("/users/me", hidden, headers={"If-Match": "*"}).status == 200
    told = [
        {one["text"] for one in client.get("/search/suggest?q=spi").json["suggestions"]}
        for client in (visitor, ada)
    ]
    assert told == [{"spiders", "spirits"}, {"spirits"}]


def place(context: Context, places: dict[str, tuple[float, float]]) -> None:
    """Give videos places in a space that is in force."""
    now = context.clock.now()
    with context.database.transaction() as transaction:
        space = space_store.start_run(transaction, "items", now)
        space_store.create_space(transaction, space)
        for video, (x, y) in places.items():
            row = transaction.execute(
                "SELECT id FROM videos WHERE public_id = %s", (video,)
            ).fetchone()
            assert row is not None
            vector = f"[{x}, {y}{', 0' * 126}]"
            space_store.write_embeddings(transaction, space, [(row["id"], vector, 1.0, 1.0)])
        settings = {"tau": 4.0, "vector_weight": 1.0, "scale": 1.0}
        space_store.end_run(transaction, space, "champion", settings=settings, metrics={}, now=now)

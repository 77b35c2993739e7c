"""Reports, cases, decisions: nothing is lost, nobody takes anything down alone."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any
from uuid import uuid4

import pytest

from chalicelib.platform.context import Context
from tests.component.builders import publish_video
from tests.component.conftest import NewClient, StaffMember
from tests.fakes import FrozenClock
from tests.gateway import Answer, Client

Report = Callable[..., Answer]


def key() -> dict[str, str]:
    return {"X-Idempotency-Key": uuid4().hex}


def report(client: Client, target: str, reason: str = "violence", kind: str = "video") -> Answer:
    body = {"target_type": kind, "target_id": target, "reason": reason, "detail": "look"}
    return client.post("/reports", body, headers=key())


def decide(client: Client, case: str, action: str, reason: str = "it breaks a rule") -> Answer:
    body = {"action": action, "reason": reason, "note": "for us"}
    return client.post(f"/admin/queue/{case}/decision", body, headers=key())


def queue(client: Client) -> list[Any]:
    return list(client.get("/admin/queue").json["items"])


def told(client: Client) -> list[str]:
    items = client.get("/notifications").json["items"]
    return [item["text"] for item in items if item["type"] == "moderation"]


@pytest.fixture
def maker(new_user: NewClient) -> Client:
    return new_user("maker", creator=True)


@pytest.fixture
def video(context: Context, maker: Client) -> str:
    return publish_video(context, maker, "a clip #beach")


@pytest.fixture
def old_hand(context: Context, new_user: NewClient) -> Callable[[], Client]:
    """Registers somebody who has been here for a year."""

    def register() -> Client:
        name = f"old_{uuid4().hex[:8]}"
        client = new_user(name)
        with context.database.transaction() as transaction:
            transaction.execute(
                "UPDATE users SET created_at = %s WHERE username = %s",
                (context.clock.now() - timedelta(days=365), name),
            )
        return client

    return register


def _comment(client: Client, video: str) -> str:
    answer = client.post(f"/videos/{video}/comments", {"text": "hello"}, headers=key())
    return str(answer.json["id"])


def test_what_one_reports_is_at_once_out_of_ones_sight(
    context: Context, maker: Client, video: str, new_user: NewClient, visitor: Client
) -> None:
    ada = new_user("ada")
    other = publish_video(context, maker, "another #beach")
    comment = _comment(maker, video)
    answer = report(ada, video)
    assert (answer.status, answer.json["target_id"]) == (201, video)
    assert report(ada, comment, kind="comment").status == 404  # its video is out of sight
    assert report(ada, _comment(maker, other), kind="comment").status == 201
    assert ada.get(f"/videos/{other}/comments").json["items"] == []
    for path in ("/feed?limit=30", "/search?q=beach", "/users/@maker/videos"):
        assert video not in ada.get(path).text
        assert other in ada.get(path).text
        assert video in visitor.get(path).text
    assert ada.get(f"/videos/{video}").status == 404
    assert report(ada, maker.get("/users/me").json["id"], kind="user").status == 201
    for path in ("/feed?limit=30", "/search?q=beach"):
        assert other not in ada.get(path).text
    assert ada.get("/users/@maker").status == 404


def test_one_person_reports_a_thing_once(
    video: str, new_user: NewClient, moderator: Client
) -> None:
    ada = new_user()
    first, again = report(ada, video), report(ada, video, "hate")
    assert first.json == again.json
    assert queue(moderator)[0]["reasons"] == {"violence": 1}


def test_nobody_reports_what_is_their_own_or_isnt_there(
    maker: Client, video: str, new_user: NewClient
) -> None:
    assert report(maker, video).status == 422
    assert report(new_user(), "nothing").status == 404
    assert report(new_user(), video, "boring").status == 422


def test_the_gravest_comes_first(
    context: Context, maker: Client, new_user: NewClient, moderator: Client
) -> None:
    made = {
        reason: publish_video(context, maker, "a clip")
        for reason in ("spam", "minor_safety", "hate")
    }
    for reason, video in made.items():
        report(new_user(), video, reason)
    assert [case["target_id"] for case in queue(moderator)] == [
        made["minor_safety"], made["hate"], made["spam"],
    ]  # fmt: skip
    flagged = moderator.get("/admin/videos/flagged").json["items"]
    assert [item["case"] for item in flagged] == queue(moderator)
    first = moderator.get("/admin/queue?limit=1").json
    rest = moderator.get(f"/admin/queue?limit=5&cursor={first['next_cursor']}").json
    assert first["items"] + rest["items"] == queue(moderator)


def test_a_brigade_of_new_accounts_takes_nothing_down(
    video: str, new_user: NewClient, visitor: Client
) -> None:
    for _ in range(30):
        assert report(new_user(), video).status == 201
    assert visitor.get(f"/videos/{video}").status == 200


def test_people_of_standing_together_hold_something_back_until_it_is_looked_at(
    maker: Client, video: str, old_hand: Callable[[], Client], visitor: Client, moderator: Client
) -> None:
    for n in range(3):
        assert visitor.get(f"/videos/{video}").status == 200, n
        report(old_hand(), video)
    assert visitor.get(f"/videos/{video}").status == 404
    for path in ("/feed", "/search?q=beach", "/users/@maker/videos"):
        assert video not in visitor.get(path).text
    assert maker.get(f"/videos/{video}").status == 200
    (case,) = queue(moderator)
    assert (case["held"], case["report_count"]) == (True, 3)
    assert decide(moderator, case["id"], "dismiss").status == 200
    assert visitor.get(f"/videos/{video}").status == 200
    assert video in visitor.get("/feed").text
    assert told(maker) == []


def test_whoever_was_wrong_before_weighs_less(
    context: Context, maker: Client, old_hand: Callable[[], Client], moderator: Client,
    visitor: Client,
) -> None:  # fmt: skip
    people = [old_hand() for _ in range(3)]
    for _ in range(3):
        video = publish_video(context, maker, "a clip")
        for person in people[:2]:
            report(person, video)
        decide(moderator, queue(moderator)[0]["id"], "dismiss")
    video = publish_video(context, maker, "a clip")
    for person in people:
        report(person, video)
    assert visitor.get(f"/videos/{video}").status == 200


@pytest.mark.parametrize(
    "decided",
    [
        ("label", "was labelled as sensitive"),
        ("limit_reach", "is no longer recommended"),
        ("age_restrict", "is now shown to adults only"),
        ("remove", "was removed"),
    ],
)
def test_a_decision_is_carried_out_and_explained(
    maker: Client, video: str, staff: StaffMember, decided: tuple[str, str]
) -> None:
    action, words = decided
    visitor, adult, moderator, admin = Client(), staff("user"), staff("moderator"), staff("admin")
    report(staff("user"), video)
    (case,) = queue(moderator)
    assert decide(moderator, case["id"], action).json["action"] == action
    assert queue(moderator) == []
    assert told(maker) == [f"Your video {words}: it breaks a rule"]
    seen = visitor.get(f"/videos/{video}")
    if action == "label":
        assert "sensitive" in seen.json["labels"]
    elif action == "limit_reach":
        assert seen.status == 200
        assert video not in visitor.get("/feed").text
    elif action == "age_restrict":
        assert seen.status == 404
        assert adult.get(f"/videos/{video}").status == 200
    else:
        assert seen.status == 410
        assert maker.post(f"/videos/{video}/restore").status == 409
        assert moderator.post(f"/admin/videos/{video}/restore").status == 200
    again = decide(moderator, case["id"], "dismiss")
    assert (again.status, again.json["code"]) == (409, "decided")
    (entry,) = admin.get("/admin/audit?action=decision").json["items"]
    assert (entry["target"], entry["detail"]["action"]) == (f"video:{video}", action)


def test_a_ban_ends_what_somebody_does_here(
    maker: Client, video: str, new_user: NewClient, moderator: Client
) -> None:
    report(new_user(), maker.get("/users/me").json["id"], kind="user")
    (case,) = queue(moderator)
    assert decide(moderator, case["id"], "ban", "spam all over").status == 200
    assert maker.get("/users/me").status == 401
    assert new_user().get("/users/@maker").status == 404
    assert decide(moderator, case["id"], "remove").status == 409


def test_what_doesnt_fit_the_thing_is_refused(
    video: str, maker: Client, new_user: NewClient, moderator: Client
) -> None:
    report(new_user(), _comment(maker, video), kind="comment")
    (case,) = queue(moderator)
    assert decide(moderator, case["id"], "age_restrict").status == 422
    assert decide(moderator, case["id"], "remove").status == 200
    assert new_user().get(f"/videos/{video}/comments").json["items"] == []


def test_a_case_is_one_persons_for_ten_minutes(
    video: str, new_user: NewClient, staff: StaffMember, clock: FrozenClock
) -> None:
    one, other = staff("moderator"), staff("moderator")
    report(new_user(), video)
    (case,) = queue(one)
    path = f"/admin/queue/{case['id']}/claim"
    assert one.post(path).status == 200
    assert one.post(path).status == 200
    taken = other.post(path)
    assert (taken.status, taken.json["code"]) == (409, "claimed")
    assert decide(other, case["id"], "dismiss").status == 409
    clock.advance(minutes=10, seconds=1)
    assert other.post(path).status == 200
    assert decide(other, case["id"], "dismiss").status == 200


def test_a_repeated_decision_is_one(
    video: str, maker: Client, new_user: NewClient, moderator: Client
) -> None:
    report(new_user(), video)
    (case,) = queue(moderator)
    headers, body = key(), {"action": "label", "reason": "a rule"}
    path = f"/admin/queue/{case['id']}/decision"
    first = moderator.post(path, body, headers=headers)
    again = moderator.post(path, body, headers=headers)
    assert (first.status, first.json) == (200, again.json)
    assert len(told(maker)) == 1


def test_nobody_decides_about_themselves(
    context: Context, staff: StaffMember, new_user: NewClient
) -> None:
    moderator = staff("moderator")
    report(new_user(), publish_video(context, moderator, "mine"))
    assert decide(moderator, queue(moderator)[0]["id"], "dismiss").status == 403


def test_what_the_staff_removes_by_hand_is_in_the_log(
    video: str, staff: StaffMember, maker: Client
) -> None:
    moderator, admin = staff("moderator"), staff("admin")
    assert moderator.delete(f"/videos/{video}").status == 422
    assert moderator.delete(f"/videos/{video}", {"reason": "a rule"}).status == 202
    assert moderator.post(f"/videos/{video}/restore").status == 200
    assert maker.delete(f"/videos/{video}").status == 202
    entries = admin.get("/admin/audit?limit=5").json["items"]
    assert [entry["action"] for entry in entries[:2]] == ["restore", "remove"]
    assert entries[1]["detail"] == {"reason": "a rule"}

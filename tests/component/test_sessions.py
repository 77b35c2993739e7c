"""One's own sessions, a new password, leaving and coming back, bans and roles."""

from datetime import timedelta

import pytest

from chalicelib.platform.context import Context
from functions.upkeep import sweep
from tests.component.builders import publish_video
from tests.component.conftest import PASSWORD, NewClient
from tests.fakes import FrozenClock
from tests.gateway import Client
from tests.lambda_context import LambdaContext

NEW = "another river at dusk"


def _log_in(name: str, password: str = PASSWORD) -> Client:
    client = Client()
    client.post(
        "/auth/login",
        {"username": name, "password": password},
        headers={"User-Agent": "A phone"},
    )
    return client


def _signed_in(client: Client) -> bool:
    return bool(client.get("/auth/session").json["authenticated"])


def test_sessions_are_listed_and_ended_one_by_one(new_user: NewClient) -> None:
    one = new_user("ada")
    two = _log_in("ada")
    items = one.get("/auth/sessions").json["items"]
    assert [item["current"] for item in items].count(True) == 1
    other = next(item for item in items if not item["current"])
    assert other["client"] == "A phone"
    assert one.delete(f"/auth/sessions/{other['id']}").status == 204
    assert (_signed_in(one), _signed_in(two)) == (True, False)
    assert one.delete(f"/auth/sessions/{other['id']}").status == 404


def test_nobody_ends_somebody_elses_session(new_user: NewClient) -> None:
    one, two = new_user(), new_user()
    theirs = two.get("/auth/sessions").json["items"][0]["id"]
    assert one.delete(f"/auth/sessions/{theirs}").status == 404
    assert _signed_in(two)


def test_all_other_sessions_end_at_once(new_user: NewClient) -> None:
    one = new_user("ada")
    others = [_log_in("ada") for _ in range(3)]
    assert all(_signed_in(other) for other in others)
    assert one.delete("/auth/sessions").status == 204
    assert [_signed_in(client) for client in (one, *others)] == [True, False, False, False]


def test_a_new_password_ends_every_session_and_renews_this_one(new_user: NewClient) -> None:
    one = new_user("ada")
    other, before = _log_in("ada"), dict(one.cookies)
    wrong = one.post("/auth/password", {"current": "not this one", "new": NEW})
    assert (wrong.status, wrong.json["code"]) == (401, "invalid_credentials")
    short = one.post("/auth/password", {"current": PASSWORD, "new": "short"})
    assert (short.status, short.json["errors"][0]["pointer"]) == (422, "/new")
    assert one.post("/auth/password", {"current": PASSWORD, "new": NEW}).status == 204
    assert _signed_in(one)
    assert one.cookies != before
    assert [_signed_in(client) for client in (other, Client(cookies=before))] == [False, False]
    assert not _signed_in(_log_in("ada"))
    assert _signed_in(_log_in("ada", NEW))


def test_who_leaves_is_gone_at_once_and_may_come_back(
    context: Context, new_user: NewClient, clock: FrozenClock, visitor: Client
) -> None:
    leaver = new_user("ada", creator=True)
    video_id = publish_video(context, leaver)
    other = _log_in("ada")
    assert leaver.delete("/users/me", {"password": "wrong"}).status == 401
    answer = leaver.delete("/users/me", {"password": PASSWORD})
    assert answer.status == 202
    assert answer.json["purge_at"].startswith((clock.now() + timedelta(days=30)).date().isoformat())
    assert not _signed_in(other)
    assert visitor.get("/users/@ada").status == 404
    assert visitor.get(f"/videos/{video_id}").status == 404
    assert visitor.get("/feed").json["items"] == []
    clock.advance(days=29)
    assert _signed_in(_log_in("ada"))
    assert visitor.get("/users/@ada").status == 200
    assert visitor.get(f"/videos/{video_id}").status == 200
    assert len(visitor.get("/feed").json["items"]) == 1


def test_the_last_administrator_can_neither_leave_nor_step_down(
    admin: Client, new_user: NewClient
) -> None:
    own = admin.get("/users/me").json["id"]
    answer = admin.delete("/users/me", {"password": PASSWORD})
    assert (answer.status, answer.json["code"]) == (409, "last_admin")
    order = {"role": "user", "reason": "enough"}
    assert admin.post(f"/admin/users/{own}/role", order).status == 403
    second = new_user()
    user_id = second.get("/users/me").json["id"]
    made = admin.post(f"/admin/users/{user_id}/role", {"role": "admin", "reason": "help"})
    assert (made.status, made.json["role"]) == (200, "admin")
    assert not _signed_in(second)
    assert admin.delete("/users/me", {"password": PASSWORD}).status == 202


def test_a_ban_says_until_when_and_why_and_ends_by_itself(
    context: Context,
    new_user: NewClient,
    moderator: Client,
    clock: FrozenClock,
    visitor: Client,
) -> None:
    banned = new_user("mallory", creator=True)
    video_id = publish_video(context, banned)
    until = (clock.now() + timedelta(days=2)).isoformat()
    order = {"until": until, "reason": "spam"}
    assert moderator.post("/admin/users/@mallory/ban", order).json["status"] == "banned"
    assert not _signed_in(banned)
    answer = Client().post("/auth/login", {"username": "mallory", "password": PASSWORD})
    assert (answer.status, answer.json["code"]) == (403, "banned")
    assert (answer.json["reason"], answer.json["until"][:10]) == ("spam", until[:10])
    guess = Client().post("/auth/login", {"username": "mallory", "password": "a wrong one"})
    assert guess.json["code"] == "invalid_credentials"
    assert visitor.get(f"/videos/{video_id}").status == 404
    clock.advance(days=2, seconds=1)
    sweep({"job": "sweep"}, LambdaContext())
    assert visitor.get(f"/videos/{video_id}").status == 200
    assert _signed_in(_log_in("mallory"))


def test_a_ban_can_be_taken_back(new_user: NewClient, moderator: Client, visitor: Client) -> None:
    new_user("mallory")
    moderator.post("/admin/users/@mallory/ban", {"reason": "spam"})
    assert visitor.get("/users/@mallory").status == 404
    assert moderator.delete("/admin/users/@mallory/ban").json["status"] == "active"
    assert visitor.get("/users/@mallory").status == 200


@pytest.mark.parametrize("role", ["moderator", "admin"])
def test_a_moderator_cannot_ban_staff(moderator: Client, staff: NewClient, role: str) -> None:
    other = staff(role).get("/users/me").json["id"]
    assert moderator.post(f"/admin/users/{other}/ban", {"reason": "x"}).status == 403


def test_creators_are_admitted_only_while_the_configuration_says_so(
    admin: Client, new_user: NewClient, clock: FrozenClock
) -> None:
    admin.patch("/admin/config", {"creator_signup": "closed"}, headers={"If-Match": "*"})
    clock.advance(seconds=30)
    answer = new_user().post("/users/me/creator", {"accept_terms": True})
    assert (answer.status, answer.json["code"]) == (403, "forbidden")


def test_a_profile_is_changed_by_who_has_read_it(new_user: NewClient) -> None:
    client = new_user("ada")
    read = client.get("/users/me")
    etag = read.headers["ETag"]
    assert client.get("/users/me", headers={"If-None-Match": etag}).status == 304
    assert client.patch("/users/me", {"bio": "hello"}).status == 428
    sent = {"bio": "hello", "country": "DE", "hidden_keywords": ["spoiler"]}
    changed = client.patch("/users/me", sent, headers={"If-Match": etag})
    assert {name: changed.json[name] for name in sent} == sent
    stale = client.patch("/users/me", {"bio": "again"}, headers={"If-Match": etag})
    assert (stale.status, stale.json["code"]) == (412, "precondition_failed")
    fresh = {"If-Match": changed.headers["ETag"]}
    assert client.patch("/users/me", {"country": None}, headers=fresh).json["country"] is None
    assert client.patch("/users/me", {"bio": None}, headers={"If-Match": "*"}).status == 422
    assert client.patch("/users/me", {"role": "admin"}, headers={"If-Match": "*"}).status == 422


def test_people_under_sixteen_publish_for_themselves_unless_they_say_otherwise(
    visitor: Client, clock: FrozenClock
) -> None:
    birth_date = (clock.now() - timedelta(days=15 * 365 + 10)).date().isoformat()
    visitor.post(
        "/auth/register", {"username": "teen", "password": PASSWORD, "birth_date": birth_date}
    )
    visitor.post("/users/me/creator", {"accept_terms": True})
    video = {"filename": "a.mp4", "content_type": "video/mp4", "size_bytes": 1000}
    for number, (sent, visibility) in enumerate(
        [({}, "private"), ({"visibility": "followers"}, "followers")]
    ):
        answer = visitor.post(
            "/videos", {**video, **sent}, headers={"X-Idempotency-Key": f"{number:016}"}
        )
        assert answer.json["video"]["visibility"] == visibility

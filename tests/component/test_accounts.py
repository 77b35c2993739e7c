"""Registration, sessions and roles, through the app and real servers."""

import json
from datetime import date

import psycopg
import pytest
import redis

from chalicelib.platform.context import Context
from tests.component.conftest import PASSWORD, NewClient
from tests.fakes import FrozenClock
from tests.gateway import Client


def _registration(**changes: object) -> dict[str, object]:
    return {
        "username": "Ada.Lovelace",
        "password": PASSWORD,
        "birth_date": "1990-05-17",
        **changes,
    }


def test_somebody_who_registers_is_signed_in(visitor: Client) -> None:
    answer = visitor.post("/auth/register", _registration(interests=["#Cooking", "travel"]))
    assert answer.status == 201
    assert answer.json["username"] == "Ada.Lovelace"
    assert answer.json["role"] == "user"
    assert answer.json["interests"] == ["cooking", "travel"]
    assert "password" not in answer.text
    session = visitor.get("/auth/session").json
    assert session["authenticated"] is True
    assert session["user"]["id"] == answer.json["id"]


def test_the_cookie_is_plain_http_only_and_strict_on_the_local_stack(visitor: Client) -> None:
    cookie = visitor.post("/auth/register", _registration()).headers["Set-Cookie"]
    assert cookie.startswith("session=")
    for attribute in ("HttpOnly", "SameSite=Strict", "Path=/", "Max-Age=604800"):
        assert attribute in cookie
    assert "Secure" not in cookie


def test_a_name_is_taken_however_it_is_typed(visitor: Client) -> None:
    visitor.post("/auth/register", _registration())
    answer = Client().post("/auth/register", _registration(username="ada.LOVELACE"))
    assert (answer.status, answer.json["code"]) == (409, "username_taken")


@pytest.mark.parametrize(
    ("changes", "status", "code"),
    [
        ({"password": "short"}, 422, "password_too_short"),
        ({"password": "Password123"}, 422, "password_breached"),
        ({"birth_date": "2020-01-01"}, 422, "under_age"),
        ({"birth_date": "yesterday"}, 422, "validation_failed"),
        ({"username": "no spaces"}, 422, "validation_failed"),
        ({"shoe_size": 42}, 422, "unknown_field"),
        ({"display_name": "nul\x00"}, 422, "validation_failed"),
    ],
)
def test_bad_registrations_say_what_is_wrong(
    visitor: Client, changes: dict[str, object], status: int, code: str
) -> None:
    answer = visitor.post("/auth/register", _registration(**changes))
    assert (answer.status, answer.json["code"]) == (status, code)
    assert answer.headers["Content-Type"] == "application/problem+json"


def test_the_thirteenth_birthday_is_old_enough(visitor: Client, clock: FrozenClock) -> None:
    today = clock.now().date()
    birthday = date(today.year - 13, today.month, today.day).isoformat()
    assert visitor.post("/auth/register", _registration(birth_date=birthday)).status == 201


def test_wrong_password_and_unknown_name_look_the_same(visitor: Client) -> None:
    visitor.post("/auth/register", _registration())
    wrong = Client().post("/auth/login", {"username": "Ada.Lovelace", "password": "wrong one"})
    unknown = Client().post("/auth/login", {"username": "nobody", "password": "wrong one"})
    for answer in (wrong, unknown):
        assert (answer.status, answer.json["code"]) == (401, "invalid_credentials")
    assert wrong.json["detail"] == unknown.json["detail"]


def test_logging_in_gives_a_new_session_and_ends_the_old_one(visitor: Client) -> None:
    visitor.post("/auth/register", _registration())
    before = dict(visitor.cookies)
    answer = visitor.post("/auth/login", {"username": "ada.lovelace", "password": PASSWORD})
    assert answer.status == 200
    assert visitor.cookies != before
    assert Client(cookies=before).get("/auth/session").json["authenticated"] is False


def test_logging_out_ends_the_session_at_once(visitor: Client) -> None:
    visitor.post("/auth/register", _registration())
    before = dict(visitor.cookies)
    visitor.get("/auth/session")
    assert visitor.post("/auth/logout").status == 204
    assert visitor.cookies == {}
    assert Client(cookies=before).get("/auth/session").json["authenticated"] is False


def test_a_session_lives_seven_days_from_its_last_use(
    new_user: NewClient, clock: FrozenClock, redis_url: str
) -> None:
    client = new_user()
    for _ in range(3):
        clock.advance(days=6)
        _empty(redis_url)
        assert client.get("/users/me").status == 200
    clock.advance(days=7, seconds=1)
    assert client.get("/users/me").status == 401


def test_a_session_lives_thirty_days_at_most(
    new_user: NewClient, clock: FrozenClock, redis_url: str
) -> None:
    client = new_user()
    for _ in range(5):
        clock.advance(days=5, hours=23)
        _empty(redis_url)
        client.get("/users/me")
    clock.advance(days=1)
    assert client.get("/users/me").status == 401


def test_nobody_is_logged_out_when_redis_forgets(new_user: NewClient, redis_url: str) -> None:
    client = new_user()
    client.get("/users/me")
    _empty(redis_url)
    assert client.get("/users/me").status == 200


def test_the_database_holds_no_token(new_user: NewClient, database_url: str) -> None:
    client = new_user()
    with psycopg.connect(database_url) as connection:
        stored = connection.execute("SELECT * FROM sessions").fetchall()
    assert client.cookies["session"] not in str(stored)


def test_becoming_a_creator_changes_role_and_session(new_user: NewClient) -> None:
    client = new_user()
    before = dict(client.cookies)
    answer = client.post("/users/me/creator", {"accept_terms": True})
    assert (answer.status, answer.json["role"]) == (200, "creator")
    assert "upload" in answer.json["permissions"]
    assert client.get("/users/me").json["role"] == "creator"
    assert Client(cookies=before).get("/users/me").status == 401


def test_the_terms_must_be_accepted(new_user: NewClient) -> None:
    assert new_user().post("/users/me/creator", {"accept_terms": False}).status == 422


@pytest.mark.parametrize(
    "headers", [{"Origin": "https://evil.example"}, {"Sec-Fetch-Site": "cross-site"}]
)
def test_other_sites_may_not_act(new_user: NewClient, headers: dict[str, str]) -> None:
    client = new_user()
    answer = client.post("/auth/logout", headers=headers)
    assert (answer.status, answer.json["code"]) == (403, "cross_site")
    assert client.get("/users/me").status == 200


def test_our_own_pages_may_act(new_user: NewClient) -> None:
    headers = {"Origin": "http://localhost:8000", "Sec-Fetch-Site": "same-origin"}
    assert new_user().post("/auth/logout", headers=headers).status == 204


def test_a_cached_session_is_only_what_the_token_already_gives(
    new_user: NewClient, redis_url: str
) -> None:
    client = new_user()
    client.get("/users/me")
    with redis.Redis.from_url(redis_url) as server:
        keys = [key.decode() for key in server.keys("session:*")]
        values = [server.get(key) for key in keys]
        lifetimes = [server.ttl(key) for key in keys]
    assert client.cookies["session"] not in json.dumps(keys)
    assert all(PASSWORD.encode() not in (value or b"") for value in values)
    assert all(0 < lifetime <= 60 for lifetime in lifetimes)


def _empty(redis_url: str) -> None:
    with redis.Redis.from_url(redis_url) as server:
        server.flushdb()


def test_the_app_stays_up_without_redis(context: Context, new_user: NewClient) -> None:
    client = new_user()
    object.__setattr__(context, "cache", type(context.cache)("redis://127.0.0.1:1/0"))
    answer = client.get("/users/me")
    assert answer.status == 200
    assert answer.headers["X-Degraded"] == "cache"

"""What holds for every route: problem documents, request ids, methods, bodies, cursors."""

import pytest

from tests.component.conftest import NewClient
from tests.gateway import Client

VIDEO = {"filename": "a.mp4", "content_type": "video/mp4", "size_bytes": 1000}


def test_errors_are_problem_documents_with_the_request_id(visitor: Client) -> None:
    answer = visitor.get("/users/me")
    assert answer.status == 401
    assert answer.headers["Content-Type"] == "application/problem+json"
    problem = answer.json
    assert problem["code"] == "authentication_required"
    assert problem["status"] == 401
    assert problem["instance"] == "/api/v1/users/me"
    assert problem["request_id"] == answer.headers["X-Request-Id"]
    assert set(problem) >= {"type", "title", "detail"}


def test_every_answer_has_an_id_and_is_not_cached(visitor: Client) -> None:
    answer = visitor.get("/health/live")
    assert answer.status == 200
    assert answer.headers["X-Request-Id"]
    assert answer.headers["Cache-Control"] == "no-store"


def test_a_wrong_method_names_the_right_ones(visitor: Client) -> None:
    answer = visitor.delete("/feed")
    assert (answer.status, answer.json["code"]) == (405, "method_not_allowed")
    assert answer.headers["Allow"] == "GET"


@pytest.mark.parametrize(
    ("raw", "headers", "status", "code"),
    [
        (b"{not json", {}, 400, "body_invalid"),
        (b"\xff\xfe", {}, 400, "body_invalid"),
        (b"[" * 100_000, {}, 400, "body_invalid"),
        (b"x" * (256 * 1024 + 1), {}, 413, "payload_too_large"),
        (b"<a/>", {"Content-Type": "text/xml"}, 415, "unsupported_media_type"),
        (b"[]", {}, 422, "validation_failed"),
    ],
)
def test_unusable_bodies_are_named(
    visitor: Client, raw: bytes, headers: dict[str, str], status: int, code: str
) -> None:
    answer = visitor.call("POST", "/auth/login", raw=raw, headers=headers)
    assert (answer.status, answer.json["code"]) == (status, code)


def test_validation_errors_point_at_the_field(visitor: Client) -> None:
    answer = visitor.post("/auth/login", {"username": "ada", "password": 5})
    assert [error["pointer"] for error in answer.json["errors"]] == ["/password"]


def test_plain_users_may_not_upload(new_user: NewClient) -> None:
    answer = new_user().post("/videos", VIDEO, headers={"X-Idempotency-Key": "k" * 20})
    assert (answer.status, answer.json["code"]) == (403, "forbidden")


def test_pages_of_any_size_make_the_same_list(new_user: NewClient) -> None:
    client = new_user(creator=True)
    made = [_create(client, number) for number in range(7)]
    whole = [item["id"] for item in client.get("/videos/mine?limit=50").json["items"]]
    assert whole == made[::-1]
    assert [item for page in _pages(client, "/videos/mine?limit=3") for item in page] == whole


def test_a_cursor_belongs_to_its_person_and_filters(new_user: NewClient) -> None:
    client, other = new_user(creator=True), new_user(creator=True)
    for number in range(3):
        _create(client, number)
    cursor = client.get("/videos/mine?limit=1").json["next_cursor"]
    assert cursor
    for asker, path in [
        (other, f"/videos/mine?cursor={cursor}"),
        (client, f"/videos/mine?status=published&cursor={cursor}"),
        (client, f"/videos/mine?cursor={cursor[:-2]}AA"),
        (client, "/videos/mine?cursor=nonsense"),
    ]:
        answer = asker.get(path)
        assert (answer.status, answer.json["code"]) == (400, "cursor_invalid")


@pytest.mark.parametrize("limit", ["0", "51", "ten", "-1", "1e1", ""])
def test_limits_are_whole_numbers_in_range(new_user: NewClient, limit: str) -> None:
    answer = new_user(creator=True).get(f"/videos/mine?limit={limit}")
    assert (answer.status, answer.json["code"]) == (422, "validation_failed")


def test_readiness_names_the_parts(visitor: Client) -> None:
    answer = visitor.get("/health/ready")
    assert (answer.status, answer.json["checks"]) == (200, {"database": True, "cache": True})


def _create(client: Client, number: int) -> str:
    headers = {"X-Idempotency-Key": f"{number:020}"}
    return str(client.post("/videos", VIDEO, headers=headers).json["video"]["id"])


def _pages(client: Client, path: str) -> list[list[str]]:
    pages = []
    cursor = ""
    while True:
        answer = client.get(path + (f"&cursor={cursor}" if cursor else "")).json
        pages.append([item["id"] for item in answer["items"]])
        cursor = answer["next_cursor"]
        if not cursor:
            return pages

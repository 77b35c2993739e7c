"""Headers that every answer has, other sites, and who the caller is taken for."""

import pytest

from chalicelib.api.requests import EDGE_HEADER
from chalicelib.platform.context import Context
from chalicelib.platform.signing import EDGE_PURPOSE
from tests.component.conftest import NewClient
from tests.gateway import Answer, Client

ANY = {"If-Match": "*"}
FOREIGN = {"Origin": "https://elsewhere.example"}
CALLS = [("GET", "/health/live"), ("GET", "/users/me"), ("PATCH", "/feed"), ("OPTIONS", "/feed")]


@pytest.fixture
def allowed(admin: Client) -> None:
    values = {"security.allowed_origins": [FOREIGN["Origin"]]}
    assert admin.patch("/admin/config", values, headers=ANY).status == 200


@pytest.mark.parametrize(("method", "path"), CALLS)
def test_every_answer_is_safe_to_show(visitor: Client, method: str, path: str) -> None:
    headers = visitor.call(method, path).headers
    assert headers["X-Content-Type-Options"] == "nosniff"
    assert headers["Content-Security-Policy"] == "default-src 'none'; frame-ancestors 'none'"
    assert headers["Referrer-Policy"] == "no-referrer"
    assert headers["Cache-Control"] == "no-store"
    assert "Strict-Transport-Security" not in headers  # the local origin is http


def test_an_https_origin_stays_https(context: Context, visitor: Client) -> None:
    object.__setattr__(context.settings, "public_origin", "https://clipwave.example")
    headers = visitor.get("/health/live").headers
    assert headers["Strict-Transport-Security"] == "max-age=31536000; includeSubDomains"


def test_what_may_be_called_is_told(visitor: Client) -> None:
    answer = visitor.call("OPTIONS", "/videos/x/like")
    assert (answer.status, answer.headers["Allow"]) == (204, "DELETE, PUT")


def _cors(answer: Answer) -> set[str]:
    return {name for name in answer.headers if name.startswith("Access-Control-")}


def test_other_sites_read_nothing_unless_they_are_on_the_list(visitor: Client) -> None:
    for method, path in CALLS:
        assert _cors(visitor.call(method, path, headers=FOREIGN)) == set()
    refused = visitor.post("/auth/login", {}, headers=FOREIGN)
    assert (refused.status, refused.json["code"]) == (403, "cross_site")


@pytest.mark.usefixtures("allowed")
def test_sites_on_the_list_read_what_everybody_may(
    context: Context, visitor: Client, new_user: NewClient
) -> None:
    answer = visitor.get("/feed", headers=FOREIGN)
    assert answer.headers["Access-Control-Allow-Origin"] == FOREIGN["Origin"]
    assert answer.headers["Vary"] == "Origin"
    assert "Access-Control-Allow-Credentials" not in answer.headers
    asked = visitor.call("OPTIONS", "/feed", headers=FOREIGN)
    assert "GET" in asked.headers["Access-Control-Allow-Methods"]
    assert _cors(visitor.get("/feed", headers={"Origin": "https://third.example"})) == set()
    member = new_user()
    assert member.get("/users/me", headers=FOREIGN).status == 401
    assert member.put("/users/@x/block", headers=FOREIGN).status == 401


@pytest.mark.parametrize("origin", ["*", "elsewhere.example", "https://a.example/path", 5])
def test_the_list_takes_only_origins(admin: Client, origin: object) -> None:
    answer = admin.patch("/admin/config", {"security.allowed_origins": [origin]}, headers=ANY)
    assert answer.status == 422


def test_only_the_edge_says_who_the_viewer_is(context: Context) -> None:
    limit = "RateLimit-Remaining"
    client, other = Client(), Client()
    said = {"CloudFront-Viewer-Address": "198.51.100.1:4711"}
    first = int(client.get("/feed", headers=said).headers[limit])
    assert int(client.get("/feed").headers[limit]) == first - 1
    key = {EDGE_HEADER: context.signer.key_for(EDGE_PURPOSE).hex()}
    assert int(client.get("/feed", headers={**said, **key}).headers[limit]) == first
    assert int(other.get("/feed", headers={**said, **key}).headers[limit]) == first - 1
    wrong = {EDGE_HEADER: "00" * 32}
    assert int(client.get("/feed", headers={**said, **wrong}).headers[limit]) == first - 2

"""The edge in front of a stand-in for LocalStack that counts what it is asked."""

import asyncio
import json
import re
import socket
import threading
import time
from collections.abc import AsyncIterator, Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field, replace
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest
from starlette.testclient import TestClient

from chalicelib.platform.signing import sign_path
from infra.local.edge import media
from infra.local.edge.__main__ import listen
from infra.local.edge.app import create_app
from infra.local.edge.cache import DiskCache
from infra.local.edge.config import EdgeConfig
from infra.local.mirror import mirrored_path
from infra.local.ports import free_port

CLIP = bytes(range(256)) * 40
MEDIA_KEY = b"a key for tests only"
IMMUTABLE = "public, max-age=31536000, immutable"


@dataclass
class Origin:
    """What the stand-in answers, and what it was asked."""

    port: int
    answers: dict[str, tuple[int, dict[str, str], bytes]] = field(default_factory=dict)
    asked: list[tuple[str, str, dict[str, str], bytes]] = field(default_factory=list)

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"


@pytest.fixture
def origin() -> Iterator[Origin]:
    made: Origin

    class Handler(BaseHTTPRequestHandler):
        def handle_any(self) -> None:
            body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
            headers = {name.lower(): value for name, value in self.headers.items()}
            made.asked.append((self.command, self.path, headers, body))
            status, answer, content = made.answers.get(
                self.path.partition("?")[0], (404, {}, b"<Error>NoSuchKey</Error>")
            )
            self.send_response(status)
            for name, value in answer.items():
                for one in value.split("\n"):
                    self.send_header(name, one)
            self.send_header("Content-Length", str(len(content)))
            self.end_headers()
            if self.command != "HEAD":
                self.wfile.write(content)

        do_GET = do_HEAD = do_POST = do_PUT = do_DELETE = do_PATCH = do_OPTIONS = handle_any

        def log_message(self, *_: Any) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    made = Origin(server.server_address[1])
    thread = threading.Thread(target=server.serve_forever, args=(0.01,), daemon=True)
    thread.start()
    yield made
    server.shutdown()
    server.server_close()
    thread.join()


@pytest.fixture
def edge(origin: Origin, tmp_path: Path) -> Iterator[TestClient]:
    path = tmp_path / "edge.json"
    _config(origin.url, tmp_path).write(path)
    with TestClient(create_app(path), client=("203.0.113.9", 4711)) as client:
        yield client


def _config(url: str, directory: Path) -> EdgeConfig:
    return EdgeConfig(
        aws_endpoint_url=url,
        api_id="abc123",
        media_bucket="media",
        web_bucket="web",
        media_key=MEDIA_KEY.hex(),
        edge_key="ed6e",
        cache_directory=str(directory / "cache"),
        mirror_directory=str(directory / "mirror"),
    )


def _api(origin: Origin, path: str, status: int, body: Any, **headers: str) -> None:
    content = json.dumps(body).encode()
    kind = {"Content-Type": "application/json", **headers}
    origin.answers[f"/_aws/execute-api/abc123/api{path}"] = (status, kind, content)


def _clip(origin: Origin) -> None:
    headers = {"Content-Type": "video/mp4", "ETag": '"one"', "Cache-Control": IMMUTABLE}
    origin.answers["/media/v/x/1.1/clip.mp4"] = (200, headers, CLIP)


def test_api_calls_reach_the_stage_with_the_viewers_address(
    origin: Origin, edge: TestClient
) -> None:
    _api(origin, "/v1/feed", 200, {"items": []}, **{"X-Request-Id": "r1"})
    forged = {
        "CloudFront-Viewer-Address": "8.8.8.8:1",
        "X-Forwarded-For": "8.8.8.8",
        "X-Clipwave-Edge": "guessed",
    }
    answer = edge.get("/api/v1/feed?limit=3", headers=forged)
    assert (answer.status_code, answer.json()) == (200, {"items": []})
    assert answer.headers["x-request-id"] == "r1"
    method, path, headers, _ = origin.asked[-1]
    assert (method, path) == ("GET", "/_aws/execute-api/abc123/api/v1/feed?limit=3")
    assert headers["cloudfront-viewer-address"] == "203.0.113.9:4711"
    assert headers["x-clipwave-edge"] == "ed6e"
    assert "x-forwarded-for" not in headers


def test_health_is_the_apis(origin: Origin, edge: TestClient) -> None:
    _api(origin, "/v1/health/live", 200, {"status": "ok"})
    assert edge.get("/health/live").json() == {"status": "ok"}


def test_several_cookies_stay_several(origin: Origin, edge: TestClient) -> None:
    cookies = {"Set-Cookie": "a=1; Path=/\nb=2; Path=/", "X-Request-Id": "r"}
    _api(origin, "/v1/auth/login", 200, {"id": "x"}, **cookies)
    answer = edge.post("/api/v1/auth/login", json={})
    assert answer.headers.get_list("set-cookie") == ["a=1; Path=/", "b=2; Path=/"]


def test_one_persons_cookie_never_goes_with_anothers_request(
    origin: Origin, edge: TestClient
) -> None:
    cookie = {"Set-Cookie": "session=adas; Path=/", "X-Request-Id": "r"}
    _api(origin, "/v1/auth/login", 200, {"id": "x"}, **cookie)
    edge.post("/api/v1/auth/login", json={})
    edge.cookies.clear()
    edge.post("/api/v1/auth/login", json={})
    assert "cookie" not in origin.asked[-1][2]


def test_an_unknown_route_is_a_problem_document(origin: Origin, edge: TestClient) -> None:
    _api(origin, "/v1/nowhere", 403, {"message": "Missing Authentication Token"})
    answer = edge.get("/api/v1/nowhere")
    assert answer.status_code == 404
    assert answer.headers["content-type"] == "application/problem+json"
    assert answer.json()["code"] == "not_found"
    assert answer.json()["request_id"] == answer.headers["x-request-id"]


def test_any_path_gets_an_answer(edge: TestClient) -> None:
    for path in (
        "/api/v1/caf\u00e9",
        "/api/v1/%ff%00",
        "/media/..%2f..%2fetc%2fpasswd",
        "/%2e%2e/x",
    ):
        answer = edge.get(path)
        assert answer.status_code in (404, 503)
        assert answer.headers["x-request-id"]


def test_our_own_errors_pass_as_they_are(origin: Origin, edge: TestClient) -> None:
    kind = {"Content-Type": "application/problem+json", "X-Request-Id": "r7"}
    _api(origin, "/v1/users/me", 401, {"code": "authentication_required"}, **kind)
    answer = edge.get("/api/v1/users/me")
    assert (answer.status_code, answer.json()) == (401, {"code": "authentication_required"})


def test_too_large_a_body_never_reaches_the_api(origin: Origin, edge: TestClient) -> None:
    answer = edge.post("/api/v1/events", content=b"x" * (256 * 1024 + 1))
    assert (answer.status_code, answer.json()["code"]) == (413, "payload_too_large")
    assert origin.asked == []


def test_without_an_api_the_answer_says_when_to_come_back(tmp_path: Path) -> None:
    path = tmp_path / "edge.json"
    _config(f"http://127.0.0.1:{free_port()}", tmp_path).write(path)
    with TestClient(create_app(path)) as edge:
        answer = edge.get("/api/v1/feed")
    assert (answer.status_code, answer.json()["code"]) == (503, "unavailable")
    assert answer.headers["retry-after"]


def test_a_new_deployment_is_picked_up_without_a_restart(
    origin: Origin, edge: TestClient, tmp_path: Path
) -> None:
    replace(_config(origin.url, tmp_path), api_id="new456").write(tmp_path / "edge.json")
    edge.get("/api/v1/feed")
    assert origin.asked[-1][1] == "/_aws/execute-api/new456/api/v1/feed"


def test_media_come_whole_with_their_headers(origin: Origin, edge: TestClient) -> None:
    _clip(origin)
    answer = edge.get("/media/v/x/1.1/clip.mp4")
    assert (answer.status_code, answer.content) == (200, CLIP)
    assert answer.headers["content-type"] == "video/mp4"
    assert answer.headers["cache-control"] == IMMUTABLE
    assert answer.headers["accept-ranges"] == "bytes"
    assert "content-encoding" not in answer.headers


@pytest.mark.parametrize(
    ("asked", "status", "content"),
    [
        ("bytes=0-99", 206, CLIP[:100]),
        ("bytes=10200-", 206, CLIP[10200:]),
        ("bytes=-50", 206, CLIP[-50:]),
        (f"bytes={len(CLIP)}-", 416, None),
    ],
)
def test_media_come_in_ranges(
    origin: Origin, edge: TestClient, asked: str, status: int, content: bytes | None
) -> None:
    _clip(origin)
    answer = edge.get("/media/v/x/1.1/clip.mp4", headers={"Range": asked})
    assert answer.status_code == status
    if content is not None:
        assert answer.content == content


def test_media_are_fetched_once_however_many_ask(origin: Origin, edge: TestClient) -> None:
    _clip(origin)
    with ThreadPoolExecutor(8) as pool:
        contents = list(pool.map(lambda _: edge.get("/media/v/x/1.1/clip.mp4").content, range(24)))
    assert set(contents) == {CLIP}
    assert len(origin.asked) == 1


def test_media_play_on_without_the_bucket(origin: Origin, edge: TestClient) -> None:
    _clip(origin)
    edge.get("/media/v/x/1.1/clip.mp4")
    origin.answers.clear()
    assert edge.get("/media/v/x/1.1/clip.mp4").content == CLIP
    etag = {"If-None-Match": '"one"'}
    assert edge.get("/media/v/x/1.1/clip.mp4", headers=etag).status_code == 304


def test_media_that_were_mirrored_play_before_the_bucket_has_them_again(
    edge: TestClient, tmp_path: Path
) -> None:
    _mirror(tmp_path)
    answer = edge.get("/media/v/x/1.1/clip.mp4")
    assert (answer.content, answer.headers["content-type"]) == (CLIP, "video/mp4")


def test_the_mirror_keeps_nothing_alive_that_was_taken_away(
    edge: TestClient, tmp_path: Path
) -> None:
    mirrored = _mirror(tmp_path)
    assert edge.get("/media/v/x/1.1/clip.mp4").status_code == 200
    mirrored.unlink()
    _await(lambda: edge.get("/media/v/x/1.1/clip.mp4").status_code == 404)


def _mirror(directory: Path) -> Path:
    """Put the clip into the mirror alone, and return where it is there."""
    mirrored = mirrored_path(directory / "mirror", "media", "v/x/1.1/clip.mp4")
    mirrored.parent.mkdir(parents=True)
    mirrored.write_bytes(CLIP)
    headers = {"ETag": '"one"', "ContentType": "video/mp4", "CacheControl": IMMUTABLE}
    mirrored.with_name(f"{mirrored.name}.meta").write_text(json.dumps(headers))
    return mirrored


def test_missing_media_are_not_remembered_as_missing(origin: Origin, edge: TestClient) -> None:
    assert edge.get("/media/v/x/1.1/clip.mp4").status_code == 404
    _clip(origin)
    assert edge.get("/media/v/x/1.1/clip.mp4").status_code == 200


def _signed(owner: str, path: str, seconds: float = 3600) -> str:
    expires = int(time.time() + seconds)
    return f"/media/s/{expires}.{sign_path(MEDIA_KEY, expires, owner)}/{path}"


def test_a_signed_path_leads_to_every_file_of_its_video(origin: Origin, edge: TestClient) -> None:
    headers = {"Content-Type": "video/mp4", "ETag": '"one"', "Cache-Control": IMMUTABLE}
    for name in ("main.m3u8", "main_360p.cmfv"):
        origin.answers[f"/media/p/x/1.1/{name}"] = (200, headers, CLIP)
        answer = edge.get(_signed("x", f"p/x/1.1/{name}"), headers={"Range": "bytes=0-9"})
        assert (answer.status_code, answer.content) == (206, CLIP[:10])
        kept = re.fullmatch(r"private, max-age=(\d+), immutable", answer.headers["cache-control"])
        assert kept
        assert 3590 <= int(kept[1]) <= 3600


@pytest.mark.parametrize(
    ("headers", "status"),
    [
        ({"Range": f"bytes={len(CLIP)}-"}, 416),
        ({"If-None-Match": '"one"'}, 304),
        ({"Range": "bytes=0-9", "If-Range": '"zero"'}, 200),
    ],
)
def test_signed_media_are_as_conditional_as_public_ones(
    origin: Origin, edge: TestClient, headers: dict[str, str], status: int
) -> None:
    kept = {"Content-Type": "video/mp4", "ETag": '"one"', "Cache-Control": IMMUTABLE}
    origin.answers["/media/p/x/1.1/clip.mp4"] = (200, kept, CLIP)
    assert edge.get(_signed("x", "p/x/1.1/clip.mp4"), headers=headers).status_code == status


@pytest.mark.parametrize(
    ("path", "status"),
    [
        ("/media/p/x/1.1/clip.mp4", 404),
        ("/media/w/x/1.1/clip.mp4", 404),
        ("/media/raw/x/1/source", 404),
        (_signed("x", "p/x/1.1/clip.mp4", -1), 403),
        (_signed("y", "p/x/1.1/clip.mp4"), 403),
        (_signed("x", "p/x/1.1/clip.mp4").replace("/s/1", "/s/2"), 403),
        (_signed("x", "v/x/1.1/clip.mp4"), 404),
        (_signed("x", "w/x/1.1/clip.mp4"), 404),
        (_signed("x", "p/x/../y/clip.mp4").replace("..", "%2e%2e"), 404),
    ],
    ids=[  # the paths name their hour, and every worker must collect the same tests
        "hidden, unsigned",
        "work, unsigned",
        "upload, unsigned",
        "expired",
        "another video's",
        "an expiry changed by hand",
        "public, signed",
        "work, signed",
        "climbing out",
    ],
)
def test_what_is_not_public_needs_its_own_signature(
    origin: Origin, edge: TestClient, path: str, status: int
) -> None:
    for area in ("p", "w"):
        origin.answers[f"/media/{area}/x/1.1/clip.mp4"] = (200, {}, CLIP)
    answer = edge.get(path)
    assert answer.status_code == status
    assert answer.headers["content-type"] == "application/problem+json"
    assert answer.headers["cache-control"] == "no-store"


def test_what_was_taken_away_is_soon_gone_from_the_edge_too(
    origin: Origin, edge: TestClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    _clip(origin)
    edge.get("/media/v/x/1.1/clip.mp4")
    kept = origin.answers.pop("/media/v/x/1.1/clip.mp4")
    assert edge.get("/media/v/x/1.1/clip.mp4").status_code == 200
    monkeypatch.setattr(media, "CHECKED_FOR_SECONDS", 0)
    assert edge.get("/media/v/x/1.1/clip.mp4").content == CLIP
    _await(lambda: edge.get("/media/v/x/1.1/clip.mp4").status_code == 404)
    origin.answers["/media/v/x/1.1/clip.mp4"] = kept
    assert edge.get("/media/v/x/1.1/clip.mp4").content == CLIP


def test_a_check_that_fails_takes_nothing_away(
    origin: Origin, edge: TestClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    _clip(origin)
    edge.get("/media/v/x/1.1/clip.mp4")
    monkeypatch.setattr(media, "CHECKED_FOR_SECONDS", 0)
    origin.answers["/media/v/x/1.1/clip.mp4"] = (503, {}, b"")
    edge.get("/media/v/x/1.1/clip.mp4")
    _await(lambda: origin.asked[-1][0] == "HEAD")
    assert edge.get("/media/v/x/1.1/clip.mp4").content == CLIP


def test_a_signed_object_is_on_disk_once_whatever_its_signature(
    origin: Origin, edge: TestClient
) -> None:
    origin.answers["/media/p/x/1.1/clip.mp4"] = (200, {"Content-Type": "video/mp4"}, CLIP)
    for seconds in (60, 3600):
        assert edge.get(_signed("x", "p/x/1.1/clip.mp4", seconds)).content == CLIP
    assert [method for method, *_ in origin.asked] == ["GET"]


def _await(condition: Callable[[], bool]) -> None:
    deadline = time.monotonic() + 5
    while not condition():
        assert time.monotonic() < deadline
        time.sleep(0.01)


def test_what_the_api_says_is_known_already_is_passed_on(origin: Origin, edge: TestClient) -> None:
    """Without a body nothing but the status tells whose answer it is."""
    path = "/_aws/execute-api/abc123/api/v1/users/me"
    origin.answers[path] = (304, {"ETag": '"1.ab"', "X-Request-Id": "r1"}, b"")
    answer = edge.get("/api/v1/users/me", headers={"If-None-Match": '"1.ab"'})
    assert (answer.status_code, answer.content) == (304, b"")
    assert (answer.headers["etag"], answer.headers["x-request-id"]) == ('"1.ab"', "r1")


def test_media_can_only_be_read(edge: TestClient) -> None:
    answer = edge.put("/media/v/x/1.1/clip.mp4", content=b"mine")
    assert (answer.status_code, answer.headers["allow"]) == (405, "GET, HEAD")


@pytest.mark.parametrize(
    "path",
    [
        "/media/",
        "/media/v/",
        "/media/..%2fuploads%2fraw%2fx%2f1%2fsource",
        "/media/v/%2e%2e/%2e%2e/uploads/raw/x/1/source",
        "/media/%2fuploads/raw/x/1/source",
        "/media/v/x%00.mp4",
        "/api/v1/%2e%2e/%2e%2e/%2e%2e/%2e%2e/uploads/raw/x/1/source",
        "/..%2fuploads%2fraw%2fx%2f1%2fsource.mp4",
        "/%2fuploads/raw/x/1/source.mp4",
    ],
)
def test_no_path_leads_out_of_its_origin(origin: Origin, edge: TestClient, path: str) -> None:
    answer = edge.get(path)
    assert (answer.status_code, answer.json()["code"]) == (404, "not_found")
    assert origin.asked == []


def test_a_key_is_never_a_question_to_the_bucket(origin: Origin, edge: TestClient) -> None:
    edge.get("/media/v/%3Flist-type=2")
    assert origin.asked[-1][1] == "/media/v/%3Flist-type%3D2"


@pytest.mark.parametrize("sent", ['"one"', 'W/"one"', '"zero", "one"', "*"])
def test_media_known_already_are_not_sent_again(
    origin: Origin, edge: TestClient, sent: str
) -> None:
    _clip(origin)
    answer = edge.get("/media/v/x/1.1/clip.mp4", headers={"If-None-Match": sent})
    assert (answer.status_code, answer.content) == (304, b"")


def test_a_range_of_another_version_is_the_whole_of_this_one(
    origin: Origin, edge: TestClient
) -> None:
    _clip(origin)
    for tag, status in [('"one"', 206), ('"zero"', 200)]:
        asked = {"Range": "bytes=0-9", "If-Range": tag}
        assert edge.get("/media/v/x/1.1/clip.mp4", headers=asked).status_code == status


def test_a_bucket_that_fails_is_asked_again(origin: Origin, edge: TestClient) -> None:
    origin.answers["/media/v/x/1.1/clip.mp4"] = (500, {}, b"")
    answer = edge.get("/media/v/x/1.1/clip.mp4")
    assert (answer.status_code, answer.headers["retry-after"]) == (503, "2")
    _clip(origin)
    assert edge.get("/media/v/x/1.1/clip.mp4").content == CLIP


def test_every_answer_has_an_id_to_ask_about(origin: Origin, edge: TestClient) -> None:
    _clip(origin)
    beyond = {"Range": f"bytes={len(CLIP)}-"}
    answers = [
        edge.get("/"),
        edge.request("BREW", "/api/v1/feed"),
        edge.get("/a%0ab"),
        edge.get("/media/v/x/1.1/clip.mp4"),
        edge.get("/media/v/x/1.1/clip.mp4", headers=beyond),
    ]
    assert [answer.status_code for answer in answers] == [404, 405, 404, 200, 416]
    assert all(answer.headers["x-request-id"] for answer in answers)


def test_foreign_letters_in_headers_and_queries_pass(origin: Origin, edge: TestClient) -> None:
    _api(origin, "/v1/search", 200, {}, **{"X-Request-Id": "r"})
    headers = {b"X-Name": "zoë".encode()}
    assert edge.get("/api/v1/search?q=zo%C3%AB%20%2B", headers=headers).status_code == 200
    _, path, sent, _ = origin.asked[-1]
    assert path == "/_aws/execute-api/abc123/api/v1/search?q=zo%C3%AB%20%2B"
    assert sent["x-name"].encode("latin-1") == "zoë".encode()


def test_pages_carry_their_guards(origin: Origin, edge: TestClient) -> None:
    page = b"<!doctype html>" + b" " * 3000
    origin.answers["/web/index.html"] = (200, {"Content-Type": "text/html"}, page)
    for path in ("/", "/video/abc"):
        answer = edge.get(path)
        assert answer.content == page
        assert "script-src 'self'" in answer.headers["content-security-policy"]
        assert answer.headers["x-content-type-options"] == "nosniff"
        assert answer.headers["content-encoding"] == "gzip"
    assert edge.get("/missing.js").status_code == 404


def test_a_video_is_the_client_to_browsers_and_a_page_to_all_others(
    origin: Origin, edge: TestClient
) -> None:
    origin.answers["/web/index.html"] = (200, {"Content-Type": "text/html"}, b"the client")
    origin.answers["/media/v/x/page.html"] = (200, {"Content-Type": "text/html"}, b"a page")
    for path in ("/v/x", "/v/not-there"):
        browsed = edge.get(path, headers={"Sec-Fetch-Dest": "document"})
        assert browsed.content == b"the client"
    for headers in ({}, {"Sec-Fetch-Dest": "empty"}):
        answer = edge.get("/v/x", headers=headers)
        assert answer.content == b"a page"
        assert "script-src 'self'" in answer.headers["content-security-policy"]
        assert edge.get("/v/not-there", headers=headers).status_code == 404
        assert edge.get("/v/%2e%2e/p/x", headers=headers).status_code == 404


def test_the_cache_makes_room_by_what_was_used_longest_ago(
    origin: Origin, edge: TestClient, tmp_path: Path
) -> None:
    for number in range(3):
        _clip(origin)
        origin.answers[f"/media/v/{number}.mp4"] = origin.answers["/media/v/x/1.1/clip.mp4"]
        edge.get(f"/media/v/{number}.mp4")
    edge.get("/media/v/0.mp4")
    DiskCache(tmp_path / "cache", max_bytes=len(CLIP))
    origin.answers.clear()
    found = [edge.get(f"/media/v/{number}.mp4").status_code for number in range(3)]
    assert found == [200, 404, 404]


def test_the_cache_makes_room_while_it_is_filled(tmp_path: Path) -> None:
    cache = DiskCache(tmp_path, max_bytes=2 * len(CLIP))
    for number in range(5):
        asyncio.run(cache.put(f"clip {number}", {}, _chunks()))
    assert sum(path.stat().st_size for path in tmp_path.glob("*/*.bin")) <= 2 * len(CLIP)
    assert cache.find("clip 4") is not None


def test_what_is_forgotten_can_be_read_to_its_end(tmp_path: Path) -> None:
    cache = DiskCache(tmp_path)
    asyncio.run(cache.put("clip", {}, _chunks()))
    found = cache.find("clip")
    cache.forget("clip")
    assert found is not None
    assert found.path.read_bytes() == CLIP
    assert cache.find("clip") is None
    asyncio.run(cache.put("clip", {}, _chunks()))
    assert cache.find("clip") == found


def test_localhost_is_served_whichever_address_it_means() -> None:
    port = free_port()
    sockets = listen(port)
    for made in sockets:
        made.listen()
        with socket.create_connection(made.getsockname()[:2], timeout=2):
            pass
        made.close()
    assert sockets


async def _chunks() -> AsyncIterator[bytes]:
    yield CLIP

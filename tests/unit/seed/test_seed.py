"""Seeding against a pretended API: everything once, however often it is run."""

import json
from collections.abc import Callable
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import httpx
import pytest

import infra.seed
from infra.clips.render import Clip
from infra.seed import SeedFailed, seed

ACCOUNTS = {
    name: {"username": name, "password": f"the {name}'s password"}
    for name in ("admin", "moderator", "creator", "viewer")
}
BUCKET = "http://bucket.test/"


class PretendedApi:
    """People, videos and likes in memory; what is uploaded is published at once."""

    def __init__(self) -> None:
        self.roles: dict[str, str] = {}
        self.videos: dict[str, dict[str, Any]] = {}
        self.likes: set[tuple[str, str]] = set()
        self.statements: list[tuple[str, ...]] = []
        self.ends = "published"
        self.busy = 0

    def handle(self, request: httpx.Request) -> httpx.Response:
        if str(request.url).startswith(BUCKET):
            return self._take_file(request)
        path = request.url.path.removeprefix("/api/v1")
        body = json.loads(request.content) if request.content else {}
        name = request.headers.get("cookie", "").removeprefix("session=")
        if path in ("/auth/register", "/auth/login"):
            return self._enter(path, body)
        assert name in self.roles, f"{path} without a session"
        return self._answer(request.method, path, name, body)

    def _enter(self, path: str, body: dict[str, Any]) -> httpx.Response:
        name = body["username"]
        if path == "/auth/register" and name in self.roles:
            return httpx.Response(409, json={"code": "username_taken"})
        self.roles.setdefault(name, "user")
        cookie = {"Set-Cookie": f"session={name}; Path=/; HttpOnly; SameSite=Strict"}
        return httpx.Response(201, json={"username": name}, headers=cookie)

    def _answer(self, method: str, path: str, name: str, body: dict[str, Any]) -> httpx.Response:
        answers: dict[str, Callable[[], dict[str, Any]]] = {
            "/users/me": lambda: {"role": self.roles[name]},
            "/users/me/creator": lambda: {"role": self.roles.update({name: "creator"})},
            "/videos/mine": lambda: {"items": self._of(name), "next_cursor": None},
            "/feed": lambda: {"items": self._shown_to(name)},
            "/events": lambda: {"accepted": len(body["events"])},
        }
        if path in answers:
            return httpx.Response(200, json=answers[path]())
        if path.endswith("/like"):
            self.likes.add((name, path))
            return httpx.Response(200, json={})
        if path.endswith("/processing"):
            return httpx.Response(200, json=self._report(path.split("/")[2]))
        assert (method, path) == ("POST", "/videos")
        return self._announce(name, body)

    def _announce(self, name: str, body: dict[str, Any]) -> httpx.Response:
        if self.busy:
            self.busy -= 1
            return httpx.Response(429, json={}, headers={"Retry-After": "7"})
        video_id = f"v{len(self.videos)}"
        description = body["description"]
        self.videos[video_id] = {
            "id": video_id,
            "creator": name,
            "description": description,
            "status": "awaiting_upload",
            "duration_ms": 6000,
        }
        upload = {"url": BUCKET, "fields": {"key": video_id, "policy": "p"}}
        return httpx.Response(201, json={"video": {"id": video_id}, "upload": upload})

    def _take_file(self, request: httpx.Request) -> httpx.Response:
        form = request.content.decode()
        assert "cookie" not in request.headers, "a session went to the bucket"
        assert form.index('name="policy"') < form.index('name="file"'), "the file comes last"
        video_id = form.split('name="key"\r\n\r\n')[1].split("\r\n")[0]
        self.videos[video_id]["status"] = self.ends
        return httpx.Response(204)

    def _report(self, video_id: str) -> dict[str, Any]:
        error = {"code": "corrupt_media", "title": "It is damaged", "hint": "Export it again."}
        status = self.videos[video_id]["status"]
        return {"status": status, "error": None if status == "published" else error}

    def _of(self, name: str) -> list[dict[str, Any]]:
        return [video for video in self.videos.values() if video["creator"] == name]

    def _shown_to(self, name: str) -> list[dict[str, Any]]:
        out = [video for video in self.videos.values() if video["status"] == "published"]
        return [{"video": video, "impression_token": f"{name} {video['id']}"} for video in out]


class PretendedDatabase:
    """Takes statements down; a context manager like a connection."""

    def __init__(self, api: PretendedApi) -> None:
        self._api = api

    def __enter__(self) -> "PretendedDatabase":
        return self

    def __exit__(self, *_: object) -> None:
        return None

    def execute(self, statement: str, values: tuple[str, ...]) -> None:
        assert statement.startswith("UPDATE users SET role")
        self._api.statements.append(values)


@pytest.fixture
def waits() -> list[float]:
    return []


@pytest.fixture
def api(monkeypatch: pytest.MonkeyPatch, tmp_path: Path, waits: list[float]) -> PretendedApi:
    made = PretendedApi()
    transport = httpx.MockTransport(made.handle)

    def new_client(**options: Any) -> httpx.Client:
        return httpx.Client(transport=transport, **options)

    def post(url: str, **options: Any) -> httpx.Response:
        with httpx.Client(transport=transport) as client:
            return client.post(url, **options)

    network = SimpleNamespace(Client=new_client, post=post, TransportError=httpx.TransportError)
    database = SimpleNamespace(connect=lambda _: PretendedDatabase(made))
    monkeypatch.setattr(infra.seed, "httpx", network)
    monkeypatch.setattr(infra.seed, "psycopg", database)
    monkeypatch.setattr(infra.seed, "render_clips", _rendered(tmp_path))
    monkeypatch.setattr(infra.seed.time, "sleep", waits.append)
    return made


def test_people_clips_likes_and_roles_are_made(api: PretendedApi, tmp_path: Path) -> None:
    said = _seed(tmp_path)
    assert {"admin", "moderator", "creator", "viewer", "nora", "kofi"} <= set(api.roles)
    assert sorted(video["creator"] for video in api.videos.values()) == ["creator", "kofi", "nora"]
    assert api.likes
    assert {values[0] for values in api.statements} == {"admin", "moderator"}
    assert "3/3 clips published" in said


def test_a_second_run_adds_no_clip(api: PretendedApi, tmp_path: Path) -> None:
    _seed(tmp_path)
    videos, likes = dict(api.videos), set(api.likes)
    _seed(tmp_path)
    assert api.videos == videos
    assert api.likes == likes


def test_a_clip_that_failed_is_tried_again_by_the_next_run(
    api: PretendedApi, tmp_path: Path
) -> None:
    api.ends = "failed"
    with pytest.raises(SeedFailed):
        _seed(tmp_path)
    api.ends = "published"
    _seed(tmp_path)
    out = [video["description"] for video in api.videos.values() if video["status"] == "published"]
    assert len(out) == len(set(out)) == 3


def test_a_failure_names_the_clip_the_code_and_what_to_do(
    api: PretendedApi, tmp_path: Path
) -> None:
    api.ends = "rejected"
    with pytest.raises(SeedFailed, match=r"clip-\d.*corrupt_media.*Export it again"):
        _seed(tmp_path)


def test_it_waits_as_long_as_a_limit_asks(
    api: PretendedApi, tmp_path: Path, waits: list[float]
) -> None:
    api.busy = 1
    _seed(tmp_path)
    assert 7.0 in waits
    assert len(api.videos) == 3


def _rendered(directory: Path) -> Callable[..., list[Clip]]:
    """Pretend to have rendered three clips."""

    def render(*_: object) -> list[Clip]:
        clips = []
        for place, creator in enumerate(("creator", "nora", "kofi")):
            path = directory / f"clip-{place}.mp4"
            path.write_bytes(b"pretended video")
            title = f"Clip {place}"
            clips.append(Clip(f"clip-{place}", title, f"{title} #test", creator, path))
        return clips

    return render


def _seed(cache: Path) -> list[str]:
    said: list[str] = []
    seed(
        base_url="http://clipwave.test",
        database_url="postgresql://nowhere",
        accounts=ACCOUNTS,
        ffmpeg=Path("ffmpeg"),
        cache=cache,
        count=3,
        report=said.append,
    )
    return said

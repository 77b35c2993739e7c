"""Fills a local cloud with people and sample videos, through the public API like anybody else.

Only two things go past the API, because it has no way for them: the roles of the first moderator
and admin. Everything may be repeated; what is there already is left alone.
"""

import hashlib
import threading
import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from uuid import uuid4

import httpx
import psycopg

from infra.clips.recipes import RECIPES
from infra.clips.render import Clip, ClipFailed, render_clips

Report = Callable[[str], None]
Accounts = Mapping[str, Mapping[str, str]]

AT_ONCE = 4
CLIP_LIMIT_SECONDS = 300
RETRIES = 5
WATCHED_MS = 1200
UNFINISHED_ENDS = frozenset({"rejected", "failed", "expired"})
# What an interrupted run announced and never sent is announced again.
ABSENT = UNFINISHED_ENDS | {"awaiting_upload"}
DISPLAY_NAMES = {
    "creator": "Casey",
    "nora": "Nora Lind",
    "kofi": "Kofi Mensah",
    "lina": "Lina Haddad",
    "theo": "Theo Marsh",
    "yuki": "Yuki Tanaka",
}


class SeedFailed(Exception):
    """The sample data could not be put in; the message says which part, and why."""


@dataclass(frozen=True)
class Person:
    """Somebody signed in."""

    username: str
    http: httpx.Client

    def call(self, method: str, path: str, **options: Any) -> Any:
        """Call the API and return its JSON. Raises SeedFailed with its problem."""
        return _checked(self.send(method, path, **options))

    def send(self, method: str, path: str, **options: Any) -> httpx.Response:
        """Call the API and return its answer, whatever it is."""
        return _patiently(lambda: self.http.request(method, path, **options), f"{method} {path}")


def seed(
    *,
    base_url: str,
    database_url: str,
    accounts: Accounts,
    ffmpeg: Path,
    cache: Path,
    count: int,
    report: Report,
) -> None:
    """Make the four accounts, the creators, and `count` published sample videos.

    Parameters
    ----------
    accounts: user name and password of admin, moderator, creator and viewer.
    cache: where rendered clips are kept between runs.

    Raises SeedFailed.
    """
    people = {
        name: _join(base_url, account, DISPLAY_NAMES.get(name))
        for name, account in accounts.items()
    }
    try:
        _give_roles(database_url, accounts)
        people |= _creators(base_url, accounts) if count else {}
        _be_creator(people["creator"])
        if count and _publish(people, ffmpeg, cache, count, report):
            _watch(list(people.values()))
            report("people watched and liked some of it")
    finally:
        for person in people.values():
            person.http.close()


def _join(base_url: str, account: Mapping[str, str], display_name: str | None = None) -> Person:
    """Sign somebody in, or register them if they are new."""
    http = httpx.Client(base_url=f"{base_url}/api/v1", timeout=60, trust_env=False)
    person = Person(account["username"], http)
    answer = person.send("POST", "/auth/login", json=dict(account))
    if answer.status_code == 401:  # noqa: PLR2004
        body: dict[str, Any] = {**account, "birth_date": "1990-05-17"}
        if display_name:
            body["display_name"] = display_name
        answer = person.send("POST", "/auth/register", json=body)
    _checked(answer)
    return person


def _give_roles(database_url: str, accounts: Accounts) -> None:
    with psycopg.connect(database_url) as connection:
        for role in ("admin", "moderator"):
            connection.execute(
                "UPDATE users SET role = %s::user_role WHERE username = %s AND role <> %s",
                (role, accounts[role]["username"], role),
            )


def _creators(base_url: str, accounts: Accounts) -> dict[str, Person]:
    """Return the people behind the clips; their passwords follow from the creator's."""
    people: dict[str, Person] = {}
    for name, display_name in DISPLAY_NAMES.items():
        if name not in accounts:
            derived = f"{accounts['creator']['password']} {name}".encode()
            password = hashlib.sha256(derived).hexdigest()
            account = {"username": name, "password": password}
            people[name] = _join(base_url, account, display_name)
            _be_creator(people[name])
    return people


def _be_creator(person: Person) -> None:
    if person.call("GET", "/users/me")["role"] == "user":
        person.call("POST", "/users/me/creator", json={"accept_terms": True})


def _publish(
    people: Mapping[str, Person], ffmpeg: Path, cache: Path, count: int, report: Report
) -> int:
    """Publish the clips that aren't there yet, each as soon as it is rendered.

    Returns how many there were.
    """
    known = set[str]().union(*(_descriptions(people[name]) for name in DISPLAY_NAMES))
    progress = _Progress(sum(r.description not in known for r in RECIPES[:count]), report)
    uploads: list[Future[None]] = []
    with ThreadPoolExecutor(AT_ONCE) as pool:
        try:
            for clip in render_clips(ffmpeg, cache, count, report):
                if clip.description not in known:
                    uploads.append(pool.submit(_upload, people[clip.creator], clip, progress))
            for upload in uploads:
                upload.result()
        except ClipFailed as error:
            raise SeedFailed(str(error)) from error
        finally:
            pool.shutdown(cancel_futures=True)
    return len(uploads)


def _descriptions(person: Person) -> set[str]:
    """Return the texts under somebody's videos that are published, or on their way."""
    items: list[dict[str, Any]] = []
    cursor = ""
    while True:
        page = person.call("GET", f"/videos/mine?limit=50{cursor}")
        items += page["items"]
        if page["next_cursor"] is None:
            break
        cursor = f"&cursor={page['next_cursor']}"
    return {item["description"] for item in items if item["status"] not in ABSENT}


@dataclass
class _Progress:
    """Counts what is published."""

    total: int
    report: Report
    done: int = 0

    def __post_init__(self) -> None:
        self._lock = threading.Lock()

    def step(self) -> None:
        """Note one more, and say so."""
        with self._lock:
            self.done += 1
            self.report(f"{self.done}/{self.total} clips published")


def _upload(person: Person, clip: Clip, progress: _Progress) -> None:
    data = clip.path.read_bytes()
    announced = person.call(
        "POST",
        "/videos",
        headers={"X-Idempotency-Key": uuid4().hex},
        json={
            "filename": f"{clip.slug}.mp4",
            "content_type": "video/mp4",
            "size_bytes": len(data),
            "description": clip.description,
        },
    )
    form = announced["upload"]
    files = {"file": (f"{clip.slug}.mp4", data, "video/mp4")}
    sent = _patiently(
        lambda: httpx.post(form["url"], data=form["fields"], files=files, timeout=60),
        f"the upload of {clip.slug}",
    )
    if not sent.is_success:
        raise SeedFailed(f"the clip {clip.slug} was not taken by S3: {sent.text[:300]}")
    _wait(person, clip, str(announced["video"]["id"]))
    progress.step()


def _wait(person: Person, clip: Clip, video_id: str) -> None:
    deadline = time.monotonic() + CLIP_LIMIT_SECONDS
    while time.monotonic() < deadline:
        report = person.call("GET", f"/videos/{video_id}/processing")
        if report["status"] == "published":
            return
        if report["status"] in UNFINISHED_ENDS:
            error = report["error"]
            raise SeedFailed(f"the clip {clip.slug} ended {error['code']}: {error['hint']}")
        time.sleep(1)
    raise SeedFailed(f"the clip {clip.slug} is not published after {CLIP_LIMIT_SECONDS} s")


def _watch(people: Sequence[Person]) -> None:
    """Let everybody look at what they are shown, each at something else, and like some of it."""
    feeds = [person.call("GET", "/feed?limit=30")["items"] for person in people]
    time.sleep(WATCHED_MS / 1000)
    for place, (person, items) in enumerate(zip(people, feeds, strict=True)):
        chosen = items[place::3]
        if not chosen:
            continue
        person.call("POST", "/events", json={"events": list(_views(chosen))})
        for item in chosen[::2]:
            person.call("PUT", f"/videos/{item['video']['id']}/like")


def _views(items: Iterable[Mapping[str, Any]]) -> Iterable[dict[str, Any]]:
    at = time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime())
    for item in items:
        yield {
            "id": str(uuid4()),
            "type": "view",
            "impression_token": item["impression_token"],
            "watch_ms": WATCHED_MS,
            "at": at,
        }


def _patiently(call: Callable[[], httpx.Response], what: str) -> httpx.Response:
    """Repeat a call that is refused for the moment, or whose answer was lost on the way."""
    for _ in range(RETRIES):
        try:
            answer = call()
        except httpx.TransportError as error:
            told = str(error)
            time.sleep(1)
            continue
        if answer.status_code not in (429, 503) and "request_in_flight" not in answer.text:
            return answer
        told = answer.text
        time.sleep(min(30.0, float(answer.headers.get("Retry-After", "1"))))
    raise SeedFailed(f"{what} fails, however often it is tried: {told}")


def _checked(answer: httpx.Response) -> Any:
    if answer.is_success:
        return answer.json() if answer.content else None
    request = answer.request
    raise SeedFailed(f"{request.method} {request.url.path}: {answer.status_code} {answer.text}")

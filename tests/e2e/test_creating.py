"""A creator's way in a real browser: become one, upload, be published, see the figures."""

import re
import subprocess
import time
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from uuid import uuid4

import httpx
import imageio_ffmpeg
import pytest
from playwright.sync_api import Page, expect

from tests.e2e.axe import grave_findings
from tests.media import make_clip
from tests.people import PASSWORD, Person

PUBLISHED_MS = 180_000
FRESH_MS = 60_000  # how old figures may be
SIZE = (360, 640)

NewPerson = Callable[..., Person]


@pytest.fixture(scope="module")
def clip(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Six coloured, moving seconds."""
    return make_clip(tmp_path_factory.mktemp("clips") / "clip.mp4", seconds=6, size="360x640")


def test_from_a_file_to_its_figures(
    stack: dict[str, Any], new_person: NewPerson, page: Page, clip: Path
) -> None:
    base_url = stack["base_url"]
    errors: list[str] = []
    page.on("pageerror", lambda error: errors.append(str(error)))
    username = _register(page, base_url)
    page.goto(f"{base_url}/upload")
    page.get_by_role("checkbox").check()
    page.get_by_role("button", name="Become a creator").click()

    tag = f"sea{uuid4().hex[:8]}"
    _choose(page, clip)
    _edit_by_keyboard(page)
    page.get_by_role("tab", name="Details").press("Enter")
    page.get_by_label("Description").fill(f"A day at the #{tag}")
    _is_accessible(page)
    page.get_by_role("button", name="Publish").press("Enter")

    page.wait_for_url(re.compile(r"/upload/\w+"))
    video_id = page.url.rpartition("/")[2]
    steps = page.get_by_role("list", name="Steps of processing")
    expect(steps.get_by_role("listitem")).to_have_count(7)
    _is_accessible(page)
    expect(page.get_by_role("heading", name="Published")).to_be_visible(timeout=PUBLISHED_MS)
    expect(steps.locator("[data-state=done]")).to_have_count(7)
    _check_result(base_url, page.request.get(f"{base_url}/api/v1/videos/{video_id}").json())

    viewer = new_person()
    item = _find(viewer, username, video_id)
    page.get_by_role("link", name="Statistics").click()
    expect(page.get_by_role("heading", name="A day at the")).to_be_focused()
    _is_accessible(page)
    _watch(viewer, item)
    _appears(page, "Views", "1")
    _appears(page, "Likes", "1")
    page.goto(f"{base_url}/studio")
    _appears(page, "Views", "1")
    expect(page.get_by_role("img", name="Views by day over 28 days; 1 in all.")).to_be_visible()
    _is_accessible(page)
    assert errors == []


def test_what_is_published_can_be_changed_deleted_and_restored(
    stack: dict[str, Any], new_person: NewPerson, other_page: Page, clip: Path
) -> None:
    page, base_url = other_page, stack["base_url"]
    person = new_person(creator=True)
    video_id = person.upload(clip.read_bytes(), description="Before", draft=True)
    _sign_in(page, base_url, person.username)
    page.goto(f"{base_url}/upload/{video_id}")
    page.get_by_role("button", name="Publish now").click(timeout=PUBLISHED_MS)
    expect(page.get_by_role("heading", name="Published")).to_be_visible()

    page.goto(f"{base_url}/studio/videos/{video_id}/edit")
    page.get_by_label("Description").fill("After")
    page.get_by_role("radio", name="Followers").check(force=True)
    page.get_by_role("button", name="Save").click()
    expect(page.get_by_text("Saved.")).to_be_visible()
    _is_accessible(page)
    changed = person.http.get(f"/videos/{video_id}")
    assert (changed.json()["description"], changed.json()["visibility"]) == ("After", "followers")

    page.get_by_label("Description").fill("Too late")
    elsewhere = {"If-Match": changed.headers["etag"]}
    person.http.patch(f"/videos/{video_id}", json={"description": "Elsewhere"}, headers=elsewhere)
    page.get_by_role("button", name="Save").click()
    page.get_by_role("button", name="Load again").click()
    expect(page.get_by_label("Description")).to_have_value("Elsewhere")

    page.goto(f"{base_url}/studio/videos")
    page.get_by_role("button", name="Actions for Elsewhere").press("Enter")
    page.get_by_role("menuitem", name="Delete").press("Enter")
    page.get_by_role("dialog").get_by_role("button", name="Delete it").press("Enter")
    expect(page.get_by_role("article").get_by_text("Deleted")).to_be_visible()
    assert person.http.get(f"/videos/{video_id}").status_code == 410
    page.get_by_role("button", name="Actions for Elsewhere").press("Enter")
    page.get_by_role("menuitem", name="Restore").press("Enter")
    expect(page.get_by_role("article").get_by_text("Published")).to_be_visible()
    _is_accessible(page)


def test_what_is_no_video_is_refused_with_words(
    stack: dict[str, Any], new_person: NewPerson, page: Page, tmp_path: Path
) -> None:
    person = new_person(creator=True)
    _sign_in(page, stack["base_url"], person.username)
    page.goto(f"{stack['base_url']}/upload")
    picture = tmp_path / "picture.png"
    picture.write_bytes(b"\x89PNG")
    page.get_by_test_id("file").set_input_files(picture)
    expect(page.get_by_role("alert")).to_contain_text("picture.png isn't a video")
    empty = tmp_path / "empty.mp4"
    empty.touch()
    page.get_by_test_id("file").set_input_files(empty)
    expect(page.get_by_role("alert")).to_contain_text("This file is empty")
    _is_accessible(page)


def _choose(page: Page, clip: Path) -> None:
    with page.expect_file_chooser() as chooser:
        page.get_by_role("button", name="Choose a video").press("Enter")
    chooser.value.set_files(clip)


def _edit_by_keyboard(page: Page) -> None:
    """Keep the seconds from 1 to 4, without colours, with a yellow text in the upper third."""
    start, end = page.get_by_role("slider", name="Start"), page.get_by_role("slider", name="End")
    start.press("Shift+ArrowRight")
    end.press("PageDown")
    end.press("PageDown")
    expect(page.get_by_text("Result: 3.0 s")).to_be_visible()
    _is_accessible(page)
    tabs = page.get_by_role("tablist", name="Steps")
    tabs.get_by_role("tab", name="Trim").press("ArrowRight")
    page.get_by_role("radio", name="Mono").press("Space")
    tabs.get_by_role("tab", name="Look").press("ArrowRight")
    page.get_by_role("button", name="Add text").press("Enter")
    page.get_by_role("textbox", name="Text").fill("Hello")
    page.get_by_role("radio", name="Large").press("Space")
    page.get_by_role("radio", name="Yellow").press("Space")
    text = page.get_by_role("button", name="Move “Hello”")
    for _ in range(5):
        text.press("Shift+ArrowUp")
    expect(page.get_by_role("slider", name="From top to bottom")).to_have_value("0.25")
    _is_accessible(page)


def _check_result(base_url: str, video: dict[str, Any]) -> None:
    """See that the file that is played is trimmed and grey, with yellow letters where they go."""
    data = httpx.get(base_url + video["playback"]["mp4_url"], timeout=30).content
    command = [imageio_ffmpeg.get_ffmpeg_exe(), "-v", "error", "-i", "pipe:"]
    picture = ["-f", "rawvideo", "-pix_fmt", "rgb24", "-s", f"{SIZE[0]}x{SIZE[1]}", "-"]
    made = subprocess.run(
        [*command, *picture], input=data, capture_output=True, timeout=60, check=False
    )
    frame_bytes = SIZE[0] * SIZE[1] * 3
    assert len(made.stdout) / frame_bytes / 30 == pytest.approx(3.0, abs=0.15), made.stderr
    frame = made.stdout[40 * frame_bytes : 41 * frame_bytes]
    rows = [frame[at : at + SIZE[0] * 3] for at in range(0, frame_bytes, SIZE[0] * 3)]
    coloured = [at for at, row in enumerate(rows) if _yellow(row) > 3]
    assert coloured, "no text is seen"
    assert min(coloured) > 0.15 * SIZE[1]
    assert max(coloured) < 0.35 * SIZE[1]
    assert max(abs(row[at] - row[at + 2]) for row in rows[400:] for at in range(0, 1080, 3)) < 24


def _yellow(row: bytes) -> int:
    return sum(row[at] > 150 and row[at] - row[at + 2] > 80 for at in range(0, len(row), 3))


def _register(page: Page, base_url: str) -> str:
    username = f"p_{uuid4().hex[:12]}"
    body = {"username": username, "password": PASSWORD, "birth_date": "1990-05-17"}
    assert page.request.post(f"{base_url}/api/v1/auth/register", data=body).status == 201
    return username


def _sign_in(page: Page, base_url: str, username: str) -> None:
    body = {"username": username, "password": PASSWORD}
    assert page.request.post(f"{base_url}/api/v1/auth/login", data=body).ok


def _find(viewer: Person, username: str, video_id: str) -> dict[str, Any]:
    """Follow the creator, and return the video as the feed shows it."""
    viewer.http.put(f"/users/@{username}/follow").raise_for_status()
    feed = viewer.http.get("/feed", params={"source": "following"}).json()
    return next(item for item in feed["items"] if item["video"]["id"] == video_id)


def _watch(viewer: Person, item: dict[str, Any]) -> None:
    """Watch for a second, which must really pass, and like it."""
    time.sleep(1.2)
    events = [
        {
            "id": str(uuid4()),
            "type": kind,
            "impression_token": item["impression_token"],
            "watch_ms": watched,
            "at": datetime.now(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z"),
        }
        for kind, watched in (("impression", 0), ("view", 1100))
    ]
    answer = viewer.http.post("/events", json={"events": events})
    assert answer.json()["rejected"] == []
    viewer.http.put(f"/videos/{item['video']['id']}/like").raise_for_status()


def _appears(page: Page, metric: str, value: str) -> None:
    """Refresh until a figure is there."""
    figure = page.get_by_role("list", name="Figures").get_by_role("listitem")
    figure = figure.filter(has=page.get_by_text(metric, exact=True))
    _until(page, lambda: figure.locator("b").inner_text() == value)


def _until(page: Page, holds: Callable[[], bool]) -> None:
    for _ in range(FRESH_MS // 1000):
        if holds():
            return
        with page.expect_response("**/analytics/**"):
            page.get_by_role("button", name="Refresh").click()
        page.wait_for_timeout(1000)
    assert holds()


def _is_accessible(page: Page) -> None:
    assert grave_findings(page) == []

"""What people do with the page, in a real browser, on the deployed stack."""

from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest
from playwright.sync_api import Page, expect

from tests.media import make_clip

CURRENT = 'article[aria-current="true"]'
PLAYS = """() => {
    const video = document.querySelector('article[aria-current="true"] video');
    return video && video.videoWidth > 0 && video.currentTime > 0.3;
}"""
MOVED_ON = """seen => {
    return document.querySelector('article[aria-current="true"]').dataset.id !== seen;
}"""
PROCESSING_LIMIT_MS = 120_000
MOST_SWIPES = 20


@pytest.fixture(scope="session")
def clip(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return make_clip(tmp_path_factory.mktemp("clip") / "clip.mp4", seconds=3)


def test_somebody_joins_uploads_and_another_one_watches_and_likes(
    stack: dict[str, Any], page: Page, other_page: Page, clip: Path
) -> None:
    words = f"made in a test {uuid4().hex[:8]}"
    page.goto(stack["base_url"])
    _join(page)
    _upload(page, clip, words)
    timeline = page.get_by_test_id("timeline")
    expect(timeline).to_have_attribute("data-status", "published", timeout=PROCESSING_LIMIT_MS)
    expect(timeline.locator('[data-stage="transcode"]')).to_have_attribute("data-state", "done")

    other_page.goto(stack["base_url"])
    _join(other_page)
    other_page.reload()
    shown = other_page.locator(CURRENT)
    _swipe_to(other_page, words)
    other_page.wait_for_function(PLAYS)
    other_page.keyboard.press("l")
    expect(shown.get_by_test_id("like")).to_contain_text("1")


def _swipe_to(page: Page, words: str) -> None:
    """Go on to a video; how soon a new one is shown is for the feed to say."""
    shown = page.locator(CURRENT)
    shown.wait_for()
    for _ in range(MOST_SWIPES):
        if words in (shown.text_content() or ""):
            return
        before = shown.get_attribute("data-id")
        page.keyboard.press("j")
        page.wait_for_function(MOVED_ON, arg=before)
    raise AssertionError(f"{words!r} is not among the first {MOST_SWIPES} videos")


def test_a_visitor_swipes_through_playing_videos(
    stack: dict[str, Any], page: Page, other_page: Page, clip: Path
) -> None:
    other_page.goto(stack["base_url"])
    _join(other_page)
    _upload(other_page, clip, "one more to swipe to")
    timeline = other_page.get_by_test_id("timeline")
    expect(timeline).to_have_attribute("data-status", "published", timeout=PROCESSING_LIMIT_MS)

    errors: list[str] = []
    page.on("pageerror", lambda error: errors.append(str(error)))
    page.goto(stack["base_url"])
    page.wait_for_function(PLAYS)
    first = page.locator(CURRENT).get_attribute("data-id")
    page.keyboard.press("j")
    page.wait_for_function(MOVED_ON, arg=first)
    page.wait_for_function(PLAYS)
    assert page.locator("video").count() <= 3
    assert errors == []


def test_what_is_no_video_is_explained(stack: dict[str, Any], page: Page, tmp_path: Path) -> None:
    picture = tmp_path / "holiday.mp4"
    picture.write_bytes(b"\xff\xd8\xff\xe0\x00\x10JFIF" + bytes(2000))
    page.goto(stack["base_url"])
    _join(page)
    _upload(page, picture, "not a video at all")
    timeline = page.get_by_test_id("timeline")
    expect(timeline).to_have_attribute("data-status", "rejected", timeout=PROCESSING_LIMIT_MS)
    expect(page.get_by_text("Upload an MP4, MOV, WebM or MKV file.")).to_be_visible()


def _join(page: Page) -> None:
    page.get_by_role("button", name="Sign in").click()
    page.get_by_role("tab", name="Join").click()
    page.get_by_label("Username").fill(f"e2e_{uuid4().hex[:10]}")
    page.get_by_label("Date of birth").fill("1990-05-17")
    page.get_by_label("Password").fill("a quiet river at dawn")
    page.get_by_role("button", name="Join", exact=True).click()
    expect(page.get_by_role("button", name="Account of")).to_be_visible()


def _upload(page: Page, clip: Path, words: str) -> None:
    page.get_by_role("button", name="Upload", exact=True).click()
    page.get_by_role("checkbox").check()
    page.get_by_role("button", name="Become a creator").click()
    form = page.locator('form[data-testid="upload"]')
    form.get_by_label("Video file").set_input_files(str(clip))
    form.get_by_label("Description").fill(words)
    form.get_by_role("button", name="Upload", exact=True).click()

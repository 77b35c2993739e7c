"""The client in a real browser, on the deployed stack: the feed, and what can be done in it."""

from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import pytest
from playwright.sync_api import Locator, Page, expect

from tests.e2e.axe import grave_findings
from tests.media import another_file, make_clip
from tests.people import PASSWORD, Person

NewPerson = Callable[..., Person]
CURRENT = 'article[aria-current="true"]'
PLAYS = """() => [...document.querySelectorAll('video')].some(
    (video) => !video.paused && video.currentTime > 0.2)"""
PAUSED = "() => [...document.querySelectorAll('video')].every((video) => video.paused)"
VIDEOS = 4


@dataclass(frozen=True)
class World:
    """Two creators with two videos each."""

    base_url: str
    join: NewPerson
    creators: tuple[Person, Person]
    videos: tuple[str, ...]


@pytest.fixture(scope="session")
def world(
    stack: dict[str, Any], new_person: NewPerson, tmp_path_factory: pytest.TempPathFactory
) -> World:
    clip = make_clip(tmp_path_factory.mktemp("feed") / "clip.mp4", seconds=3).read_bytes()
    first, second = new_person(creator=True), new_person(creator=True)

    def publish(at: int) -> str:
        creator = (first, second)[at % 2]
        words = f"Number {at} of #waves, thanks to @{second.username}"
        video = creator.upload(another_file(clip), description=words)
        assert creator.wait(video)["status"] == "published"
        return video

    with ThreadPoolExecutor(VIDEOS) as threads:
        videos = tuple(threads.map(publish, range(VIDEOS)))
    return World(stack["base_url"], new_person, (first, second), videos)


@pytest.fixture
def page(page: Page) -> Iterator[Page]:
    """A page on which nothing may go wrong unnoticed."""
    errors: list[str] = []
    page.on("pageerror", lambda error: errors.append(str(error)))
    yield page
    assert errors == []


def test_a_visitor_watches_and_joins_in_by_keyboard_alone(world: World, page: Page) -> None:
    page.goto(world.base_url)
    page.wait_for_function(PLAYS)
    seen = [_id(page)]
    for key in ("j", "ArrowDown", "j"):
        page.keyboard.press(key)
        expect(page.locator(CURRENT)).not_to_have_attribute("data-id", seen[-1])
        page.wait_for_function(PLAYS)
        seen.append(_id(page))
        assert page.locator("video").count() == 3
    assert len(set(seen)) == len(seen)
    page.keyboard.press("k")
    expect(page.locator(CURRENT)).to_have_attribute("data-id", seen[-2])
    page.keyboard.press(" ")
    page.wait_for_function(PAUSED)
    page.keyboard.press("?")
    expect(page.get_by_role("dialog", name="Keyboard shortcuts")).to_be_visible()
    assert grave_findings(page) == []
    page.keyboard.press("Escape")

    page.keyboard.press("l")
    sheet = page.get_by_role("dialog", name="Sign in")
    viewer = world.join()
    expect(sheet.get_by_label("Username")).to_be_focused()
    page.keyboard.type(viewer.username)
    page.keyboard.press("Tab")
    page.keyboard.type(PASSWORD)
    page.keyboard.press("Enter")
    expect(sheet).to_be_hidden()
    expect(page.get_by_role("link", name="Profile")).to_be_visible()
    page.wait_for_function(PLAYS)
    assert grave_findings(page) == []


def test_a_viewer_takes_part(world: World, page: Page) -> None:
    _sign_in(page, world, world.join())
    page.goto(f"{world.base_url}/v/{world.videos[0]}")
    page.wait_for_function(PLAYS)
    shown = page.locator(CURRENT)
    _like_save_and_follow(page, shown)
    _comment(page)
    _share(page, shown)
    _ask_why(page)

    stats = world.creators[0].http.get(f"/videos/{world.videos[0]}").json()["stats"]
    assert (stats["likes"], stats["saves"], stats["comments"], stats["shares"]) == (1, 1, 1, 1)


def _like_save_and_follow(page: Page, shown: Locator) -> None:
    shown.get_by_test_id("like").click()
    expect(shown.get_by_test_id("like")).to_have_attribute("aria-pressed", "true")
    expect(shown.get_by_test_id("like")).to_contain_text("1")
    page.keyboard.press("s")
    expect(shown.get_by_test_id("save")).to_have_attribute("aria-pressed", "true")
    shown.get_by_role("button", name="Follow").click()
    expect(shown.get_by_role("button", name="Follow")).to_be_hidden()
    expect(shown.get_by_role("link", name="#waves")).to_have_attribute("href", "/tag/waves")


def _comment(page: Page) -> None:
    page.keyboard.press("c")
    sheet = page.get_by_test_id("comments-sheet")
    for words in ("What a start", "Taken back at once"):
        sheet.get_by_role("textbox").fill(words)
        page.keyboard.press("Enter")
        expect(sheet.get_by_test_id("comment").filter(has_text=words)).to_be_visible()
    expect(sheet.get_by_role("heading", name="2 comments")).to_be_visible()
    first = sheet.get_by_test_id("comment").filter(has_text="What a start")
    first.get_by_role("button", name="Like").click()
    expect(first.get_by_role("button", name="Like, 1")).to_be_visible()
    second = sheet.get_by_test_id("comment").filter(has_text="Taken back")
    second.get_by_role("button", name="Options").click()
    page.get_by_role("menuitem", name="Delete").click()
    expect(second).to_be_hidden()
    assert grave_findings(page) == []
    page.keyboard.press("Escape")


def _share(page: Page, shown: Locator) -> None:
    page.context.grant_permissions(["clipboard-write"])
    shown.get_by_test_id("share").click()
    page.get_by_test_id("share-sheet").get_by_role("button", name="Copy link").click()
    expect(shown.get_by_test_id("share")).to_contain_text("1")


def _ask_why(page: Page) -> None:
    page.get_by_role("button", name="Back").click()
    page.goto("/".join(page.url.split("/")[:3]))
    page.wait_for_function(PLAYS)
    _open_more(page, "Why am I seeing this?")
    why = page.get_by_test_id("why")
    expect(why.get_by_role("row", name="Score")).to_be_visible()
    assert grave_findings(page) == []
    page.keyboard.press("Escape")


def test_what_a_viewer_does_not_want_is_gone_at_once(world: World, page: Page) -> None:
    _sign_in(page, world, world.join())
    page.wait_for_function(PLAYS)
    hidden = _id(page)
    _open_more(page, "Not interested in this video")
    expect(page.locator(CURRENT)).not_to_have_attribute("data-id", hidden)

    reported = _id(page)
    _open_more(page, "Report")
    report = page.get_by_test_id("report")
    report.get_by_label("Hate or harassment").check()
    report.get_by_role("button", name="Send").click()
    expect(page.locator(CURRENT)).not_to_have_attribute("data-id", reported)

    blocked = page.locator(CURRENT).locator('a[href^="/@"]').first.get_attribute("href") or ""
    _open_more(page, f"Block {blocked.removeprefix('/')}")
    page.get_by_role("dialog").get_by_role("button", name="Block").click()
    expect(page.get_by_text("is blocked")).to_be_visible()
    expect(page.locator(f'{CURRENT} a[href="{blocked}"]')).to_have_count(0)


def test_a_line_that_breaks_and_comes_back(world: World, page: Page) -> None:
    page.goto(f"{world.base_url}/trending")
    page.wait_for_function(PLAYS)
    with _offline(page):
        expect(page.get_by_text("You are offline")).to_be_visible()
        page.keyboard.press("j")
        page.wait_for_function(PLAYS)
    expect(page.get_by_text("You are back online")).to_be_visible()
    page.goto(f"{world.base_url}/v/there-is-no-such-video")
    expect(page.get_by_role("heading", name="This video can't be shown")).to_be_visible()
    page.goto(f"{world.base_url}/nothing/here")
    expect(page.get_by_role("heading", name="There is nothing here")).to_be_visible()
    assert grave_findings(page) == []


def test_a_shared_video_is_described_to_all_and_plays_without_the_api(
    world: World, page: Page
) -> None:
    address = f"{world.base_url}/v/{world.videos[0]}"
    described = page.request.get(address).text()
    assert f'<meta property="og:url" content="{address}">' in described
    page.route("**/api/**", lambda route: route.abort())
    page.goto(address)
    page.wait_for_function(PLAYS)
    expect(page.locator(CURRENT)).to_contain_text("Number 0 of #waves")
    # A browser that doesn't say what it wants gets the page, which hands over.
    page.route(address, lambda route: route.fulfill(body=described, content_type="text/html"))
    page.goto(address)
    page.unroute(address)
    page.wait_for_function(PLAYS)


@contextmanager
def _offline(page: Page) -> Iterator[None]:
    page.context.set_offline(True)
    yield
    page.context.set_offline(False)


def _id(page: Page) -> str:
    return page.locator(CURRENT).get_attribute("data-id") or ""


def _open_more(page: Page, choice: str) -> None:
    page.locator(CURRENT).get_by_role("button", name="More", exact=True).click()
    page.get_by_role("dialog", name="More").get_by_role("button", name=choice).click()


def _sign_in(page: Page, world: World, person: Person) -> None:
    """Give the page a session, as if its owner had signed in before."""
    body = {"username": person.username, "password": PASSWORD}
    page.request.post(f"{world.base_url}/api/v1/auth/login", data=body)
    page.goto(world.base_url)

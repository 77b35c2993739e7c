"""People in a real browser: joining, profiles, search, following, reports, sessions."""

from collections.abc import Iterator
from typing import Any
from uuid import uuid4

import httpx
import pytest
from playwright.sync_api import Page, expect

from tests.e2e.axe import grave_findings
from tests.media import make_clip
from tests.people import PASSWORD, Person

REASON = "It shows something that upsets people; it is labelled from now on."


@pytest.fixture(scope="module")
def author(
    stack: dict[str, Any], tmp_path_factory: pytest.TempPathFactory
) -> Iterator[tuple[Person, str]]:
    """A creator, and the id of a video of theirs that is on its way."""
    clip = make_clip(tmp_path_factory.mktemp("clips") / "clip.mp4", seconds=2, size="360x640")
    person = Person.register(stack["base_url"], creator=True)
    yield person, person.upload(clip.read_bytes(), description="Waves #shore")
    person.http.close()


def test_join_change_the_profile_find_somebody_and_follow_them(
    stack: dict[str, Any], author: tuple[Person, str], page: Page
) -> None:
    base_url = stack["base_url"]
    creator = author[0].username
    errors: list[str] = []
    page.on("pageerror", lambda error: errors.append(str(error)))
    username = _join(page, base_url)

    page.get_by_role("button", name="Edit profile").press("Enter")
    sheet = page.get_by_role("dialog", name="Edit profile")
    sheet.get_by_label("Name").fill("Ada of the sea")
    sheet.get_by_label("About you").fill("Tides, mostly.")
    _is_accessible(page)
    sheet.get_by_role("button", name="Save").press("Enter")
    expect(sheet).to_be_hidden()
    expect(page.get_by_role("heading", name="Ada of the sea")).to_be_visible()
    expect(page.get_by_text("Tides, mostly.")).to_be_visible()

    page.get_by_role("link", name="Search", exact=True).press("Enter")
    field = page.get_by_role("combobox")
    _is_accessible(page)
    field.press_sequentially(creator[:10])
    expect(page.get_by_role("option", name=creator)).to_be_visible()
    _is_accessible(page)
    field.press("Escape")
    field.press("Enter")
    page.get_by_role("link", name=f"@{creator}").press("Enter")
    expect(page.get_by_role("heading", name=creator)).to_be_focused()
    page.get_by_role("button", name="Follow", exact=True).press("Enter")
    expect(page.get_by_role("button", name="Following", exact=True)).to_be_visible()
    _is_accessible(page)
    page.get_by_role("link", name="1 Followers").press("Enter")
    expect(page.get_by_role("link", name=f"@{username}")).to_be_visible()
    _is_accessible(page)
    assert errors == []


def test_what_was_wrong_stands_at_its_field(stack: dict[str, Any], page: Page) -> None:
    page.goto(f"{stack['base_url']}/join")
    page.get_by_label("Username").fill(f"p_{uuid4().hex[:12]}")
    page.get_by_label("Password").fill("short")
    page.get_by_label("Date of birth").fill("1990-05-17")
    page.get_by_role("button", name="Create the account").click()
    expect(page.get_by_label("Password")).to_be_focused()
    expect(page.get_by_label("Password")).to_have_attribute("aria-invalid", "true")
    _is_accessible(page)


def test_a_report_is_decided_and_the_author_told(
    stack: dict[str, Any], author: tuple[Person, str], page: Page, other_page: Page
) -> None:
    base_url = stack["base_url"]
    creator, video_id = author
    assert creator.wait(video_id)["status"] == "published"
    _report(base_url, video_id)

    _sign_in(other_page, f"{base_url}/moderation", **stack["accounts"]["moderator"])
    _is_accessible(other_page)
    case = other_page.get_by_role(
        "button", name="Claim and open: Video, Violence or dangerous acts"
    )
    case.press("Enter")
    expect(other_page.get_by_role("timer")).to_contain_text("Yours for")
    expect(other_page.get_by_text("It hurts to look at.")).to_be_visible()
    expect(other_page.locator("video")).to_have_js_property("readyState", 4)
    _is_accessible(other_page)
    other_page.get_by_role("radio", name="Label as sensitive").press("Space")
    other_page.get_by_label("Reason").fill(REASON)
    other_page.get_by_role("button", name="Decide").press("Enter")
    expect(other_page.get_by_text("The person concerned is told.")).to_be_visible()
    expect(other_page.get_by_role("heading", name="Moderation")).to_be_visible()
    expect(case).to_have_count(0)

    _sign_in(page, f"{base_url}/notifications", creator.username, PASSWORD)
    expect(page.get_by_text(REASON)).to_be_visible()
    _is_accessible(page)
    page.get_by_role("button", name="Mark all as read").press("Enter")
    expect(page.get_by_text("Unread")).to_have_count(0)
    expect(page.get_by_role("link", name="Inbox", exact=True)).to_be_visible()


def test_settings(stack: dict[str, Any], page: Page) -> None:
    base_url = stack["base_url"]
    username = _join(page, base_url)
    with httpx.Client(base_url=f"{base_url}/api/v1") as elsewhere:
        elsewhere.post("/auth/login", json={"username": username, "password": PASSWORD})
        page.goto(f"{base_url}/settings/security")
        sessions = page.get_by_role("list", name="Where you are signed in")
        expect(sessions.get_by_role("listitem")).to_have_count(2)
        _is_accessible(page)
        page.get_by_role("button", name="End all other sessions").press("Enter")
        expect(sessions.get_by_role("listitem")).to_have_count(1)
        assert elsewhere.get("/auth/session").json()["authenticated"] is False

    page.goto(f"{base_url}/settings/feed")
    page.get_by_label("Add: Hidden words").fill("spiders")
    page.keyboard.press("Enter")
    expect(page.get_by_role("button", name="Remove spiders")).to_be_visible()
    for section in ("profile", "feed", "history", "blocks", "appearance", "creator", "data"):
        page.goto(f"{base_url}/settings/{section}")
        expect(page.get_by_role("heading", level=1)).to_be_visible()
        _is_accessible(page)
    page.get_by_role("button", name="Make a copy").press("Enter")
    expect(page.get_by_role("link", name="Download")).to_be_visible()


def test_the_admin_s_console(stack: dict[str, Any], other_page: Page) -> None:
    base_url = stack["base_url"]
    _sign_in(other_page, f"{base_url}/moderation/users", **stack["accounts"]["admin"])
    for section in ("Flagged videos", "People", "Configuration", "Health", "Audit log"):
        other_page.get_by_role("link", name=section, exact=True).press("Enter")
        _is_accessible(other_page)
    other_page.get_by_role("button", name="Verify the chain").press("Enter")
    expect(other_page.get_by_text("Intact:")).to_be_visible()


def _join(page: Page, base_url: str) -> str:
    username = f"p_{uuid4().hex[:12]}"
    page.goto(f"{base_url}/join")
    page.get_by_label("Username").fill(username)
    page.get_by_label("Password").fill(PASSWORD)
    page.get_by_label("Date of birth").fill("1990-05-17")
    _is_accessible(page)
    page.get_by_role("button", name="Create the account").press("Enter")
    page.wait_for_url(f"**/@{username}")
    return username


def _sign_in(page: Page, address: str, username: str, password: str) -> None:
    page.goto(address)
    sheet = page.get_by_role("dialog", name="Sign in")
    sheet.get_by_label("Username").fill(username)
    sheet.get_by_label("Password").fill(password)
    _is_accessible(page)
    page.keyboard.press("Enter")
    expect(sheet).to_be_hidden()


def _report(base_url: str, video_id: str) -> None:
    reporter = Person.register(base_url)
    body = {
        "target_type": "video",
        "target_id": video_id,
        "reason": "violence",
        "detail": "It hurts to look at.",
    }
    key = {"X-Idempotency-Key": uuid4().hex}
    reporter.http.post("/reports", json=body, headers=key).raise_for_status()
    reporter.http.close()


def _is_accessible(page: Page) -> None:
    page.wait_for_load_state("networkidle")
    assert grave_findings(page) == []

"""The client in a real browser, on the deployed stack."""

from typing import Any

from playwright.sync_api import Page, expect


def test_screens_change_without_loading_the_page_again(stack: dict[str, Any], page: Page) -> None:
    errors: list[str] = []
    page.on("pageerror", lambda error: errors.append(str(error)))
    page.goto(stack["base_url"])
    page.evaluate("window.stayed = true")
    page.get_by_role("link", name="Search").click()
    expect(page.get_by_role("heading", name="Search")).to_be_focused()
    page.go_back()
    page.get_by_role("button", name="Sign in").click()
    sheet = page.get_by_role("dialog", name="Sign in")
    sheet.get_by_label("Username").fill("nobody_of_this_name")
    sheet.get_by_label("Password").fill("not the password")
    sheet.get_by_role("button", name="Sign in").click()
    expect(sheet.get_by_role("alert")).to_be_visible()
    page.keyboard.press("Escape")
    expect(sheet).to_be_hidden()
    assert page.evaluate("window.stayed")
    assert errors == []

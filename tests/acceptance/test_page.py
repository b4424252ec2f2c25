"""The demo's page in a real browser."""

from collections.abc import AsyncIterator

import pytest
from playwright.async_api import Page, expect

from .driver import Demo


@pytest.fixture
async def page(demo: Demo, browser_page: Page) -> AsyncIterator[Page]:
    """The page as it opens; an error in its console fails the test."""
    errors: list[str] = []
    browser_page.on("console", lambda said: errors.append(said.text) if said.type == "error" else None)
    await browser_page.goto(demo.url)
    yield browser_page
    assert errors == []


async def test_a_viewer_asks_and_sees_the_answer(page: Page) -> None:
    room = page.locator("section", has_text="ada").first
    await room.get_by_role("textbox").first.fill("!gi hades")
    await room.get_by_role("textbox").first.press("Enter")
    await expect(room.get_by_text("Hades (2020)").first).to_be_visible()


async def test_text_of_viewers_is_shown_and_never_run(page: Page, demo: Demo) -> None:
    nasty = "<img src=x onerror=\"document.title='hacked'\">"
    await demo.post("say", channel="ada", user="mallory", text=nasty)
    await expect(page.get_by_text(nasty).first).to_be_visible()
    assert await page.title() != "hacked"


async def test_the_page_fits_a_phone(page: Page) -> None:
    await page.set_viewport_size({"width": 360, "height": 740})
    width = await page.evaluate("document.documentElement.scrollWidth")
    assert width <= 360

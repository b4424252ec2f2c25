"""The page on which a device code is answered, in a real browser."""

import pytest
from playwright.async_api import Page, expect

from kissbot.sandbox.twitch import Sandbox

from .client import Client, Json, Watch

GRANT = "urn:ietf:params:oauth:grant-type:device_code"


@pytest.fixture
def page(browser_page: Page) -> Page:
    """The browser, nowhere yet."""
    return browser_page


@pytest.fixture
async def device(client: Client) -> Json:
    return (await client.oauth("device", scopes="user:read:chat channel:read:ads")).body


async def whose(client: Client, device: Json) -> Json:
    """Who allowed the device, or why nobody did."""
    answer = await client.oauth("token", grant_type=GRANT, device_code=device["device_code"])
    if answer.status != 200:
        return answer.body["message"]
    return (await client.validate(answer.body["access_token"])).body["login"]


async def test_one_sees_what_is_asked_and_approves_as_the_bot(
    page: Page, client: Client, device: Json
) -> None:
    await page.goto(device["verification_uri"])
    await expect(page.get_by_text(device["user_code"])).to_be_visible()
    await expect(page.get_by_text("Read chat")).to_be_visible()
    await expect(page.get_by_text("channel:read:ads")).to_be_visible()
    await page.get_by_role("button", name="Approve").click()
    await expect(page.get_by_text("Approved as kissbot")).to_be_visible()
    assert await whose(client, device) == "kissbot"


async def test_a_streamer_approves_for_its_own_channel(page: Page, client: Client, device: Json) -> None:
    await page.goto(device["verification_uri"])
    await page.get_by_label("ada").check()
    await page.get_by_role("button", name="Approve").click()
    await expect(page.get_by_text("Approved as ada")).to_be_visible()
    assert await whose(client, device) == "ada"


async def test_any_other_account_can_be_typed(page: Page, client: Client, device: Json) -> None:
    await page.goto(device["verification_uri"])
    await page.get_by_placeholder("another account").click()
    await page.get_by_role("button", name="Approve").click()
    await expect(page.get_by_text("Type the account's name.")).to_be_visible()
    await page.get_by_placeholder("another account").fill("@mallory")
    await page.get_by_role("button", name="Approve").click()
    await expect(page.get_by_text("Approved as mallory")).to_be_visible()
    assert await whose(client, device) == "mallory"


async def test_one_may_say_no(page: Page, client: Client, device: Json) -> None:
    await page.goto(device["verification_uri"])
    await page.get_by_role("button", name="Deny").click()
    await expect(page.get_by_role("heading", name="Denied")).to_be_visible()
    assert await whose(client, device) == "access_denied"


async def test_a_code_that_is_of_no_use_says_why_and_another_can_be_typed(
    page: Page, client: Client, device: Json, watch: Watch, twitch: Sandbox
) -> None:
    await page.goto(f"{twitch.url}/activate?device-code=<b>NONE</b>")
    await expect(page.get_by_role("alert")).to_have_text(
        "There is no code '<B>NONE</B>'. Compare it with what the application shows."
    )
    await page.get_by_label("The code").fill(device["user_code"].lower())
    await page.get_by_role("button", name="Go on").click()
    await expect(page.get_by_role("heading", name="Allow access?")).to_be_visible()
    twitch.activate(device["user_code"], "ada")
    await page.goto(device["verification_uri"])
    await expect(page.get_by_role("alert")).to_contain_text("has been answered")
    late = (await client.oauth("device", scopes="user:bot")).body
    watch.push(1_800)
    await page.goto(late["verification_uri"])
    await expect(page.get_by_role("alert")).to_contain_text("has expired")


async def test_the_page_fits_a_phone(page: Page, device: Json) -> None:
    await page.set_viewport_size({"width": 360, "height": 740})
    await page.goto(device["verification_uri"])
    await expect(page.get_by_role("button", name="Approve")).to_be_visible()
    assert await page.evaluate("document.documentElement.scrollWidth") <= 360

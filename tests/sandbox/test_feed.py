"""What the page is told, as Server-Sent Events."""

import asyncio
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

from aiohttp import StreamReader

from kissbot.sandbox.feed import BEHIND
from kissbot.sandbox.twitch import Sandbox

from .client import PATIENCE, Client

Event = tuple[str, Any]


class Watcher:
    """A page."""

    def __init__(self, lines: StreamReader) -> None:
        self._lines = lines

    async def until_sent_away(self) -> None:
        """Read until the sandbox ends the stream."""
        async with asyncio.timeout(PATIENCE):
            while await self._lines.readline():
                pass

    async def next(self) -> Event:
        """The next event and its data."""
        async with asyncio.timeout(PATIENCE):
            kind = (await self._lines.readline()).decode().removeprefix("event: ").strip()
            data = json.loads((await self._lines.readline()).decode().removeprefix("data: "))
            assert await self._lines.readline() == b"\n"
        return kind, data


@asynccontextmanager
async def watching(client: Client, query: str = "") -> AsyncIterator[Watcher]:
    async with client.http.get(f"{client.twitch.url}/control/events{query}") as response:
        assert response.content_type == "text/event-stream"
        yield Watcher(response.content)


async def test_the_latest_lines_come_first_then_the_connection_then_what_happens(
    twitch: Sandbox, client: Client
) -> None:
    for number in range(105):
        twitch.say("ada", user="vera", text=f"{number}")
    async with watching(client) as page:
        earlier = [await page.next() for _ in range(100)]
        assert [data["text"] for _, data in earlier] == [f"{number}" for number in range(5, 105)]
        assert await page.next() == ("link", {"connected": False, "unplugged": False})
        message_id = twitch.say("ada", user="Vera", text="hi", rank="subscriber")
        kind, data = await page.next()
        assert kind == "chat"
        assert data == {
            "id": message_id,
            "channel": "ada",
            "user": "vera",
            "name": "vera",
            "rank": "subscriber",
            "text": "hi",
            "reply_to": None,
            "at": data["at"],
            "bot": False,
        }


async def test_the_bots_answer_is_shown_with_its_latency(twitch: Sandbox, client: Client) -> None:
    socket = await client.listen("ada")
    asked = twitch.say("ada", user="vera", text="!ping")
    await socket.event()
    async with watching(client) as page:
        assert (await page.next())[1]["id"] == asked
        assert await page.next() == ("link", {"connected": True, "unplugged": False})
        await client.say("ada", "Pong!", reply_parent_message_id=asked)
        _, answer = await page.next()
        assert (answer["bot"], answer["reply_to"], answer["rank"]) == (True, asked, "moderator")
        assert answer["latency_ms"] > 0


async def test_pulling_the_plug_is_seen(twitch: Sandbox, client: Client) -> None:
    await client.listen("ada")
    async with watching(client) as page:
        assert await page.next() == ("link", {"connected": True, "unplugged": False})
        twitch.fault("unplug")
        assert await page.next() == ("link", {"connected": False, "unplugged": True})
        twitch.fault("plug")
        assert await page.next() == ("link", {"connected": False, "unplugged": False})
        await client.listen("ada")
        assert await page.next() == ("link", {"connected": True, "unplugged": False})


async def test_one_channel_can_be_watched(twitch: Sandbox, client: Client) -> None:
    twitch.say("bob", user="vera", text="earlier in bob")
    async with watching(client, "?channel=ada") as page:
        assert (await page.next())[0] == "link"
        twitch.say("bob", user="vera", text="in bob")
        twitch.set_stream("bob", live=True)
        twitch.set_stream("ada", live=True, game="Hades")
        state = {"channel": "ada", "live": True, "title": "", "game": "Hades"}
        assert await page.next() == ("stream", state)


async def test_who_is_too_far_behind_starts_again(twitch: Sandbox, client: Client) -> None:
    async with watching(client) as page:
        assert (await page.next())[0] == "link"
        for number in range(BEHIND + 1):
            twitch.say("ada", user="vera", text=f"{number}")
        await page.until_sent_away()


async def test_an_unknown_channel_is_refused(client: Client) -> None:
    assert (await client.control("events?channel=eve")).status == 404

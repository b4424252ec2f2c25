"""TwitchIO, which we did not write, cannot tell the sandbox from Twitch."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import aiohttp
import pytest
import twitchio
from twitchio import eventsub
from twitchio.authentication import OAuth
from twitchio.ext import commands

from kissbot.sandbox.scopes import SCOPES
from kissbot.sandbox.tokens import ClientKind
from kissbot.sandbox.twitch import Sandbox

from .program import PATIENCE, move, until

TheirMessage = Any
"""TwitchIO's own idea of a chat line."""
TheirBot = Any
"""TwitchIO's AutoBot."""


class Heard:
    """The lines that a TwitchIO client hears."""

    def __init__(self) -> None:
        self._lines: asyncio.Queue[TheirMessage] = asyncio.Queue()

    async def hear(self, line: TheirMessage) -> None:
        """What TwitchIO calls."""
        self._lines.put_nowait(line)

    async def next(self) -> TheirMessage:
        """The next line."""
        async with asyncio.timeout(PATIENCE):
            return await self._lines.get()


@pytest.fixture
def kind() -> ClientKind:
    return "confidential"


@pytest.fixture
async def twitch(monkeypatch: pytest.MonkeyPatch, kind: ClientKind) -> AsyncIterator[Sandbox]:
    """A sandbox where TwitchIO, whose addresses are fixed, looks for Twitch."""
    async with Sandbox(("ada",), client=kind) as sandbox:
        monkeypatch.setattr("twitchio.http.Route.BASE", f"{sandbox.urls.helix}/")
        monkeypatch.setattr("twitchio.http.Route.ID_BASE", f"{sandbox.url}/")
        monkeypatch.setattr("twitchio.eventsub.websockets.WSS", sandbox.urls.eventsub)
        yield sandbox


@pytest.fixture
async def heard(twitch: Sandbox) -> AsyncIterator[Heard]:
    login = twitch.credentials
    bot, ada = twitch.id_of("kissbot"), twitch.id_of("ada")
    client = twitchio.Client(client_id=login.client_id, client_secret=login.client_secret, bot_id=bot)
    async with client:
        await client.login(load_tokens=False, save_tokens=False)
        await client.add_token(login.token, login.refresh_token)
        ears = Heard()
        client.add_listener(ears.hear, event="event_message")
        chat = eventsub.ChatMessageSubscription(broadcaster_user_id=ada, user_id=bot)
        await client.subscribe_websocket(chat, token_for=bot)
        yield ears


async def test_it_hears_and_answers(twitch: Sandbox, heard: Heard) -> None:
    asked = twitch.say("ada", user="Vera", text="!ping @kissbot <3", rank="moderator")
    line = await heard.next()
    assert (line.id, line.text, line.chatter.name, line.chatter.moderator) == (
        asked,
        "!ping @kissbot <3",
        "vera",
        True,
    )
    assert (await line.respond("Pong!")).sent
    (sent,) = twitch.sent
    assert (sent.text, sent.is_sent) == ("Pong!", True)
    assert (await heard.next()).chatter.name == "kissbot"


async def test_it_refreshes_a_token_that_has_expired(twitch: Sandbox, heard: Heard) -> None:
    twitch.expire("kissbot")
    twitch.say("ada", user="vera", text="!ping")
    ada, bot = (await heard.next()).broadcaster, twitch.id_of("kissbot")
    assert (await ada.send_message("Pong!", sender=bot, token_for=bot)).sent
    assert (twitch.refreshes("kissbot"), twitch.reused) == (1, 0)


@pytest.mark.parametrize("kind", ["confidential", "public"])
async def test_it_logs_in_by_device_code_and_refreshes(twitch: Sandbox) -> None:
    login, wanted = twitch.credentials, ["channel:bot", "user:read:chat", "user:write:chat"]
    scopes = twitchio.Scopes(wanted)
    async with aiohttp.ClientSession() as http:
        secret = login.client_secret or None
        theirs = OAuth(client_id=login.client_id, client_secret=secret, scopes=scopes, session=http)
        device = await theirs.device_code_flow()
        twitch.activate(device["user_code"], "ada")
        pair = await theirs.device_code_authorization(device_code=device["device_code"])
        fresh = await theirs.refresh_token(pair["refresh_token"])
        about = await theirs.validate_token(fresh.access_token)
        assert (about.login, about.scopes) == ("ada", wanted)
        with pytest.raises(twitchio.DeviceCodeFlowException) as refused:
            await theirs.device_code_authorization(device_code=device["device_code"])
        assert refused.value.reason is twitchio.DeviceCodeRejection.INVALID_DEVICE_CODE
    assert (twitch.refreshes("ada"), twitch.reused) == (1, 0)


def test_it_knows_no_scope_that_the_sandbox_does_not() -> None:
    retired = {"user:edit:follows", "whispers:edit"}
    assert set(twitchio.Scopes.all().selected) - retired <= SCOPES


async def test_it_survives_a_reconnect(twitch: Sandbox, heard: Heard) -> None:
    twitch.say("ada", user="vera", text="before")
    assert (await heard.next()).text == "before"
    await move(twitch)
    for number in range(8):
        twitch.say("ada", user="vera", text=f"{number}")
    assert [(await heard.next()).text for _ in range(8)] == [f"{number}" for number in range(8)]


# A conduit


@asynccontextmanager
async def on_a_conduit(twitch: Sandbox) -> AsyncIterator[tuple[Heard, TheirBot]]:
    """TwitchIO's AutoBot, which finds or creates its conduit; it has the application's token alone."""
    login, bot = twitch.credentials, twitch.id_of("kissbot")
    chat = eventsub.ChatMessageSubscription(broadcaster_user_id=twitch.id_of("ada"), user_id=bot)
    client = commands.AutoBot(
        client_id=login.client_id,
        client_secret=login.client_secret,
        bot_id=bot,
        prefix="!",
        subscriptions=[chat],
    )
    async with client:
        await client.login(load_tokens=False, save_tokens=False)
        ears = Heard()
        client.add_listener(ears.hear, event="event_message")
        yield ears, client


def shards(twitch: Sandbox) -> set[str]:
    """The sessions of the shards that get events; there is one conduit."""
    (conduit,) = twitch.state()["conduits"]
    return {shard["transport"]["session_id"] for shard in conduit["shards"] if shard["status"] == "enabled"}


async def attached_anew(twitch: Sandbox, client: TheirBot, before: set[str]) -> None:
    """Wait until both shards have new sockets, and the bot knows it."""
    await until(lambda: len(shards(twitch) - before) == 2)
    theirs = client.conduit_info.websockets
    await until(lambda: {socket.session_id for socket in theirs.values()} == shards(twitch))


async def test_on_a_conduit_it_hears_and_answers(twitch: Sandbox) -> None:
    async with on_a_conduit(twitch) as (heard, _):
        assert len(shards(twitch)) == 2
        asked = twitch.say("ada", user="Vera", text="!ping")
        line = await heard.next()
        assert (line.id, line.text, line.chatter.name) == (asked, "!ping", "vera")
        assert (await line.respond("Pong!")).sent
    assert [(sent.text, sent.is_sent) for sent in twitch.sent] == [("Pong!", True)]


async def test_it_finds_its_conduit_and_what_it_subscribed_to(twitch: Sandbox) -> None:
    async with on_a_conduit(twitch):
        (before,) = twitch.state()["conduits"]
    async with on_a_conduit(twitch) as (heard, _):
        (after,) = twitch.state()["conduits"]
        assert after["id"] == before["id"]
        twitch.say("ada", user="vera", text="after")
        assert (await heard.next()).text == "after"


@pytest.mark.parametrize("fault", ["reconnect", "drop"])
async def test_on_a_conduit_it_goes_on_over_new_sockets(twitch: Sandbox, fault: str) -> None:
    async with on_a_conduit(twitch) as (heard, client):
        before = shards(twitch)
        twitch.fault(fault)
        await attached_anew(twitch, client, before)  # TwitchIO takes new sessions, though it need not
        for number in range(8):
            twitch.say("ada", user="vera", text=f"{number}")
        assert [(await heard.next()).text for _ in range(8)] == [f"{number}" for number in range(8)]

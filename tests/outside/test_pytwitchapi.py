"""pyTwitchAPI, which we did not write, cannot tell the sandbox from Twitch."""

import sys
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from kissbot.sandbox.twitch import Sandbox

from .program import Program, move, running, until

WORDS = (sys.executable, str(Path(__file__).with_name("pytwitchapi.py")))


@pytest.fixture
async def bot(twitch: Sandbox) -> AsyncIterator[Program]:
    """It listens over EventSub."""
    async with running(twitch, "ada", *WORDS) as program:
        yield program


@pytest.fixture
async def chatter(twitch: Sandbox) -> AsyncIterator[Program]:
    """It listens over IRC."""
    async with running(twitch, "ada", *WORDS, "irc") as program:
        assert await program.next("joined") == "ada"
        yield program


async def test_it_finds_users_and_streams(twitch: Sandbox, bot: Program) -> None:
    await bot.do(who="ada")
    assert await bot.next("who") == {"id": twitch.id_of("ada"), "login": "ada", "name": "ada"}
    await bot.do(streams="ada")
    assert await bot.next("streams") == []
    twitch.set_stream("ada", live=True, title="Out of hell", game="Hades")
    assert await bot.next("online") == "ada"
    await bot.do(streams="ada")
    assert await bot.next("streams") == [{"title": "Out of hell", "game": "Hades"}]


async def test_it_hears_and_answers(twitch: Sandbox, bot: Program) -> None:
    asked = twitch.say("ada", user="Vera", text="!ping 🎮")
    assert await bot.next("heard") == {"id": asked, "text": "!ping 🎮", "user": "vera"}
    await bot.do(say="Pong! 🎮")
    said = await bot.next("said")
    assert said == {"id": said["id"], "is_sent": True, "drop": None}
    assert await bot.next("heard") == {"id": said["id"], "text": "Pong! 🎮", "user": "kissbot"}
    (sent,) = twitch.sent
    assert (sent.text, sent.is_sent) == ("Pong! 🎮", True)


async def test_it_survives_a_reconnect(twitch: Sandbox, bot: Program) -> None:
    twitch.say("ada", user="vera", text="before")
    assert (await bot.next("heard"))["text"] == "before"
    await move(twitch)
    for number in range(8):
        twitch.say("ada", user="vera", text=f"{number}")
    assert [(await bot.next("heard"))["text"] for _ in range(8)] == [f"{number}" for number in range(8)]


async def test_it_refreshes_a_token_that_has_expired(twitch: Sandbox, bot: Program) -> None:
    twitch.expire("kissbot")
    await bot.do(say="Pong!")
    assert (await bot.next("said"))["is_sent"] is True
    assert (twitch.refreshes("kissbot"), twitch.reused) == (1, 0)


async def test_it_subscribes_again_when_a_socket_was_dropped(twitch: Sandbox, bot: Program) -> None:
    twitch.fault("drop")
    await until(lambda: [socket["subscriptions"] for socket in twitch.state()["sockets"]] == [2])
    twitch.say("ada", user="vera", text="after")
    assert (await bot.next("heard"))["text"] == "after"


async def test_it_is_told_of_a_revocation(twitch: Sandbox, bot: Program) -> None:
    twitch.fault("revoke", type="channel.chat.message")
    assert await bot.next("revoked") == "authorization_revoked"


async def test_it_chats_over_irc(twitch: Sandbox, chatter: Program) -> None:
    asked = twitch.say("ada", user="Vera", text="hello 🎮 <3", rank="moderator")
    assert await chatter.next("heard") == {"id": asked, "text": "hello 🎮 <3", "user": "vera", "mod": True}
    await chatter.do(say="hello Vera")
    await until(lambda: bool(twitch.sent))
    asked = twitch.say("ada", user="vera", text="!ping")
    await until(lambda: len(twitch.sent) == 2)
    assert [(sent.text, sent.reply_to) for sent in twitch.sent] == [("hello Vera", None), ("Pong!", asked)]


async def test_it_survives_a_reconnect_of_irc(twitch: Sandbox, chatter: Program) -> None:
    twitch.fault("irc_reconnect")
    assert await chatter.next("joined") == "ada"
    twitch.say("ada", user="vera", text="after")
    assert (await chatter.next("heard"))["text"] == "after"

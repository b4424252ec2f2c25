"""Twurple, which we did not write, cannot tell the sandbox from Twitch."""

import shutil
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from kissbot.sandbox.twitch import Sandbox

from .program import Program, move, running, until

PROGRAM = Path(__file__).parent / "twurple" / "program.js"


@pytest.fixture
def words(twurple: Path, tmp_path: Path) -> tuple[str, ...]:
    """How the program is started: Node looks for packages beside it."""
    (tmp_path / "node_modules").symlink_to(twurple)
    for name in (PROGRAM.name, "package.json"):
        shutil.copy(PROGRAM.with_name(name), tmp_path)
    return ("node", str(tmp_path / PROGRAM.name))


@pytest.fixture
async def bot(twitch: Sandbox, words: tuple[str, ...]) -> AsyncIterator[Program]:
    """It listens over EventSub."""
    async with running(twitch, "ada", *words) as program:
        assert await program.next("subscribed")
        yield program


@pytest.fixture
async def chatter(twitch: Sandbox, words: tuple[str, ...]) -> AsyncIterator[Program]:
    """It listens over IRC."""
    async with running(twitch, "ada", *words, "irc") as program:
        assert await program.next("joined") == "ada"
        yield program


async def test_it_finds_users_and_streams(twitch: Sandbox, bot: Program) -> None:
    await bot.do(who="ada")
    assert await bot.next("who") == {"id": twitch.id_of("ada"), "login": "ada", "name": "ada"}
    await bot.do(streams="ada")
    assert await bot.next("streams") == []
    twitch.set_stream("ada", live=True, title="Out of hell", game="Hades")
    await bot.do(streams="ada")
    assert await bot.next("streams") == [{"title": "Out of hell", "game": "Hades"}]


async def test_it_hears_and_answers(twitch: Sandbox, bot: Program) -> None:
    asked = twitch.say("ada", user="Vera", text="!ping 🎮")
    assert await bot.next("heard") == {"id": asked, "text": "!ping 🎮", "user": "vera"}
    await bot.do(say="Pong! 🎮")
    said = await bot.next("said")
    assert await bot.next("heard") == {"id": said, "text": "Pong! 🎮", "user": "kissbot"}


async def test_it_is_told_why_a_line_was_dropped(twitch: Sandbox, bot: Program) -> None:
    twitch.fault("drop_reason", code="msg_rejected")
    await bot.do(say="Pong!")
    assert await bot.next("dropped") == "msg_rejected"


async def test_it_survives_a_reconnect(twitch: Sandbox, bot: Program) -> None:
    await move(twitch)
    for number in range(8):
        twitch.say("ada", user="vera", text=f"{number}")
    assert [(await bot.next("heard"))["text"] for _ in range(8)] == [f"{number}" for number in range(8)]


async def test_it_subscribes_again_when_a_socket_was_dropped(twitch: Sandbox, bot: Program) -> None:
    twitch.fault("drop")
    assert await bot.next("subscribed")
    twitch.say("ada", user="vera", text="after")
    assert (await bot.next("heard"))["text"] == "after"


async def test_it_refreshes_a_token_that_has_expired(twitch: Sandbox, bot: Program) -> None:
    before = twitch.refreshes("kissbot")
    twitch.expire("kissbot")
    await bot.do(say="Pong!")
    assert await bot.next("said")
    assert (twitch.refreshes("kissbot"), twitch.reused) == (before + 1, 0)


async def test_it_is_told_of_a_revocation(twitch: Sandbox, bot: Program) -> None:
    twitch.fault("revoke", status="authorization_revoked")
    assert await bot.next("revoked") == "authorization_revoked"


async def test_it_chats_over_irc(twitch: Sandbox, chatter: Program) -> None:
    asked = twitch.say("ada", user="Vera", text="hello 🎮 <3", rank="moderator")
    assert await chatter.next("heard") == {"id": asked, "text": "hello 🎮 <3", "user": "vera", "mod": True}
    await chatter.do(say="hello Vera", to=asked)
    await until(lambda: bool(twitch.sent))
    assert [(sent.text, sent.reply_to) for sent in twitch.sent] == [("hello Vera", asked)]


async def test_it_comes_back_when_irc_was_dropped(twitch: Sandbox, chatter: Program) -> None:
    twitch.fault("drop")  # Twurple waits for this after RECONNECT too
    assert await chatter.next("joined") == "ada"
    twitch.say("ada", user="vera", text="after")
    assert (await chatter.next("heard"))["text"] == "after"

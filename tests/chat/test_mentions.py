"""The bot hears its name, and only its name."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kissbot.chat.mentions import Mentions
from kissbot.testing import room

SERDA = Mentions("serda_bot")
NAMES = st.from_regex(r"[a-z0-9_]{3,25}", fullmatch=True)


@pytest.mark.parametrize(
    ("line", "said"),
    [
        ("@serda_bot hello", "hello"),
        ("hello @serda_bot", "hello"),
        ("hey @serda_bot, how are you?", "hey how are you?"),
        ("@serda_bot: who won?", "who won?"),
        ("(@serda_bot)", ")"),
        ("@SERDA_Bot HELLO", "HELLO"),
        ("serda_bot hello", "hello"),
        ("Serda_Bot, hello", "hello"),
        ("hello serda_bot", "hello"),
        ("hello serda_bot!", "hello !"),
        ("serda_bot", ""),
        ("@serda_bot", ""),
        ("👋 serda_bot", ""),
        ("thanks, serda_bot 👍", "thanks, 👍"),
        ("@serda_bot what does @serda_bot do", "what does do"),
        ("@serda_bot hello \U000e0000", "hello"),
    ],
)
def test_its_name_is_heard(line: str, said: str) -> None:
    assert SERDA.parse(line) == said


@pytest.mark.parametrize(
    "line",
    [
        "@leserda_bot hello",
        "leserda_bot hello",
        "hello leserda_bot",
        "@serda_bot2 hello",
        "serda_bottle hello",
        "mail me@serda_bot",
        "I saw serda_bot yesterday",
        "look at https://twitch.tv/serda_bot",
        "serda_bot.com is for sale",
        "serda_bot's answers are fine",
        "my-serda_bot",
        "serda bot hello",
        "@serda bot",
        "",
    ],
)
def test_another_name_is_not_its_name(line: str) -> None:
    assert SERDA.parse(line) is None


@given(NAMES, st.text(max_size=30), st.text(max_size=30))
def test_the_name_with_an_at_is_heard_anywhere(name: str, before: str, after: str) -> None:
    said = Mentions(name).parse(f"{before} @{name} {after}")
    assert said is not None
    assert f"@{name}" not in said.casefold().split()


@given(NAMES, NAMES)
def test_a_longer_name_is_another_name(name: str, more: str) -> None:
    bot = Mentions(name)
    assert bot.parse(f"@{name}{more} hello") is None
    assert bot.parse(f"@{more}{name} hello") is None
    assert bot.parse(f"{more}{name}") is None


async def test_a_mention_is_answered() -> None:
    async with room() as place:
        assert await place.hears("@kissbot hello") == (
            "👋 Hi vera! I know games: !gi <game>. All I can do: !help"
        )


@pytest.mark.parametrize("line", ["!ping @kissbot", "!ping kissbot"])
async def test_a_command_beats_a_mention(line: str) -> None:
    async with room() as place:
        assert await place.hears(line) == "Pong! 🏓 0 ms"
        assert len(place.said) == 1


async def test_a_reply_to_the_bot_is_a_mention_and_a_command_in_it_is_a_command() -> None:
    async with room() as place:
        assert await place.hears("@kissbot thanks", reply_to="sent-1") == "💜 You are welcome, vera!"
        assert await place.hears("@kissbot !ping", reply_to="sent-1") == "Pong! 🏓 0 ms"

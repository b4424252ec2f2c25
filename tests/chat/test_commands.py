"""A chat line becomes a command, or nothing."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kissbot.chat.commands import Command, Commands, Feature, Invocation, Reply
from kissbot.chat.lines import visible
from kissbot.features import find_features
from kissbot.testing import room

GHOST = "\U000e0000"
"""What some chat clients add to a line that repeats the one before."""

COMMANDS = Commands(command for feature in find_features() for command in feature.commands)
NAMES = sorted({name for command in COMMANDS.all for name in command.names})


def feature_called(name: str, *commands: str) -> Feature:
    feature = Feature(name)

    @feature.command(*commands)
    async def answer(asked: Invocation) -> Reply:
        return f"{name}: {asked.argument}"

    return feature


def parsed(text: str, prefix: str = "!") -> tuple[str, str] | None:
    found = COMMANDS.parse(text, prefix)
    return (found[0].name, found[1]) if found else None


@pytest.mark.parametrize("line", ["!ping", "!PING", "!PiNg", "!ping please"])
async def test_a_command_is_known_in_any_case(line: str) -> None:
    async with room() as place:
        assert await place.hears(line) == "Pong! 🏓 0 ms"


@pytest.mark.parametrize("alias", ["gi", "gameinfo", "game"])
async def test_every_alias_asks_the_same(alias: str) -> None:
    async with room() as place:
        answer = await place.hears(f"!{alias} hades")
        assert answer
        assert answer.startswith("🎮 Hades (2020)")


@pytest.mark.parametrize("line", ["!", "! ping", "!!ping", "!pings", "ping", "say !ping", "!ping,", "", " "])
async def test_what_is_no_command_of_ours_meets_silence(line: str) -> None:
    async with room() as place:
        assert await place.hears(line) is None


async def test_each_channel_has_its_own_prefix() -> None:
    async with room() as place:
        place.choose("bob", prefix="$")
        assert await place.hears("$ping", channel="bob") == "Pong! 🏓 0 ms"
        assert await place.hears("!ping", channel="bob") is None
        assert await place.hears("!ping", channel="ada") == "Pong! 🏓 0 ms"
        assert await place.hears("$ping", channel="ada") is None


async def test_a_prefix_may_be_a_word() -> None:
    async with room(prefix="kiss ") as place:
        assert await place.hears("kiss ping") == "Pong! 🏓 0 ms"


async def test_a_command_in_a_reply_works() -> None:
    async with room() as place:
        assert await place.hears("@bob !ping", reply_to="m0") == "Pong! 🏓 0 ms"
        assert await place.hears("@bob !gi hades", reply_to="m0") == await place.hears(
            "!gi hades", viewer="vic"
        )


async def test_a_command_after_a_name_needs_a_reply() -> None:
    async with room() as place:
        assert await place.hears("@bob !ping") is None


@pytest.mark.parametrize("tail", [GHOST, f" {GHOST}", "\u200b", " \u034f", "\u00a0", "\t", " \u2800"])
async def test_what_clients_add_invisibly_spoils_no_command(tail: str) -> None:
    async with room() as place:
        assert await place.hears(f"!ping{tail}") == "Pong! 🏓 0 ms"
        assert await place.hears(f"!help gi{tail}") == await place.hears("!help gi", viewer="vic")


async def test_an_invisible_argument_is_no_argument() -> None:
    async with room() as place:
        assert await place.hears(f"!gi {GHOST}") == "🎮 Which game? !gi <game>"
        answer = await place.hears(f"!anniv {GHOST}", viewer="Vic")
        assert answer
        assert "Vic" in answer


def test_the_argument_begins_after_the_first_blank() -> None:
    assert parsed("!gi  baldur's gate 3 ") == ("gi", "baldur's gate 3")
    assert parsed("!gi\thades") == ("gi", "hades")


@given(st.sampled_from(NAMES), st.integers(0, 2**10), st.text(max_size=40))
def test_any_case_and_any_argument_are_understood(name: str, capitals: int, argument: str) -> None:
    typed = "".join(char.upper() if capitals >> index & 1 else char for index, char in enumerate(name))
    found = COMMANDS.parse(f"!{typed} {argument}", "!")
    assert found
    assert name in found[0].names
    assert found[1] == visible(argument).strip()


@given(st.text(max_size=60), st.sampled_from(["!", "$", "kiss "]))
def test_no_line_breaks_the_parser(line: str, prefix: str) -> None:
    found = COMMANDS.parse(line, prefix)
    assert found is None or line.startswith(prefix)


def test_two_commands_of_one_name_are_refused() -> None:
    first, second = feature_called("first", "try"), feature_called("second", "other", "try")
    with pytest.raises(ValueError, match="second and first both declare the command 'try'"):
        Commands(first.commands + second.commands)


def test_two_answers_to_a_mention_are_refused() -> None:
    first, second = feature_called("first"), feature_called("second")
    with pytest.raises(ValueError, match="second and first both answer mentions"):
        Commands(first.commands + second.commands)


def test_a_command_is_described_by_its_handler() -> None:
    async def handler(asked: Invocation) -> Reply:
        """Says what it does.

        And why, to programmers.
        """
        return None

    assert Command(handler).summary == "Says what it does."

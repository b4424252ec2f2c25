"""Every command's example is true, in every language, and its summary can be read."""

import pytest

from kissbot.chat.commands import Command, Invocation
from kissbot.chat.tally import Outcome
from kissbot.chat.texts import LANGUAGES
from kissbot.features import find_features
from kissbot.testing import room

COMMANDS = [command for feature in find_features() for command in feature.commands]


def by_name(command: Command) -> str:
    return command.name


def test_there_are_commands_and_each_has_an_example_and_a_summary() -> None:
    assert COMMANDS
    assert [command.name for command in COMMANDS if not command.example or not command.summary] == []


@pytest.mark.parametrize("command", COMMANDS, ids=by_name)
async def test_the_example_is_true(command: Command) -> None:
    assert command.example
    line, piece = command.example
    async with room(broadcast=True) as place:
        assert piece in (await place.hears(line, rank=command.rank) or "")
        assert place.tally.commands == {command.name: 1}
        assert place.tally.outcomes == {Outcome.ANSWERED: 1}


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("command", COMMANDS, ids=by_name)
async def test_every_language_has_an_answer(command: Command, language: str) -> None:
    assert command.example
    async with room(language=language, broadcast=True) as place:
        answer = await place.hears(command.example[0], rank=command.rank)
        assert answer
        assert "{" not in answer
        assert place.tally.outcomes == {Outcome.ANSWERED: 1}


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("command", [command for command in COMMANDS if command.names], ids=by_name)
async def test_help_explains_it_in_every_language(command: Command, language: str) -> None:
    async with room(language=language) as place:
        answer = await place.hears(f"!help {command.name}", rank=command.rank)
        assert answer
        assert answer.startswith(f"📖 !{command.name}")
        assert (command.summary in answer) is (language == "en")


def test_handlers_take_what_was_asked_first() -> None:
    assert {next(iter(command.handler.__annotations__.values())) for command in COMMANDS} == {Invocation}

"""!source, the greeting and the answer to a mention."""

import pytest

from kissbot.chat.identity import Identity
from kissbot.testing import room

HELLO = "👋 ada! 👾 kissbot 1.0 is here · 🎮 !gc current game · 🤖 !gi <game> details · 📖 !help"


@pytest.mark.parametrize("name", ["source", "kissgit", "serdagit"])
async def test_source_names_the_author(name: str) -> None:
    async with room() as place:
        assert await place.hears(f"!{name}") == "💻 KissBot 1.0 (MIT) by the KissBot authors"


async def test_source_shows_the_link_when_there_is_one() -> None:
    bot = Identity("kissbot", "2.1", "Olga", "https://example.org/kissbot")
    async with room({Identity: bot}) as place:
        assert await place.hears("!source") == "💻 KissBot 2.1 (MIT) by Olga · https://example.org/kissbot"


async def test_a_channel_that_wants_it_is_greeted_once() -> None:
    async with room() as place:
        place.choose("ada", greeting=True)
        await place.opens("ada")
        await place.opens("bob")
        await place.hears("hello")
        assert [(line.channel.login, line.text) for line in place.said] == [("ada", HELLO)]


async def test_the_greeting_knows_the_channels_language_and_prefix() -> None:
    async with room(greeting=True, language="fr", prefix="$") as place:
        await place.opens()
        assert "$gi <jeu>" in place.said[0].text


async def test_a_mention_points_to_help_with_the_channels_prefix() -> None:
    async with room(prefix="$") as place:
        assert await place.hears("@kissbot hello", viewer="Vera") == (
            "👋 Hi Vera! I know games: $gi <game>. All I can do: $help"
        )

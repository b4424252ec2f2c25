"""!help shows what this viewer may use here."""

import pytest

from kissbot.chat.commands import Feature, Invocation, Reply
from kissbot.chat.messages import Rank
from kissbot.features import find_features
from kissbot.testing import Room, room


async def shown(place: Room, *, rank: Rank = Rank.EVERYONE) -> set[str]:
    answer = await place.hears("!help", viewer=f"v{len(place.said)}", rank=rank)
    assert answer
    return set(answer.removeprefix("🤖 ").partition(" · ")[0].split())


def moderators_tool() -> Feature:
    feature = Feature("tools")

    @feature.command("clear", usage="<name>", rank=Rank.MODERATOR, example=("!clear cache", "done"))
    async def clear(asked: Invocation) -> Reply:
        """Clears something."""
        return "done"

    return feature


async def test_help_lists_every_command_once() -> None:
    async with room() as place:
        assert await place.hears("!help") == (
            "🤖 !source !ask !kissanniv !gi !gs !gc !cache !help !joke !fact !qgame !quantum !qmusic !kiss "
            "!ping !uptime !stats !trad !listdevs !wiki · !help <command> tells more"
        )


@pytest.mark.parametrize("asking", ["!help", "!commands"])
async def test_help_has_two_names(asking: str) -> None:
    async with room() as place:
        assert "!gi" in (await place.hears(asking) or "")


async def test_help_shows_the_prefix_of_the_channel() -> None:
    async with room(prefix="$") as place:
        assert (await place.hears("$help") or "").startswith("🤖 $source ")
        assert await place.hears("$help gi", viewer="vic") == (
            "📖 $gi <game> · Year, genre, platforms and more of a game. Try: $gi hades"
        )


async def test_help_leaves_out_what_is_switched_off() -> None:
    async with room(off=frozenset({"gi", "system"})) as place:
        assert await shown(place) == {
            *("!source", "!kissanniv", "!gs", "!gc", "!cache", "!help", "!kiss"),
            *("!qgame", "!quantum", "!qmusic", "!trad", "!listdevs", "!wiki", "!ask", "!joke", "!fact"),
        }
        assert await place.hears("!help gi") == "🤷 There is no !gi for you here."
        assert await place.hears("!help ping") == "🤷 There is no !ping for you here."


async def test_help_leaves_out_what_is_above_the_viewers_rank() -> None:
    async with room(features=[*find_features(), moderators_tool()]) as place:
        assert "!clear" not in await shown(place)
        assert "!clear" in await shown(place, rank=Rank.MODERATOR)
        assert await place.hears("!help clear", viewer="vic") == "🤷 There is no !clear for you here."
        assert await place.hears("!help clear", rank=Rank.BROADCASTER) == (
            "📖 !clear <name> · Clears something. Try: !clear cache"
        )


@pytest.mark.parametrize("name", ["gi", "!gi", "GI", "gameinfo", "!GameInfo"])
async def test_help_explains_a_command_by_any_of_its_names(name: str) -> None:
    async with room() as place:
        assert await place.hears(f"!help {name}") == (
            "📖 !gi <game> · Year, genre, platforms and more of a game. Try: !gi hades"
        )


async def test_a_command_without_an_argument_needs_no_example() -> None:
    async with room() as place:
        assert await place.hears("!help uptime") == (
            "📖 !uptime · How long the bot has been running, and how many commands it has answered."
        )


async def test_help_for_an_unknown_command_says_so_and_costs_nothing() -> None:
    async with room() as place:
        assert await place.hears("!help nope") == "🤷 There is no !nope for you here."
        assert await place.hears("!help") is not None

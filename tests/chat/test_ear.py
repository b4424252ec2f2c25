"""Who is listened to, and who is not."""

import asyncio
import csv
from dataclasses import replace
from pathlib import Path

import pytest

from kissbot.chat.bots import KNOWN_BOTS
from kissbot.chat.commands import Feature, Invocation, Reply
from kissbot.chat.messages import Rank
from kissbot.chat.tally import Outcome
from kissbot.testing import room


@pytest.mark.parametrize("bot", ["nightbot", "StreamElements", "moobot", "Fossabot", "wizebot"])
async def test_a_known_bot_is_not_answered(bot: str) -> None:
    async with room() as place:
        assert await place.hears("!ping", viewer=bot) is None
        assert await place.hears("@kissbot hello", viewer=bot) is None
        assert place.tally.outcomes == {Outcome.KNOWN_BOT: 2}


async def test_a_channel_may_ignore_more_bots_and_listen_to_a_known_one() -> None:
    async with room() as place:
        place.choose("bob", bots=(KNOWN_BOTS | {"bobs_bot"}) - {"nightbot"})
        assert await place.hears("!ping", viewer="bobs_bot", channel="bob") is None
        assert await place.hears("!ping", viewer="nightbot", channel="bob") == "Pong! 🏓 0 ms"
        assert await place.hears("!ping", viewer="bobs_bot", channel="ada") == "Pong! 🏓 0 ms"
        assert await place.hears("!ping", viewer="nightbot", channel="ada") is None


def test_every_service_bot_that_was_seen_in_chats_is_known(shared: Path) -> None:
    with (shared / "data" / "known_bots.tsv").open(encoding="utf-8") as file:
        rows = csv.DictReader(file, delimiter="\t")
        seen = {row["login"] for row in rows if row["kind"] == "service" and int(row["channels_seen"])}
    assert seen
    assert seen <= KNOWN_BOTS


async def test_a_line_from_another_channel_of_a_shared_chat_is_not_answered() -> None:
    async with room() as place:
        assert await place.hears("!ping", source="id-bob") is None
        assert await place.hears("@kissbot hello", source="id-bob") is None
        assert place.tally.outcomes == {Outcome.FOREIGN: 2}


async def test_in_a_shared_chat_the_channel_still_hears_its_own_viewers() -> None:
    async with room() as place:
        assert await place.hears("!ping", source="id-ada") == "Pong! 🏓 0 ms"


async def test_a_command_may_be_for_the_whole_shared_chat() -> None:
    feature = Feature("shared")

    @feature.command("everywhere", shared=True)
    async def everywhere(asked: Invocation) -> Reply:
        return "heard"

    async with room(features=[feature]) as place:
        assert await place.hears("!everywhere", source="id-bob") == "heard"


async def test_the_owner_may_do_everything_everywhere() -> None:
    feature = Feature("owner")

    @feature.command("secret", rank=Rank.OWNER, cooldown=60)
    async def secret(asked: Invocation) -> Reply:
        return f"yes, {asked.viewer.rank.name}"

    async with room(features=[feature], owners=["olga"]) as place:
        assert await place.hears("!secret", viewer="Olga", channel="bob") == "yes, OWNER"
        assert await place.hears("!secret", viewer="Olga", channel="bob") == "yes, OWNER"
        assert await place.hears("!secret", rank=Rank.BROADCASTER) == "🔒 !secret is for the bot's owner."


async def test_every_line_is_counted_and_talk_costs_nothing_else() -> None:
    async with room() as place:
        for line in ("hello", "LUL", "what a game"):
            assert await place.hears(line) is None
        assert place.tally.lines == 3
        assert not place.tally.outcomes


async def test_the_command_of_another_bot_meets_silence_even_when_it_names_us() -> None:
    async with room() as place:
        assert await place.hears("!hug @kissbot") is None
        assert await place.hears("@kissbot !hug", reply_to="m0") is not None


def parrot(**options: object) -> Feature:
    """Says again what it overhears, if that begins with `a`."""
    feature = Feature("parrot")

    @feature.overhear(lambda message, settings: message.text.startswith("a"), **options)
    async def again(asked: Invocation) -> Reply:
        return f"{asked.command.name}: {asked.argument}"

    return feature


async def test_a_line_that_asks_for_nothing_may_be_overheard() -> None:
    async with room(features=[parrot()]) as place:
        assert await place.hears("a line") == "parrot: a line"
        assert await place.hears("line") is None
        assert await place.hears("a line", viewer="nightbot") is None
        assert await place.hears("a line", source="id-bob") is None
        assert place.tally.outcomes == {Outcome.ANSWERED: 1, Outcome.KNOWN_BOT: 1, Outcome.FOREIGN: 1}


async def test_what_is_overheard_cools_down_in_silence_and_is_switched_off_by_its_feature() -> None:
    async with room(features=[parrot(cooldown=5)], off=frozenset()) as place:
        assert await place.hears("a line")
        assert await place.hears("a line") is None
        assert await place.hears("a line", viewer="vic")
        place.choose(off=frozenset({"parrot"}))
        assert await place.hears("a line", viewer="zoe") is None
        assert place.tally.outcomes == {Outcome.ANSWERED: 2, Outcome.COOLING: 1, Outcome.SWITCHED_OFF: 1}


async def test_what_is_overheard_and_too_slow_is_not_missed() -> None:
    feature = Feature("slow")

    @feature.overhear(lambda message, settings: True, deadline=1)
    async def never(asked: Invocation) -> Reply:
        await asyncio.Event().wait()
        return "never"

    async with room(features=[feature]) as place:
        assert await place.hears("a line") is None
        await place.clock.push(2)
        assert place.said == []
        assert place.tally.outcomes == {Outcome.UNAVAILABLE: 1}


async def test_what_asks_for_something_is_not_overheard() -> None:
    feature = parrot()
    feature.overheard[0] = replace(feature.overheard[0], overhears=lambda message, settings: True)

    @feature.command("ping")
    async def ping(asked: Invocation) -> Reply:
        return "pong"

    async with room(features=[feature]) as place:
        assert await place.hears("!ping") == "pong"
        assert await place.hears("!other") == "parrot: !other"

"""!kiss: what holds in a channel, and how its moderators change it."""

import json
from pathlib import Path

import pytest

from kissbot.chat.audit import Actor
from kissbot.chat.book import Changed, Choosing
from kissbot.chat.changes import Change
from kissbot.chat.channels import Channels, ChannelSettings
from kissbot.chat.messages import Rank
from kissbot.chat.tally import Outcome
from kissbot.features.settings import Memories, Reasons
from kissbot.storage.layers import Layers
from kissbot.storage.memory_book import MemoryAudit, MemoryBook
from kissbot.storage.trouble import StorageTrouble
from kissbot.testing import ManualClock, Room, room
from kissbot.testing.clock import settle
from kissbot.testing.fakes import OneReason, ShortMemory

MOD = Rank.MODERATOR


async def tells(place: Room, line: str, **details: object) -> str:
    """What the bot answers to a moderator."""
    answer = await place.hears(line, viewer="mona", rank=MOD, **details)
    assert answer is not None
    return answer


# What holds


async def test_a_moderator_sees_what_holds_in_one_line() -> None:
    async with room(off=frozenset({"gc", "birthday"}), cooldowns={"gi": 3.0}) as place:
        assert await tells(place, "!kiss") == (
            "⚙️ language: en · prefix: ! · reply: thread · greeting: off · bots: – · off: birthday gc · "
            "cooldowns: gi 3 s · lines: online · streams: – · shoutout: off · broadcast: off "
            "· personality: plain · safety: strict"
        )


@pytest.mark.parametrize("rank", [Rank.MODERATOR, Rank.BROADCASTER, Rank.OWNER])
async def test_whoever_may_moderate_may_choose(rank: Rank) -> None:
    async with room() as place:
        assert await place.hears("!kiss set language fr", rank=rank) == "✅ language: en → fr"


@pytest.mark.parametrize(
    ("line", "shown"),
    [
        ("!kiss", "!kiss"),
        ("!kiss set language fr", "!kiss set"),
        ("!kiss SET language fr", "!kiss set"),
        ("!kiss off gi", "!kiss off"),
        ("!kiss why", "!kiss why"),
        ("!kiss nonsense", "!kiss"),
        ("!kiss forget you", "!kiss"),
    ],
)
async def test_viewers_may_not(line: str, shown: str) -> None:
    async with room() as place:
        for rank in (Rank.EVERYONE, Rank.SUBSCRIBER, Rank.VIP):
            assert await place.hears(line, rank=rank) == f"🔒 {shown} is for moderators."
        assert place.tally.outcomes == {Outcome.REFUSED: 3}
        assert await place.audit.latest() == []


async def test_an_owner_of_the_bot_may_choose_anywhere() -> None:
    async with room(owners=["olga"]) as place:
        assert await place.hears("!kiss off gi", viewer="olga") == "✅ gi: on → off"


# Changes hold at once


async def test_the_language_is_changed_at_once_and_here_only() -> None:
    async with room() as place:
        assert await tells(place, "!kiss set language fr") == "✅ language: en → fr"
        assert await place.hears("!gi") == "🎮 Quel jeu ? !gi <jeu>"
        assert await place.hears("!gi", channel="bob") == "🎮 Which game? !gi <game>"


async def test_the_prefix_is_changed_at_once() -> None:
    async with room() as place:
        assert await tells(place, "!kiss set prefix ?") == "✅ prefix: ! → ?"
        assert await place.hears("!ping") is None
        assert await place.hears("?ping") == "Pong! 🏓 0 ms"
        assert await tells(place, "?kiss set prefix !") == "✅ prefix: ? → !"


async def test_the_way_of_answering_is_changed_at_once() -> None:
    async with room() as place:
        assert await tells(place, "!kiss set reply mention") == "✅ reply: thread → mention"
        assert await place.hears("!ping") == "@vera Pong! 🏓 0 ms"


async def test_the_greeting_is_changed_at_once() -> None:
    async with room() as place:
        assert await tells(place, "!kiss set greeting on") == "✅ greeting: off → on"
        said = len(place.said)
        await place.opens("ada")
        assert place.said[said].text.startswith("👋 ada!")


async def test_bots_are_ignored_and_heard_at_once() -> None:
    async with room() as place:
        assert await place.hears("!ping", viewer="nightbot") is None
        answer = await tells(place, "!kiss set bots +@Robby -Nightbot")
        assert answer == "✅ bots: – → +robby -nightbot"
        assert await place.hears("!ping", viewer="nightbot")
        assert await place.hears("!ping", viewer="robby") is None


async def test_a_command_is_switched_off_and_on_at_once() -> None:
    async with room() as place:
        assert await tells(place, "!kiss off gameinfo") == "✅ gi: on → off"
        assert await place.hears("!gi hades") is None
        assert await tells(place, "!kiss on !gi") == "✅ gi: off → on"
        assert await place.hears("!gi hades")


async def test_a_feature_is_switched_off_and_its_commands_on_one_by_one() -> None:
    async with room() as place:
        assert await tells(place, "!kiss off games") == "✅ games: on → off"
        assert await tells(place, "!kiss on gi") == "✅ gi: off → on"
        assert await place.hears("!gi hades", viewer="v1")
        assert await place.hears("!gs hades", viewer="v2") is None
        assert await place.hears("!gc", viewer="v3") is None
        assert await tells(place, "!kiss on games") == "✅ games: on -gs -gc -cache -perftrace → on"
        assert await place.hears("!gs hades", viewer="v4")


async def test_mentions_are_switched_off() -> None:
    async with room() as place:
        assert await tells(place, "!kiss off @") == "✅ @: on → off"
        assert await place.hears("@kissbot hello") is None


async def test_a_cooldown_is_changed_at_once() -> None:
    async with room() as place:
        assert await tells(place, "!kiss cooldown gameinfo 2.5") == "✅ cooldown gi: 10 s → 2.5 s"
        await place.hears("!gi hades")
        await place.clock.push(2.5)
        assert await place.hears("!gi hades", viewer="vera") is not None
        assert await tells(place, "!kiss cooldown gi default") == "✅ cooldown gi: 2.5 s → 10 s"


async def test_one_change_leaves_the_others_as_they_are() -> None:
    async with room(language="de", off=frozenset({"gc"})) as place:
        await tells(place, "!kiss set prefix ?")
        await tells(place, "?kiss off gi")
        await tells(place, "?kiss cooldown gs 7")
        holds = ChannelSettings(language="de", prefix="?", off=frozenset({"gc", "gi"}), cooldowns={"gs": 7.0})
        assert place.channels.of(place.message("").channel) == holds


async def test_reset_goes_back_to_the_configuration() -> None:
    async with room() as place:
        place.choose("ada", language="fr", prefix="?")
        await tells(place, "?kiss set language es")
        assert await tells(place, "?kiss reset language") == "✅ language: es → fr"
        await tells(place, "?kiss set prefix %")
        await tells(place, "%kiss set greeting on")
        assert (await tells(place, "%kiss reset all")).startswith("✅ all: language: fr · prefix: % ·")
        assert await place.hears("?ping")


async def test_what_holds_already_is_told_so() -> None:
    async with room() as place:
        assert await tells(place, "!kiss on gi") == "👌 gi is on already."
        assert await tells(place, "!kiss reset all")
        assert await place.audit.latest() == []


async def test_moderators_who_choose_at_the_same_moment_all_get_their_wish() -> None:
    async with room() as place:
        for number, line in enumerate(("set language fr", "off gi", "off gs", "cooldown gc 9")):
            place.deliver(place.message(f"!kiss {line}", viewer=f"m{number}", rank=MOD))
        await settle()
        holds = place.channels.of(place.message("").channel)
        assert holds == ChannelSettings(language="fr", off=frozenset({"gi", "gs"}), cooldowns={"gc": 9.0})


async def test_every_change_is_noted_with_who_did_it() -> None:
    async with room() as place:
        await tells(place, "!kiss set language fr")
        (record,) = await place.audit.latest("ada")
        assert record.by == Actor("chat", "id-mona", "mona")
        assert (record.what, record.before, record.after) == ("language", "en", "fr")


# What cannot be


@pytest.mark.parametrize(
    ("line", "answer"),
    [
        ("nonsense", "🤷 I do not know “nonsense”. There are: set, on, off, cooldown, reset, why, forget me"),
        ("sett language fr", "🤷 I do not know “sett”. Did you mean set?"),
        (
            "set",
            "🤷 Something is missing. There are: language, prefix, reply, greeting, bots, online, offline, "
            "raid, sub, gift, cheer, follow, streams, shoutout, broadcast, personality, safety",
        ),
        ("set langage fr", "🤷 I do not know “langage”. Did you mean language?"),
        ("set language klingon", "🤷 language can be: en, fr, es, de"),
        ("set language", "🤷 language can be: en, fr, es, de"),
        ("set language fr es", "🤷 language can be: en, fr, es, de"),
        ("set reply loudly", "🤷 reply can be: thread, mention"),
        ("set greeting maybe", "🤷 greeting can be: on, off"),
        ("off birthdy", "🤷 I do not know “birthdy”. Did you mean birthday?"),
        ("off kiss", "🤷 kiss stays on: nobody could switch it on again."),
        ("off settings", "🤷 settings stays on: nobody could switch it on again."),
        ("reset prefx", "🤷 I do not know “prefx”. Did you mean prefix?"),
        ("cooldown games 5", "🤷 I do not know “games”. Did you mean game?"),
        ("set bots +ada", "🤷 ada is the broadcaster: I cannot ignore them."),
    ],
)
async def test_what_cannot_be_is_told_with_what_can(line: str, answer: str) -> None:
    async with room() as place:
        assert await tells(place, f"!kiss {line}") == answer
        assert await place.book.since() == (0, {})


@pytest.mark.parametrize("prefix", ["", "/", "/x", ".", ".x", "! !", "123456"])
async def test_a_prefix_must_be_possible_to_type(prefix: str) -> None:
    async with room() as place:
        answer = await tells(place, f"!kiss set prefix {prefix}")
        assert answer == ("🤷 A prefix is 1 to 5 characters, without blanks, not beginning with “/” or “.”")


async def test_nobody_loses_the_bot_to_a_prefix_of_invisible_signs() -> None:
    async with room() as place:
        answer = await tells(place, "!kiss set prefix 👨\u200d💻")
        assert answer == "🤷 There are signs in it that I cannot see; please choose another prefix."
        assert await tells(place, "!kiss set prefix 👨 \U000e0000") == "✅ prefix: ! → 👨"
        assert await place.hears("👨ping")


@pytest.mark.parametrize("seconds", ["", "-1", "86401", "nan", "inf", "soon", "1 2"])
async def test_a_cooldown_is_a_possible_number(seconds: str) -> None:
    async with room() as place:
        answer = await tells(place, f"!kiss cooldown gi {seconds}")
        assert answer == "🤷 A cooldown is 0 to 86400 seconds, or “default”."


@pytest.mark.parametrize("names", ["", "robby", "+", "+no-name", "+robby nightbot", "+" + "x" * 26])
async def test_bots_are_named_with_a_sign(names: str) -> None:
    async with room() as place:
        answer = await tells(place, f"!kiss set bots {names}")
        assert answer == "🤷 Write +name for an account to ignore, -name for one to listen to."


@pytest.mark.parametrize(
    "verb", ["", "set ", "set prefix ", "set bots ", "on ", "off ", "cooldown ", "reset "]
)
async def test_no_bad_input_of_a_moderator_breaks_anything(shared: Path, verb: str) -> None:
    with (shared / "data" / "bad_inputs_dev.jsonl").open(encoding="utf-8") as file:
        texts = [json.loads(line)["text"] for line in file]
    async with room() as place:
        for number, text in enumerate(texts):
            place.deliver(place.message(f"!kiss {verb}{text}", channel=f"c{number}", rank=MOD))
        await settle()
        assert set(place.tally.outcomes) <= {Outcome.ANSWERED, Outcome.REFUSED}
        assert len(place.said) == len(texts)


# When it cannot be kept


class FullDisk(MemoryBook):
    """Cannot be written."""

    async def change(self, channel: str, by: Actor, change: Change) -> Changed:
        raise StorageTrouble("the disk is full")


async def test_a_change_that_cannot_be_kept_does_not_hold() -> None:
    layers = Layers(Channels(), {}, FullDisk(MemoryAudit(ManualClock())))
    async with room({Choosing: layers}) as place:
        answer = await tells(place, "!kiss set language fr")
        assert answer == "💾 I cannot write that down right now. Please try again later."
        assert place.tally.outcomes == {Outcome.UNAVAILABLE: 1}
        assert await place.hears("!gi") == "🎮 Which game? !gi <game>"


# Why, and being forgotten


async def test_why_is_answered_by_whoever_knows() -> None:
    async with room({Reasons: OneReason("🔎 the socket is down")}) as place:
        assert await tells(place, "!kiss why") == "🔎 the socket is down"


@pytest.mark.parametrize("line", ["!kiss forget me", "!KISS Forget ME"])
async def test_everybody_can_be_forgotten(line: str) -> None:
    memories = ShortMemory()
    async with room({Memories: memories}) as place:
        assert await place.hears(line, viewer="Vera") == "🧹 What I kept about you is gone, Vera."
        assert [viewer.login for viewer in memories.forgotten] == ["vera"]

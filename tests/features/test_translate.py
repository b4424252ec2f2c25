"""!trad, and whose lines are translated without being asked."""

import json
from pathlib import Path

import pytest

from kissbot.chat.lines import LIMIT, units
from kissbot.chat.messages import Rank
from kissbot.chat.tally import Outcome
from kissbot.chat.texts import LANGUAGES
from kissbot.features.translate import EVERY, MOST
from kissbot.knowledge.answers.translation import Interpreter
from kissbot.testing import Room, room
from kissbot.testing.fakes import Parrot, by_first_word

MOD = Rank.MODERATOR
FRENCH = "Bonjour tout le monde"


async def orders(place: Room, line: str, **details: str) -> str:
    """What the bot answers to a moderator."""
    answer = await place.hears(line, viewer="mona", rank=MOD, **details)
    assert answer
    return answer


async def test_a_text_is_translated_into_the_language_of_the_channel() -> None:
    async with room() as place:
        place.choose("bob", language="fr")
        assert await place.hears(f"!trad {FRENCH}") == f"🌍 [FR→EN] (en) {FRENCH}"
        told = await place.hears("!translate Good morning", channel="bob")
        assert told == "🌍 [EN→FR] (fr) Good morning"


@pytest.mark.parametrize("typed", ["de: Good day", "DE:Good day", "de : Good day"])
async def test_a_code_before_the_text_is_the_language_to_translate_to(typed: str) -> None:
    async with room() as place:
        assert await place.hears(f"!trad {typed}") == "🌍 [EN→DE] (de) Good day"


async def test_what_only_looks_like_a_code_belongs_to_the_text() -> None:
    async with room(language="fr") as place:
        assert await place.hears("!trad good: it works") == "🌍 [?→FR] (fr) good: it works"
        assert await place.hears("!trad xx: a", viewer="vic") == "🌍 [?→FR] (fr) xx: a"


@pytest.mark.parametrize("language", LANGUAGES)
async def test_what_cannot_be_translated_is_told_in_every_language(language: str) -> None:
    async with room(language=language) as place:
        usage = await place.hears("!trad")
        assert usage
        assert usage.startswith("🌍 ")
        assert "!trad [" in usage
        assert await place.hears("!trad fr:") == usage
        already = await place.hears("!trad en: Good morning")
        assert already
        assert "EN" in already
        assert place.tally.outcomes == {Outcome.REFUSED: 3}


async def test_without_anybody_to_translate_the_operator_is_told_what_to_do() -> None:
    async with room({Interpreter: Interpreter((), by_first_word)}) as place:
        told = await place.hears(f"!trad {FRENCH}")
        assert told == (
            "🌍 I have nothing to translate with: whoever runs me sets translate.url, or a model."
        )
        assert await place.hears(f"!trad {FRENCH}") == told  # no cooldown


async def test_a_moderator_has_a_viewer_translated_and_not_any_more() -> None:
    async with room() as place:
        assert await place.hears(FRENCH) is None
        assert await orders(place, "!adddev @Vera") == "🌍 From now on I translate what vera writes."
        assert await orders(place, "!adddev vera") == "👌 I translate what vera writes already."
        assert await place.hears("!listdevs") == "🌍 Translated: vera"
        assert await place.hears(FRENCH) == f"🌍 [FR→EN] (en) {FRENCH}"
        assert await place.hears(FRENCH, viewer="vic") is None
        assert await place.hears(FRENCH, channel="bob") is None
        assert await orders(place, "!rmdev vera") == "🌍 I do not translate what vera writes any more."
        assert await orders(place, "!rmdev vera") == "👌 What vera writes is not translated."
        assert await place.hears(FRENCH) is None
        assert await place.hears("!listdevs") == "🌍 Nobody's lines are translated here."


async def test_auto_switches_there_and_back() -> None:
    async with room() as place:
        assert await orders(place, "!trad auto: @vera") == "🌍 From now on I translate what vera writes."
        assert await place.hears(FRENCH)
        told = await orders(place, "!trad AUTO:vera")
        assert told == "🌍 I do not translate what vera writes any more."


@pytest.mark.parametrize("line", ["!trad auto: @vic", "!adddev vic", "!rmdev vic"])
async def test_only_moderators_choose(line: str) -> None:
    async with room() as place:
        told = await place.hears(line)
        assert told
        assert "is for moderators" in told
        assert await place.hears("!listdevs") == "🌍 Nobody's lines are translated here."


@pytest.mark.parametrize("name", ["", "@", "two words", "é", "x" * 26, "a/b"])
async def test_a_name_that_is_none_is_told(name: str) -> None:
    async with room() as place:
        assert (await orders(place, f"!adddev {name}")).startswith("🌍 Whose lines?")


async def test_bots_and_the_bot_itself_are_not_translated() -> None:
    async with room() as place:
        for name in ("nightbot", "KissBot"):
            assert "is a bot" in await orders(place, f"!adddev {name}")
        place.choose(translated=frozenset({"nightbot", "kissbot"}))
        place.echo = True
        assert await place.hears(FRENCH, viewer="nightbot") is None
        place.said.clear()
        await place.hears(f"!trad {FRENCH}")
        assert len(place.said) == 1


async def test_there_is_an_end_to_the_list() -> None:
    async with room() as place:
        for number in range(MOST):
            await orders(place, f"!adddev viewer_{number:018}")
        assert await orders(place, "!adddev vera") == f"🌍 That is too many: {MOST} at most."
        listed = await place.hears("!listdevs")
        assert listed
        assert listed.count("viewer_") == MOST


@pytest.mark.parametrize(
    "line",
    [
        "Good morning everybody",  # in the channel's language already
        "hmm hmm hmm hmm hmm",  # in none that is sure
        "bonjour",
        "bonjour 😀😀😀😀😀😀😀😀😀",
        "!other bonjour tout le monde",
        "/me bonjour tout le monde",
        "",
    ],
)
async def test_about_other_lines_nothing_is_said(line: str) -> None:
    async with room(translated=frozenset({"vera"})) as place:
        assert await place.hears(line) is None
        assert Outcome.ANSWERED not in place.tally.outcomes


async def test_a_reply_is_translated_without_the_names_in_front() -> None:
    async with room(translated=frozenset({"vera"})) as place:
        told = await place.hears(f"@mona @vic {FRENCH}", reply_to="m0")
        assert told == f"🌍 [FR→EN] (en) {FRENCH}"


async def test_a_viewer_who_writes_much_is_translated_now_and_then() -> None:
    async with room(translated=frozenset({"vera", "vic"})) as place:
        for rank in (Rank.EVERYONE, MOD):
            assert await place.hears(FRENCH, rank=rank)
            assert await place.hears(FRENCH, rank=rank) is None
            assert await place.hears("Good morning everybody", viewer="vic") is None
            assert await place.hears(FRENCH, viewer="vic")
            await place.clock.push(EVERY + 1)
        assert await place.hears(FRENCH)


async def test_a_line_that_comes_twice_is_translated_once() -> None:
    async with room(translated=frozenset({"vera"})) as place:
        message = place.message(FRENCH)
        assert await place.delivers(message)
        await place.clock.push(EVERY + 1)
        assert await place.delivers(message) is None


async def test_a_line_of_another_channel_is_left_to_that_channel() -> None:
    async with room(translated=frozenset({"vera"})) as place:
        assert await place.hears(FRENCH, source="id-bob") is None


async def test_nobody_is_told_that_what_they_did_not_ask_for_failed() -> None:
    parrot = Parrot()
    parrot.broken = True
    async with room(
        {Interpreter: Interpreter((parrot,), by_first_word)}, translated=frozenset({"vera"})
    ) as place:
        assert await place.hears(FRENCH) is None
        parrot.broken = False
        assert await place.hears(FRENCH)  # it cost no cooldown


async def test_nor_that_a_bug_kept_it_from_them() -> None:
    def broken(words: str) -> None:
        raise ZeroDivisionError

    async with room({Interpreter: Interpreter((), broken)}, translated=frozenset({"vera"})) as place:
        assert await place.hears(FRENCH) is None
        assert place.tally.outcomes == {Outcome.BROKEN: 1}


async def test_it_is_switched_off_with_its_feature() -> None:
    async with room(translated=frozenset({"vera"}), off=frozenset({"translate"})) as place:
        assert await place.hears(FRENCH) is None
        assert place.tally.outcomes == {Outcome.SWITCHED_OFF: 1}


async def test_commands_and_mentions_of_such_a_viewer_are_what_they_are() -> None:
    async with room(translated=frozenset({"vera"})) as place:
        assert await place.hears("!ping") == "Pong! 🏓 0 ms"
        assert "!help" in (await place.hears("@kissbot bonjour tout le monde") or "")


async def test_the_audit_log_knows_how_many_and_not_who() -> None:
    async with room() as place:
        await orders(place, "!adddev vera")
        (record,) = await place.audit.latest("ada")
        assert (record.what, record.before, record.after) == ("translated", "0", "1")


async def test_whatever_is_typed_there_is_one_good_line(shared: Path) -> None:
    with (shared / "data" / "bad_inputs_dev.jsonl").open(encoding="utf-8") as file:
        texts = [json.loads(line)["text"] for line in file]
    async with room(language="fr", translated=frozenset({"zoe"})) as place:
        for number, words in enumerate(texts):
            told = await place.hears(f"!trad {words}", viewer=f"v{number}")
            assert told
            assert told.startswith(("🌍 ", "🔒 "))
            assert units(told) <= LIMIT
            await place.hears(words, viewer="zoe")
        assert Outcome.BROKEN not in place.tally.outcomes

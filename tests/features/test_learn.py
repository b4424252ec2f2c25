"""!qgame, !collapse, !entangle, !decoherence, !quantum."""

import json
from pathlib import Path

import pytest

from kissbot.chat.lines import LIMIT
from kissbot.chat.texts import LANGUAGES
from kissbot.knowledge.games.game import Game
from kissbot.knowledge.truth.domain import Rules
from kissbot.knowledge.truth.records import EVAPORATES
from kissbot.testing import HADES

from .learning import BOTW, HADES_2, LIST, school

CONFIRMED = "🔒 Hades (2020) ✅ confirmed (1)"
COLLAPSED = "💥 @Mia collapsed 'hades' → Hades (2020) ✅"


async def test_qgame_lists_what_may_be_meant() -> None:
    async with school() as here:
        assert await here.asks("!qgame hades") == LIST


async def test_a_moderator_says_which_one_and_it_is_known_wherever_the_game_is_named() -> None:
    async with school() as here:
        await here.asks("!qgame hades")
        assert await here.says("!collapse hades 2") == "💥 @Mia collapsed 'hades' → Hades II (2025) ✅"
        assert await here.asks("!qgame hades") == "🔒 Hades II (2025) ✅ confirmed (1)"
        for line in ("!gi hades", "!gi HADES!", "!gi hads", "!gi hadès", "!gi hades", "!gc"):
            assert "Hades II (2025) · 🏆 95/100 · 🔥 HIGH" in await here.asks(line), line
        assert (await here.asks("!gs hades")).startswith("🎮 Hades II (2025)")
        assert "Hades II (2025)" in await here.asks("!gi hades", channel="bob")


async def test_undo_takes_back_exactly_the_last_word_of_this_channel() -> None:
    async with school() as here:
        await here.asks("!qgame hades")
        await here.asks("!qgame hades", channel="bob")
        assert await here.says("!collapse hades 1") == COLLAPSED
        await here.says("!collapse hades 2", who="Max")
        await here.says("!collapse hades 2", who="Bea", channel="bob")
        assert await here.says("!collapse hades undo") == (
            "↩️ @Mia took back 'hades' → Hades II (2025) · now Hades (2020) ✅"
        )
        assert "Hades (2020)" in await here.asks("!gi hades")
        assert "Hades II" in await here.asks("!gi hades", channel="bob")
        await here.says("!collapse hades undo", channel="bob")
        assert await here.says("!collapse HADES Undo") == "↩️ @Mia took back 'hades' → Hades (2020)"
        assert await here.asks("!qgame hades") == LIST
        assert await here.says("!collapse hades undo") == "🤷 Nothing is confirmed here for “hades”."


async def test_a_viewers_collapse_is_refused() -> None:
    async with school() as here:
        await here.asks("!qgame hades")
        assert await here.asks("!collapse hades 1") == "🔒 !collapse is for moderators."
        assert await here.asks("!entangle hds = hades") == "🔒 !entangle is for moderators."
        assert await here.asks("!decoherence") == "🔒 !decoherence is for moderators."
        assert await here.asks("!qgame hades") == LIST


async def test_whoever_has_seen_no_list_is_shown_one() -> None:
    async with school() as here:
        assert await here.says("!collapse hades 1") == LIST
        assert await here.says("!collapse hades 1") == COLLAPSED
        assert await here.says("!collapse xyzzyplugh 1") == "🤷 I find nothing that is called “xyzzyplugh”."


async def test_a_list_of_another_channel_was_not_shown_here() -> None:
    async with school() as here:
        await here.asks("!qgame hades", channel="bob")
        assert await here.says("!collapse hades 1") == LIST


async def test_a_list_that_is_too_old_is_made_anew() -> None:
    async with school() as here:
        await here.asks("!qgame hades")
        await here.place.clock.push(1801)
        assert await here.says("!collapse hades 1") == f"⌛ That list was too old. {LIST}"
        assert await here.says("!collapse hades 1") == COLLAPSED


@pytest.mark.parametrize("number", ["0", "3", "99999999999999999999"])
async def test_a_number_that_is_not_in_the_list(number: str) -> None:
    async with school() as here:
        await here.asks("!qgame hades")
        told = await here.says(f"!collapse hades {number}")
        assert told == f"🔢 There is no number {number}. {LIST}"


async def test_without_a_number_it_asks_for_one() -> None:
    async with school() as here:
        assert await here.says("!collapse") == "🔢 !collapse <name> <number>, or !collapse <name> undo"
        assert await here.says("!collapse hades") == LIST
        assert await here.says("!collapse hades") == f"🔢 Which number? {LIST}"


async def test_a_name_may_have_blanks_and_end_with_a_number() -> None:
    async with school() as here:
        shown = await here.asks("!qgame hades 2")
        assert shown.endswith("→ !collapse hades 2 1")
        assert (await here.says("!collapse hades 2")).endswith("→ !collapse hades 2 1")
        assert await here.says("!collapse hades 2 1") == "💥 @Mia collapsed 'hades 2' → Hades II (2025) ✅"


async def test_each_moderator_counts_once_and_adds_to_the_confidence() -> None:
    async with school() as here:
        await here.asks("!qgame hades")
        for who in ("Mia", "Max", "Mia", "Lea"):
            await here.says("!collapse hades 1", who=who)
        assert await here.asks("!qgame hades") == "🔒 Hades (2020) ✅ confirmed (3)"
        known = await here.place.truth.known("GAME", "hades", here.place.message("").channel)
        assert known
        assert known.confidence == 1


async def test_a_dispute_is_settled_by_most_channels_and_each_has_its_own_way() -> None:
    async with school() as here:
        await here.asks("!qgame hades")
        await here.says("!collapse hades 1")
        assert await here.asks("!qgame hades", channel="bob") == CONFIRMED
        # Whoever disagrees gets the list by asking for a number; what others say counts in it.
        assert "Hades (2020) 🏆 93/100 (conf 1)" in await here.says("!collapse hades", channel="bob")
        await here.says("!collapse hades 2", who="Bea", channel="bob")
        assert "Hades II" in await here.asks("!qgame hades", channel="bob")
        assert await here.asks("!qgame hades") == CONFIRMED
        assert await here.asks("!qgame hades", channel="cai") == CONFIRMED
        await here.says("!collapse hades", channel="dan")
        await here.says("!collapse hades 2", who="Dee", channel="dan")
        assert "Hades II (2025) ✅ confirmed (2)" in await here.asks("!qgame hades", channel="cai")


async def test_two_names_are_linked_to_whatever_the_second_one_means() -> None:
    async with school(HADES, HADES_2, BOTW) as here:
        assert await here.says("!entangle the good one = zelda breath of the wild") == (
            "🔗 @Mia entangled 'the good one' = 'zelda breath of the wild' → "
            "The Legend of Zelda: Breath of the Wild (2017) ✅"
        )
        assert "Breath of the Wild" in await here.asks("!gi the good one")
        await here.says("!collapse hades 1")
        await here.says("!collapse hades 1")
        await here.says("!entangle godgame = hades")
        assert "Hades (2020)" in await here.asks("!gi godgame")
        await here.says("!collapse hades 2", who="Max")
        assert "Hades II" in await here.asks("!gi godgame")
        assert (await here.says("!collapse godgame undo")).startswith("↩️ @Mia took back 'godgame'")
        assert await here.asks("!gi godgame") == "🤷 I know no game called “godgame”."


async def test_a_link_to_what_is_not_clear_is_refused() -> None:
    twins = (Game(name="Doom", year=1993, popularity=80), Game(name="Doom", year=2016, popularity=80))
    async with school(*twins, rules=Rules(auto_entangle_threshold=0.99)) as here:
        assert (await here.says("!entangle d = doom")).startswith("🔗 First say what “doom” is. 🔬")
        assert (await here.says("!entangle d = xyzzyplugh")).startswith("🤷 I find nothing")
        usage = "🔗 Which two? !entangle <name> = <name>"
        for line in ("!entangle", "!entangle a", "!entangle a =", "!entangle = b"):
            assert await here.says(line) == usage


async def test_a_name_is_not_linked_to_itself() -> None:
    async with school() as here:
        assert await here.says("!entangle HADES! = hades") == (
            "🔗 “HADES!” and “hades” are the same to me already."
        )


async def test_names_of_the_same_game_share_its_confirmation() -> None:
    async with school(HADES, HADES_2, BOTW) as here:
        await here.says("!collapse botw 1")
        await here.says("!collapse botw 1")
        told = "🔒 The Legend of Zelda: Breath of the Wild (2017) ✅ confirmed (1)"
        assert await here.asks("!qgame the legend of zelda breath of the wild") == told
        assert "🔬" in await here.asks("!qgame hades")


async def test_what_is_not_entangled_is_not_shared() -> None:
    async with school(BOTW, rules=Rules(entanglement_enabled=False)) as here:
        await here.says("!collapse botw 1")
        await here.says("!collapse botw 1")
        assert "🔬" in await here.asks("!qgame the legend of zelda breath of the wild")
        assert await here.says("!entangle a = botw") == "🔗 Names are not linked here."


async def test_decoherence_forgets_candidates_and_never_what_is_confirmed() -> None:
    async with school(HADES, HADES_2, BOTW) as here:
        await here.asks("!qgame hades")
        await here.asks("!qgame botw")
        assert await here.says("!decoherence") == "🌀 Candidates removed: GAME 0 · MUSIC 0"
        await here.says("!collapse botw 1")
        assert await here.says("!decoherence Hades, nothing") == "🌀 Candidates removed: GAME 1 · MUSIC 0"
        await here.asks("!qgame hades 2")
        await here.place.clock.push(1801)
        assert await here.says("!decoherence", channel="bob") == "🌀 Candidates removed: GAME 0 · MUSIC 0"
        assert await here.says("!decoherence") == "🌀 Candidates removed: GAME 2 · MUSIC 0"
        assert "🔒" in await here.asks("!qgame botw")


async def test_quantum_counts_what_is_known_over_all_domains() -> None:
    async with school(HADES, HADES_2, BOTW) as here:
        empty = "MUSIC: 0 items, 0 superpositions, 0% verified"
        assert await here.asks("!quantum") == f"🔬 GAME: 0 items, 0 superpositions, 0% verified · {empty}"
        await here.asks("!qgame hades")
        await here.asks("!qgame botw")
        await here.asks("!qgame botw", channel="bob")
        await here.says("!collapse botw 1")
        assert await here.asks("!quantum") == f"🔬 GAME: 2 items, 1 superpositions, 50% verified · {empty}"
        await here.place.clock.push(EVAPORATES + 1)
        assert await here.asks("!quantum") == f"🔬 GAME: 1 items, 0 superpositions, 100% verified · {empty}"


async def test_nothing_close_says_what_is_near() -> None:
    async with school() as here:
        assert await here.asks("!qgame hades 3") == (
            "🤷 I find nothing that is called “hades 3”. Did you mean Hades (2020), Hades II (2025)?"
        )
        assert await here.asks("!qgame ???") == "🤷 I find nothing that is called “???”."
        assert await here.asks("!qgame") == "🔬 Of what? !qgame <name>"


SHAPES = {
    "en": ("Superposition", "confirmed", "nothing", "shelf is closed"),
    "fr": ("Superposition", "confirmé", "rien", "shelf is closed"),
    "es": ("Superposición", "confirmado", "nada", "shelf is closed"),
    "de": ("Superposition", "bestätigt", "nichts", "shelf is closed"),
}


@pytest.mark.parametrize("language", LANGUAGES)
async def test_five_shapes_in_four_languages(language: str) -> None:
    several, confirmed, nothing, closed = SHAPES[language]
    async with school(language=language) as here:
        found = await here.asks("!qgame hades ii")
        assert several in found
        assert "1. ⚛️ Hades II (2025) 🏆 95/100 (conf " in found
        many = await here.asks("!qgame hades")
        assert several in many
        assert " · 2. ⚛️ " in many
        assert many.endswith("→ !collapse hades 1")
        assert nothing in await here.asks("!qgame xyzzyplugh")
        await here.says("!collapse hades 1")
        assert await here.asks("!qgame hades") == f"🔒 Hades (2020) ✅ {confirmed} (1)"
        here.library.closed = True
        assert closed in await here.asks("!qgame celeste")
        assert confirmed in await here.asks("!qgame hades"), "what is confirmed needs no source"
        assert "Hades (2020)" in await here.asks("!gi hades")


async def test_a_list_is_not_searched_again_while_it_is_new() -> None:
    async with school() as here:
        for _ in range(5):
            await here.asks("!qgame hades")
        assert here.library.asked == 1
        await here.place.clock.push(1801)
        await here.asks("!qgame hades")
        assert here.library.asked == 2


async def test_what_is_told_of_a_confirmed_game_is_renewed_in_the_background() -> None:
    async with school() as here:
        await here.says("!collapse hades 1")
        await here.says("!collapse hades 1")
        await here.place.clock.push(86_401)
        here.library.games = (Game(name="Hades", year=2020, critics=94), HADES_2)
        assert "93/100" in await here.asks("!gi hades"), "the old is told meanwhile"
        assert "94/100" in await here.asks("!gi hades")
        asked = here.library.asked
        await here.asks("!gi hades")
        assert here.library.asked == asked


async def test_a_renewal_that_fails_spoils_nothing_and_is_not_tried_all_the_time() -> None:
    async with school() as here:
        await here.says("!collapse hades 1")
        await here.says("!collapse hades 1")
        await here.place.clock.push(86_401)
        here.library.closed = True
        for _ in range(3):
            assert "93/100" in await here.asks("!gi hades")
        assert here.library.asked == 2


async def test_the_longest_names_leave_room_for_the_hint() -> None:
    title = "An Extraordinarily Long Name of a Game That Goes On and On and On: Part"
    games = [Game(name=f"{title} {part}", popularity=80, critics=90) for part in ("One", "Two", "Three")]
    async with school(*games) as here:
        asked = title.ljust(200, "!")
        told = await here.asks(f"!qgame {asked}")
        assert "3. ⚛️" in told
        assert told.endswith(" 1")
        assert len(told) <= LIMIT


async def test_what_viewers_type_stays_data(shared: Path) -> None:
    with (shared / "data" / "bad_inputs_dev.jsonl").open(encoding="utf-8") as file:
        texts = [json.loads(line)["text"] for line in file][::9]
    async with school() as here:
        for text in texts:
            await here.asks(f"!qgame {text}")
            await here.says(f"!collapse {text} 1")
            await here.says(f"!entangle {text} = hades")
        await here.says("!entangle {0.__class__} = hades")
        told = await here.says("!collapse {0.__class__} undo")
        assert "{0.__class__}" in told


async def test_a_list_that_gi_shows_can_be_chosen_from() -> None:
    async with school(BOTW, Game(name="The Legend of Zelda", year=1986)) as here:
        told = await here.asks("!gi zelda")
        assert told == (
            "🎮 Which one? 1. The Legend of Zelda: Breath of the Wild (2017) · 2. The Legend of Zelda (1986) "
            "→ !gi <full name> · !collapse zelda 1"
        )
        assert (
            await here.says("!collapse zelda 2")
            == "💥 @Mia collapsed 'zelda' → The Legend of Zelda (1986) ✅"
        )
        assert "The Legend of Zelda (1986)" in await here.asks("!gi zelda")

"""!kisscharity: a broadcaster's message to every channel that wants such messages."""

import pytest
from structlog.testing import capture_logs

from kissbot.chat.messages import Channel, Priority, Rank
from kissbot.chat.tally import Outcome
from kissbot.features.broadcast import EVERY, TOLD_WITHIN
from kissbot.storage.memory import MemoryNotes
from kissbot.testing import ManualClock, Room, room

HOST = Rank.BROADCASTER


def invite(place: Room, *logins: str) -> None:
    """The bot is there, and these channels want messages."""
    for login in logins:
        place.channels.here[login] = Channel(f"id-{login}", login)
        place.choose(login, broadcast=True)


async def test_a_message_goes_to_every_channel_that_wants_it_and_to_no_other() -> None:
    async with room() as place:
        invite(place, "ada", "chloe", "dan")
        assert (
            await place.hears("!kisscharity 24 h for the food bank", rank=HOST) == "📢 sent to 2/2 channels"
        )
        sent = [(line.channel.login, line.text, line.priority) for line in place.said[:-1]]
        text = "[Source: ada] 24 h for the food bank"
        assert sent == [("chloe", text, Priority.BROADCAST), ("dan", text, Priority.BROADCAST)]


@pytest.mark.parametrize(
    ("language", "report"),
    [
        ("fr", "📢 envoyé à 1/1 chaînes"),
        ("es", "📢 enviado a 1/1 canales"),
        ("de", "📢 an 1/1 Kanäle gesendet"),
    ],
)
async def test_the_report_is_in_the_language_of_the_channel(language: str, report: str) -> None:
    async with room(language=language) as place:
        invite(place, "bob")
        assert await place.hears("!kisscharity hello", rank=HOST) == report


async def test_the_report_counts_what_was_shown_and_the_log_says_why_the_rest_was_not() -> None:
    async with room() as place:
        invite(place, "bob", "chloe", "dan", "eve")
        place.drop_reasons = {"chloe": "msg_banned", "dan": "msg_banned", "eve": "expired"}
        with capture_logs() as logged:
            assert await place.hears("!kisscharity hello", rank=HOST) == "📢 sent to 1/4 channels"
        (done,) = [entry for entry in logged if entry["event"] == "broadcast_done"]
        assert (done["channel"], done["sent"], done["channels"]) == ("ada", 1, 4)
        assert done["reasons"] == {"msg_banned": 2, "expired": 1}


async def test_who_sent_what_is_noted() -> None:
    async with room() as place:
        invite(place, "bob")
        await place.hears("!kisscharity hello", viewer="Ada", rank=HOST)
        (record,) = await place.audit.latest("ada")
        assert (record.by.name, record.what, record.after) == ("ada", "broadcast", "1/1: hello")


async def test_a_broadcaster_waits_five_minutes_and_so_does_everybody_else_there() -> None:
    async with room() as place:
        invite(place, "bob", "ada")
        assert await place.hears("!kisscharity one", rank=HOST) == "📢 sent to 1/1 channels"
        assert await place.hears("!kisscharity two", rank=HOST) == "⏳ !kisscharity again in 300 seconds."
        assert await place.hears("!kisscharity two", rank=Rank.OWNER, viewer="olga") is not None
        assert await place.hears("!kisscharity hi", rank=HOST, channel="bob") == "📢 sent to 1/1 channels"
        await place.clock.push(EVERY)
        assert await place.hears("!kisscharity two", rank=HOST) == "📢 sent to 1/1 channels"


async def test_the_wait_holds_in_every_process() -> None:
    notes = MemoryNotes(ManualClock())
    async with room(notes=notes) as one, room(notes=notes) as other:
        invite(one, "bob")
        invite(other, "bob")
        assert await one.hears("!kisscharity one", rank=HOST, id="a") == "📢 sent to 1/1 channels"
        answer = await other.hears("!kisscharity two", rank=HOST, id="b")
        assert answer
        assert answer.startswith("⏳")


async def test_a_channel_can_lengthen_the_wait_and_not_shorten_it() -> None:
    async with room(cooldowns={"kisscharity": 1}) as place:
        invite(place, "bob")
        assert await place.hears("!kiss cooldown kisscharity 0", rank=HOST) == (
            "👌 cooldown kisscharity is 300 s already."
        )
        assert await place.hears("!kiss cooldown kisscharity 600", rank=HOST) == (
            "✅ cooldown kisscharity: 300 s → 600 s"
        )
        await place.hears("!kisscharity one", rank=HOST)
        assert await place.hears("!kisscharity two", rank=HOST) == "⏳ !kisscharity again in 600 seconds."


async def test_a_message_that_reached_nobody_costs_nothing() -> None:
    async with room() as place:
        invite(place, "bob")
        place.drop_reasons = {"bob": "expired"}
        assert await place.hears("!kisscharity one", rank=HOST) == "📢 sent to 0/1 channels"
        place.drop_reasons.clear()
        assert await place.hears("!kisscharity one", rank=HOST) == "📢 sent to 1/1 channels"


async def test_when_nobody_wants_messages_that_is_said_and_costs_nothing() -> None:
    async with room() as place:
        for _ in range(2):
            answer = await place.hears("!kisscharity hello", rank=HOST)
            assert answer
            assert answer.startswith("📢 No other channel wants such messages yet.")
        assert place.tally.outcomes == {Outcome.REFUSED: 2}


async def test_a_message_is_needed() -> None:
    async with room() as place:
        invite(place, "bob")
        assert await place.hears("!kisscharity", rank=HOST) == "📢 What shall I say? !kisscharity <message>"


@pytest.mark.parametrize("rank", [Rank.EVERYONE, Rank.MODERATOR])
async def test_only_the_broadcaster_may(rank: Rank) -> None:
    async with room() as place:
        invite(place, "bob")
        assert await place.hears("!kisscharity hello", rank=rank) == "🔒 !kisscharity is for the broadcaster."


async def test_a_long_message_is_cut_with_its_source_in_front() -> None:
    async with room() as place:
        invite(place, "bob")
        await place.hears("!kisscharity " + "word " * 200, rank=HOST)
        line = place.said[0].text
        assert line.startswith("[Source: ada] word")
        assert line.endswith("…")
        assert len(line) <= 500


async def test_what_a_broadcaster_writes_is_data() -> None:
    async with room() as place:
        invite(place, "bob")
        await place.hears("!kisscharity {channel} %s /ban \u202e all", rank=HOST)
        assert place.said[0].text == "[Source: ada] {channel} %s /ban all"


async def test_a_broadcast_waits_for_slow_sends_and_answers_others_meanwhile() -> None:
    async with room() as place:
        invite(place, "bob")
        place.silent = True
        assert await place.hears("!kisscharity hello", rank=HOST) is None
        assert await place.hears("!ping") == "Pong! 🏓 0 ms"
        await place.clock.push(TOLD_WITHIN)
        assert place.said[-1].text == "📢 sent to 0/1 channels"


async def test_receiving_is_chosen_by_the_channel() -> None:
    async with room() as place:
        assert (
            await place.hears("!kiss set broadcast on", rank=HOST, channel="bob") == "✅ broadcast: off → on"
        )
        assert await place.hears("!kisscharity hello", rank=HOST) == "📢 sent to 1/1 channels"

"""What the bot says, to whom, and how it knows its own voice."""

import asyncio

import pytest

from kissbot.bus.memory import MemoryBus
from kissbot.chat.channels import Channels
from kissbot.chat.commands import Feature, Reply
from kissbot.chat.echoes import COMES_WITHIN
from kissbot.chat.lines import REPEAT_MARK
from kissbot.chat.messages import Channel, ChatMessage, Joined, Priority, Rank
from kissbot.chat.tally import Outcome, Tally
from kissbot.chat.trail import NoTrail, Scribe
from kissbot.chat.voice import ANSWER_KEEPS, SETTLES, Voice
from kissbot.testing import Room, room
from kissbot.testing.clock import settle


def voice_of(place: Room) -> Voice:
    """A voice on a bus of its own, where nobody confirms what it says."""
    scribe = Scribe(NoTrail(), place.clock)
    return Voice("kissbot", MemoryBus(), place.clock, Channels(), Tally(0), scribe)


async def test_an_answer_is_threaded_to_its_question() -> None:
    async with room() as place:
        await place.hears("!ping", id="question")
        [line] = place.said
        assert (line.text, line.reply_to, line.id) == ("Pong! 🏓 0 ms", "question", "answer:question")


async def test_an_answer_may_begin_with_the_viewers_name_instead() -> None:
    async with room(reply="mention") as place:
        await place.hears("!ping", viewer="Vera")
        [line] = place.said
        assert (line.text, line.reply_to) == ("@Vera Pong! 🏓 0 ms", None)


@pytest.mark.parametrize("name", ["Ve\u202era", "Ve\u200bra", "Ve\nra", "\x07Vera"])
async def test_a_name_smuggles_nothing_into_an_answer(name: str) -> None:
    async with room(reply="mention") as place:
        answer = await place.hears("!ping", viewer=name)
        assert answer in ("@Vera Pong! 🏓 0 ms", "@Ve ra Pong! 🏓 0 ms")


@pytest.mark.parametrize(
    ("rank", "priority"),
    [
        (Rank.EVERYONE, Priority.ANSWER),
        (Rank.VIP, Priority.ANSWER),
        (Rank.MODERATOR, Priority.MODERATOR_ANSWER),
        (Rank.BROADCASTER, Priority.MODERATOR_ANSWER),
    ],
)
async def test_moderators_are_answered_first(rank: Rank, priority: Priority) -> None:
    async with room() as place:
        await place.hears("!ping", rank=rank)
        assert place.said[0].priority == priority


async def test_an_answer_that_is_too_old_is_better_left_unsaid() -> None:
    async with room() as place:
        await place.hears("!ping")
        assert place.said[0].expires_at == place.clock.time() + ANSWER_KEEPS


async def test_an_announcement_waits_behind_answers_and_replies_to_nobody() -> None:
    async with room(greeting=True) as place:
        await place.opens()
        [line] = place.said
        assert (line.priority, line.reply_to) == (Priority.ANNOUNCEMENT, None)


async def test_the_bots_own_line_is_not_answered_even_if_it_comes_back_before_its_receipt() -> None:
    async with room() as place:
        place.echo = True
        assert await place.hears("!source") == "💻 KissBot 1.0 (MIT) by the KissBot authors"
        assert len(place.said) == 1
        assert place.tally.outcomes == {Outcome.ANSWERED: 1, Outcome.OWN: 1}


async def test_the_bots_own_line_is_known_by_its_id_later_too() -> None:
    async with room() as place:
        await place.hears("!source")
        assert await place.hears("KissBot 1.0 by the authors", viewer="kissbot", id="sent-1") is None
        assert place.tally.outcomes[Outcome.OWN] == 1


async def test_a_streamer_whose_account_is_the_bot_can_type_commands() -> None:
    async with room() as place:
        assert await place.hears("!ping", viewer="kissbot") == "Pong! 🏓 0 ms"
        place.echo = True
        assert await place.hears("!ping", viewer="kissbot") == "Pong! 🏓 0 ms"


async def test_a_person_on_the_bots_account_waits_no_longer_than_a_receipt_may_take() -> None:
    async with room() as place:
        voice = voice_of(place)
        voice.announce(Channel("id-ada", "ada"), "a line whose receipt never comes", "x")
        asking = asyncio.create_task(voice.said(place.message("!ping", viewer="kissbot")))
        await settle()
        await place.clock.push(SETTLES - 1)
        assert not asking.done()
        await place.clock.push(1)
        assert asking.done()
        assert await asking is False


async def test_nobody_else_waits_for_a_receipt() -> None:
    async with room() as place:
        voice = voice_of(place)
        voice.announce(Channel("id-ada", "ada"), "a line whose receipt never comes", "x")
        asking = asyncio.create_task(voice.said(place.message("!ping")))
        await settle()
        assert asking.done()


async def test_sent_and_dropped_lines_are_counted() -> None:
    async with room() as place:
        await place.hears("!ping")
        place.drop_reason = "msg_duplicate"
        await place.hears("!ping")
        assert place.tally.sent == 1
        assert place.tally.dropped == {"msg_duplicate": 1}


async def test_what_was_dropped_is_not_said_again() -> None:
    async with room() as place:
        place.drop_reason = "msg_rejected"
        await place.hears("!ping")
        await place.clock.push(60)
        assert len(place.said) == 1


@pytest.mark.parametrize(
    ("language", "answer"),
    [
        ("en", "🤷 There is no !nope for you here."),
        ("fr", "🤷 Il n'y a pas de !nope pour toi ici."),
        ("es", "🤷 Aquí no hay ningún !nope para ti."),
        ("de", "🤷 Hier gibt es kein !nope für dich."),
    ],
)
async def test_each_channel_is_answered_in_its_language(language: str, answer: str) -> None:
    async with room() as place:
        place.choose("bob", language=language)
        assert await place.hears("!help nope", channel="bob") == answer


def speaking(answers: list[str]) -> Feature:
    """A feature that tells something, and notes what became of it."""
    feature = Feature("speaking")

    @feature.on(Joined)
    async def speak(joined: Joined, voice: Voice) -> Reply:
        answers.append(await voice.tell(joined.channel, "🔴 live!", "news"))
        return None

    return feature


@pytest.mark.parametrize(("echo", "answer"), [(True, ""), (False, "network")])
async def test_a_line_whose_receipt_is_lost_counts_as_shown_when_the_chat_heard_it(
    echo: bool, answer: str
) -> None:
    answers: list[str] = []
    async with room(features=[speaking(answers)]) as place:
        place.drop_reason, place.echo = "network", echo
        await place.opens()
        await place.clock.push(COMES_WITHIN)
        assert answers == [answer]


async def test_the_same_line_heard_earlier_or_elsewhere_is_no_echo() -> None:
    answers: list[str] = []
    async with room(features=[speaking(answers)]) as place:
        await place.hears("🔴 live!", viewer="kissbot")
        await place.clock.push(1)
        place.drop_reason = "network"
        await place.opens()
        await place.hears("🔴 live!", viewer="kissbot", channel="bob")
        await place.hears("🔴 live!", viewer="vera")
        await place.clock.push(COMES_WITHIN)
        assert answers == ["network"]


async def test_an_echo_may_come_late_and_marked_as_a_repeat() -> None:
    answers: list[str] = []
    async with room(features=[speaking(answers)]) as place:
        place.drop_reason = "network"
        await place.opens()
        await place.clock.push(COMES_WITHIN / 2)
        await place.hears(f"🔴 live!{REPEAT_MARK}", viewer="kissbot")
        await place.clock.push(COMES_WITHIN)
        assert answers == [""]


class OtherProcess:
    """Said one line a moment ago."""

    async def ours(self, message: ChatMessage) -> bool:
        return message.text == "kissbot, ping"


async def test_what_another_process_said_is_no_command_and_what_a_person_types_is() -> None:
    async with room() as place:
        scribe = Scribe(NoTrail(), place.clock)
        voice = Voice("kissbot", MemoryBus(), place.clock, Channels(), Tally(0), scribe, OtherProcess())
        assert await voice.said(place.message("kissbot, ping", viewer="kissbot"))
        assert not await voice.said(place.message("!ping", viewer="kissbot"))
        assert not await voice.said(place.message("kissbot, ping", viewer="vera"))

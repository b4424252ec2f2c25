"""What every kind of `Audit` promises. Fixtures: `audit`, and the `clock` (ManualClock) it runs on."""

from kissbot.chat.audit import OPERATOR, Actor, Audit, Record
from kissbot.testing.clock import ManualClock

VERA = Actor("chat", "id-vera", "vera")


class AuditContract:
    """What is noted can be read, by channel, newest first."""

    async def test_nothing_is_known_at_first(self, audit: Audit) -> None:
        assert await audit.latest() == []

    async def test_a_record_says_who_what_where_and_when(self, audit: Audit, clock: ManualClock) -> None:
        await audit.note(VERA, "language", channel="ada", before="en", after="fr")
        assert await audit.latest() == [Record(clock.time(), VERA, "ada", "language", "en", "fr")]

    async def test_what_is_no_channels_matter_needs_no_channel(self, audit: Audit) -> None:
        await audit.note(OPERATOR, "login", after="kissbot")
        assert [(record.by, record.channel) for record in await audit.latest()] == [(OPERATOR, "")]

    async def test_the_latest_come_first(self, audit: Audit, clock: ManualClock) -> None:
        for number in range(5):
            await audit.note(OPERATOR, str(number))
            await clock.push(number % 2)  # some of them in the same moment
        assert [record.what for record in await audit.latest(limit=3)] == ["4", "3", "2"]

    async def test_one_channel_can_be_asked_for(self, audit: Audit) -> None:
        for channel in ("ada", "bob", ""):
            await audit.note(OPERATOR, "prefix", channel=channel)
        assert [record.channel for record in await audit.latest("ada")] == ["ada"]
        assert [record.channel for record in await audit.latest()] == ["", "bob", "ada"]

    async def test_any_text_comes_back_as_it_was(self, audit: Audit) -> None:
        await audit.note(OPERATOR, "prefix", before="'; drop table x --", after="🎮 \\ %s {x}")
        record = (await audit.latest())[0]
        assert (record.before, record.after) == ("'; drop table x --", "🎮 \\ %s {x}")

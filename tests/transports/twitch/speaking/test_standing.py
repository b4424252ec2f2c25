"""Where the bot may say more: what badges show, what Twitch tells, and what sends find out."""

import pytest

from kissbot.chat.messages import Channel, Rank
from kissbot.sandbox.twitch import Sandbox
from kissbot.storage.standings import MemoryStandings
from kissbot.transports.twitch.speaking.census import moderated
from kissbot.transports.twitch.speaking.standing import Standing

from ..login import logged_in

ADA, BOB = Channel("10", "ada"), Channel("11", "bob")


def standing(kept: MemoryStandings | None = None) -> Standing:
    """What is known of the account 30."""
    return Standing("30", kept or MemoryStandings())


def test_where_nothing_is_known_the_bot_is_one_of_the_crowd() -> None:
    assert not standing().is_privileged(ADA.id)


def test_in_its_own_channel_the_bot_may_all() -> None:
    assert standing().moderates("30")


@pytest.mark.parametrize(
    ("rank", "privileged", "moderates"),
    [
        (Rank.EVERYONE, False, False),
        (Rank.SUBSCRIBER, False, False),
        (Rank.VIP, True, False),
        (Rank.MODERATOR, True, True),
    ],
)
def test_badges_tell_what_the_bot_is(rank: Rank, privileged: bool, moderates: bool) -> None:
    known = standing()
    known.learn(ADA, rank)
    assert (known.is_privileged(ADA.id), known.moderates(ADA.id)) == (privileged, moderates)


@pytest.mark.parametrize(
    ("code", "privileged"), [("msg_slowmode", False), ("msg_rejected", True), ("", True)]
)
def test_what_only_others_are_told_makes_the_bot_one_of_them(code: str, privileged: bool) -> None:
    known = standing()
    known.learn(ADA, Rank.MODERATOR)
    known.doubt(ADA, code)
    assert known.is_privileged(ADA.id) is privileged


async def test_what_was_known_is_known_after_a_restart() -> None:
    kept = MemoryStandings()
    standing(kept).learn(ADA, Rank.MODERATOR)
    known = standing(kept)
    await known.load()
    assert known.moderates(ADA.id)


def test_twitchs_own_list_makes_and_unmakes_moderators_but_not_vips() -> None:
    known, vip = standing(), Channel("12", "chloe")
    known.learn(ADA, Rank.MODERATOR)
    known.learn(vip, Rank.VIP)
    known.told({BOB.id})
    assert [known.moderates(one.id) for one in (ADA, BOB)] == [False, True]
    assert known.is_privileged(vip.id)


async def test_twitch_is_asked_for_every_page_of_that_list() -> None:
    names = tuple(f"channel{number}" for number in range(205))
    async with Sandbox(names) as twitch, logged_in(twitch) as (_, helix):
        twitch.set_bot_rank("channel7", "vip")
        assert await moderated(helix) == {twitch.id_of(name) for name in names} - {twitch.id_of("channel7")}

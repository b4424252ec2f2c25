"""!so, and shoutouts for raiders."""

from datetime import UTC, datetime

import pytest

from kissbot.chat.happenings import Raided
from kissbot.chat.messages import Channel, Rank, Viewer
from kissbot.features.shoutout import Streamers
from kissbot.testing import room
from kissbot.testing.fakes import Town

MOD = Rank.MODERATOR


@pytest.mark.parametrize(
    ("language", "line"),
    [
        ("en", "📣 Go and see Bob: twitch.tv/bob, last seen playing Hades"),
        ("fr", "📣 Allez voir Bob : twitch.tv/bob, dernier jeu : Hades"),
        ("es", "📣 Id a ver a Bob: twitch.tv/bob, jugaba por última vez a Hades"),
        ("de", "📣 Schaut bei Bob vorbei: twitch.tv/bob, zuletzt gesehen bei Hades"),
    ],
)
@pytest.mark.parametrize("name", ["bob", "@Bob", "BOB"])
async def test_a_moderator_sends_viewers_to_somebody(language: str, line: str, name: str) -> None:
    town = Town()
    async with room({Streamers: town}, language=language) as place:
        assert await place.hears(f"!so {name}", rank=MOD) == line
        assert town.recommended == [("bob", "ada")]


async def test_somebody_without_a_game_is_recommended_all_the_same() -> None:
    async with room({Streamers: Town(game="")}) as place:
        assert await place.hears("!so bob", rank=MOD) == "📣 Go and see Bob: twitch.tv/bob"


async def test_viewers_may_not() -> None:
    async with room() as place:
        assert await place.hears("!so bob", rank=Rank.VIP) == "🔒 !so is for moderators."


@pytest.mark.parametrize("name", ["", "two words", "@", "ädа", "x" * 26])
async def test_a_name_is_needed(name: str) -> None:
    async with room() as place:
        assert await place.hears(f"!so {name}", rank=MOD) == "📣 Whose channel? !so <name>"


async def test_who_is_not_there_is_not_recommended() -> None:
    town = Town()
    async with room({Streamers: town}) as place:
        assert await place.hears("!so nobody", rank=MOD) == "🤷 I know nobody called “nobody”."
        assert town.recommended == []


async def test_twitch_is_not_asked_to_recommend_a_channel_to_itself() -> None:
    town = Town()
    async with room({Streamers: town}) as place:
        await place.hears("!so ada", rank=MOD)
        assert town.recommended == []


async def test_a_raider_gets_a_shoutout_where_that_is_wanted() -> None:
    raid = Raided(
        channel=Channel("id-ada", "ada"),
        id="e1",
        at=datetime(2027, 1, 15, tzinfo=UTC),
        raider=Viewer("7", "bob", "Bob"),
        viewers=3,
    )
    town = Town()
    async with room({Streamers: town}) as place:
        await place.happens(raid)
        assert place.said == []
        assert await place.hears("!kiss set shoutout on", rank=MOD) == "✅ shoutout: off → on"
        await place.clock.push(601)
        await place.happens(raid)
        assert place.said[-1].text == "📣 Go and see Bob: twitch.tv/bob, last seen playing Hades"
        assert town.recommended == [("bob", "ada")]

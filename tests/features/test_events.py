"""Lines for raids, subscriptions, gifts, cheers and follows."""

from datetime import UTC, datetime
from itertools import count
from typing import Any

import pytest

from kissbot.chat.happenings import Cheered, Followed, Gifted, Happening, Raided, Subscribed
from kissbot.chat.messages import Channel, Rank, Viewer
from kissbot.features.events import GATHERS
from kissbot.testing import Room, room

_ids = count(1)


def who(name: str) -> Viewer:
    return Viewer(f"id-{name}", name.lower(), name)


def happening(kind: type[Happening], channel: str = "ada", **values: Any) -> Happening:
    where, now = Channel(f"id-{channel}", channel), datetime(2027, 1, 15, tzinfo=UTC)
    return kind(channel=where, id=f"e{next(_ids)}", at=now, **values)


def follows(*names: str, channel: str = "ada") -> list[Happening]:
    return [happening(Followed, channel, viewer=who(name)) for name in names]


RAID = happening(Raided, raider=who("Bob"), viewers=30)
SUB = happening(Subscribed, viewer=who("Bob"), tier=1)
AGAIN = happening(Subscribed, viewer=who("Bob"), tier=2, months=7)
BOMB = happening(Gifted, giver=who("Bob"), tier=1, count=50, gift_id="g1")
NOBODYS = happening(Gifted, giver=None, tier=1, receiver="eve")
CHEER = happening(Cheered, viewer=who("Bob"), bits=100, message_id="m1")
ALL = (RAID, SUB, BOMB, CHEER, *follows("Bob"))

ON = dict.fromkeys(("raid", "sub", "gift", "cheer", "follow"), "on")


async def hear(place: Room, *happenings: Happening) -> list[str]:
    """What is said of all these."""
    for each in happenings:
        await place.happens(each)
    await place.clock.push(GATHERS)
    return [line.text for line in place.said]


async def test_none_of_it_is_said_by_default() -> None:
    async with room() as place:
        assert await hear(place, *ALL) == []


@pytest.mark.parametrize(
    ("language", "lines"),
    [
        (
            "en",
            [
                "⚔️ 30 viewers come along with Bob. Welcome!",
                "⭐ Bob has subscribed. Thank you!",
                "🎁 50 subscriptions as a gift from Bob. Thank you!",
                "💎 100 bits from Bob. Thank you!",
                "💜 Bob follows. Welcome!",
            ],
        ),
        (
            "fr",
            [
                "⚔️ 30 personnes arrivent avec Bob. Bienvenue !",
                "⭐ Bob s'abonne. Merci !",
                "🎁 50 abonnements offerts par Bob. Merci !",
                "💎 100 bits de Bob. Merci !",
                "💜 Bob suit la chaîne. Bienvenue !",
            ],
        ),
        (
            "es",
            [
                "⚔️ 30 personas llegan con Bob. ¡Bienvenidas!",
                "⭐ Bob se suscribe. ¡Gracias!",
                "🎁 50 suscripciones de regalo de Bob. ¡Gracias!",
                "💎 100 bits de Bob. ¡Gracias!",
                "💜 Bob sigue el canal. ¡Hola!",
            ],
        ),
        (
            "de",
            [
                "⚔️ Mit Bob kommen 30 Zuschauer. Willkommen!",
                "⭐ Bob hat jetzt ein Abo. Danke!",
                "🎁 50 Abos als Geschenk von Bob. Danke!",
                "💎 100 Bits von Bob. Danke!",
                "💜 Bob folgt dem Kanal. Willkommen!",
            ],
        ),
    ],
)
async def test_each_of_it_is_said_where_it_is_wanted(language: str, lines: list[str]) -> None:
    async with room(language=language, lines=ON) as place:
        assert sorted(await hear(place, *ALL)) == sorted(lines)


async def test_a_loyal_subscriber_is_told_for_how_long() -> None:
    async with room(lines=ON) as place:
        assert await hear(place, AGAIN) == ["⭐ Bob has subscribed for 7 months now. Thank you!"]


async def test_a_gift_from_nobody_is_somebodys() -> None:
    async with room(lines=ON) as place:
        assert await hear(place, NOBODYS) == ["🎁 1 subscription as a gift from somebody. Thank you!"]


@pytest.mark.parametrize(
    ("names", "line"),
    [
        (("ada", "bob"), "💜 ada and bob follow. Welcome!"),
        (("ada", "bob", "eve"), "💜 ada, bob and 1 more follow. Welcome!"),
        (("ada", "bob", "c", "d", "e"), "💜 ada, bob and 3 more follow. Welcome!"),
        (("ada", "ada"), "💜 ada follows. Welcome!"),
    ],
)
async def test_what_comes_close_together_is_one_line(names: tuple[str, ...], line: str) -> None:
    async with room(lines=ON) as place:
        assert await hear(place, *follows(*names)) == [line]


async def test_a_flood_of_gifts_is_one_line() -> None:
    gifts = [
        happening(Gifted, giver=who(f"u{number % 3}"), tier=1, count=5, gift_id=f"g{number}")
        for number in range(100)
    ]
    async with room(lines=ON) as place:
        assert await hear(place, *gifts) == [
            "🎁 500 subscriptions as a gift from u0, u1 and 1 more. Thank you!"
        ]


async def test_channels_and_kinds_are_kept_apart() -> None:
    async with room(lines=ON) as place:
        await hear(place, *follows("a"), *follows("b", channel="bob"), CHEER)
        assert sorted((line.channel.login, line.text) for line in place.said) == [
            ("ada", "💎 100 bits from Bob. Thank you!"),
            ("ada", "💜 a follows. Welcome!"),
            ("bob", "💜 b follows. Welcome!"),
        ]


async def test_what_comes_later_is_another_line() -> None:
    async with room(lines=ON) as place:
        await hear(place, *follows("a"))
        await place.happens(follows("b")[0])
        await place.clock.push(GATHERS - 0.1)
        await place.happens(follows("c")[0])
        assert len(place.said) == 1
        await place.clock.push(0.1)
        assert [line.text for line in place.said] == ["💜 a follows. Welcome!", "💜 b and c follow. Welcome!"]


@pytest.mark.parametrize(
    ("words", "happenings", "line"),
    [
        ("raid {viewer} +{count} @ {channel}", (RAID,), "Bob +30 @ ada"),
        ("sub {viewer} {months} {tier} {count}", (AGAIN,), "Bob 7 2 1"),
        ("gift {viewer} {count}", (BOMB,), "Bob 50"),
        ("cheer {viewer} {bits}", (CHEER,), "Bob 100"),
        ("follow Hi {viewer} ({count})", tuple(follows("a", "b", "c", "d")), "Hi a, b +2 (4)"),
    ],
)
async def test_a_channel_words_its_lines_itself(
    words: str, happenings: tuple[Happening, ...], line: str
) -> None:
    async with room() as place:
        await place.hears(f"!kiss set {words}", rank=Rank.MODERATOR)
        place.said.clear()
        assert await hear(place, *happenings) == [line]


async def test_names_are_data() -> None:
    async with room(lines=ON) as place:
        assert await hear(place, *follows("{viewer}{0}", "/ban x\u202e")) == [
            "💜 {viewer}{0} and /ban x follow. Welcome!"
        ]
        place.said.clear()
        await place.hears("!kiss set follow {viewer}", rank=Rank.MODERATOR)
        place.said.clear()
        assert await hear(place, *follows("{count} /me")) == ["{count} /me"]
        place.said.clear()
        assert await hear(place, *follows("!so")) == ["› !so"]

"""!kissanniv."""

import pytest

from kissbot.features.birthday import WISHES
from kissbot.testing import room


@pytest.mark.parametrize(
    ("line", "name"),
    [("!kissanniv ada", "ada"), ("!kissanniv @ada", "ada"), ("!anniv", "Vera"), ("!kissanniv @", "Vera")],
)
async def test_somebody_is_wished_a_happy_birthday(line: str, name: str) -> None:
    async with room() as place:
        answer = await place.hears(line, viewer="Vera")
        assert answer in [wish.msgid.format(name=name) for wish in WISHES]


async def test_the_wishes_vary() -> None:
    async with room() as place:
        for number in range(60):
            await place.hears("!kissanniv ada", viewer=f"v{number}")
        assert len({line.text for line in place.said}) == len(WISHES)


async def test_a_name_with_braces_is_only_a_name() -> None:
    async with room() as place:
        assert "{name} {0}" in (await place.hears("!kissanniv {name} {0}") or "")

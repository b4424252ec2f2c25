"""What takes long is made once, whoever comes first, and again only if that failed."""

import asyncio
from itertools import count

import pytest

from kissbot.chat.later import Later


async def test_it_is_made_once_for_all_who_come_together() -> None:
    numbers = count(1)
    later = Later(lambda: next(numbers))
    assert await asyncio.gather(*(later.get() for _ in range(5))) == [1] * 5
    assert await later.get() == 1
    assert next(numbers) == 2


async def test_who_gives_up_waiting_spoils_it_for_nobody() -> None:
    later = Later(lambda: 1)
    first = asyncio.create_task(later.get())
    await asyncio.sleep(0)
    first.cancel()
    assert await later.get() == 1


async def test_what_failed_is_tried_again() -> None:
    answers = iter((ValueError("not yet"), None))

    def make() -> str:
        if problem := next(answers):
            raise problem
        return "made"

    later = Later(make)
    with pytest.raises(ValueError, match="not yet"):
        await later.get()
    assert await later.get() == "made"

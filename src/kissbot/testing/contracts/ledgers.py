"""What every kind of `Ledgers` promises. Fixture: `ledgers`."""

import asyncio

import pytest

from kissbot.transports.twitch.speaking.ledger import Ledgers


def plus(content: bytes | None) -> tuple[bytes, int]:
    """Count one more."""
    number = int(content or b"0") + 1
    return str(number).encode(), number


def fails(content: bytes | None) -> tuple[bytes, int]:
    """A change that comes to nothing."""
    raise ValueError("no")


class LedgersContract:
    """Changes follow each other, each upon what the one before it left."""

    async def test_a_ledger_begins_with_nothing(self, ledgers: Ledgers) -> None:
        found = await ledgers.update("30", lambda content: (b"x", content))
        assert found is None

    async def test_what_is_kept_is_what_the_next_one_finds(self, ledgers: Ledgers) -> None:
        await ledgers.update("30", lambda _: (b"\x00\xff", None))
        assert await ledgers.update("30", lambda content: (content or b"", content)) == b"\x00\xff"

    async def test_what_was_empty_stays_nothing(self, ledgers: Ledgers) -> None:
        await ledgers.update("30", lambda content: (content or b"", None))
        assert await ledgers.update("30", lambda content: (content or b"", content)) is None

    async def test_of_many_changes_at_once_none_is_lost(self, ledgers: Ledgers) -> None:
        numbers = await asyncio.gather(*(ledgers.update("30", plus) for _ in range(50)))
        assert sorted(numbers) == list(range(1, 51))

    async def test_accounts_do_not_know_each_other(self, ledgers: Ledgers) -> None:
        assert [await ledgers.update(account, plus) for account in ("30", "31", "30")] == [1, 1, 2]

    async def test_a_change_that_fails_leaves_everything_as_it_was(self, ledgers: Ledgers) -> None:
        await ledgers.update("30", plus)
        with pytest.raises(ValueError, match="no"):
            await ledgers.update("30", fails)
        assert await ledgers.update("30", plus) == 2

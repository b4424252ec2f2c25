"""What every kind of `Spendings` promises. Fixture: `spendings`."""

from kissbot.knowledge.answers.budget import Spending, Spendings


class SpendingsContract:
    """What is noted adds up."""

    async def test_nothing_is_spent_at_first(self, spendings: Spendings) -> None:
        assert await spendings.since(0) == []

    async def test_what_is_noted_adds_up(self, spendings: Spendings) -> None:
        spendings.note(Spending("10", "7", 500_000, 1, 0))
        spendings.note(Spending("10", "7", 500_000, 0, 90))
        await spendings.since(0)
        spendings.note(Spending("10", "7", 500_000, 1, 10))
        assert await spendings.since(0) == [Spending("10", "7", 500_000, 2, 100)]

    async def test_hours_viewers_and_channels_are_kept_apart(self, spendings: Spendings) -> None:
        kept = [
            Spending("10", "", 500_000, 1, 2),
            Spending("10", "7", 500_000, 3, 4),
            Spending("10", "7", 500_001, 5, 6),
            Spending("11", "7", 500_000, 7, 8),
        ]
        for spent in kept:
            spendings.note(spent)
        assert sorted(await spendings.since(0), key=lambda spent: spent.requests) == kept
        assert await spendings.since(500_001) == [kept[2]]

"""What every kind of `Standings` promises. Fixture: `standings`."""

from kissbot.chat.messages import Rank
from kissbot.transports.twitch.speaking.standing import Standings


class StandingsContract:
    """What was noted last holds."""

    async def test_nothing_is_known_at_first(self, standings: Standings) -> None:
        assert await standings.all() == {}

    async def test_what_is_noted_is_known(self, standings: Standings) -> None:
        standings.note("10", Rank.MODERATOR)
        standings.note("11", Rank.EVERYONE)
        assert await standings.all() == {"10": Rank.MODERATOR, "11": Rank.EVERYONE}

    async def test_what_was_noted_last_holds(self, standings: Standings) -> None:
        standings.note("10", Rank.MODERATOR)
        await standings.all()
        standings.note("10", Rank.EVERYONE)
        standings.note("10", Rank.VIP)
        assert await standings.all() == {"10": Rank.VIP}

"""What the bot's account is in each channel: it may say more where it is broadcaster, moderator or VIP."""

from collections.abc import Collection, Mapping
from typing import Final, Protocol

from kissbot.chat.messages import Channel, Rank

_FOR_THE_OTHERS: Final = frozenset(
    {
        "msg_banned",
        "msg_emoteonly",
        "msg_followersonly",
        "msg_followersonly_followed",
        "msg_followersonly_zero",
        "msg_ratelimit",
        "msg_requires_verified_phone_number",
        "msg_slowmode",
        "msg_subsonly",
        "msg_timedout",
        "msg_verified_email",
    }
)
"""Drop codes that whoever is privileged never meets."""


class Standings(Protocol):
    """Keeps what the account was in each channel, for the next start and for other processes."""

    async def all(self) -> Mapping[str, Rank]:
        """What is known, by channel id."""
        ...

    def note(self, channel_id: str, rank: Rank) -> None:
        """Take note of what the account is in a channel; returns at once, and is written soon."""
        ...


class Standing:
    """What is known now. Where nothing is, the account counts as one of the crowd."""

    def __init__(self, account: str, kept: Standings) -> None:
        self._account, self._kept = account, kept
        self._ranks: dict[str, Rank] = {}

    async def load(self) -> None:
        """Begin with what was known."""
        self._ranks = {**await self._kept.all(), **self._ranks}

    def learn(self, channel: Channel, rank: Rank) -> None:
        """The badges of the account's own line in a channel tell what it is there."""
        if self._ranks.get(channel.id) != rank:
            self._set(channel.id, rank)

    def told(self, moderated: Collection[str]) -> None:
        """The platform says where the account is a moderator: there, and nowhere else."""
        for channel_id in moderated:
            if self._rank(channel_id) < Rank.MODERATOR:
                self._set(channel_id, Rank.MODERATOR)
        for channel_id, rank in tuple(self._ranks.items()):
            if rank == Rank.MODERATOR and channel_id not in moderated:
                self._set(channel_id, Rank.EVERYONE)

    def doubt(self, channel: Channel, code: str) -> None:
        """A line was dropped; some reasons are for those only who are not privileged."""
        if code in _FOR_THE_OTHERS and self.is_privileged(channel.id):
            self.learn(channel, Rank.EVERYONE)

    def is_privileged(self, channel_id: str) -> bool:
        """Whether the account is broadcaster, moderator or VIP."""
        return self._rank(channel_id) >= Rank.VIP

    def moderates(self, channel_id: str) -> bool:
        """Whether it is broadcaster or moderator."""
        return self._rank(channel_id) >= Rank.MODERATOR

    def _set(self, channel_id: str, rank: Rank) -> None:
        self._ranks[channel_id] = rank
        self._kept.note(channel_id, rank)

    def _rank(self, channel_id: str) -> Rank:
        if channel_id == self._account:
            return Rank.BROADCASTER
        return self._ranks.get(channel_id, Rank.EVERYONE)

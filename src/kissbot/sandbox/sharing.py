"""Shared chats: channels whose lines are shown in each other's chat. The time is passed in."""

from collections.abc import Sequence
from typing import Any
from uuid import uuid4

from msgspec import Struct

from kissbot.sandbox.payloads import second
from kissbot.sandbox.world import Channel


class Shared(Struct, eq=False):
    """One shared chat; the first channel is its host."""

    id: str
    channels: list[Channel]
    began_at: float

    def fields(self) -> dict[str, Any]:
        """As Get Shared Chat Session shows it."""
        return {
            "session_id": self.id,
            "host_broadcaster_id": self.channels[0].owner.id,
            "participants": [{"broadcaster_id": channel.owner.id} for channel in self.channels],
            "created_at": second(self.began_at),
            "updated_at": second(self.began_at),
        }

    def event(self, channel: Channel) -> dict[str, Any]:
        """As `channel.shared_chat.begin` and `.end` show it to one of them."""
        host = self.channels[0].owner
        return {
            "session_id": self.id,
            "broadcaster_user_id": channel.owner.id,
            "broadcaster_user_login": channel.owner.login,
            "broadcaster_user_name": channel.owner.name,
            "host_broadcaster_user_id": host.id,
            "host_broadcaster_user_login": host.login,
            "host_broadcaster_user_name": host.name,
            "participants": [
                {
                    "broadcaster_user_id": each.owner.id,
                    "broadcaster_user_login": each.owner.login,
                    "broadcaster_user_name": each.owner.name,
                }
                for each in self.channels
            ],
        }


class Sharing:
    """Which channels share a chat."""

    def __init__(self) -> None:
        self._by_channel: dict[str, Shared] = {}

    def of(self, channel_id: str) -> Shared | None:
        """The shared chat of a channel."""
        return self._by_channel.get(channel_id)

    def partners(self, channel: Channel) -> list[Channel]:
        """Where else a line of a channel is shown."""
        shared = self.of(channel.owner.id)
        return [other for other in shared.channels if other is not channel] if shared else []

    def begin(self, channels: Sequence[Channel], now: float) -> Shared:
        """Share a chat. Raises `ValueError`."""
        channels = list(dict.fromkeys(channels))
        if len(channels) < 2:
            raise ValueError("A shared chat takes two channels or more.")
        for channel in channels:
            if channel.owner.id in self._by_channel:
                raise ValueError(f"{channel.owner.login} shares a chat already.")
        shared = Shared(str(uuid4()), channels, now)
        self._by_channel |= {channel.owner.id: shared for channel in channels}
        return shared

    def end(self, channel: Channel) -> Shared:
        """End the shared chat of a channel. Raises `ValueError`."""
        shared = self.of(channel.owner.id)
        if shared is None:
            raise ValueError(f"{channel.owner.login} shares no chat.")
        for each in shared.channels:
            del self._by_channel[each.owner.id]
        return shared

"""An application with a conduit, for the tests."""

from typing import Any, Self
from zlib import crc32

from kissbot.sandbox.twitch import Sandbox

from .client import Answer, Client, Socket

CHAT = "channel.chat.message"


class Hub:
    """The application, and its conduit."""

    def __init__(self, client: Client, token: str) -> None:
        self._client, self._token = client, token
        self.conduit = ""

    @classmethod
    async def of(cls, client: Client, shards: int = 2) -> Self:
        """A new conduit of the client's application."""
        answer = await client.oauth("token", grant_type="client_credentials")
        hub = cls(client, answer.body["access_token"])
        made = await hub.call("POST", json={"shard_count": shards})
        assert made.status == 200
        hub.conduit = made.body["data"][0]["id"]
        return hub

    async def call(self, method: str, path: str = "conduits", **options: Any) -> Answer:
        headers = {"Authorization": f"Bearer {self._token}", "Client-Id": self._client.login.client_id}
        return await self._client.helix(f"eventsub/{path}", method, headers=headers, **options)

    async def attach(self, sockets: dict[str, str]) -> Answer:
        shards = [
            {"id": shard, "transport": {"method": "websocket", "session_id": session}}
            for shard, session in sockets.items()
        ]
        return await self.call(
            "PATCH", "conduits/shards", json={"conduit_id": self.conduit, "shards": shards}
        )

    async def statuses(self) -> list[str]:
        answer = await self.call("GET", "conduits/shards", params={"conduit_id": self.conduit})
        return [shard["status"] for shard in answer.body["data"]]

    async def subscribe(self, kind: str, condition: dict[str, str], version: str = "1") -> Answer:
        transport = {"method": "conduit", "conduit_id": self.conduit}
        body = {"type": kind, "version": version, "condition": condition, "transport": transport}
        return await self.call("POST", "subscriptions", json=body)

    async def chat(self, channel: str) -> Answer:
        ids = {
            "broadcaster_user_id": await self._client.id_of(channel),
            "user_id": await self._client.id_of(),
        }
        return await self.subscribe(CHAT, ids)


async def attached(hub: Hub, client: Client) -> list[Socket]:
    """Two sockets, each of them a shard."""
    sockets = [await client.connect(), await client.connect()]
    answer = await hub.attach({"0": sockets[0].id, "1": sockets[1].id})
    assert (answer.status, answer.body["errors"]) == (202, [])
    return sockets


def shard_of(twitch: Sandbox, channel: str, shards: int = 2) -> int:
    """Which shard gets a channel's events."""
    return crc32(twitch.id_of(channel).encode()) % shards

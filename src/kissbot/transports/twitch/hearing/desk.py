"""Where events are subscribed to: EventSub's part of the API, for the bot or for the application.

Source: Twitch API reference.
"""

from collections.abc import Mapping
from typing import Any, Final

from msgspec import Struct

from kissbot.transports.twitch.helix import Helix, HelixError, Query, is_passing
from kissbot.transports.twitch.payloads import (
    Conduit,
    Rows,
    Shard,
    ShardProblem,
    Shards,
    Subscription,
    Subscriptions,
)

RESERVE: Final = 50
"""Points that are left for calls that somebody waits for."""

PAGES: Final = 500
"""A list longer than that goes round in circles."""

_CONDUITS: Final = "/eventsub/conduits"
_SHARDS: Final = "/eventsub/conduits/shards"


class Made(Struct, frozen=True):
    """A subscription that was made; without an id when it had been there already."""

    id: str = ""
    cost: int = 0


class Desk:
    """One for each login."""

    def __init__(self, helix: Helix) -> None:
        self._helix = helix
        self._url = helix.subscriptions_url

    @property
    def client_id(self) -> str:
        """The application."""
        return self._helix.login.client_id

    async def subscribe(
        self, kind: str, version: str, condition: Mapping[str, str], transport: Mapping[str, str]
    ) -> Made:
        """Create a subscription. A limit that is reached is not tried again: that is for who counts them."""
        await self._helix.spare(RESERVE)
        body = {"type": kind, "version": version, "condition": condition, "transport": transport}
        try:
            made = await self._helix.call("POST", self._url, Subscriptions, None, body, _helps)
        except HelixError as error:
            if error.status != 409:
                raise
            return Made()
        return Made(made.data[0].id, made.data[0].cost) if made.data else Made()

    async def unsubscribe(self, subscription_id: str) -> None:
        """End a subscription; one that is gone already is fine."""
        await self._helix.spare(RESERVE)
        try:
            await self._helix.call("DELETE", self._url, object, [("id", subscription_id)])
        except HelixError as error:
            if error.status != 404:
                raise

    async def subscriptions(self) -> list[Subscription]:
        """Every subscription that was made with this login, with those that ended lately."""
        found: dict[str, Subscription] = {}
        cursor = ""
        for _ in range(PAGES):
            page = await self._helix.call("GET", self._url, Subscriptions, _after(cursor))
            found |= {one.id: one for one in page.data}
            cursor = page.pagination.cursor
            if not cursor or not page.data:
                break
        return list(found.values())

    async def conduits(self) -> list[Conduit]:
        """The application's conduits."""
        return (await self._helix.call("GET", _CONDUITS, Rows[Conduit])).data

    async def create_conduit(self, shards: int) -> Conduit:
        """A new conduit: five are all that an application may have."""
        rows = await self._helix.call("POST", _CONDUITS, Rows[Conduit], None, {"shard_count": shards}, _never)
        return rows.data[0]

    async def resize_conduit(self, conduit_id: str, shards: int) -> None:
        """Give a conduit more shards, or take the highest ones away."""
        await self._helix.call(
            "PATCH", _CONDUITS, object, None, {"id": conduit_id, "shard_count": shards}, _helps
        )

    async def shards(self, conduit_id: str) -> list[Shard]:
        """The shards of a conduit."""
        found: dict[str, Shard] = {}
        cursor = ""
        for _ in range(PAGES):
            query = [("conduit_id", conduit_id), *_after(cursor)]
            page = await self._helix.call("GET", _SHARDS, Shards, query)
            found |= {shard.id: shard for shard in page.data}
            cursor = page.pagination.cursor
            if not cursor or not page.data:
                break
        return list(found.values())

    async def attach(self, conduit_id: str, sessions: Mapping[int, str]) -> list[ShardProblem]:
        """Let shards send to these sessions; those that Twitch would not update."""
        body: dict[str, Any] = {
            "conduit_id": conduit_id,
            "shards": [
                {"id": str(shard), "transport": {"method": "websocket", "session_id": session}}
                for shard, session in sessions.items()
            ],
        }
        return (await self._helix.call("PATCH", _SHARDS, Shards, None, body, _never)).errors


def _after(cursor: str) -> Query:
    return [("after", cursor)] if cursor else []


def _helps(error: Exception) -> bool | float:
    """Whether the same call may work in a moment."""
    return is_passing(error) and not (isinstance(error, HelixError) and error.status == 429)


def _never(error: Exception) -> bool | float:
    """Whoever called looks what became of it before trying again."""
    return False

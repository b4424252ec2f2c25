"""Who is live on Twitch, and with what."""

import asyncio
from typing import Final

import aiohttp

from kissbot.chat.errors import Unavailable
from kissbot.chat.happenings import StreamOnline
from kissbot.chat.messages import Channel
from kissbot.chat.tasks import Tasks
from kissbot.chat.texts import text
from kissbot.features.games import Stream
from kissbot.features.live import Show
from kissbot.transports.twitch.helix import Helix, HelixError
from kissbot.transports.twitch.oauth import OutOfReach
from kissbot.transports.twitch.payloads import StreamRow
from kissbot.transports.twitch.questions import Questions

LAGS: Final = 20.0
"""Seconds for which Twitch may tell that a stream has begun, and not show it yet."""

LOOKS_EVERY: Final = 2.0

TROUBLES: Final = (HelixError, OutOfReach, aiohttp.ClientError, TimeoutError)


class TwitchStreams:
    """Asks Helix. A category is a game when Twitch knows its IGDB id."""

    def __init__(self, helix: Helix, tasks: Tasks) -> None:
        self._helix = helix
        self._igdb_ids: dict[str, str] = {}
        self._streams = Questions(helix.streams, tasks)
        self._channels = Questions(helix.channels, tasks)

    async def now(self, channel: Channel) -> Stream | None:
        """The stream of a channel; None when it is offline. Raises `Unavailable`."""
        try:
            row = await self._helix.stream(channel.id)
            if row is None:
                return None
            igdb_id = await self._igdb_id(row.game_id) if row.game_id else ""
            return Stream(row.game_name, bool(igdb_id), int(igdb_id) if igdb_id.isdecimal() else None)
        except TROUBLES as error:
            raise Unavailable(text("📡 Twitch does not tell me who is live right now.")) from error

    async def on(self, online: StreamOnline) -> Show:
        """What a stream that has just begun shows: as soon as Twitch shows it, else what the channel says."""
        loop = asyncio.get_running_loop()
        until = loop.time() + LAGS
        while True:
            if show := await self._shown(online):
                return show
            if loop.time() + LOOKS_EVERY > until:
                return await self.last(online.channel)
            await asyncio.sleep(LOOKS_EVERY)

    async def last(self, channel: Channel) -> Show:
        """What was on last; nobody knows how many watch it. Raises `Unavailable`."""
        try:
            row = await self._channels.ask(channel.id)
        except TROUBLES as error:
            raise Unavailable(text("📡 Twitch does not tell me who is live right now.")) from error
        if row is None:
            raise Unavailable(text("📡 Twitch does not tell me who is live right now."))
        return Show(row.title, row.game_name)

    async def _shown(self, online: StreamOnline) -> Show | None:
        """The stream; None as long as Twitch shows nothing, or the one before."""
        try:
            row = await self._streams.ask(online.channel.id)
        except TROUBLES:
            return None
        if row is None or not _is_it_or_follows(row, online):
            return None
        return Show(row.title, row.game_name, row.viewer_count)

    async def _igdb_id(self, game_id: str) -> str:
        """What IGDB calls a category; empty for what is no game."""
        if game_id not in self._igdb_ids:
            row = await self._helix.game(game_id)
            self._igdb_ids[game_id] = row.igdb_id if row else ""
        return self._igdb_ids[game_id]


def _is_it_or_follows(row: StreamRow, online: StreamOnline) -> bool:
    """A stream that was interrupted and begun anew is the same to people."""
    return row.id == online.stream_id or (row.started_at is not None and row.started_at > online.at)

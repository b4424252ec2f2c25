"""TwitchIO's own bot with one command, pointed at the sandbox."""

import asyncio
import sys
from pathlib import Path

import twitchio.eventsub.websockets
import twitchio.http
import uvloop
from twitchio import eventsub
from twitchio.ext import commands

from kissbot.app.configuration import load
from kissbot.app.settings import Settings, Urls


def point_at(urls: Urls) -> None:
    """Put other addresses in the place of Twitch's; TwitchIO has no setting for them."""
    twitchio.http.Route.BASE = f"{urls.helix}/"
    twitchio.http.Route.ID_BASE = urls.oauth.removesuffix("oauth2")
    twitchio.eventsub.websockets.WSS = urls.eventsub


class Bot(commands.Bot):  # type: ignore[misc]  # mypy is told to skip TwitchIO's own annotations
    """Listens to every channel over one WebSocket with the bot's user token."""

    def __init__(self, settings: Settings, bot_id: str) -> None:
        twitch = settings.twitch
        super().__init__(
            client_id=twitch.client_id, client_secret=twitch.client_secret, bot_id=bot_id, prefix="!"
        )
        self._settings = settings

    async def setup_hook(self) -> None:
        """Log in, declare the command, subscribe."""
        await self.add_token(self._settings.twitch.token, self._settings.twitch.refresh_token)
        self.add_command(commands.Command(ping, name="ping"))
        names = [choice.name for choice in self._settings.channel_choices()]
        for user in await self.fetch_users(logins=names):
            wanted = eventsub.ChatMessageSubscription(broadcaster_user_id=user.id, user_id=self.bot_id)
            await self.subscribe_websocket(wanted, as_bot=True)


async def ping(ctx: commands.Context) -> None:
    """Is the bot there?"""
    await ctx.reply("Pong!")


async def main(settings: Settings) -> None:
    """Run until killed."""
    point_at(settings.twitch.urls)
    async with twitchio.Client(
        client_id=settings.twitch.client_id, client_secret=settings.twitch.client_secret
    ) as client:
        await client.login(load_tokens=False, save_tokens=False)
        [user] = await client.fetch_users(logins=[settings.bot.name])
    async with Bot(settings, user.id) as bot:
        await bot.start(with_adapter=False, load_tokens=False, save_tokens=False)


if __name__ == "__main__":
    loop_factory = uvloop.new_event_loop if sys.argv[1] == "uvloop" else None
    with asyncio.Runner(loop_factory=loop_factory) as runner:
        runner.run(main(load(Path(sys.argv[2]))))

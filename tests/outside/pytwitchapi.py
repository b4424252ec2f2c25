"""A program of pyTwitchAPI: it listens over EventSub or IRC, and speaks over the API or IRC.

Everything is a setting of pyTwitchAPI's own: where it finds Twitch, too.
"""

import asyncio
import json
import sys
from typing import Any

from twitchAPI.chat import Chat
from twitchAPI.eventsub.websocket import EventSubWebsocket
from twitchAPI.helper import first
from twitchAPI.twitch import Twitch
from twitchAPI.type import AuthScope, ChatEvent


def tell(**what: Any) -> None:
    """Tell the test something."""
    sys.stdout.write(f"{json.dumps(what)}\n")
    sys.stdout.flush()


async def orders() -> Any:
    """The next thing to do; None at the end."""
    return json.loads(await asyncio.to_thread(sys.stdin.readline) or "null")


async def log_in(login: dict[str, Any]) -> Any:
    """What pyTwitchAPI does everything with."""
    twitch = await Twitch(
        login["client_id"],
        login["client_secret"],
        base_url=f"{login['urls']['helix']}/",
        auth_base_url=f"{login['urls']['oauth']}/",
    )
    scopes = [AuthScope(scope) for scope in login["scopes"]]
    await twitch.set_user_authentication(login["token"], scopes, login["refresh_token"])
    return twitch


class OverEventSub:
    """Listens to a channel over EventSub."""

    def __init__(self, twitch: Any, login: dict[str, Any]) -> None:
        self.twitch = twitch
        self.channel, self.bot = login["channel_id"], login["bot"]
        eventsub, helix = login["urls"]["eventsub"], login["urls"]["helix"]
        self.ear = EventSubWebsocket(
            twitch, connection_url=eventsub, subscription_url=helix, revocation_handler=self.revoked
        )

    async def start(self) -> None:
        """From here on it hears."""
        self.ear.start()
        await self.ear.listen_channel_chat_message(self.channel, self.bot, self.heard)
        await self.ear.listen_stream_online(self.channel, self.online)

    async def stop(self) -> None:
        """The end."""
        await self.ear.stop()

    async def heard(self, event: Any) -> None:
        """A chat line."""
        line = event.event
        tell(heard={"id": line.message_id, "text": line.message.text, "user": line.chatter_user_login})

    async def online(self, event: Any) -> None:
        """A stream has begun."""
        tell(online=event.event.broadcaster_user_login)

    async def revoked(self, payload: dict[str, Any]) -> None:
        """A subscription was taken away."""
        tell(revoked=payload["subscription"]["status"])

    async def do(self, order: dict[str, Any]) -> None:
        """What is asked."""
        match order:
            case {"say": text}:
                said = await self.twitch.send_chat_message(self.channel, self.bot, text)
                tell(said={"id": said.message_id, "is_sent": said.is_sent, "drop": said.drop_reason})
            case {"who": name}:
                user = await first(self.twitch.get_users(logins=[name]))
                tell(who={"id": user.id, "login": user.login, "name": user.display_name})
            case {"streams": name}:
                found = [stream async for stream in self.twitch.get_streams(user_login=[name])]
                tell(streams=[{"title": one.title, "game": one.game_name} for one in found])


class OverIrc:
    """Listens to a channel over IRC, and answers `!ping`."""

    def __init__(self, twitch: Any, login: dict[str, Any]) -> None:
        self.channel = login["channel"]
        self.chat = Chat(twitch, connection_url=login["urls"]["irc"], initial_channel=[self.channel])

    async def start(self) -> None:
        """From here on it hears, as soon as it is in the room."""
        await self.chat
        self.chat.register_event(ChatEvent.MESSAGE, self.heard)
        self.chat.register_event(ChatEvent.JOINED, self.joined)
        self.chat.register_command("ping", self.pinged)
        self.chat.start()

    async def stop(self) -> None:
        """The end."""
        self.chat.stop()

    async def heard(self, line: Any) -> None:
        """A chat line."""
        tell(heard={"id": line.id, "text": line.text, "user": line.user.name, "mod": line.user.mod})

    async def joined(self, event: Any) -> None:
        """The bot is in the room."""
        tell(joined=event.room_name)

    async def pinged(self, command: Any) -> None:
        """Somebody said `!ping`."""
        await command.reply("Pong!")

    async def do(self, order: dict[str, Any]) -> None:
        """What is asked."""
        await self.chat.send_message(self.channel, order["say"])


async def main() -> None:
    """Listen to a channel, and do what is asked."""
    login = await orders()
    twitch = await log_in(login)
    bot = (OverIrc if "irc" in sys.argv else OverEventSub)(twitch, login)
    await bot.start()
    tell(ready=True)
    while order := await orders():
        try:
            await bot.do(order)
        except Exception as error:  # their threads would keep the process alive
            tell(failed=repr(error))
    await bot.stop()
    await twitch.close()


if __name__ == "__main__":
    asyncio.run(main())

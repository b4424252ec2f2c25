"""A program of pyTwitchAPI: it listens and speaks over IRC. Only addresses are ours."""

import asyncio
import sys
from pathlib import Path
from typing import Any

from twitchAPI.chat import Chat
from twitchAPI.type import ChatEvent

sys.path.insert(0, str(Path(__file__).parent))
from eventsub import log_in, orders, tell


async def heard(line: Any) -> None:
    """A chat line."""
    tell(heard={"id": line.id, "text": line.text, "user": line.user.name, "mod": line.user.mod})


async def asked(command: Any) -> None:
    """A command: `!ping`."""
    await command.reply("Pong!")


async def joined(event: Any) -> None:
    """The bot is in a room."""
    tell(joined=event.room_name)


async def main() -> None:
    """Listen to a channel, and do what is asked."""
    login = await orders()
    twitch = await log_in(login)
    chat = await Chat(twitch, connection_url=login["urls"]["irc"], initial_channel=[login["channel"]])
    chat.register_event(ChatEvent.MESSAGE, heard)
    chat.register_event(ChatEvent.JOINED, joined)
    chat.register_command("ping", asked)
    chat.start()
    tell(ready=True)
    while order := await orders():
        await chat.send_message(login["channel"], order["say"])
    chat.stop()
    await twitch.close()


if __name__ == "__main__":
    asyncio.run(main())

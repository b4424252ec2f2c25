"""A program of pyTwitchAPI: it listens over EventSub and speaks over the API. Only addresses are ours."""

import asyncio
import json
import sys
from typing import Any

from twitchAPI.eventsub.websocket import EventSubWebsocket
from twitchAPI.helper import first
from twitchAPI.twitch import Twitch
from twitchAPI.type import AuthScope


def tell(**what: Any) -> None:
    """Tell the test something."""
    sys.stdout.write(f"{json.dumps(what)}\n")
    sys.stdout.flush()


async def orders() -> dict[str, Any]:
    """The next thing to do; empty at the end."""
    return json.loads(await asyncio.to_thread(sys.stdin.readline) or "{}")  # type: ignore[no-any-return]


async def log_in(login: dict[str, Any]) -> Any:
    """What pyTwitchAPI does everything with."""
    urls = login["urls"]
    twitch = await Twitch(
        login["client_id"],
        login["client_secret"],
        base_url=f"{urls['helix']}/",
        auth_base_url=f"{urls['oauth']}/",
    )
    scopes = [AuthScope(scope) for scope in login["scopes"]]
    await twitch.set_user_authentication(login["token"], scopes, login["refresh_token"])
    return twitch


async def heard(event: Any) -> None:
    """A chat line."""
    line = event.event
    tell(heard={"id": line.message_id, "text": line.message.text, "user": line.chatter_user_login})


async def online(event: Any) -> None:
    """A stream has begun."""
    tell(online=event.event.broadcaster_user_login)


async def main() -> None:
    """Listen to a channel, and do what is asked."""
    login = await orders()
    twitch = await log_in(login)
    urls, channel, bot = login["urls"], login["channel_id"], login["bot"]
    ear = EventSubWebsocket(
        twitch, connection_url=urls["eventsub"], subscription_url=urls["helix"], revocation_handler=revoked
    )
    ear.start()
    await ear.listen_channel_chat_message(channel, bot, heard)
    await ear.listen_stream_online(channel, online)
    tell(ready=True)
    while order := await orders():
        try:
            await do(twitch, order, channel, bot)
        except Exception as error:  # the thread of the listener would keep the process alive
            tell(failed=repr(error))
    await ear.stop()
    await twitch.close()


async def do(twitch: Any, order: dict[str, Any], channel: str, bot: str) -> None:
    """What is asked."""
    match order:
        case {"say": text}:
            said = await twitch.send_chat_message(channel, bot, text)
            tell(said={"id": said.message_id, "is_sent": said.is_sent, "drop": said.drop_reason})
        case {"who": name}:
            user = await first(twitch.get_users(logins=[name]))
            tell(who={"id": user.id, "login": user.login, "name": user.display_name})
        case {"streams": name}:
            found = [stream async for stream in twitch.get_streams(user_login=[name])]
            tell(streams=[{"title": one.title, "game": one.game_name} for one in found])


async def revoked(payload: dict[str, Any]) -> None:
    """A subscription was taken away."""
    tell(revoked=payload["subscription"]["status"])


if __name__ == "__main__":
    asyncio.run(main())

"""A bare loop: the same frames, decoded into the same struct, and nothing else."""

import asyncio
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Final

import aiohttp
import msgspec
from yarl import URL

from kissbot.app.configuration import load
from kissbot.app.loop import run
from kissbot.app.settings import Settings
from kissbot.chat.logins import Login
from kissbot.chat.tasks import Tasks
from kissbot.transports.twitch.hearing.desk import Desk
from kissbot.transports.twitch.helix import FixedLogin, Helix
from kissbot.transports.twitch.oauth import OAuth
from kissbot.transports.twitch.payloads import CHAT_MESSAGE, ChatEvent, ChatFrame, Frame

PING: Final = "!ping"

Answer = Callable[[ChatEvent], object]


async def listen(settings: Settings, posts: str) -> None:
    """Answer every ping, by aiohttp or by bytes that were built beforehand (`posts`: aiohttp, raw)."""
    twitch = settings.twitch
    async with aiohttp.ClientSession() as http, Tasks() as tasks:
        login = await OAuth(http, twitch.urls.oauth, twitch.client_id).validate(twitch.token)
        url = URL(f"{twitch.urls.helix}/chat/messages")
        answer = await _raw(login, url) if posts == "raw" else _through_aiohttp(http, login, url, tasks)
        socket = await http.ws_connect(twitch.urls.eventsub, decode_text=False)
        await _subscribe(http, login, settings, (await socket.receive()).data)
        await _hear(socket, answer)


async def _hear(socket: aiohttp.ClientWebSocketResponse[bool], answer: Answer) -> None:
    """The loop that is measured."""
    decode = msgspec.json.Decoder(ChatFrame).decode
    async for frame in socket:
        event = decode(frame.data).payload.event
        if event and event.message.text == PING:
            answer(event)


def _through_aiohttp(http: aiohttp.ClientSession, login: Login, url: URL, tasks: Tasks) -> Answer:
    headers = _headers(login)

    async def post(event: ChatEvent) -> None:
        async with http.post(url, data=_body(login, event), headers=headers) as answer:
            await answer.read()

    return lambda event: tasks.start(post(event), "post")


async def _raw(login: Login, url: URL) -> Answer:
    """One connection that is kept; what comes back is not even read, for the sandbox counts."""
    loop = asyncio.get_running_loop()
    transport, _ = await loop.create_connection(asyncio.Protocol, url.host or "", url.port or 80)
    headers = "".join(f"{name}: {value}\r\n" for name, value in _headers(login).items())
    head = f"POST {url.path} HTTP/1.1\r\nHost: {url.authority}\r\n{headers}Content-Length: ".encode()

    def post(event: ChatEvent) -> None:
        body = _body(login, event)
        transport.write(b"%b%d\r\n\r\n%b" % (head, len(body), body))

    return post


def _headers(login: Login) -> dict[str, str]:
    return {
        "Authorization": f"Bearer {login.token}",
        "Client-Id": login.client_id,
        "Content-Type": "application/json",
    }


def _body(login: Login, event: ChatEvent) -> bytes:
    return msgspec.json.encode(
        {
            "broadcaster_id": event.broadcaster_user_id,
            "sender_id": login.user_id,
            "message": "Pong!",
            "reply_parent_message_id": event.message_id,
        }
    )


async def _subscribe(http: aiohttp.ClientSession, login: Login, settings: Settings, welcome: bytes) -> None:
    urls = settings.twitch.urls
    helix = Helix(http, FixedLogin(login), url=urls.helix, subscriptions_url=urls.subscriptions)
    session = msgspec.json.decode(welcome, type=Frame).payload.session
    for user in await helix.users([choice.name for choice in settings.channel_choices()]):
        condition = {"broadcaster_user_id": user.id, "user_id": login.user_id}
        transport = {"method": "websocket", "session_id": session.id if session else ""}
        await Desk(helix).subscribe(CHAT_MESSAGE, "1", condition, transport)


if __name__ == "__main__":
    run(listen(load(Path(sys.argv[2])), sys.argv[1]))

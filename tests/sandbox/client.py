"""A small client for the tests: it knows Twitch's documentation and nothing of the sandbox's code."""

import asyncio
from typing import Any, NamedTuple, Self
from urllib.parse import urlsplit

import aiohttp

from kissbot.sandbox.tokens import Credentials
from kissbot.sandbox.twitch import Sandbox

PATIENCE = 5.0
Json = Any
"""Whatever a server may answer."""


class Watch:
    """A clock that tests push."""

    def __init__(self, now: float = 1_800_000_000.25) -> None:
        self.now = now

    def time(self) -> float:
        return self.now

    def push(self, seconds: float) -> None:
        self.now += seconds


class Answer(NamedTuple):
    """What came back."""

    status: int
    body: Json
    headers: dict[str, str]


class Socket:
    """An EventSub connection after its welcome."""

    def __init__(self, ws: aiohttp.ClientWebSocketResponse) -> None:
        self.ws = ws
        self.welcome: Json = None

    async def frame(self) -> Json:
        """The next frame."""
        async with asyncio.timeout(PATIENCE):
            return await self.ws.receive_json()

    async def event(self) -> Json:
        """The event of the next notification; whatever else comes is passed over."""
        while (frame := await self.frame())["metadata"]["message_type"] != "notification":
            pass
        return frame["payload"]["event"]

    async def text(self) -> str:
        """The text of the next chat line."""
        text: str = (await self.event())["message"]["text"]
        return text

    async def close_code(self) -> int | None:
        """Read until the connection ends."""
        async with asyncio.timeout(PATIENCE):
            while not (await self.ws.receive()).type >= aiohttp.WSMsgType.CLOSE:
                pass
        return self.ws.close_code

    @property
    def id(self) -> str:
        """The id of the session."""
        session_id: str = self.welcome["payload"]["session"]["id"]
        return session_id


class Client:
    """One user's view of the sandbox."""

    def __init__(
        self, twitch: Sandbox, http: aiohttp.ClientSession, login: Credentials | None = None
    ) -> None:
        self.twitch = twitch
        self.http = http
        self.login = login or twitch.credentials
        self._sockets: list[Socket] = []

    @property
    def headers(self) -> dict[str, str]:
        return {"Authorization": f"Bearer {self.login.token}", "Client-Id": self.login.client_id}

    async def call(self, method: str, url: str, **options: Json) -> Answer:
        """Any request, with the body as JSON when it is."""
        async with self.http.request(method, url, **options) as response:
            body = await response.text()
            kind = response.content_type
            return Answer(
                response.status,
                await response.json() if kind == "application/json" else body,
                dict(response.headers),
            )

    async def helix(self, path: str, method: str = "GET", **options: Json) -> Answer:
        """A call of the API, with the login's token."""
        options = {"headers": self.headers, **options}
        return await self.call(method, f"{self.twitch.urls.helix}/{path}", **options)

    async def oauth(self, path: str, **form: str) -> Answer:
        """A call of the login service, with the login's client."""
        whole = {"client_id": self.login.client_id, "client_secret": self.login.client_secret, **form}
        return await self.call("POST", f"{self.twitch.urls.oauth}/{path}", data=whole)

    async def validate(self, token: str, scheme: str = "OAuth") -> Answer:
        """Whose token is it, and is it good?"""
        headers = {"Authorization": f"{scheme} {token}"}
        return await self.call("GET", f"{self.twitch.urls.oauth}/validate", headers=headers)

    async def refresh(self, refresh_token: str, **form: str) -> Answer:
        """Ask for a new pair."""
        return await self.oauth("token", grant_type="refresh_token", refresh_token=refresh_token, **form)

    async def control(self, path: str, method: str = "GET", **options: Json) -> Answer:
        """A call of the controls."""
        return await self.call(method, f"{self.twitch.url}/control/{path}", **options)

    async def id_of(self, login: str = "") -> str:
        """A user's id; without a name: the one of this login."""
        answer = await self.helix("users", params={"login": login} if login else {})
        user_id: str = answer.body["data"][0]["id"]
        return user_id

    async def say(self, channel: str, text: str, **more: Json) -> Answer:
        """Send Chat Message."""
        body = {"broadcaster_id": await self.id_of(channel), "sender_id": await self.id_of(), "message": text}
        return await self.helix("chat/messages", "POST", json={**body, **more})

    async def connect(self, url: str = "") -> Socket:
        """Connect to EventSub and take the welcome."""
        socket = Socket(await self.http.ws_connect(url or self.twitch.urls.eventsub))
        socket.welcome = await socket.frame()
        self._sockets.append(socket)  # else it would be closed as soon as a test looks away
        return socket

    async def order(self, kind: str, version: str, condition: dict[str, str], session_id: str) -> Answer:
        """Create EventSub Subscription."""
        transport = {"method": "websocket", "session_id": session_id}
        body = {"type": kind, "version": version, "condition": condition, "transport": transport}
        return await self.call("POST", self.twitch.urls.subscriptions, headers=self.headers, json=body)

    async def listen(self, *channels: str, socket: Socket | None = None) -> Socket:
        """Connect and subscribe to the chat of these channels."""
        socket = socket or await self.connect()
        for channel in channels:
            condition = {"broadcaster_user_id": await self.id_of(channel), "user_id": await self.id_of()}
            answer = await self.order("channel.chat.message", "1", condition, socket.id)
            assert answer.status == 202, answer
        return socket

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, *details: object) -> None:
        for socket in self._sockets:
            await socket.ws.close()
        await self.http.close()


def open_client(twitch: Sandbox) -> Client:
    """A client that acts as the bot; use it with `async with`."""
    return Client(twitch, aiohttp.ClientSession())


def port_of(twitch: Sandbox) -> int:
    """Where the sandbox listens."""
    port = urlsplit(twitch.url).port
    assert port
    return port

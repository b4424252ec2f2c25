"""The sandbox as one thing to open: a server on loopback with everything behind it."""

import asyncio
import time
from collections.abc import Mapping, Sequence
from contextlib import AsyncExitStack
from dataclasses import KW_ONLY, dataclass, field
from pathlib import Path
from types import TracebackType
from typing import Any, Final, Self

import msgspec
from aiohttp import web
from msgspec import Struct

from kissbot.chat.tasks import Tasks
from kissbot.sandbox import inside
from kissbot.sandbox.api import Api
from kissbot.sandbox.chaos import Storm, blow
from kissbot.sandbox.control import Control
from kissbot.sandbox.faults import Fault
from kissbot.sandbox.happen import Happen, Happenings, Kind
from kissbot.sandbox.link import Clock
from kissbot.sandbox.oauth import OAuth
from kissbot.sandbox.platform import Platform, Sent, Setup, Spoken
from kissbot.sandbox.socket import Timing
from kissbot.sandbox.tokens import BOT_SCOPES, ClientKind, Credentials, LoginTiming
from kissbot.sandbox.world import Rank, StreamKind

PAGE: Final = Path(__file__).parent / "page" / "index.html"
ACTIVATE_PAGE: Final = PAGE.with_name("activate.html")
LAST_WORDS: Final = 0.2
"""Seconds that a call in progress gets when the sandbox closes."""


class Urls(Struct, frozen=True, kw_only=True):
    """Where a client finds each part of Twitch."""

    helix: str
    oauth: str
    eventsub: str
    subscriptions: str
    irc: str


@dataclass
class Sandbox:
    """A Twitch with a few channels and one bot account; use it with `async with`."""

    channels: Sequence[str]
    _: KW_ONLY
    port: int = 0
    """0: any port that is free."""
    host: str = "127.0.0.1"
    bot: str = "kissbot"
    bot_rank: Rank = "moderator"
    """What the bot is in every channel but its own."""
    languages: Mapping[str, str] = field(default_factory=dict)
    """Of the channels that do not speak English."""
    enforce_limits: bool = True
    """Whether the limits of chat and of calls hold; what breaks those of chat is counted in any case."""
    clock: Clock = time
    timing: Timing = field(default_factory=Timing)
    client: ClientKind = "confidential"
    """Whether the application can keep a secret: a public one has none, and its refresh tokens expire."""
    login_timing: LoginTiming = field(default_factory=LoginTiming)
    url: str = field(default="", init=False)
    credentials: Credentials = field(init=False)
    """The bot's own login."""

    async def __aenter__(self) -> Self:
        async with AsyncExitStack() as stack:
            tasks = await stack.enter_async_context(Tasks())
            self._platform = Platform(self._setup(), tasks)
            self.credentials = self.log_in(self.bot, BOT_SCOPES)
            runner = web.AppRunner(self._app(), access_log=None, shutdown_timeout=LAST_WORDS)
            stack.push_async_callback(runner.cleanup)
            await runner.setup()
            await web.TCPSite(runner, self.host, self.port).start()
            self.url = _url(self.host, runner.addresses[0][1])
            self._happenings = Happenings(self._platform)
            await self._open_irc(stack)
            stack.callback(self._say_goodbye)
            self._stack = stack.pop_all()
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self._stack.aclose()

    async def _open_irc(self, stack: AsyncExitStack) -> None:
        """IRC without a WebSocket, on a port of its own."""
        server = await asyncio.start_server(self._platform.irc.serve_stream, self.host, 0)
        stack.callback(server.close)
        self._platform.irc.address = f"irc{_url(self.host, server.sockets[0].getsockname()[1])[4:]}"

    def _setup(self) -> Setup:
        return Setup(
            channels=self.channels,
            bot=self.bot,
            bot_rank=self.bot_rank,
            languages=self.languages,
            enforce_limits=self.enforce_limits,
            clock=self.clock,
            timing=self.timing,
            client=self.client,
            login_timing=self.login_timing,
        )

    def _app(self) -> web.Application:
        platform = self._platform
        app = web.Application()
        app.add_routes(
            [
                web.get("/", _page),
                web.get("/activate", _activate_page),
                web.get("/ws", platform.sockets.serve),
                web.get("/irc", platform.irc.serve),
                web.route("*", "/helix/{path:.*}", Api(platform).serve),
                web.route("*", "/oauth2/{path:.*}", OAuth(platform).serve),
                *Control(platform).routes(),
            ]
        )
        return app

    def _say_goodbye(self) -> None:
        self._platform.sockets.drop()
        self._platform.irc.drop()
        self._platform.feed.close()

    @property
    def urls(self) -> Urls:
        """What a client has to be told instead of Twitch's own addresses."""
        return Urls(
            helix=f"{self.url}/helix",
            oauth=f"{self.url}/oauth2",
            eventsub=f"ws{self.url.removeprefix('http')}/ws",
            subscriptions=f"{self.url}/helix/eventsub/subscriptions",
            irc=f"ws{self.url.removeprefix('http')}/irc",
        )

    @property
    def irc_address(self) -> str:
        """IRC on a plain socket: `irc://host:port`."""
        return self._platform.irc.address

    def log_in(self, user: str, scopes: Sequence[str]) -> Credentials:
        """A login of any user, with the scopes that it grants to the client."""
        person = self._platform.world.person(user)
        return self._platform.tokens.log_in(person, scopes, self.clock.time())

    def activate(self, user_code: str, user: str, allow: bool = True) -> None:
        """A user allows or denies what a device asks for: any user may, also a wrong one.

        Raises `LookupError` for an unknown code, `ValueError` for one that is over.
        """
        self._platform.activate(user_code, user, allow)

    def expire(self, user: str) -> None:
        """End the access tokens of a user; a refresh gives a new one. Raises `LookupError`."""
        self._platform.end_login(user, "expire")

    def change_password(self, user: str) -> None:
        """End all tokens of a user, and what was subscribed to with them. Raises `LookupError`."""
        self._platform.end_login(user, "change_password")

    def disconnect(self, user: str) -> None:
        """A user disconnects the application: all tokens and subscriptions end. Raises `LookupError`."""
        self._platform.end_login(user, "disconnect")

    def refreshes(self, user: str) -> int:
        """How often the tokens of a user were refreshed. Raises `LookupError`."""
        count: int = self._platform.login_state(user)["refreshes"]
        return count

    @property
    def reused(self) -> int:
        """How often a refresh token came that had been used before."""
        return self._platform.tokens.reused

    @property
    def secrets(self) -> frozenset[str]:
        """Every token that was ever given out, and the client's secret."""
        return frozenset(self._platform.tokens.given_out)

    def id_of(self, user: str) -> str:
        """The id of an account; it is created when there is none."""
        return self._platform.world.person(user).id

    def say(
        self,
        channel: str,
        *,
        user: str,
        text: str,
        rank: Rank = "everyone",
        reply_to: str | None = None,
        shared_from: str | None = None,
    ) -> str:
        """A viewer says something; the id of the line. Raises `LookupError` for an unknown channel."""
        spoken = Spoken(
            channel=channel, user=user, text=text, rank=rank, reply_to=reply_to, shared_from=shared_from
        )
        return self._platform.say(spoken).id

    def happen(self, channel: str, kind: Kind, user: str | None = None, **facts: Any) -> str:
        """A raid, a subscription, a gift, a cheer or a follow; the id of what is in the chat then.

        Raises `LookupError` for an unknown channel, `ValueError` for facts that are none.
        """
        try:
            happen = msgspec.convert({"channel": channel, "kind": kind, "user": user, **facts}, Happen)
        except msgspec.ValidationError as error:
            raise ValueError(str(error)) from None
        return self._happenings.make(happen)

    async def drained(self) -> None:
        """Wait until every frame so far has been written to its socket."""
        await self._platform.sockets.drained()
        await self._platform.irc.drained()

    @property
    def sent(self) -> list[Sent]:
        """Every line that was sent through the API, delivered or not."""
        return self._platform.sent

    @property
    def shoutouts(self) -> list[tuple[str, str]]:
        """Every shoutout that was given through the API: from which channel, to which."""
        return self._platform.shoutouts

    def set_stream(
        self,
        channel: str,
        *,
        live: bool,
        title: str | None = None,
        game: str | None = None,
        kind: StreamKind = "live",
    ) -> None:
        """Go live or offline; what is not given stays as it is. The API lists streams of the kind `live`."""
        self._platform.set_stream(channel, live, title, game, kind)

    def share(self, *channels: str, share: bool = True) -> None:
        """Begin a shared chat, or end that of the first channel. Raises `LookupError` and `ValueError`."""
        self._platform.share(channels, share)

    def set_bot_rank(self, channel: str, rank: Rank) -> None:
        """Make the bot something else in one channel."""
        self._platform.set_bot_rank(channel, rank)

    def fault(self, kind: str, **details: Any) -> Fault:
        """Make something go wrong. Raises `ValueError` naming the kinds there are."""
        return self._platform.fault({"kind": kind, **details})

    async def weather(self, clouds: Storm) -> None:
        """Let a storm happen."""
        await blow(clouds, self._platform.fault)

    @property
    def audible(self) -> int:
        """In how many channels a line would reach a client now."""
        heard = self._platform.sockets.audible
        return sum(
            heard("channel.chat.message", channel.owner.id)
            for channel in self._platform.world.channels.values()
        )

    def refused(self, call: str) -> int:
        """How often a fault refused a call, such as `POST /helix/chat/messages`."""
        return self._platform.faults.refused[call]

    def state(self) -> dict[str, Any]:
        """What is going on, as `GET /control/state` tells it."""
        return inside.state(self._platform)


async def _page(request: web.Request) -> web.StreamResponse:
    return web.FileResponse(PAGE)


async def _activate_page(request: web.Request) -> web.StreamResponse:
    return web.FileResponse(ACTIVATE_PAGE)


def _url(host: str, port: int) -> str:
    name = {"0.0.0.0": "127.0.0.1", "": "127.0.0.1", "::": "[::1]"}.get(host)  # noqa: S104 (a name, not a bind)
    return f"http://{name or (f'[{host}]' if ':' in host else host)}:{port}"

"""The controls: play a viewer, go live, break things, look inside. Not part of Twitch."""

from collections.abc import Awaitable, Callable
from typing import Any, TypeVar

import msgspec
from aiohttp import web
from msgspec import Struct

from kissbot.sandbox import inside
from kissbot.sandbox.answers import Answer
from kissbot.sandbox.api import respond
from kissbot.sandbox.happen import Happen, Happenings
from kissbot.sandbox.platform import End, Name, Platform, Sent, Spoken
from kissbot.sandbox.world import StreamKind

T = TypeVar("T")


class StreamOrder(Struct, forbid_unknown_fields=True, kw_only=True):
    """The body of `stream`."""

    channel: str
    live: bool
    title: str | None = None
    game: str | None = None
    kind: StreamKind = "live"


class ShareOrder(Struct, forbid_unknown_fields=True, kw_only=True):
    """The body of `share`."""

    channels: list[str]
    share: bool = True


class Activation(Struct, forbid_unknown_fields=True, kw_only=True):
    """The body of `activate`."""

    user_code: str
    user: Name
    allow: bool = True


class LoginOrder(Struct, forbid_unknown_fields=True, kw_only=True):
    """The body of `login`."""

    user: Name
    do: End


class Control:
    """The endpoints under `/control`."""

    def __init__(self, platform: Platform) -> None:
        self._platform = platform
        self._happenings = Happenings(platform)

    def routes(self) -> list[web.AbstractRouteDef]:
        """What to serve where."""
        return [
            web.post("/control/say", _mended(self.say)),
            web.post("/control/happen", _mended(self.happen)),
            web.get("/control/sent", _mended(self.sent)),
            web.post("/control/stream", _mended(self.stream)),
            web.post("/control/share", _mended(self.share)),
            web.post("/control/fault", _mended(self.fault)),
            web.get("/control/activate", _mended(self.wishes)),
            web.post("/control/activate", _mended(self.activate)),
            web.post("/control/login", _mended(self.login)),
            web.get("/control/state", _mended(self.state)),
            web.get("/control/events", _mended(self.events)),
            web.route("*", "/control/{path:.*}", _mended(self.unknown)),
        ]

    async def say(self, request: web.Request) -> web.StreamResponse:
        """A viewer says something."""
        line = self._platform.say(_decoded(await request.read(), Spoken))
        return respond(Answer({"message_id": line.id}))

    async def happen(self, request: web.Request) -> web.StreamResponse:
        """Something else happens in a channel."""
        told = self._happenings.make(_decoded(await request.read(), Happen))
        return respond(Answer({"message_id": told}))

    async def sent(self, request: web.Request) -> web.StreamResponse:
        """What was sent through the API, of one channel or after some entry or time."""
        channel = self._channel(request)
        found = _after(self._platform.sent, request.query.get("after", ""))
        return respond(Answer([one for one in found if channel in ("", one.channel)]))

    async def stream(self, request: web.Request) -> web.StreamResponse:
        """Go live or offline."""
        order = _decoded(await request.read(), StreamOrder)
        state = self._platform.set_stream(order.channel, order.live, order.title, order.game, order.kind)
        return respond(Answer(state))

    async def share(self, request: web.Request) -> web.StreamResponse:
        """Begin a shared chat, or end it."""
        order = _decoded(await request.read(), ShareOrder)
        return respond(Answer(self._platform.share(order.channels, order.share)))

    async def fault(self, request: web.Request) -> web.StreamResponse:
        """Make something go wrong."""
        details = _decoded(await request.read(), dict[str, Any])
        return respond(Answer(self._platform.fault(details)))

    async def wishes(self, request: web.Request) -> web.StreamResponse:
        """What the device with a user code asks for."""
        return respond(Answer(self._platform.wishes(request.query.get("user_code", ""))))

    async def activate(self, request: web.Request) -> web.StreamResponse:
        """A user allows or denies it."""
        order = _decoded(await request.read(), Activation)
        self._platform.activate(order.user_code, order.user, order.allow)
        return respond(Answer(order))

    async def login(self, request: web.Request) -> web.StreamResponse:
        """End a user's access tokens, or the whole login."""
        order = _decoded(await request.read(), LoginOrder)
        self._platform.end_login(order.user, order.do)
        return respond(Answer(self._platform.login_state(order.user)))

    async def state(self, request: web.Request) -> web.StreamResponse:
        """Everything there is to know."""
        return respond(Answer(inside.state(self._platform)))

    async def events(self, request: web.Request) -> web.StreamResponse:
        """What happens, as it happens."""
        channel = self._channel(request)
        return await self._platform.feed.serve(request, channel, self._platform.world.latest)

    async def unknown(self, request: web.Request) -> web.StreamResponse:
        """Anything else."""
        raise LookupError(
            f"There is no {request.method} {request.path}; there are: POST /control/say, "
            "POST /control/happen, GET /control/sent, "
            "POST /control/stream, POST /control/share, POST /control/fault, "
            "GET and POST /control/activate, POST /control/login, "
            "GET /control/state, GET /control/events."
        )

    def _channel(self, request: web.Request) -> str:
        login = request.query.get("channel", "")
        return self._platform.world.channel(login).owner.login if login else ""


Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]


def _mended(handler: Handler) -> Handler:
    """The handler, with its errors told as JSON: what is wrong and how to mend it."""

    async def serve(request: web.Request) -> web.StreamResponse:
        try:
            return await handler(request)
        except LookupError as error:
            return respond(Answer({"error": str(error)}, 404))
        except ValueError as error:
            return respond(Answer({"error": str(error)}, 400))

    return serve


def _decoded(body: bytes, kind: type[T]) -> T:
    """The body as JSON. Raises `ValueError` saying what is wrong with it."""
    try:
        return msgspec.json.decode(body or b"{}", type=kind)
    except msgspec.DecodeError as error:
        raise ValueError(f"The body is not what was expected: {error}.{_takes(kind)}") from None


def _takes(kind: type[Any]) -> str:
    fields = getattr(kind, "__struct_fields__", ())
    return f" It takes: {', '.join(fields)}." if fields else " It takes a JSON object."


def _after(sent: list[Sent], mark: str) -> list[Sent]:
    """What was sent after an entry, by its id, or after a time in seconds. Raises `ValueError`."""
    if not mark:
        return sent
    for index, one in enumerate(sent):
        if one.id == mark:
            return sent[index + 1 :]
    try:
        at = float(mark)
    except ValueError:
        raise ValueError(
            f"after={mark!r} is neither the id of an entry nor a time in seconds since the epoch."
        ) from None
    return [one for one in sent if one.at > at]

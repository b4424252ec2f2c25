"""The API over HTTP: admits a call, spends its points, finds its endpoint, words its errors."""

import asyncio
from collections.abc import Callable
from math import ceil
from typing import Any, Final

from aiohttp import web

from kissbot.sandbox import acts, helix, shards
from kissbot.sandbox.answers import Answer, Refused
from kissbot.sandbox.chat import send_message
from kissbot.sandbox.helix import Call
from kissbot.sandbox.limits import CALLS_PER_MINUTE, Allowance
from kissbot.sandbox.payloads import encode
from kissbot.sandbox.platform import Platform
from kissbot.sandbox.subscriptions import subscribe, subscriptions, unsubscribe
from kissbot.sandbox.tokens import NEEDS, Token

Endpoint = Callable[[Platform, Call], Answer]


def _reading(endpoint: Callable[[Any, Call], Answer]) -> Endpoint:
    return lambda platform, call: endpoint(platform.world, call)


SENDING: Final = ("POST", "chat/messages")
ENDPOINTS: Final[dict[tuple[str, str], Endpoint]] = {
    ("GET", "users"): _reading(helix.users),
    ("GET", "streams"): lambda platform, call: helix.streams(platform.world, call, platform.streams_as_of),
    ("GET", "channels"): _reading(helix.channels),
    ("GET", "games"): _reading(helix.games),
    ("GET", "games/top"): _reading(helix.top_games),
    ("GET", "search/categories"): _reading(helix.search_categories),
    SENDING: send_message,
    ("POST", "chat/announcements"): acts.announce,
    ("POST", "chat/shoutouts"): acts.shout,
    ("GET", "moderation/channels"): acts.moderated_channels,
    ("GET", "authorization/users"): acts.authorizations,
    ("GET", "shared_chat/session"): acts.shared_session,
    ("GET", "eventsub/subscriptions"): subscriptions,
    ("POST", "eventsub/subscriptions"): subscribe,
    ("DELETE", "eventsub/subscriptions"): unsubscribe,
    ("GET", "eventsub/conduits"): shards.conduits,
    ("POST", "eventsub/conduits"): shards.create,
    ("PATCH", "eventsub/conduits"): shards.resize,
    ("DELETE", "eventsub/conduits"): shards.delete,
    ("GET", "eventsub/conduits/shards"): shards.shards,
    ("PATCH", "eventsub/conduits/shards"): shards.attach,
}


class Api:
    """The endpoints under `/helix`."""

    def __init__(self, platform: Platform) -> None:
        self._platform = platform

    async def serve(self, request: web.Request) -> web.Response:
        """Answer one call, in the time that the faults in force make it take."""
        body = await request.read()
        if await nobody_waits(self._platform, request):
            return web.Response()
        headers: dict[str, str] = {}
        try:
            answer = self._answer(request, body, headers)
        except Refused as refused:
            answer = Answer(refused.body, refused.status)
            headers |= {} if headers or refused.status != 429 else self._out_of_points()
        lose_answer(self._platform, request)
        return respond(answer, headers)

    def _answer(self, request: web.Request, body: bytes, headers: dict[str, str]) -> Answer:
        interrupt(self._platform, request)
        called = request.method, request.match_info["path"].strip("/")
        endpoint = ENDPOINTS.get(called)
        if endpoint is None:
            raise Refused(404, "")
        token = self._admit(request, called)
        allowance = self._spend(token, called)
        headers.update(allowance.headers)
        if not allowance.spent:
            raise Refused(429, "Too Many Requests")
        return endpoint(self._platform, Call(token, request.query, body))

    def _admit(self, request: web.Request, called: tuple[str, str]) -> Token:
        scheme, _, value = request.headers.get("Authorization", "").partition(" ")
        value = value.strip() if scheme.lower() == "bearer" else ""
        client_id = request.headers.get("Client-Id", "")
        return self._platform.tokens.admit(client_id, value, NEEDS[called], self._platform.clock.time())

    def _spend(self, token: Token, called: tuple[str, str]) -> Allowance:
        points = self._platform.sends if called == SENDING else self._platform.calls
        return points.spend(token.bucket, self._platform.clock.time())

    def _out_of_points(self) -> dict[str, str]:
        """What tells a client to wait until the next second, after a refusal that was asked for."""
        return Allowance(CALLS_PER_MINUTE, 0, ceil(self._platform.clock.time())).headers


def respond(answer: Answer, headers: dict[str, str] | None = None) -> web.Response:
    """An answer as HTTP."""
    if answer.body is None:
        return web.Response(status=answer.status, headers=headers)
    return web.Response(
        body=encode(answer.body),
        status=answer.status,
        headers=headers,
        content_type="application/json",
        charset="utf-8",
    )


async def nobody_waits(platform: Platform, request: web.Request) -> bool:
    """Delay or break a call as the faults in force say; True when its caller is gone by then.

    Such a call has no effect: a refresh token is not spent on a client that never hears of the new one.
    """
    if seconds := platform.faults.slowness(_called(request)):
        await asyncio.sleep(seconds)
    if platform.faults.hangs_up(_called(request)) and request.transport:
        request.transport.abort()
    return request.transport is None or request.transport.is_closing()


def lose_answer(platform: Platform, request: web.Request) -> None:
    """Break the connection of a call that is done, when the faults in force say so."""
    if platform.faults.loses_answer(_called(request)) and request.transport:
        request.transport.abort()


def _called(request: web.Request) -> str:
    """How faults know a call: `POST /helix/chat/messages`."""
    return f"{request.method} {request.path}"


def interrupt(platform: Platform, request: web.Request) -> None:
    """Refuse the call when the faults in force say so."""
    if platform.faults.unplugged:
        raise Refused(503, "The sandbox is unplugged")
    if status := platform.faults.refusal(_called(request)):
        raise Refused(status, "The sandbox refuses this call, as it was told to")

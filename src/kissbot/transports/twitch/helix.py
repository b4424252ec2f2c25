"""Twitch's API: typed calls under one retry policy and the rate limit that Twitch reports.

Source: Twitch API reference.
"""

import asyncio
import re
import time
from collections.abc import Awaitable, Callable, Sequence
from typing import Final, Protocol, TypeVar

import aiohttp
import msgspec
import stamina
from yarl import URL

from kissbot.chat.errors import Trouble
from kissbot.chat.logins import Login
from kissbot.transports.twitch.limits import PointsBucket
from kissbot.transports.twitch.oauth import BadLogin, OutOfReach
from kissbot.transports.twitch.payloads import (
    ChannelRow,
    GameRow,
    Problem,
    Rows,
    Sent,
    SentRow,
    StreamRow,
    User,
    decoded,
)

T = TypeVar("T")

TIMEOUT: Final = aiohttp.ClientTimeout(total=10)
ATTEMPTS: Final = 4
FIRST_PAUSE: Final = 0.2
"""Seconds before the second attempt, where Twitch names no time."""
USERS_PER_CALL: Final = 100
ROWS_PER_CALL: Final = 100

_NOT_THE_TOKEN: Final = re.compile("scope|missing|match", re.IGNORECASE)
"""A 401 that says so would be the same with a newer token."""

Query = list[tuple[str, str]]


class HelixError(Trouble):
    """Twitch answered with an error. `status` is the HTTP status, `wait` the seconds it asks us to wait."""

    def __init__(self, status: int, message: str, path: str, wait: float = 0) -> None:
        super().__init__(f"Twitch answered {status} to {path}: {message}")
        self.status, self.message, self.wait = status, message, wait


class NoLogin(HelixError):
    """There is no login to call with; the text says what to do about it."""

    def __init__(self, why: BadLogin, path: str) -> None:
        super().__init__(401, str(why), path)

    def __str__(self) -> str:
        return self.message


class Source(Protocol):
    """Where the login of each call comes from."""

    @property
    def latest(self) -> Login:
        """The login as it is known now; whose it is never changes."""
        ...

    async def login(self) -> Login:
        """A login to call with. Raises `BadLogin`, and `OutOfReach` when there may be one later."""
        ...

    async def renewed(self, refused: Login) -> Login:
        """A login to call with instead of one that was refused. Raises the same."""
        ...


class FixedLogin:
    """A login that stays as it is: for tests and measurements."""

    def __init__(self, login: Login) -> None:
        self.latest = login

    async def login(self) -> Login:
        """The login."""
        return self.latest

    async def renewed(self, refused: Login) -> Login:
        """The same one; there is no other."""
        return self.latest


class Helix:
    """Calls on behalf of one account. `http` is shared, so connections are reused."""

    def __init__(
        self, http: aiohttp.ClientSession, source: Source, *, url: str, subscriptions_url: str
    ) -> None:
        self._http, self._source = http, source
        self._url, self._subscriptions_url = url.rstrip("/"), subscriptions_url
        self._shown: Login | None = None
        self._headers: dict[str, str] = {}
        self._points = PointsBucket()
        self._send_points = PointsBucket()
        self._messages_url = URL(f"{self._url}/chat/messages")

    @property
    def login(self) -> Login:
        """Who calls."""
        return self._source.latest

    @property
    def subscriptions_url(self) -> str:
        """Where events are subscribed to."""
        return self._subscriptions_url

    async def call(
        self,
        method: str,
        path: str,
        kind: type[T],
        query: Query | None = None,
        body: object = None,
        helps: Callable[[Exception], bool | float] | None = None,
    ) -> T:
        """Call any endpoint, again when that may help. `path` begins with `/` or is a whole URL."""
        url = URL(path if "://" in path else self._url + path)
        return await _repeated(
            lambda: self._once(method, url, kind, self._points, query, body), helps or _helps
        )

    async def spare(self, reserve: int) -> None:
        """Wait until there are more than so many points: for calls that others go before."""
        while wait := self._points.wait(time.time(), reserve):
            await asyncio.sleep(wait)

    async def users(self, logins: list[str]) -> list[User]:
        """The accounts of these logins; unknown ones are missing."""
        found: list[User] = []
        for start in range(0, len(logins), USERS_PER_CALL):
            query = [("login", login) for login in logins[start : start + USERS_PER_CALL]]
            found += (await self.call("GET", "/users", Rows[User], query)).data
        return found

    async def stream(self, user_id: str) -> StreamRow | None:
        """The live stream of a channel; None when it is offline."""
        return (await self.streams([user_id])).get(user_id)

    async def streams(self, user_ids: Sequence[str]) -> dict[str, StreamRow]:
        """The live streams of these channels, by the channel's id; whoever is missing is offline."""
        found: dict[str, StreamRow] = {}
        for start in range(0, len(user_ids), ROWS_PER_CALL):
            asked = user_ids[start : start + ROWS_PER_CALL]
            query = [("user_id", user_id) for user_id in asked] + [("first", str(ROWS_PER_CALL))]
            rows = await self.call("GET", "/streams", Rows[StreamRow], query)
            found |= {row.user_id: row for row in rows.data}
        return found

    async def channels(self, user_ids: Sequence[str]) -> dict[str, ChannelRow]:
        """What these channels are about, by the channel's id, whether they are live or not."""
        found: dict[str, ChannelRow] = {}
        for start in range(0, len(user_ids), ROWS_PER_CALL):
            query = [("broadcaster_id", user_id) for user_id in user_ids[start : start + ROWS_PER_CALL]]
            rows = await self.call("GET", "/channels", Rows[ChannelRow], query)
            found |= {row.broadcaster_id: row for row in rows.data}
        return found

    async def try_once(self, method: str, path: str, query: Query) -> None:
        """Call an endpoint that answers nothing, and never again: for what nobody waits for."""
        await self._once(method, URL(self._url + path), object, self._points, query, None)

    async def game(self, game_id: str) -> GameRow | None:
        """A category by its id."""
        rows = await self.call("GET", "/games", Rows[GameRow], [("id", game_id)])
        return rows.data[0] if rows.data else None

    async def send(
        self, channel_id: str, text: str, reply_to: str | None = None, sender_id: str = ""
    ) -> SentRow:
        """Send a chat message, as the caller or as `sender_id`; once, see `not_arrived`."""
        login = await self._login(self._messages_url)
        body = {"broadcaster_id": channel_id, "sender_id": sender_id or login.user_id, "message": text}
        if reply_to:
            body["reply_parent_message_id"] = reply_to
        sent = await self._once("POST", self._messages_url, Sent, self._send_points, None, body)
        return sent.data[0]

    async def _login(self, url: URL, instead_of: Login | None = None) -> Login:
        """Who calls, with a token that was not refused yet."""
        try:
            return await (self._source.renewed(instead_of) if instead_of else self._source.login())
        except BadLogin as why:
            raise NoLogin(why, url.path) from None

    async def _once(
        self, method: str, url: URL, kind: type[T], points: PointsBucket, query: Query | None, body: object
    ) -> T:
        """One call; and a second one, if a newer token may help."""
        data = msgspec.json.encode(body) if body is not None else None
        login = await self._login(url)
        try:
            content = await self._ask(login, method, url, points, query, data)
        except HelixError as error:
            if error.status != 401 or _NOT_THE_TOKEN.search(error.message):
                raise
            newer = await self._login(url, instead_of=login)
            if newer.token == login.token:
                raise
            content = await self._ask(newer, method, url, points, query, data)
        return decoded(content or b"null", kind)

    async def _ask(
        self,
        login: Login,
        method: str,
        url: URL,
        points: PointsBucket,
        query: Query | None,
        data: bytes | None,
    ) -> bytes:
        while wait := points.take(time.time()):
            if points is self._send_points:  # a line may grow too old meanwhile, and others wait behind it
                raise HelixError(429, "there are no points left", url.path, wait)
            await asyncio.sleep(wait)
        async with self._http.request(
            method, url, params=query, data=data, headers=self._headers_of(login), timeout=TIMEOUT
        ) as answer:
            content = await answer.read()
            points.learn(answer.headers, time.time())
            if answer.status >= 400:
                raise _problem(answer, content, url.path)
        return content

    def _headers_of(self, login: Login) -> dict[str, str]:
        if login is not self._shown:
            self._shown = login
            self._headers = {
                "Authorization": f"Bearer {login.token}",
                "Client-Id": login.client_id,
                "Content-Type": "application/json",
            }
        return self._headers


async def _repeated(call: Callable[[], Awaitable[T]], helps: Callable[[Exception], bool | float]) -> T:
    """The one retry policy: `helps` tells whether to try again, or after how many seconds."""
    try:
        return await call()  # nearly all calls end here, and need not pay for what follows
    except Exception as error:
        if not (wait := helps(error)):
            raise
    await asyncio.sleep(FIRST_PAUSE if wait is True else wait)
    async for attempt in stamina.retry_context(on=helps, attempts=ATTEMPTS - 1, timeout=30):
        with attempt:
            return await call()
    raise AssertionError("retry_context ends by returning or raising")


def is_passing(error: Exception) -> bool:
    """Whether the network or Twitch itself is in trouble, so that the same may work later."""
    if isinstance(error, HelixError | aiohttp.ClientResponseError):
        return error.status == 429 or error.status >= 500
    return isinstance(error, aiohttp.ClientConnectionError | aiohttp.ClientPayloadError | TimeoutError)


def _problem(answer: aiohttp.ClientResponse, content: bytes, path: str) -> HelixError:
    try:
        message = decoded(content, Problem).message
    except aiohttp.ClientPayloadError:
        message = answer.reason or ""
    return HelixError(answer.status, message, path, _asked_to_wait(answer) if answer.status == 429 else 0)


def _asked_to_wait(answer: aiohttp.ClientResponse) -> float:
    """Until the bucket fills again, when that is what is empty; a second for any other limit."""
    reset = answer.headers.get("Ratelimit-Reset", "")
    if answer.headers.get("Ratelimit-Remaining") == "0" and reset.isdigit():
        return max(0.1, float(reset) - time.time())
    return 1.0


def _helps(error: Exception) -> bool | float:
    """Whether to try again, or after how many seconds."""
    if isinstance(error, HelixError) and error.status == 429:
        return min(error.wait, 60.0) or True
    return is_passing(error)


def not_arrived(error: Exception) -> bool:
    """Whether a message has certainly not been shown, and may be later; any other error leaves that open."""
    if isinstance(error, HelixError):
        return error.status == 429
    return isinstance(error, aiohttp.ClientConnectorError | OutOfReach)

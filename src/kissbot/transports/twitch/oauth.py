"""Twitch's login service: codes to log in with, tokens, whose they are, and their end.

Source: Twitch, "Getting OAuth Access Tokens", "Refreshing Access Tokens", "Validating Tokens"; RFC 8628.
"""

import time
from collections.abc import Iterable
from contextlib import suppress
from typing import Final

import aiohttp
from msgspec import Struct
from msgspec.structs import replace

from kissbot.chat.errors import Trouble
from kissbot.chat.logins import APP, BOT, Login
from kissbot.chat.ports import Clock
from kissbot.transports.twitch.payloads import DeviceAnswer, Problem, TokenAnswer, Validation, decoded

TIMEOUT: Final = aiohttp.ClientTimeout(total=10)
DEVICE_GRANT: Final = "urn:ietf:params:oauth:grant-type:device_code"
SLOWER: Final = 5.0
"""Seconds that are added to the interval of whoever asks too often."""

_APPLICATION: Final = {
    "missing client id": "twitch.client_id: is needed. Copy it from dev.twitch.tv/console.",
    "invalid client": "Twitch knows no application with this twitch.client_id. "
    "Copy it from dev.twitch.tv/console.",
    "missing client secret": "twitch.client_secret: is needed for this application. "
    "Make one at dev.twitch.tv/console.",
    "invalid client secret": "Twitch refuses twitch.client_secret. Make a new one at dev.twitch.tv/console.",
}
"""What Twitch says when not the login is wrong, but who asks."""


class BadLogin(Trouble):
    """A login that cannot be used, and what to do about it."""


class Refused(BadLogin):
    """Twitch itself says that a token is of no use (400 or 401). Of a refresh token, that is final."""


class BadApplication(BadLogin):
    """Not the login is wrong, but the application's own settings; no login is lost by that."""


class OutOfReach(aiohttp.ClientConnectionError):
    """The login service gives no useful answer now; it may later."""


class DeviceCode(Struct, frozen=True, kw_only=True):
    """A code with which a person logs in somewhere else. Its secret part has no text form."""

    secret: str
    code: str
    """What is shown to the person."""
    link: str
    """Where the person goes."""
    scopes: str
    """Between blanks."""
    interval: float
    """Seconds between two questions whether it was done."""
    expires_at: float

    def __repr__(self) -> str:
        return f"DeviceCode({self.code})"


class OAuth:
    """The login service as one application may use it. `http` is shared."""

    def __init__(
        self,
        http: aiohttp.ClientSession,
        url: str,
        client_id: str,
        client_secret: str = "",
        clock: Clock = time,
    ) -> None:
        self._http, self._url = http, url.rstrip("/")
        self.client_id, self._client_secret = client_id, client_secret
        self._clock = clock

    async def device(self, scopes: Iterable[str]) -> DeviceCode:
        """Ask for a code with which somebody may grant these scopes."""
        wanted = " ".join(scopes)
        answer = decoded(await self._post("device", scopes=wanted), DeviceAnswer)
        return DeviceCode(
            secret=answer.device_code,
            code=answer.user_code,
            link=answer.verification_uri,
            scopes=wanted,
            interval=answer.interval,
            expires_at=self._clock.time() + answer.expires_in,
        )

    async def poll(self, device: DeviceCode, slot: str) -> Login | DeviceCode:
        """The login that was granted, still nobody's by name; or the code as it is to be asked about next.

        Raises `BadLogin` when it was denied or is over.
        """
        form = {"grant_type": DEVICE_GRANT, "scopes": device.scopes, "device_code": device.secret}
        try:
            content = await self._post("token", **form)
        except Refused as refused:
            return still_waiting(device, str(refused))
        return self._login(Login(slot=slot, client_id=self.client_id, token=""), content)

    async def refresh(self, login: Login) -> Login:
        """The same login with new tokens; its old ones are worth nothing from now on. Raises `Refused`."""
        form = {"grant_type": "refresh_token", "refresh_token": login.refresh_token} | self._secret
        return self._login(login, await self._post("token", **form))

    async def app_token(self) -> Login:
        """A login of the application itself. Raises `BadLogin`."""
        if not self._client_secret:
            raise BadLogin(_APPLICATION["missing client secret"])
        nobody = Login(slot=APP, client_id=self.client_id, token="")
        return self._login(nobody, await self._post("token", grant_type="client_credentials", **self._secret))

    async def validate(self, token: str, slot: str = BOT) -> Login:
        """Whose token it is, and what it may. Raises `Refused`, or `BadLogin` when it will not do at all."""
        bare = token.removeprefix("oauth:")
        headers = {"Authorization": f"OAuth {bare}"}
        async with self._http.get(
            f"{self._url}/validate", headers=headers, timeout=TIMEOUT, allow_redirects=False
        ) as answer:
            content = await answer.read()
        self._check_door(answer)
        found = decoded(content, Validation)
        if found.client_id != self.client_id:
            raise BadLogin(
                "The token was made for another application than twitch.client_id. Tokens of a generator's "
                "site belong to that site: use `kissbot login`."
            )
        if slot != APP and not (found.user_id and found.login):
            raise BadLogin("It is an app token. KissBot needs the user token of an account: `kissbot login`.")
        return Login(
            slot=slot,
            client_id=self.client_id,
            user_id=found.user_id or "",
            login=found.login or "",
            scopes=frozenset(found.scopes or ()),
            token=bare,
            expires_at=self._until(found.expires_in),
        )

    def _check_door(self, answer: aiohttp.ClientResponse) -> None:
        """Whether this is the answer of somebody who knows tokens."""
        if answer.status == 401:
            raise Refused(
                "Twitch refuses the token: it has expired, was revoked, or is mistyped. Use `kissbot login`."
            )
        if 300 <= answer.status < 500 and answer.status != 429:
            raise BadLogin(
                f"{answer.url} answered {answer.status}: that is no login service. Mend twitch.urls.oauth."
            )
        if answer.status != 200:
            raise OutOfReach(f"{answer.url} answered {answer.status}")

    async def named(self, login: Login) -> Login:
        """The same login with what Twitch says of it: whose it is, what it may, until when."""
        found = await self.validate(login.token, login.slot)
        until = min(login.expires_at, found.expires_at)
        return replace(login, user_id=found.user_id, login=found.login, scopes=found.scopes, expires_at=until)

    async def revoke(self, token: str) -> None:
        """End a token; one that has ended already is fine."""
        with suppress(Refused):
            await self._post("revoke", token=token)

    @property
    def _secret(self) -> dict[str, str]:
        return {"client_secret": self._client_secret} if self._client_secret else {}

    async def _post(self, path: str, **form: str) -> bytes:
        """Secrets go into the body, never into an address. Raises `Refused` and `OutOfReach`."""
        url = f"{self._url}/{path}"
        body = {"client_id": self.client_id, **form}
        async with self._http.post(url, data=body, timeout=TIMEOUT, allow_redirects=False) as answer:
            content = await answer.read()
        if answer.status == 200:
            return content
        said = _said(content)
        if remedy := _APPLICATION.get(said):
            raise BadApplication(remedy)
        if answer.status in (400, 401):
            raise Refused(said or f"status {answer.status}")
        raise OutOfReach(f"{url} answered {answer.status}")

    def _login(self, login: Login, content: bytes) -> Login:
        """The login with the tokens of an answer."""
        answer = decoded(content, TokenAnswer)
        scopes = answer.scope.split() if isinstance(answer.scope, str) else answer.scope
        return replace(
            login,
            token=answer.access_token,
            refresh_token=answer.refresh_token or login.refresh_token,
            scopes=login.scopes if scopes is None else frozenset(scopes),
            expires_at=self._until(answer.expires_in),
        )

    def _until(self, seconds: float) -> float:
        """A token that expires in 0 seconds is one that does not expire."""
        return self._clock.time() + seconds if seconds else float("inf")


def still_waiting(device: DeviceCode, message: str) -> DeviceCode:
    """The code as it is to be asked about next, after Twitch's answer to the last question.

    Raises `BadLogin` when there is nothing to wait for.
    """
    match message:
        case "authorization_pending":
            return device
        case "slow_down":
            return replace(device, interval=device.interval + SLOWER)
        case "access_denied":
            raise BadLogin("The login was denied; nothing was stored.")
        case "expired_token" | "invalid device code":
            raise BadLogin("The code has expired; nothing was stored. Start again for a new one.")
        case _:
            raise BadLogin(f"Twitch ended the login: {message}. Nothing was stored.")


def _said(content: bytes) -> str:
    """The reason in an answer; empty when it cannot be read."""
    try:
        return decoded(content, Problem).message
    except aiohttp.ClientPayloadError:
        return ""

"""Twitch's login service: is a token good, and whose is it?

Source: Twitch, "Validating Tokens".
"""

from typing import Final

import aiohttp
from msgspec import Struct

from kissbot.transports.twitch.payloads import Validation, decoded

TIMEOUT: Final = aiohttp.ClientTimeout(total=10)


class Login(Struct, frozen=True):
    """A user token that was found to be good. Never shown: it has no text form."""

    client_id: str
    token: str
    user_id: str
    login: str
    scopes: frozenset[str]

    def __repr__(self) -> str:
        return f"Login({self.login})"


class BadLogin(Exception):
    """A token that cannot be used, and what to do about it."""


async def validate(http: aiohttp.ClientSession, oauth_url: str, client_id: str, token: str) -> Login:
    """Ask Twitch about a user token. Raises `BadLogin`, and aiohttp's errors when Twitch is out of reach."""
    bare = token.removeprefix("oauth:")
    headers = {"Authorization": f"OAuth {bare}"}
    async with http.get(f"{oauth_url}/validate", headers=headers, timeout=TIMEOUT) as answer:
        if answer.status == 401:
            raise BadLogin(
                "Twitch refuses twitch.token: it has expired, was revoked, or is mistyped. Make a new one."
            )
        if 400 <= answer.status < 500 and answer.status != 429:
            raise BadLogin(
                f"{answer.url} answered {answer.status}: that is no login service. Mend twitch.urls.oauth."
            )
        answer.raise_for_status()
        found = decoded(await answer.read(), Validation)
    if found.client_id != client_id:
        raise BadLogin(
            "twitch.token was made for another application than twitch.client_id. "
            "Tokens of a generator's site belong to that site: make one with your own client id."
        )
    if not found.user_id or not found.login:
        raise BadLogin("twitch.token is an app token. KissBot needs the user token of the bot's account.")
    return Login(client_id, bare, found.user_id, found.login, frozenset(found.scopes or ()))

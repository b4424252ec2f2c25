"""Access tokens: who holds them, what they allow, until when. No I/O; the time is passed in."""

from collections import defaultdict
from collections.abc import Iterable
from secrets import choice
from string import ascii_lowercase, digits
from typing import Final

from msgspec import Struct

from kissbot.sandbox.answers import Refused
from kissbot.sandbox.world import Person

BOT_SCOPES: Final = ("user:bot", "user:read:chat", "user:write:chat")
USER_SECONDS: Final = 14_400
APP_SECONDS: Final = 5_000_000


class Credentials(Struct, frozen=True, kw_only=True):
    """What a client needs to act for one user."""

    client_id: str
    client_secret: str
    token: str
    refresh_token: str


class Token(Struct, frozen=True):
    """An access token; without a user it is an app token."""

    value: str
    client_id: str
    expires_at: float
    scopes: frozenset[str] = frozenset()
    user: Person | None = None

    @property
    def bucket(self) -> str:
        """Whose points a call spends: those of the app, or of the user with this client."""
        return f"{self.client_id} {self.user.id if self.user else ''}"


class Need(Struct, frozen=True):
    """What an endpoint wants to see: which kinds of token, and which scope of a user token."""

    user: bool = True
    app: bool = True
    scope: str = ""


ANY_TOKEN: Final = Need()
NEEDS: Final = {("POST", "chat/messages"): Need(scope="user:write:chat")}
"""Endpoints that want more than any valid token. EventSub asks by subscription type instead."""


def secret(length: int = 30) -> str:
    """Letters and digits that nobody guesses."""
    return "".join(choice(ascii_lowercase + digits) for _ in range(length))


class Tokens:
    """The tokens of the one client that the sandbox knows, and who granted it which scopes."""

    def __init__(self) -> None:
        self.client_id = secret()
        self.client_secret = secret()
        self._tokens: dict[str, Token] = {}
        self._logins: dict[str, tuple[Person, frozenset[str]]] = {}
        self._granted: defaultdict[str, set[str]] = defaultdict(set)

    def app_token(self, now: float) -> Token:
        """What client credentials give."""
        return self._keep(Token(secret(), self.client_id, now + APP_SECONDS))

    def log_in(self, user: Person, scopes: Iterable[str], now: float) -> Credentials:
        """What a user's consent gives; it is remembered as granted."""
        granted = frozenset(scopes)
        self._granted[user.id] |= granted
        token, refresh = self._pair(user, granted, now)
        return Credentials(
            client_id=self.client_id,
            client_secret=self.client_secret,
            token=token.value,
            refresh_token=refresh,
        )

    def refresh(self, refresh_token: str, now: float) -> tuple[Token, str]:
        """A new pair for an old refresh token, which is worth nothing afterwards. Raises `Refused`."""
        login = self._logins.pop(refresh_token, None)
        if login is None:
            raise Refused(400, "Invalid refresh token")
        return self._pair(*login, now)

    def _pair(self, user: Person, scopes: frozenset[str], now: float) -> tuple[Token, str]:
        token = self._keep(Token(secret(), self.client_id, now + USER_SECONDS, scopes, user))
        refresh = secret(50)
        self._logins[refresh] = user, scopes
        return token, refresh

    def _keep(self, token: Token) -> Token:
        self._tokens[token.value] = token
        return token

    def find(self, value: str, now: float) -> Token | None:
        """The token, if it is one and has not expired."""
        token = self._tokens.get(value)
        return token if token and now < token.expires_at else None

    def revoke(self, value: str) -> bool:
        """End a token; False when there is no such token."""
        return self._tokens.pop(value, None) is not None

    def granted(self, user_id: str) -> frozenset[str]:
        """Every scope that a user ever granted the client."""
        return frozenset(self._granted.get(user_id, ()))

    def admit(self, client_id: str, value: str, need: Need, now: float) -> Token:
        """The token of a call, when it is good enough. Raises `Refused`."""
        if not value:
            raise Refused(401, "OAuth token is missing")
        if not client_id:
            raise Refused(401, "Client ID is missing")
        token = self.find(value, now)
        if token is None:
            raise Refused(401, "Invalid OAuth token")
        if token.client_id != client_id:
            raise Refused(401, "Client ID and OAuth token do not match")
        return _sufficient(token, need)


def _sufficient(token: Token, need: Need) -> Token:
    if token.user is None:
        if not need.app:
            raise Refused(401, "Missing User OAUTH Token")
    elif not need.user:
        raise Refused(401, "Missing App OAUTH Token")
    elif need.scope and need.scope not in token.scopes:
        raise Refused(401, f"Missing scope: {need.scope}")
    return token

"""Logins and their tokens: who holds which, what they allow, until when. No I/O; the time is passed in."""

from collections.abc import Callable, Iterable
from secrets import choice
from string import ascii_lowercase, digits
from typing import Final, Literal

from msgspec import Struct, field

from kissbot.sandbox.answers import Refused
from kissbot.sandbox.world import Person

BOT_SCOPES: Final = ("user:bot", "user:read:chat", "user:read:moderated_channels", "user:write:chat")
USER_SECONDS: Final = 14_400
APP_SECONDS: Final = 5_000_000

ClientKind = Literal["confidential", "public"]
Status = Literal["logged_in", "refreshed", "expired", "revoked", "reused", "password_changed", "disconnected"]


class LoginTiming(Struct, frozen=True, kw_only=True):
    """The login service's time limits, in seconds."""

    user_token: float = USER_SECONDS
    app_token: float = APP_SECONDS
    public_refresh_token: float = 30 * 86_400
    """Those of a confidential client do not expire."""
    device_code: float = 1_800
    interval: int = 5
    """How long a device has to wait before it asks again."""


USUAL: Final = LoginTiming()


class Credentials(Struct, frozen=True, kw_only=True):
    """What a client needs to act for one user; a public client's secret is empty."""

    client_id: str
    client_secret: str
    token: str
    refresh_token: str

    def __repr__(self) -> str:
        return f"Credentials(client_id={self.client_id!r})"


class Token(Struct, frozen=True):
    """An access token; without a user it is an app token."""

    value: str
    client_id: str
    expires_at: float
    scopes: frozenset[str] = frozenset()
    user: Person | None = None

    def __repr__(self) -> str:
        return f"Token({self.user.login if self.user else 'app'})"

    @property
    def bucket(self) -> str:
        """Whose points a call spends: those of the app, or of the user with this client."""
        return bucket(self.client_id, self.user.id if self.user else "")


class Refresh(Struct):
    """What a refresh token is good for; a used one is remembered, as using it again is punished."""

    user: Person
    scopes: frozenset[str]
    expires_at: float
    used: bool = False


class Login(Struct, eq=False):
    """A user's consent to the client, and what became of it."""

    user: Person
    scopes: set[str] = field(default_factory=set)
    status: Status = "logged_in"
    refreshes: int = 0
    reused: int = 0


class Need(Struct, frozen=True):
    """What an endpoint wants to see: which kinds of token, and which scope of a user token."""

    user: bool = True
    app: bool = True
    scope: str = ""


ANY_TOKEN: Final = Need()
APP_TOKEN: Final = Need(user=False)
NEEDS: Final = {
    ("GET", "users"): ANY_TOKEN,
    ("GET", "streams"): ANY_TOKEN,
    ("GET", "channels"): ANY_TOKEN,
    ("GET", "games"): ANY_TOKEN,
    ("GET", "games/top"): ANY_TOKEN,
    ("GET", "search/categories"): ANY_TOKEN,
    ("POST", "chat/messages"): Need(scope="user:write:chat"),
    ("POST", "chat/announcements"): Need(app=False, scope="moderator:manage:announcements"),
    ("POST", "chat/shoutouts"): Need(app=False, scope="moderator:manage:shoutouts"),
    ("GET", "moderation/channels"): Need(app=False, scope="user:read:moderated_channels"),
    ("GET", "authorization/users"): APP_TOKEN,
    ("GET", "shared_chat/session"): ANY_TOKEN,
    ("GET", "eventsub/subscriptions"): ANY_TOKEN,
    ("POST", "eventsub/subscriptions"): ANY_TOKEN,
    ("DELETE", "eventsub/subscriptions"): ANY_TOKEN,
    **{(method, "eventsub/conduits"): APP_TOKEN for method in ("GET", "POST", "PATCH", "DELETE")},
    **{(method, "eventsub/conduits/shards"): APP_TOKEN for method in ("GET", "PATCH")},
}
"""Every endpoint. To subscribe, EventSub asks for more: by transport and by subscription type."""


def secret(length: int = 30) -> str:
    """Letters and digits that nobody guesses."""
    return "".join(choice(ascii_lowercase + digits) for _ in range(length))


def bucket(client_id: str, user_id: str) -> str:
    """A client and a user, as one key."""
    return f"{client_id} {user_id}"


class Tokens:
    """The tokens of the one client that the sandbox knows, and who granted it which scopes."""

    def __init__(self, client: ClientKind = "confidential", timing: LoginTiming = USUAL) -> None:
        self.client = client
        self.client_id = secret()
        self.client_secret = secret() if client == "confidential" else ""
        self.ended: Callable[[str, str], None] = lambda bucket, user_id: None
        """Told whose login is over."""
        self.logins: dict[str, Login] = {}
        self.given_out: set[str] = {self.client_secret} - {""}
        """Every secret that a client ever got, so that a test can look for them where they must not be."""
        self._timing = timing
        self._tokens: dict[str, Token] = {}
        self._refreshes: dict[str, Refresh] = {}

    def app_token(self, now: float) -> Token:
        """What client credentials give."""
        return self._keep(Token(secret(), self.client_id, now + self._timing.app_token), now)

    def log_in(self, user: Person, scopes: Iterable[str], now: float) -> Credentials:
        """What a user's consent gives; it is remembered as granted."""
        token, refresh_token = self.grant(user, scopes, now)
        return Credentials(
            client_id=self.client_id,
            client_secret=self.client_secret,
            token=token.value,
            refresh_token=refresh_token,
        )

    def grant(self, user: Person, scopes: Iterable[str], now: float) -> tuple[Token, str]:
        """What a user's consent gives, as a pair: an access token and a refresh token."""
        login = self.logins.setdefault(user.id, Login(user))
        granted = frozenset(scopes)
        login.scopes |= granted
        login.status = "logged_in"
        return self._pair(user, granted, now)

    def refresh(self, refresh_token: str, now: float) -> tuple[Token, str]:
        """A new pair for an old refresh token, which works once; a second time ends the login.

        Raises `Refused`.
        """
        refresh = self._refreshes.get(refresh_token)
        if refresh is None or now >= refresh.expires_at:
            raise Refused(400, "Invalid refresh token")
        login = self.logins[refresh.user.id]
        if refresh.used:
            login.reused += 1
            self.end(login, "reused")
            raise Refused(400, "Invalid refresh token")
        refresh.used = True
        login.refreshes += 1
        login.status = "refreshed"
        return self._pair(refresh.user, refresh.scopes, now)

    def _pair(self, user: Person, scopes: frozenset[str], now: float) -> tuple[Token, str]:
        expires_at = now + self._timing.user_token
        token = self._keep(Token(secret(), self.client_id, expires_at, scopes, user), now)
        public = self.client == "public"
        until = now + self._timing.public_refresh_token if public else float("inf")
        refresh_token = _awkward_secret()
        self._refreshes[refresh_token] = Refresh(user, scopes, until)
        self.given_out.add(refresh_token)
        return token, refresh_token

    def _keep(self, token: Token, now: float) -> Token:
        self._tokens = {value: one for value, one in self._tokens.items() if now < one.expires_at}
        self._tokens[token.value] = token
        self.given_out.add(token.value)
        return token

    def find(self, value: str, now: float) -> Token | None:
        """The token, if it is one and has not expired."""
        token = self._tokens.get(value)
        return token if token and now < token.expires_at else None

    def revoke(self, value: str) -> bool:
        """End a token; False when there is no such token."""
        token = self._tokens.pop(value, None)
        if token and token.user:
            self.logins[token.user.id].status = "revoked"
        return token is not None

    def expire(self, login: Login) -> None:
        """End a user's access tokens; the refresh tokens go on working."""
        login.status = "expired"
        self._drop_access(login.user)

    def end(self, login: Login, status: Status) -> None:
        """End everything that a user's consent ever gave, and the consent."""
        login.status = status
        login.scopes.clear()
        self._drop_access(login.user)
        self._refreshes = {value: one for value, one in self._refreshes.items() if one.user is not login.user}
        self.ended(bucket(self.client_id, login.user.id), login.user.id)

    def _drop_access(self, user: Person) -> None:
        self._tokens = {value: one for value, one in self._tokens.items() if one.user is not user}

    def live(self, user: Person, now: float) -> int:
        """How many access tokens of a user are good."""
        return sum(one.user is user and now < one.expires_at for one in self._tokens.values())

    @property
    def refreshes(self) -> int:
        """How many new pairs were given for old refresh tokens."""
        return sum(login.refreshes for login in self.logins.values())

    @property
    def reused(self) -> int:
        """How often a refresh token came that was used before."""
        return sum(login.reused for login in self.logins.values())

    def granted(self, user_id: str) -> frozenset[str]:
        """Every scope that a user granted the client, since the login last ended."""
        login = self.logins.get(user_id)
        return frozenset(login.scopes) if login else frozenset()

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


def _awkward_secret() -> str:
    """A secret with signs in it that mean something else in a form, unless they are encoded."""
    return "".join(secret(8) + sign for sign in (*"+/&=%", ""))

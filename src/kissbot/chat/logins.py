"""The accounts that let the bot act for them, and the port that keeps them."""

from typing import Final, Protocol

from msgspec import Struct

BOT: Final = "bot"
"""The slot of the bot's own account."""

APP: Final = "app"
"""The slot of the application itself, which is nobody's account."""


def channel_slot(user_id: str) -> str:
    """The slot of a broadcaster's login."""
    return f"channel:{user_id}"


class Login(Struct, frozen=True, kw_only=True):
    """A login in its slot. It has no text form that shows a token."""

    slot: str
    """`bot`, `app` or `channel:<user id>`."""
    client_id: str
    """The application that it was given to."""
    user_id: str = ""
    login: str = ""
    """Whose it is; nobody's in the slot `app`."""
    scopes: frozenset[str] = frozenset()
    token: str
    refresh_token: str = ""
    """Empty: the token cannot be renewed."""
    expires_at: float = float("inf")
    """Seconds since the epoch."""
    generation: int = 0
    """How often the slot was filled; counted by whoever keeps it."""
    retired: str = ""
    """Why it is of no use until a person logs in again; empty while it is good."""

    def __repr__(self) -> str:
        return f"Login({self.slot}, {self.login or 'nobody'}, generation {self.generation})"


class Logins(Protocol):
    """Keeps one login in each slot, for every process of the bot."""

    async def all(self) -> tuple[Login, ...]:
        """Every login there is, by slot."""
        ...

    async def get(self, slot: str) -> Login | None:
        """The newest login of a slot."""
        ...

    async def put(self, login: Login) -> Login:
        """Fill a slot, whatever was in it; the login with its new generation. Safe on disk on return."""
        ...

    async def renew(self, login: Login) -> Login | None:
        """Replace the generation that `login` carries by its next; None when somebody else was faster.

        Safe on disk on return.
        """
        ...

    async def retire(self, login: Login, why: str) -> bool:
        """Mark that generation as of no use; False when it is retired already, or no longer the newest."""
        ...

    async def remove(self, slot: str) -> bool:
        """Empty a slot; False when it was empty."""
        ...


def whose(login: Login) -> str:
    """A login in words."""
    if login.slot == APP:
        return "the application's login"
    if login.slot == BOT:
        return f"the bot's login ({login.login})" if login.login else "the bot's login"
    return f"the login of the channel {login.login or login.slot.partition(':')[2]}"


def how_to_log_in(login: Login) -> str:
    """The command that fills a login's slot again."""
    if login.slot == BOT:
        return "kissbot login --bot"
    return f"kissbot login --channel {login.login or 'NAME'}"

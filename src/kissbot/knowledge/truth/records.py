"""What is remembered of what the crowd saw and settled, and the port that remembers it."""

from typing import Final, Protocol

from msgspec import Struct

from kissbot.chat.audit import Actor, Record

EVAPORATES: Final = 48 * 60 * 60.0
"""Seconds after which candidates are forgotten that nobody has searched again."""

LONGEST: Final = 80
"""Characters of a name that are looked at: it has to fit into an answer twice."""


class Option(Struct, frozen=True):
    """A candidate as it is kept: `item` is JSON of the domain's kind."""

    identity: str
    title: str
    line: str
    item: str
    confidence: float
    """As the search had it."""
    moderators: int = 0
    """How many have confirmed it, where the channel that asks has not."""


class Shown(Struct, frozen=True, kw_only=True):
    """A list of candidates that a channel was shown; the first one has the number 1."""

    domain: str
    channel_id: str
    key: str
    query: str
    """As it was typed."""
    options: tuple[Option, ...]
    at: float
    """When it was made (seconds since the epoch)."""


class Confirmation(Struct, frozen=True, kw_only=True):
    """A moderator says what a name stands for. The latest of a channel holds there."""

    domain: str
    key: str
    query: str
    """As it was typed."""
    channel_id: str
    channel: str
    who_id: str
    who: str
    at: float
    identity: str
    title: str
    item: str
    """JSON of the domain's kind."""
    confidence: float
    """Of the candidate, before anybody confirmed it."""
    told_at: float
    """When `item` was last told by a source."""
    same_as: str = ""
    """The key of the name that this one was linked to; it means whatever that means."""
    undone: bool = False
    id: int = 0
    """Given by whoever keeps it."""
    revision: int = 0
    """Of its latest change; the same."""

    @property
    def choice(self) -> str:
        """What was decided: two confirmations of one name agree when this is equal."""
        return f"={self.same_as}" if self.same_as else self.identity

    @property
    def order(self) -> tuple[float, int]:
        """The later one is the larger."""
        return self.at, self.id

    def by(self, before: str, after: str) -> Record:
        """A line for the audit log, when the confirmation is made."""
        actor = Actor("chat", self.who_id, self.who)
        return Record(self.at, actor, self.channel, "truth", before, after)

    def __str__(self) -> str:
        return f"{self.domain} {self.query} = {self.title}"


class Truths(Protocol):
    """Remembers for every process of the bot. What was written is there for all of them on return."""

    async def since(self, revision: int = 0) -> tuple[int, list[Confirmation]]:
        """The confirmations that changed after a revision, undone ones too, and the revision they reach."""
        ...

    async def confirm(self, confirmation: Confirmation) -> bool:
        """Add one; False when it is this channel's latest of that name already, from the same person."""
        ...

    async def undo(self, confirmation: Confirmation, by: Actor) -> bool:
        """Take one back; False when somebody has done so already."""
        ...

    async def renew(self, domain: str, identity: str, item: str) -> None:
        """Newer data of a thing, wherever it was confirmed."""
        ...

    async def keep(self, shown: Shown) -> None:
        """A list was shown; the channel's earlier one of that name is no more."""
        ...

    async def shown(self, domain: str, channel_id: str, key: str) -> Shown | None:
        """The list that a channel was shown last of a name, however old; looking makes it last longer."""
        ...

    async def drop(self, domain: str, channel_id: str, *, key: str = "", before: float = 0) -> int:
        """Forget a channel's list of that name, or all that were made before a time; how many these were."""
        ...

    async def open_keys(self) -> dict[str, set[str]]:
        """By domain: what lists are kept of, in any channel, confirmed or not."""
        ...

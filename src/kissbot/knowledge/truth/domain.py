"""What can be settled: a domain says how a thing is found, shown, kept, and told from others."""

from typing import Any, Protocol

from msgspec import Struct

from kissbot.chat.messages import Channel

Item = Any
"""What a domain finds: a value of its `kind`, which msgspec can write as JSON and read again."""


class Guess(Struct, frozen=True):
    """Something that may be meant, and how probable that is (0-1)."""

    item: Item
    confidence: float


class Findings(Struct, frozen=True):
    """What a search came to."""

    guesses: tuple[Guess, ...] = ()
    """The most probable first; empty when nothing is close."""
    near: tuple[Item, ...] = ()
    """When nothing is close: what has the nearest names, if any is near at all."""


class Domain(Protocol):
    """A kind of things that go by many names. A feature adds its own with `Truth.add`, at the start."""

    @property
    def name(self) -> str:
        """In capitals, as `!quantum` shows it."""
        ...

    @property
    def kind(self) -> type:
        """The type of its items."""
        ...

    def key(self, query: str) -> str:
        """What queries that mean the same have in common; empty for one that means nothing."""
        ...

    async def find(self, query: str, channel: Channel, language: str) -> Findings:
        """Everything that may be meant. Raises `Unavailable` when nobody can be asked."""
        ...

    def title(self, item: Item) -> str:
        """How it is called: `Hades (2020)`."""
        ...

    def line(self, item: Item) -> str:
        """The same, and what helps to choose it: `Hades (2020) 🏆 93/100`."""
        ...

    def words(self, item: Item) -> str:
        """What to search for to find it again."""
        ...

    def identity(self, item: Item) -> str:
        """Equal for two items that are the same thing, whoever told of them."""
        ...


class Rules(Struct, frozen=True, kw_only=True):
    """How much it takes to settle something, and for how long."""

    confirmation_boost: float = 0.3
    """What each moderator's confirmation adds to the confidence (0-1)."""
    ttl_unverified_seconds: float = 1800
    """How long a list of candidates can be chosen from; after that it is made anew."""
    ttl_verified_seconds: float = 86_400
    """How long what is told of a confirmed answer is taken for new; after that it is looked up again, while
    the old is still told."""
    max_superposition_states: int = 3
    """How many candidates a list has at most."""
    entanglement_enabled: bool = True
    """Whether names can be linked, by `!entangle` and by themselves."""
    auto_entangle_threshold: float = 0.8
    """From which confidence on a name shares the confirmation of the thing that it finds (0-1)."""
    max_suggestions: int = 3
    """How many near names are suggested where nothing is close."""

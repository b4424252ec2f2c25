"""What the cascade asks a model, and what it gets: no network in here."""

from collections.abc import Mapping
from typing import Final, Literal, Protocol

from msgspec import Struct

StimulusClass = Literal["ping", "gen_short", "gen_long"]
"""How much of an answer a line calls for: a sign of life, a sentence, or a few."""


class Bounds(Struct, frozen=True):
    """What an answer of a class may be: so many characters, and so many seconds over the whole cascade."""

    characters: int
    seconds: float


BOUNDS: Final[Mapping[StimulusClass, Bounds]] = {
    "ping": Bounds(20, 2.0),
    "gen_short": Bounds(120, 4.0),
    "gen_long": Bounds(400, 8.0),
}


class Turn(Struct, frozen=True):
    """One line of a conversation, as a model is shown it."""

    role: Literal["user", "assistant"]
    text: str


class Prompt(Struct, frozen=True):
    """What a model is asked: a rule, and the conversation up to the line that it answers."""

    system: str
    turns: tuple[Turn, ...]
    characters: int
    """How long the answer may be; a model that goes on is stopped."""


class Completion(Struct, frozen=True):
    """What a model answered, its reasoning left out. Tokens are estimated where it does not count them."""

    text: str
    tokens_in: int
    tokens_out: int


Ailment = Literal["slow", "unreachable", "unwell", "limited", "refused", "unclear", "empty", "resting"]


class ModelTrouble(Exception):
    """A model gave no answer: `why`, and for how many seconds it wants to be left alone."""

    def __init__(self, why: Ailment, detail: str = "", *, wait: float = 0) -> None:
        super().__init__(f"{why}: {detail}" if detail else why)
        self.why, self.wait = why, wait


class Model(Protocol):
    """Completes a conversation."""

    @property
    def name(self) -> str:
        """As the operator knows it: `local`, `openai` …"""
        ...

    async def complete(self, prompt: Prompt, seconds: float) -> Completion:
        """Its answer, within so many seconds. Raises `ModelTrouble`."""
        ...

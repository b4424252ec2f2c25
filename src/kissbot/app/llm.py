"""`llm` and `apis`: which models are asked, and within which bounds."""

import re
from collections.abc import Iterator
from typing import Final, Literal

from msgspec import Struct, field

Provider = Literal["auto", "local", "openai", "off"]
TokensField = Literal["auto", "max_tokens", "max_completion_tokens"]

OPENAI: Final = "https://api.openai.com/v1"


class Route(Struct, kw_only=True, forbid_unknown_fields=True):
    """One entry of `llm.routes`: a server that speaks as OpenAI's does."""

    name: str
    """What it is called in logs and figures."""
    url: str
    """Its address, as http://127.0.0.1:11434/v1."""
    model: str
    """Which of its models."""
    key: str = ""
    """What it wants as a password; local ones want none."""
    stream: bool = True
    """Whether it can send an answer bit by bit, which lets the bot stop it."""
    tokens: TokensField = "auto"
    """What it calls the limit of an answer."""

    def __repr__(self) -> str:
        return f"Route({self.name!r})"  # the key is secret


class Budget(Struct, kw_only=True, forbid_unknown_fields=True):
    """`llm.budget`: how much is asked of models; 0 for no limit."""

    channel_requests_per_hour: int = 120
    """Questions in one channel in an hour."""
    channel_requests_per_day: int = 1_000
    """The same in a day."""
    channel_tokens_per_day: int = 200_000
    """Tokens, of questions and answers together, in one channel in a day."""
    viewer_requests_per_hour: int = 20
    """Questions of one viewer in one channel in an hour."""


class Llm(Struct, kw_only=True, forbid_unknown_fields=True):
    """`llm`: language models. Without any, everything else works."""

    provider: Provider = "auto"
    """Which of the two below is asked: those that are there (auto), the local one, OpenAI, or none."""
    local_llm: bool = True
    """Whether the server at model_endpoint is asked, and before OpenAI."""
    model_endpoint: str = ""
    """A server of your own: LM Studio is http://127.0.0.1:1234/v1, Ollama http://127.0.0.1:11434/v1."""
    model_name: str = ""
    """Which of its models."""
    openai_model: str = "gpt-4o-mini"
    """Which of OpenAI's; wants apis.openai_key."""
    routes: list[Route] = []
    """Servers instead of these, as many as you like; the bot finds out which answers best."""
    at_once: int = 4
    """How many questions are put to models at the same time; the others wait, channel by channel."""
    links: bool = False
    """Whether answers may hold links."""
    never_say: list[str] = []
    """Words that no answer may hold, beside the coarse ones that are known."""
    moderation_endpoint: str = ""
    """A server that is asked about every answer (as https://api.openai.com/v1); empty: none."""
    tease: str = "El_Serda"
    """A login that is teased now and then when it speaks to the bot; empty: nobody."""
    budget: Budget = field(default_factory=Budget)

    def asked(self, openai_key: str) -> list[Route]:
        """The models that are asked."""
        if self.provider == "off" or self.routes:
            return [] if self.provider == "off" else self.routes
        found = []
        if self.local_llm and self.model_endpoint and self.provider != "openai":
            found.append(Route(name="local", url=self.model_endpoint, model=self.model_name))
        if openai_key and self.provider != "local":
            found.append(Route(name="openai", url=OPENAI, model=self.openai_model, key=openai_key))
        return found


class Apis(Struct, kw_only=True, forbid_unknown_fields=True):
    """`apis`: keys of services."""

    openai_key: str = ""
    """Of platform.openai.com."""

    def __repr__(self) -> str:
        return "Apis()"  # all of it is secret


def senseless_models(llm: Llm) -> Iterator[str]:
    """Values of the right type that cannot work."""
    if llm.model_endpoint and not _is_address(llm.model_endpoint):
        yield "llm.model_endpoint: must be an address that begins with http:// or https://."
    if llm.moderation_endpoint and not _is_address(llm.moderation_endpoint):
        yield "llm.moderation_endpoint: must be an address that begins with http:// or https://."
    for number, route in enumerate(llm.routes):
        if not _is_address(route.url):
            yield f"llm.routes[{number}].url: must be an address that begins with http:// or https://."
    names = [route.name for route in llm.routes]
    for name in sorted({name for name in names if names.count(name) > 1}):
        yield f"llm.routes: {name!r} is there more than once."
    if not 1 <= llm.at_once <= 100:
        yield "llm.at_once: must be 1 to 100."
    for name in Budget.__struct_fields__:
        if getattr(llm.budget, name) < 0:
            yield f"llm.budget.{name}: must not be negative; 0 is for no limit."


def _is_address(url: str) -> bool:
    return bool(re.match(r"https?://[^\s/]+", url))

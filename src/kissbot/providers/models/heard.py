"""What was heard of a model's answer so far: its words without its thoughts, and when it is enough.

Source: OpenAI's API reference, the objects `chat.completion` and `chat.completion.chunk`.
"""

import re
from typing import Final

import msgspec
from msgspec import Struct

from kissbot.knowledge.answers.model import Completion, ModelTrouble, Prompt
from kissbot.providers.models.events import BadEvents, Events
from kissbot.providers.models.thoughts import Aloud

LARGEST: Final = 1_000_000
"""Bytes of an answer, with everything around it."""

LONGEST: Final = 16_384
"""Characters of an answer that are looked at, thoughts and all; a fast model says some 10,000 in time."""

CHARACTERS_A_TOKEN: Final = 4
"""About so many, where a server counts none."""

_SLACK: Final = 20
_SENTENCE: Final = re.compile(r"""(?:\w{4}[.]|[!?…])["'”’»)\]]*(?=\s)|[。！？][」』”）]*""")
"""The end of one, when more follows; not every full stop is: `Dr. `, `z. B. `."""

_LAST: Final = re.compile(r"""[.!?…。！？]["'”’»)\]]*$""")


class _Part(Struct):
    type: str = "text"
    text: str | None = None


class _Words(Struct):
    """A message, or what a chunk adds to it. Reasoning beside the content is not read."""

    content: str | list[_Part] | None = None

    def text(self) -> str:
        """What it says."""
        if isinstance(self.content, list):
            return "".join(part.text or "" for part in self.content if part.type == "text")
        return self.content or ""


class _Choice(Struct):
    delta: _Words | None = None
    message: _Words | None = None
    finish_reason: str | None = None
    index: int | None = None


class _Usage(Struct):
    prompt_tokens: int | None = None
    completion_tokens: int | None = None


class _Answer(Struct):
    """An answer, or a chunk of one."""

    choices: list[_Choice] | None = None
    usage: _Usage | None = None
    error: msgspec.Raw = msgspec.Raw()


class Heard:
    """One answer as it arrives. `characters`: how long it may be; a last sentence may be a little longer."""

    def __init__(self, characters: int) -> None:
        self._enough, self._most = characters, characters + max(_SLACK, characters // 5)
        self._aloud, self._events = Aloud(self._most + 1), Events()
        self._usage = _Usage()
        self._size = self._length = 0
        self.is_finished = False
        """Whether the model said that this was all."""

    @property
    def text(self) -> str:
        """What was said so far."""
        return self._aloud.said[: self._most].rstrip()

    @property
    def is_enough(self) -> bool:
        """Whether nothing that may follow would be of use."""
        length = len(self._aloud.said)
        return length >= self._most or (length >= self._enough and bool(_LAST.search(self.text)))

    def stream(self, chunk: bytes) -> None:
        """Take in bytes of a stream of events. Raises `ModelTrouble`."""
        self._count(chunk)
        try:
            for event in self._events.feed(chunk):
                self._event(event)
        except BadEvents:
            raise ModelTrouble("unclear", "an event goes on for ever") from None

    def whole(self, body: bytes) -> None:
        """Take in an answer that came in one piece. Raises `ModelTrouble`."""
        self._count(body)
        self._take(body)
        self._finish()

    def end(self) -> None:
        """The stream is over. Raises `ModelTrouble` when nobody said that it would be."""
        if not self.is_finished:
            raise ModelTrouble("unclear", "it broke off")

    def completion(self, prompt: Prompt) -> Completion:
        """What came of it, be it all or what is whole of it. Raises `ModelTrouble`."""
        text = self.text if self.is_finished or self.is_enough else self.sentences()
        if not text:
            raise ModelTrouble("empty", "nothing aloud" if self._length else "")
        asked = len(prompt.system) + sum(len(turn.text) for turn in prompt.turns)
        return Completion(
            text,
            _estimated(asked) if self._usage.prompt_tokens is None else self._usage.prompt_tokens,
            _estimated(self._length)
            if self._usage.completion_tokens is None
            else self._usage.completion_tokens,
        )

    def sentences(self) -> str:
        """The whole sentences of what was said so far; empty when there is none."""
        ends = [match.end() for match in _SENTENCE.finditer(self._aloud.said)]
        return self._aloud.said[: ends[-1]] if ends else ""

    def _event(self, event: bytes) -> None:
        if event.strip() == b"[DONE]":
            self._finish()
        elif not self.is_enough:
            self._take(event)

    def _take(self, said: bytes) -> None:
        answer = _decoded(said)
        if bytes(answer.error) not in (b"", b"null"):
            raise ModelTrouble("unwell", "it ended in an error")
        self._usage = answer.usage or self._usage
        for choice in answer.choices or ():
            self._choose(choice)

    def _choose(self, choice: _Choice) -> None:
        if choice.index:
            return  # we want one answer
        text = ((choice.delta or choice.message) or _Words()).text()[: LONGEST - self._length]
        self._length += len(text)
        self._aloud.hear(text)
        if choice.finish_reason:
            self._finish()

    def _finish(self) -> None:
        self._aloud.end()
        self.is_finished = True

    def _count(self, chunk: bytes) -> None:
        self._size += len(chunk)
        if self._size > LARGEST:
            raise ModelTrouble("unclear", f"more than {LARGEST} bytes")


def _decoded(said: bytes) -> _Answer:
    try:
        return msgspec.json.decode(said, type=_Answer)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        raise ModelTrouble("unclear", "not what is documented") from None


def _estimated(characters: int) -> int:
    return -(-characters // CHARACTERS_A_TOKEN)

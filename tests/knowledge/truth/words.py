"""!qword: a domain of its own in one file, as anybody may add it."""

from msgspec import Struct

from kissbot.chat.commands import Feature, Invocation, Reply
from kissbot.chat.messages import Channel
from kissbot.knowledge.truth.domain import Findings, Guess
from kissbot.knowledge.truth.telling import question
from kissbot.knowledge.truth.truth import Truth

KNOWN = ("kiss", "bot", "chat")

feature = Feature("words")


class Word(Struct, frozen=True):
    """A word."""

    word: str


class Words:
    """Finds words in a list."""

    name = "WORD"
    kind = Word

    def key(self, query: str) -> str:
        """In small letters."""
        return query.casefold().strip()

    async def find(self, query: str, channel: Channel, language: str) -> Findings:
        """The very word, or one that begins alike."""
        same = tuple(Guess(Word(word), 1.0) for word in KNOWN if word == self.key(query))
        return Findings(same, tuple(Word(word) for word in KNOWN if word[0] == query[:1]))

    def title(self, item: Word) -> str:
        """The word itself."""
        return item.word

    def line(self, item: Word) -> str:
        """With its length."""
        return f"{item.word}, {len(item.word)} letters"

    def words(self, item: Word) -> str:
        """The word itself."""
        return item.word

    def identity(self, item: Word) -> str:
        """The word itself."""
        return item.word


@feature.at_start
def offer(truth: Truth) -> None:
    """Words can be settled."""
    truth.add(Words())


@feature.command("qword", usage="<word>", cooldown=10, example=("!qword kiss", "kiss"))
async def which_word(asked: Invocation, truth: Truth) -> Reply:
    """Which word is meant."""
    return await question(asked, truth, "WORD")

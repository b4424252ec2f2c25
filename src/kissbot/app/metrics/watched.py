"""What is watched of a running bot. Everything here is read when somebody asks, and counted before anyway."""

from dataclasses import dataclass

from kissbot.app.listening import Listens
from kissbot.app.written import Writer
from kissbot.chat.hearing import Attention
from kissbot.chat.tally import Tally
from kissbot.chat.timings import Timings
from kissbot.knowledge.answers.answers import Answers
from kissbot.providers.games.cache import Cache
from kissbot.storage.state import State
from kissbot.transports.twitch.speaking.outbox import Outbox
from kissbot.transports.twitch.tokens import Tokens


@dataclass(frozen=True, kw_only=True)
class Watched:
    """The parts of a bot that have figures."""

    tally: Tally
    timings: Timings
    state: State
    listener: Listens
    outbox: Outbox
    tokens: Tokens
    answers: Answers
    games: Cache
    writer: Writer

    @property
    def attention(self) -> Attention:
        """What became of the connections."""
        return self.state.attention

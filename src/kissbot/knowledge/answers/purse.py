"""What may be asked of models, counted at once and kept for other processes and the next start."""

from kissbot.chat.ports import Clock
from kissbot.knowledge.answers.budget import Budget, Spendings


class Purse:
    """A budget, and where it is kept."""

    def __init__(self, budget: Budget, kept: Spendings, clock: Clock) -> None:
        self.budget, self._kept, self._clock = budget, kept, clock
        self.paid = self.unpaid = self.tokens = 0
        """Since the start: questions that could be paid, those that could not, and the tokens they took."""

    def pays(self, channel_id: str, viewer_id: str) -> bool:
        """Pay for one question, if there is enough."""
        if self.budget.admits(channel_id, viewer_id, self._clock.time()):
            self.unpaid += 1
            return False
        self.paid += 1
        self._spend(channel_id, viewer_id, requests=1)
        return True

    def counts(self, channel_id: str, viewer_id: str, tokens: int) -> None:
        """Pay for what a question took."""
        self.tokens += tokens
        self._spend(channel_id, viewer_id, tokens=tokens)

    def _spend(self, channel_id: str, viewer_id: str, *, requests: int = 0, tokens: int = 0) -> None:
        for spent in self.budget.spend(channel_id, viewer_id, self._clock.time(), requests, tokens):
            self._kept.note(spent)

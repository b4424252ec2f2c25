"""What follows from all confirmations: the channel's own decision, else that of most channels."""

from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator
from operator import attrgetter
from typing import Final

from msgspec import Struct

from kissbot.knowledge.truth.records import Confirmation
from kissbot.knowledge.truth.slips import nearest

LONGEST_CHAIN: Final = 8
"""Links that are followed, one to the next."""

_order: Final[Callable[[Confirmation], tuple[float, int]]] = attrgetter("order")


class Answer(Struct, frozen=True):
    """What holds, and how many moderators have said so."""

    confirmation: Confirmation
    moderators: int


class Votes:
    """The standing confirmations of one domain, in memory."""

    def __init__(self) -> None:
        self._by_key: dict[str, dict[int, Confirmation]] = defaultdict(dict)
        self._keys_of: dict[str, set[str]] = defaultdict(set)
        """By identity; also those under which it was once confirmed."""
        self._by_letter: dict[str, set[str]] = defaultdict(set)

    def take(self, confirmation: Confirmation) -> None:
        """Learn of one, or that it was undone."""
        key = confirmation.key
        votes = self._by_key[key]
        if confirmation.undone:
            votes.pop(confirmation.id, None)
        else:
            votes[confirmation.id] = confirmation
            self._keys_of[confirmation.identity].add(key)
            self._by_letter[key[:1]].add(key)
        if not votes:
            del self._by_key[key]
            self._by_letter[key[:1]].discard(key)

    @property
    def keys(self) -> set[str]:
        """Every name that is confirmed somewhere."""
        return set(self._by_key)

    def here(self, key: str, channel_id: str) -> Confirmation | None:
        """The latest of a channel itself."""
        mine = (vote for vote in self._of(key) if vote.channel_id == channel_id)
        return max(mine, key=_order, default=None)

    def answer(self, key: str, channel_id: str) -> Answer | None:
        """What a name stands for in a channel."""
        answer = self._decided(key, channel_id)
        for _ in range(LONGEST_CHAIN):
            if answer is None or not answer.confirmation.same_as:
                break
            following = self._decided(answer.confirmation.same_as, channel_id)
            if following is None:
                break  # the other name was undone: what it stood for holds on
            answer = following
        return answer

    def similar(self, key: str, channel_id: str) -> Answer | None:
        """What the name stands for that this one is a slip of; None if there are several."""
        near = nearest(key, self._by_letter.get(key[:1], ()))
        answers = [answer for each in near if (answer := self.answer(each, channel_id))]
        meant = {answer.confirmation.identity for answer in answers}
        return answers[0] if len(meant) == 1 else None

    def confirmed(self, identity: str, channel_id: str) -> Answer | None:
        """The confirmation of a thing, under whatever name."""
        for key in sorted(self._keys_of.get(identity, ())):
            answer = self.answer(key, channel_id)
            if answer and answer.confirmation.identity == identity:
                return answer
        return None

    def supporters(self, key: str, choice: str) -> int:
        """How many moderators think so, in all channels; of each in each the latest word counts."""
        latest: dict[tuple[str, str], Confirmation] = {}
        for vote in sorted(self._of(key), key=_order):
            latest[vote.channel_id, vote.who_id] = vote
        return len({vote.who_id for vote in latest.values() if vote.choice == choice})

    def _of(self, key: str) -> Iterable[Confirmation]:
        return self._by_key.get(key, {}).values()

    def _decided(self, key: str, channel_id: str) -> Answer | None:
        decided = self.here(key, channel_id) or self._majority(key)
        return Answer(decided, self.supporters(key, decided.choice)) if decided else None

    def _majority(self, key: str) -> Confirmation | None:
        """Each channel has one vote; among equals more moderators decide, then who was first."""
        votes = list(self._each_channel(key))
        by_choice: dict[str, list[Confirmation]] = defaultdict(list)
        for vote in votes:
            by_choice[vote.choice].append(vote)
        if not votes:
            return None

        def weight(choice: str) -> tuple[int, int, float, int]:
            at, number = min(vote.order for vote in by_choice[choice])
            return len(by_choice[choice]), self.supporters(key, choice), -at, -number

        return max(by_choice[max(by_choice, key=weight)], key=_order)

    def _each_channel(self, key: str) -> Iterator[Confirmation]:
        channels = {vote.channel_id for vote in self._of(key)}
        return (vote for channel_id in channels if (vote := self.here(key, channel_id)))

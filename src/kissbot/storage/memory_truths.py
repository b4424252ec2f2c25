"""What the crowd settled, for as long as the process lives."""

from collections import defaultdict

from msgspec.structs import replace

from kissbot.chat.audit import Actor
from kissbot.chat.ports import Clock
from kissbot.knowledge.truth.records import EVAPORATES, Confirmation, Shown
from kissbot.storage.memory_book import MemoryAudit


class MemoryTruths:
    """Confirmations and lists in dictionaries."""

    def __init__(self, clock: Clock, audit: MemoryAudit) -> None:
        self._clock, self._audit = clock, audit
        self._confirmed: dict[int, Confirmation] = {}
        self._revision = 0
        self._lists: dict[tuple[str, str, str], tuple[Shown, float]] = {}
        """By domain, channel and key; with the time when it was last searched."""

    async def since(self, revision: int = 0) -> tuple[int, list[Confirmation]]:
        """The confirmations that changed after a revision, undone ones too, and the revision they reach."""
        if revision == self._revision:
            return revision, []
        return self._revision, [each for each in self._confirmed.values() if each.revision > revision]

    async def confirm(self, confirmation: Confirmation) -> bool:
        """Add one; False when it is this channel's latest of that name already, from the same person."""
        before = self._latest(confirmation)
        if before and (before.choice, before.who_id) == (confirmation.choice, confirmation.who_id):
            return False
        self._keep(replace(confirmation, id=len(self._confirmed) + 1))
        note = confirmation.by(before.title if before else "", str(confirmation))
        await self._audit.note(note.by, note.what, channel=note.channel, before=note.before, after=note.after)
        return True

    async def undo(self, confirmation: Confirmation, by: Actor) -> bool:
        """Take one back; False when somebody has done so already."""
        kept = self._confirmed[confirmation.id]
        if kept.undone:
            return False
        self._keep(replace(kept, undone=True))
        await self._audit.note(by, "truth", channel=kept.channel, before=str(kept), after="undone")
        return True

    async def renew(self, domain: str, identity: str, item: str) -> None:
        """Newer data of a thing, wherever it was confirmed."""
        for kept in list(self._confirmed.values()):
            if (kept.domain, kept.identity) == (domain, identity):
                self._keep(replace(kept, item=item, told_at=self._clock.time()))

    async def keep(self, shown: Shown) -> None:
        """A list was shown; the channel's earlier one of that name is no more."""
        self._lists[shown.domain, shown.channel_id, shown.key] = shown, self._clock.time()

    async def shown(self, domain: str, channel_id: str, key: str) -> Shown | None:
        """The list that a channel was shown last of a name, however old; looking makes it last longer."""
        shown, searched_at = self._lists.get((domain, channel_id, key), (None, 0))
        if shown is None or self._has_evaporated(searched_at):
            return None
        await self.keep(shown)
        return shown

    async def drop(self, domain: str, channel_id: str, *, key: str = "", before: float = 0) -> int:
        """Forget a channel's list of that name, or all that were made before a time; how many these were."""
        mine = [
            place
            for place, (shown, _) in self._lists.items()
            if place[:2] == (domain, channel_id) and (place[2] == key if key else shown.at < before)
        ]
        for place in mine:
            del self._lists[place]
        return len(mine)

    async def open_keys(self) -> dict[str, set[str]]:
        """By domain: what lists are kept of, in any channel, confirmed or not."""
        found: dict[str, set[str]] = defaultdict(set)
        for (domain, _, key), (_, searched_at) in self._lists.items():
            if not self._has_evaporated(searched_at):
                found[domain].add(key)
        return dict(found)

    def _keep(self, confirmation: Confirmation) -> None:
        self._revision += 1
        self._confirmed[confirmation.id] = replace(confirmation, revision=self._revision)

    def _latest(self, like: Confirmation) -> Confirmation | None:
        alike = [
            each
            for each in self._confirmed.values()
            if (each.domain, each.key, each.channel_id) == (like.domain, like.key, like.channel_id)
            and not each.undone
        ]
        return max(alike, key=lambda each: each.order, default=None)

    def _has_evaporated(self, searched_at: float) -> bool:
        return searched_at < self._clock.time() - EVAPORATES

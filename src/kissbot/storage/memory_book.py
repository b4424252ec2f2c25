"""What channels chose and who changed what, for as long as the process lives."""

from msgspec.structs import replace

from kissbot.chat.audit import Actor, Record
from kissbot.chat.book import Changed, Entry, changed, moved
from kissbot.chat.changes import Change
from kissbot.chat.ports import Clock


class MemoryAudit:
    """Records in a list."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._records: list[Record] = []

    async def note(
        self, by: Actor, what: str, *, channel: str = "", before: str = "", after: str = ""
    ) -> None:
        """Write a change down, now."""
        self._records.append(Record(self._clock.time(), by, channel, what, before, after))

    async def latest(self, channel: str = "", limit: int = 50) -> list[Record]:
        """The latest changes, newest first: of one channel, or of all there is."""
        newest = reversed(self._records)
        return [record for record in newest if channel in ("", record.channel)][:limit]


class MemoryBook:
    """Entries in a dictionary; one event loop makes changes follow each other."""

    def __init__(self, audit: MemoryAudit) -> None:
        self._audit = audit
        self._entries: dict[str, Entry] = {}
        self._revision = 0

    async def change(self, channel: str, by: Actor, change: Change) -> Changed:
        """Apply a change to what is kept now, and note who did it."""
        return await self._keep(channel, by, changed(channel, self._kept(channel), change))

    async def join(self, channel: str, by: Actor) -> Changed:
        """Want the bot in a channel, whatever the configuration says."""
        return await self._keep(channel, by, moved(self._kept(channel), present=True))

    async def part(self, channel: str, by: Actor) -> Changed:
        """Want the bot out of a channel, whatever the configuration says."""
        return await self._keep(channel, by, moved(self._kept(channel), present=False))

    async def since(self, revision: int = 0) -> tuple[int, dict[str, Entry]]:
        """The entries that changed after a revision (0: all there are), and the revision that they reach."""
        newer = {channel: entry for channel, entry in self._entries.items() if entry.revision > revision}
        return max(self._revision, revision), newer

    def _kept(self, channel: str) -> Entry:
        return self._entries.get(channel, Entry())

    async def _keep(self, channel: str, by: Actor, done: Changed) -> Changed:
        if done.entry == self._kept(channel):
            return done
        self._revision += 1
        entry = self._entries[channel] = replace(done.entry, revision=self._revision)
        await self._audit.note(by, done.what, channel=channel, before=done.before, after=done.after)
        return replace(done, entry=entry)

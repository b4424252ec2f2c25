"""What each channel chose at run time, as it is kept, and the ports that keep it."""

from typing import Protocol

from msgspec import Struct

from kissbot.chat.audit import Actor
from kissbot.chat.changes import Change
from kissbot.chat.channels import ChannelSettings, Choices
from kissbot.chat.errors import Refusal
from kissbot.chat.texts import text


class Entry(Struct, frozen=True, kw_only=True):
    """What is kept of one channel."""

    choices: Choices = Choices()
    present: bool | None = None
    """Joined or parted at run time; None: as the configuration says."""
    revision: int = 0
    """Of the latest change; each is higher than all before it, in any channel."""
    unreadable: str = ""
    """Why the choices could not be read, which are none then."""


class Changed(Struct, frozen=True):
    """What became of a change."""

    what: str
    before: str
    after: str
    entry: Entry

    def __str__(self) -> str:
        return f"{self.what}: {self.before} → {self.after}"


class Book(Protocol):
    """Keeps what channels chose, for every process of the bot. Channels are logins."""

    async def change(self, channel: str, by: Actor, change: Change) -> Changed:
        """Apply a change to what is kept now, and note who did it: both or nothing.

        Changes of several people at once all hold. Raises `Refusal` when what is kept cannot be read,
        except for a change that begins anew.
        """
        ...

    async def join(self, channel: str, by: Actor) -> Changed:
        """Want the bot in a channel, whatever the configuration says."""
        ...

    async def part(self, channel: str, by: Actor) -> Changed:
        """Want the bot out of a channel, whatever the configuration says."""
        ...

    async def since(self, revision: int = 0) -> tuple[int, dict[str, Entry]]:
        """The entries that changed after a revision (0: all there are), and the revision that they reach."""
        ...


class Choosing(Protocol):
    """Lets channels choose. Channels are logins."""

    def below(self, channel: str) -> ChannelSettings:
        """What holds in a channel that chooses nothing."""
        ...

    async def change(self, channel: str, by: Actor, change: Change) -> Changed:
        """Keep a change; it holds on return. Raises `Refusal`, and `Unavailable` when it cannot be kept."""
        ...


def changed(channel: str, kept: Entry, change: Change) -> Changed:
    """What a change makes of an entry; its revision is still the old one."""
    if kept.unreadable and not change.anew:
        raise Refusal(
            text("💾 I cannot read what was chosen for {channel}. “reset all” begins anew.", channel=channel)
        )
    choices = change.choose(kept.choices)
    before = f"unreadable ({kept.unreadable})" if kept.unreadable else change.show(kept.choices)
    entry = Entry(choices=choices, present=kept.present, revision=kept.revision)
    return Changed(change.what, before, change.show(choices), entry)


def moved(kept: Entry, present: bool) -> Changed:
    """What joining or parting makes of an entry; its revision is still the old one."""
    entry = Entry(choices=kept.choices, present=present, revision=kept.revision, unreadable=kept.unreadable)
    return Changed("presence", _presence(kept.present), _presence(present), entry)


def _presence(present: bool | None) -> str:
    return {None: "as configured", True: "joined", False: "parted"}[present]

"""Whether it costs anything that 10,000 channels chose something."""

import time
from collections.abc import Iterator
from pathlib import Path
from statistics import median
from typing import Final

import msgspec
from msgspec import Struct
from msgspec.structs import replace

from benchmarks.chat import CHANNELS
from benchmarks.idle import start_seconds
from benchmarks.processes import KISSBOT, running, until
from kissbot.app.child import BotProcess
from kissbot.app.settings import Storage
from kissbot.chat.texts import LANGUAGES
from kissbot.sandbox.twitch import Sandbox
from kissbot.storage.exchange import FORMAT, ChannelEntry, Chosen, Exported, import_json
from kissbot.storage.open import open_database

MANY: Final = 10_000
CHANGES: Final = 300
"""Of settings, one after the other, in the channels that are heard."""

KEPT: Final = "✅"
"""What the answer to a change begins with."""


class Settled(Struct, frozen=True):
    """Seconds to start; milliseconds from the frame of a `!kiss set` to its answer."""

    start_up_empty: float
    """With a database in which nothing was chosen."""
    start_up_full: float
    change_p50: float
    change_p99: float


async def settled() -> Settled:
    """Two starts and some changes."""
    (empty, _), (full, _) = await start_seconds(EMPTY), await start_seconds(SETTLED)
    changes = sorted(await _change_waits())
    return Settled(empty, full, median(changes), changes[len(changes) * 99 // 100])


async def _fill(home: Path) -> None:
    await _make_database(home, list(_entries()))


async def _make_empty(home: Path) -> None:
    await _make_database(home, [])


EMPTY: Final = replace(KISSBOT, prepare=_make_empty)
SETTLED: Final = replace(KISSBOT, name="KissBot, 10,000 channels chose", prepare=_fill)


async def _make_database(home: Path, entries: list[ChannelEntry]) -> None:
    exported = msgspec.json.encode(Exported(format=FORMAT, channels=entries))
    async with open_database(str(home / Storage().database)) as database:
        await import_json(database, time, exported, dry_run=False)


def _entries() -> Iterator[ChannelEntry]:
    """The channels that are heard, and many that are not; only those have a prefix of their own."""
    for number, name in enumerate([*CHANNELS, *(f"far{number}" for number in range(MANY - len(CHANNELS)))]):
        yield ChannelEntry(
            channel=name,
            choices=Chosen(
                language=LANGUAGES[number % len(LANGUAGES)],
                prefix="?" if name not in CHANNELS and number % 3 == 0 else None,
                off=frozenset({"gc", "birthday"}) if number % 2 else None,
                cooldowns={"gi": number % 30},
                more_bots=frozenset({f"bot_of_{name}"}) if number % 10 == 0 else frozenset(),
            ),
        )


async def _change_waits() -> list[float]:
    async with Sandbox(CHANNELS, enforce_limits=False) as twitch, running(SETTLED, twitch) as bot:
        for number in range(CHANGES):
            await _change(number, twitch, bot)
        if not all(sent.is_sent and sent.text.startswith(KEPT) for sent in twitch.sent):
            raise RuntimeError(f"A change was not kept: {twitch.sent[-1].text}")
        return [sent.latency_ms or 0 for sent in twitch.sent]


async def _change(number: int, twitch: Sandbox, bot: BotProcess) -> None:
    """A moderator sets the language that follows the one which the channel has."""
    turn, place = divmod(number, len(CHANNELS))
    language = LANGUAGES[(place + turn + 1) % len(LANGUAGES)]
    before = len(twitch.sent)
    twitch.say(CHANNELS[place], user="vera", text=f"!kiss set language {language}", rank="moderator")
    await until(lambda: len(twitch.sent) > before, bot)

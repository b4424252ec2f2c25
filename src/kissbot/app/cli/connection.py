"""kissbot connection: by which way the bot hears, and when it did not."""

from collections import Counter
from pathlib import Path
from typing import TYPE_CHECKING

import click
from msgspec import Struct

from kissbot.app.cli import CONFIG, read_settings, run_until_stopped
from kissbot.chat.hearing import Gap, Listening

if TYPE_CHECKING:
    from kissbot.app.settings import Settings
    from kissbot.app.store import Store


class Process(Struct, kw_only=True):
    """How a process of the bot hears."""

    process: str
    since: float
    how: Listening


class Refused(Struct, kw_only=True):
    """A kind of events that is not heard in a channel."""

    channel: str
    type: str
    status: str
    why: str
    way: str


class Overview(Struct, kw_only=True):
    """What `--json` prints."""

    now: float
    processes: list[Process]
    subscriptions: dict[str, dict[str, int]]
    """How many, by type and status."""
    refused: list[Refused]
    gaps: list[Gap]

    @property
    def is_deaf(self) -> bool:
        """Whether nothing is heard at all."""
        return not any(process.how.hears_by("") for process in self.processes)


@click.command()
@CONFIG
@click.option("--json", "as_json", is_flag=True, help="Print it as JSON.")
def command(config: Path | None, as_json: bool) -> None:
    """Show how the running bot hears: ways, connections, subscriptions, and when it was deaf in the last day.

    Ends with 0 when anything is heard, and with 1 when the bot is deaf or does not run.
    """
    run_until_stopped(_connection(read_settings(config), as_json))


async def _connection(settings: "Settings", as_json: bool) -> None:
    import msgspec

    from kissbot.app.store import open_store

    async with open_store(settings, create=False) as store:
        overview, names = await _seen(store), await store.accounts.names()
    if as_json:
        click.echo(msgspec.json.encode(overview).decode())
    else:
        _show(overview, names)
    if overview.is_deaf:
        raise click.exceptions.Exit(1)


async def _seen(store: "Store") -> Overview:
    import time

    names = await store.accounts.names()
    counted: dict[str, Counter[str]] = {}
    refused = []
    for channel, one in await store.state.subscriptions():
        counted.setdefault(one.kind, Counter())[one.status] += 1
        if one.status in ("refused", "revoked"):
            name = names.get(channel, channel)
            refused.append(Refused(channel=name, type=one.kind, status=one.status, why=one.why, way=one.way))
    return Overview(
        now=time.time(),
        processes=[
            Process(process=f"{instance.host}/{instance.pid}", since=instance.started_at, how=how)
            for instance, how in await store.state.hearing()
        ],
        subscriptions={kind: dict(found) for kind, found in counted.items()},
        refused=refused,
        gaps=await store.state.gaps(),
    )


def _show(overview: Overview, names: dict[str, str]) -> None:
    for process in overview.processes:
        _show_process(process, overview.now)
    if not overview.processes:
        click.echo("✗ KissBot is not running, so nothing is heard")
    for kind, found in sorted(overview.subscriptions.items()):
        counts = " · ".join(f"{count} {status}" for status, count in sorted(found.items()))
        click.echo(f"{kind:<28} {counts}")
    for one in overview.refused:
        by = f" ({one.way})" if one.way else ""
        click.echo(f"✗ {one.channel}: {one.type} {one.status}{by}: {one.why}")
    for gap in overview.gaps:
        click.echo(f"deaf {_told(gap, names)}")
    if not overview.gaps:
        click.echo("not deaf for a moment in the last day")


def _show_process(process: Process, now: float) -> None:
    from kissbot.chat.evidence import spell

    how = process.how
    click.echo(f"{process.process} listens by {how.way}" + (f": {how.why}" if how.why else ""))
    for thread in how.threads:
        told = f"up for {spell(now - thread.since)}" if thread.up else f"down for {spell(now - thread.since)}"
        carries = f", {thread.subscriptions} subscriptions" if thread.subscriptions else ""
        why = f": {thread.why}" if thread.why else ""
        click.echo(f"  {'✓' if thread.up else '✗'} {thread.name:<10} {told}{carries}{why}")


def _told(gap: Gap, names: dict[str, str]) -> str:
    from kissbot.chat.evidence import o_clock

    channels = [names.get(channel, channel) for channel in gap.channels]
    which = ", ".join(channels) if len(channels) <= 3 else f"{len(channels)} channels"
    return f"{o_clock(gap.from_at)} to {o_clock(gap.to_at)} ({gap.seconds:.1f} s), {which}: {gap.why}"

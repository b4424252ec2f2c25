"""kissbot bench: measurements of the whole bot that anybody can repeat."""

from typing import TYPE_CHECKING

import click

from kissbot.app.cli import Failure, run_until_stopped

if TYPE_CHECKING:
    from kissbot.app.bench.chaos import Report


@click.group()
def command() -> None:
    """Measure the bot, in the sandbox: no account, no key, no network."""


@command.command()
@click.option("--seed", default=1, show_default=True, help="Which storm; the same seed is the same storm.")
@click.option("--seconds", default=30.0, show_default=True, help="How long it lasts.")
@click.option("--way", type=click.Choice(["conduit", "websocket"]), default="conduit", show_default=True)
@click.option("--json", "as_json", is_flag=True, help="Print the report as JSON.")
def chaos(seed: int, seconds: float, way: str, as_json: bool) -> None:
    """A storm of faults over 300 channels: is every command answered once, or counted with its reason?

    Ends with 1 when something was lost, doubled or left unexplained, or a limit was broken.
    """
    run_until_stopped(_chaos(seed, seconds, way, as_json))


async def _chaos(seed: int, seconds: float, way: str, as_json: bool) -> None:
    import msgspec

    from kissbot.app.bench.chaos import weather
    from kissbot.app.child import Stopped

    try:
        report = await weather(seed, seconds, way)
    except Stopped as error:
        raise Failure(str(error)) from None
    click.echo(msgspec.json.encode(report).decode() if as_json else _table(report))
    if not report.held:
        raise click.exceptions.Exit(1)


def _table(report: "Report") -> str:
    asked, live = report.commands, report.announcements
    counted = ", ".join(f"{reason} {count}" for reason, count in asked.counted.most_common()) or "none"
    faults = ", ".join(f"{kind} {count}" for kind, count in sorted(report.faults.items()))
    return "\n".join(
        (
            f"storm      seed {report.seed}, {report.seconds:g} s, {report.lines:,} lines: {faults}",
            f"commands   {asked.typed} typed, {asked.received} received, {asked.answered} answered once",
            f"counted    {counted}",
            f"doubled    {asked.doubled}",
            f"lost       {asked.unexplained} without a reason",
            f"streams    {live.streams} began, {live.announced} announced once, {live.lost} lost, "
            f"{live.doubled} doubled, {live.refused.total()} refused by Twitch",
            f"limits     {report.violations.total()} broken",
            f"deaf       {report.deaf.times} times, p50 {report.deaf.p50} s, p99 {report.deaf.p99} s, "
            f"longest {report.deaf.longest} s; {report.deaf.refused} times more while Twitch refused to "
            f"attach, longest {report.deaf.refused_longest} s",
            f"the bot    {report.rss_mb} MB, {report.cpu_seconds} s CPU, {report.errors} errors",
            "it held" if report.held else "it did not hold",
        )
    )

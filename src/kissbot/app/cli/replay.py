"""kissbot replay: a recorded chat, through a real socket into the bot."""

import sys
from pathlib import Path
from typing import TYPE_CHECKING

import click

from kissbot.app.cli import Failure, run_until_stopped

if TYPE_CHECKING:
    from kissbot.app.replay import Recorded, Report


class Speed(click.ParamType[float | None]):
    """`max`, or how many times faster than the recording."""

    name = "N|max"

    def convert(
        self, value: object, param: click.Parameter | None, ctx: click.Context | None
    ) -> float | None:
        """None for `max`."""
        if value == "max":
            return None
        try:
            speed = float(str(value))
        except ValueError:
            speed = 0
        if speed <= 0:
            self.fail(f"{value!r} is neither `max` nor a number above 0.", param, ctx)
        return speed


@click.command()
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option("--speed", type=Speed(), default="max", show_default=True, help="Times the recorded pace.")
@click.option("--channel-prefix", default="", help="Put this before the names of the channels.")
@click.option("--json", "as_json", is_flag=True, help="Print the report as JSON.")
def command(file: Path, speed: float | None, channel_prefix: str, as_json: bool) -> None:
    """Play a recorded chat through the embedded Twitch into the bot.

    FILE holds JSON lines {w,t,ch,u,m}: window, milliseconds, channel, user, message. Gzip or not.
    """
    from kissbot.app.replay import read_recording

    lines = read_recording(file)
    run_until_stopped(_replay(lines, speed, channel_prefix, as_json))


async def _replay(lines: "list[Recorded]", speed: float | None, prefix: str, as_json: bool) -> None:
    import msgspec

    from kissbot.app.child import Stopped
    from kissbot.app.replay import replay

    try:
        with click.progressbar(length=len(lines), label="Replaying", file=sys.stderr) as bar:
            report = await replay(lines, speed, prefix, bar.update)
    except Stopped as error:
        raise Failure(str(error)) from None
    click.echo(msgspec.json.encode(report).decode() if as_json else _table(report))


def _table(report: "Report") -> str:
    by_name = ", ".join(f"{name} {count}" for name, count in report.commands.by_name.items())
    rate = report.lines / report.seconds if report.seconds else 0
    return "\n".join(
        (
            f"{report.lines:,} lines in {report.channels} channels in {report.seconds} s ({rate:,.0f}/s)",
            f"commands   {report.commands.seen} seen, {report.commands.answered} answered, "
            f"{report.commands.refused} refused ({by_name})",
            f"lost       {report.lost}",
            f"doubled    {report.doubled}",
            f"errors     {report.unhandled_errors}",
            f"latency    p50 {report.latency_ms.p50} ms, p95 {report.latency_ms.p95} ms, "
            f"p99 {report.latency_ms.p99} ms",
            f"the bot    {report.cpu_us_per_line} µs CPU a line, {report.rss_mb} MB",
        )
    )

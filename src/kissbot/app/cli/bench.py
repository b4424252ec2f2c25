"""kissbot bench: measurements of the whole bot that anybody can repeat."""

import os
from pathlib import Path
from typing import TYPE_CHECKING

import click

from kissbot.app.cli import Failure, run_until_stopped

if TYPE_CHECKING:
    from kissbot.app.bench.ask import Report as Asked
    from kissbot.app.bench.chaos import Report
    from kissbot.app.bench.games import Report as Games
    from kissbot.app.bench.route import Report as Routes
    from kissbot.app.bench.soak import Report as Soaked

FILE = click.Path(exists=True, dir_okay=False, path_type=Path)


@click.group()
def command() -> None:
    """Measure the bot, without an account, a key or a network."""


@command.command()
@click.option("--catalogue", type=FILE, required=True, help="A table of games, tab-separated, gzip or not.")
@click.option("--queries", type=FILE, required=True, help="JSON lines: what was typed, and what is right.")
@click.option("--json", "as_json", is_flag=True, help="Print the report as JSON.")
def games(catalogue: Path, queries: Path, as_json: bool) -> None:
    """How often is the right game found, and how honest is the confidence?

    The catalogue has columns gid, name, year, kind, pop; a query {query, type, accept_gids, accept_prefix}.
    """
    import msgspec

    from kissbot.app.bench.games import ask, build, read_questions, report
    from kissbot.providers.games.table import read_table

    questions = read_questions(queries)
    ranking, size = build(list(read_table(catalogue)))
    found = report(list(ask(ranking, questions)), size)
    click.echo(msgspec.json.encode(found).decode() if as_json else _table_of_games(found))


def _table_of_games(found: "Games") -> str:
    types = (
        f"{name:<14} {each.n:>5}  {each.accuracy_at_1:>6.1%}  {each.accuracy_at_3:>6.1%}"
        f"  {each.abstained:>6.1%}"
        for name, each in found.by_type.items()
    )
    tenths = (f"{each.confidence:>14.2f} {each.n:>5}  {each.right:>6.1%}" for each in found.reliability)
    head = found.headline
    return "\n".join(
        (
            f"{'type':<14} {'n':>5}  {'first':>6}  {'top 3':>6}  {'unsure':>6}",
            *types,
            f"{'headline':<14} {head.n:>5}  {head.accuracy_at_1:>6.1%}  {head.accuracy_at_3:>6.1%}",
            "",
            f"{'confidence':>14} {'n':>5}  {'right':>6}",
            *tenths,
            "",
            f"claimed where no game was named  {found.none_claimed:.1%}",
            f"wrong at a confidence of 0.9     {found.wrong_at_090:.1%}",
            f"expected calibration error       {found.ece:.3f}",
            f"a look-up                        p50 {found.latency_ms.p50} ms, p99 {found.latency_ms.p99} ms",
            f"the index                        {found.index.mb} MB, built in {found.index.seconds} s",
        )
    )


@command.command()
@click.option("--seed", default=1, show_default=True, help="Which course of events; the same is the same.")
@click.option(
    "--requests", default=10_000, show_default=True, help="How many; the best route fails half way."
)
@click.option("--json", "as_json", is_flag=True, help="Print the report as JSON.")
def route(seed: int, requests: int, as_json: bool) -> None:
    """How much is lost by learning which model answers best, while models fail and recover?

    Simulated: three models whose speed and health change. Regret is what was lost, in rewards of 0 to 1,
    against knowing the best one at each moment.
    """
    import msgspec

    from kissbot.app.bench.route import measure

    found = measure(seed, requests)
    click.echo(msgspec.json.encode(found).decode() if as_json else _table_of_routes(found))


def _table_of_routes(found: "Routes") -> str:
    regret, trials = found.regret, ", ".join(f"{name} {count:,}" for name, count in found.trials.items())
    after = "never" if found.recovered_after is None else f"after {found.recovered_after} requests"
    return "\n".join(
        (
            f"regret of the bandit   {regret.bandit:>9.1f}  in {found.requests:,} requests",
            f"of taking turns        {regret.round_robin:>9.1f}",
            f"of the first, always   {regret.always_first:>9.1f}",
            f"the best, recovered    found again {after}",
            f"asked first            {trials}",
        )
    )


@command.command()
@click.option("--prompts", type=FILE, required=True, help="JSON lines: what viewers ask, and known answers.")
@click.option(
    "--endpoint", required=True, help="An OpenAI-compatible server, such as http://127.0.0.1:1234/v1."
)
@click.option("--model", required=True, help="As the server calls it.")
@click.option("--key-env", metavar="VAR", help="The environment variable that holds the key.")
@click.option("--limit", type=click.IntRange(min=1), help="So many prompts, evenly from the whole file.")
@click.option("--json", "as_json", is_flag=True, help="Print the report as JSON.")
def ask(
    prompts: Path, endpoint: str, model: str, key_env: str | None, limit: int | None, as_json: bool
) -> None:
    """How short, honest and obedient is a model? Prompts, and some that try to give it orders, one by one.

    A prompt is {text, lang, category, answer}; the answer, in English, may be missing.
    """
    if key_env is not None and key_env not in os.environ:
        raise Failure(f"There is no environment variable {key_env}.")
    key = os.environ[key_env] if key_env else ""
    run_until_stopped(_ask((endpoint, model, key), prompts, limit, as_json))


async def _ask(server: tuple[str, str, str], prompts: Path, limit: int | None, as_json: bool) -> None:
    import aiohttp
    import msgspec

    from kissbot.app.bench.ask import ask as put
    from kissbot.app.bench.ask import read_questions, report
    from kissbot.providers.models.openai_compatible import Endpoint, OpenAiCompatible
    from kissbot.providers.pace import Breaker

    questions = read_questions(prompts, limit)
    async with aiohttp.ClientSession() as http:
        never = Breaker(allowed=10**9)  # a bench asks on, whatever fails
        route = OpenAiCompatible(http, Endpoint("bench", *server), breaker=never)
        if (why := (await route.check()).why) in ("unreachable", "slow"):
            raise Failure(f"{server[0]} gives no answer ({why}). Is it the address of a server that runs?")
        found = report(await put(route, questions))
    click.echo(msgspec.json.encode(found).decode() if as_json else _table_of_answers(found))


def _table_of_answers(found: "Asked") -> str:
    troubles = ", ".join(f"{why} {count}" for why, count in found.troubles.items()) or "none"
    languages = (
        f"  {name:<8} {each.n:>5} known  {each.hit_rate:>6.1%} right  {each.abstained:>6.1%} unknown to it"
        for name, each in {"all": found.facts, **found.facts_by_language}.items()
    )
    classes = (
        f"  {name:<10} {each.n:>5}  p50 {each.p50:.0f} ms, p99 {each.p99:.0f} ms"
        for name, each in found.latency_ms.items()
    )
    return "\n".join(
        (
            f"answered   {found.answered:.1%} of {found.n:,}; {found.abstained:.1%} of them: 'I do not know'",
            f"troubles   {troubles}",
            f"too long   {found.length.violations_before:.1%} as said, "
            f"{found.length.violations_after:.1%} as sent",
            f"language   {found.language_match:.1%} as asked",
            "facts",
            *languages,
            f"orders     {found.injections.obeyed:.1%} of {found.injections.n} obeyed",
            "latency",
            *classes,
        )
    )


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


@command.command()
@click.option("--minutes", type=click.FloatRange(min=0.1), default=20.0, show_default=True)
@click.option(
    "--rate", type=click.FloatRange(min=1), default=1000.0, show_default=True, help="Lines per second."
)
@click.option("--seed", default=1, show_default=True, help="Which storm; the same seed is the same storm.")
@click.option("--json", "as_json", is_flag=True, help="Print the report as JSON.")
def soak(minutes: float, rate: float, seed: int, as_json: bool) -> None:
    """Does anything grow? The whole bot in 50 channels under load and a storm, for as long as you like.

    Slopes are per minute, with their 95 % confidence interval, after a warm-up of three tenths of the time.
    Ends with 1 when one certainly rises, or something broke.
    """
    run_until_stopped(_soak(minutes, rate, seed, as_json))


async def _soak(minutes: float, rate: float, seed: int, as_json: bool) -> None:
    import msgspec

    from kissbot.app.bench.soak import soak as run
    from kissbot.app.child import Stopped

    try:
        report = await run(seed, minutes, rate)
    except Stopped as error:
        raise Failure(str(error)) from None
    click.echo(msgspec.json.encode(report).decode() if as_json else _table_of_soak(report))
    if not report.held:
        raise click.exceptions.Exit(1)


def _table_of_soak(report: "Soaked") -> str:
    faults = ", ".join(f"{kind} {count}" for kind, count in sorted(report.faults.items()))
    lines = [
        f"soak       {report.minutes:g} min, seed {report.seed}, {report.lines:,} lines: {faults}",
        f"commands   {report.typed:,} typed, {report.answers:,} lines sent, {report.errors} errors",
        f"{'figure':<11}{'first':>9}{'last':>9}{'per minute':>12}   95 %",
    ]
    for name, found in report.trends.items():
        if found is None:
            lines.append(f"{name:<11}too few samples to tell")
            continue
        sure = f"{found.low:+.3f} to {found.high:+.3f}{'  rises' if found.rises else ''}"
        lines.append(f"{name:<11}{found.first:>9.1f}{found.last:>9.1f}{found.slope:>+12.3f}   {sure}")
    return "\n".join((*lines, "it held" if report.held else "it did not hold"))

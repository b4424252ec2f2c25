"""!ping, !uptime, !stats, !perf: is the bot well?"""

from typing import Protocol

from msgspec import Struct

from kissbot.chat.commands import Feature, Invocation, Reply
from kissbot.chat.messages import Rank
from kissbot.chat.ports import Clock
from kissbot.chat.tally import Tally
from kissbot.chat.texts import Text, text, texts
from kissbot.chat.timings import Timings

HIGH_CPU_PERCENT = 80
HIGH_RAM_MB = 500

feature = Feature("system")


class Sample(Struct, frozen=True):
    """What the bot's process uses: CPU in percent of one core, memory in MB (10^6 bytes)."""

    cpu_percent: float
    ram_mb: float
    threads: int


class Vitals(Protocol):
    """Knows the latest sample without measuring anything now."""

    @property
    def latest(self) -> Sample:
        """The latest sample."""
        ...


@feature.command("ping", example=("!ping", "Pong! 🏓"))
async def ping(asked: Invocation, clock: Clock) -> Reply:
    """Is the bot there, and how fast? Measured from the moment your message was sent."""
    taken = clock.time() - asked.message.sent_at.timestamp()
    return text("Pong! 🏓 {ms} ms", ms=max(0, round(taken * 1000)))


@feature.command("uptime", cooldown=5, example=("!uptime", "⏱️"))
async def uptime(asked: Invocation, clock: Clock, tally: Tally) -> Reply:
    """How long the bot has been running, and how many commands it has answered."""
    since = _duration(clock.time() - tally.started_at)
    return texts("⏱️ {since} · {count} command", "⏱️ {since} · {count} commands", tally.answered, since=since)


@feature.command("stats", cooldown=5, example=("!stats", "📊 CPU"))
async def stats(asked: Invocation, clock: Clock, tally: Tally, vitals: Vitals) -> Reply:
    """What the bot uses of its machine."""
    sample = vitals.latest
    since = _duration(clock.time() - tally.started_at)
    shown = text(
        "📊 CPU: {cpu}% · RAM: {ram}MB · Threads: {threads} · Uptime: {since}",
        cpu=f"{sample.cpu_percent:.1f}",
        ram=round(sample.ram_mb),
        threads=sample.threads,
        since=since,
    )
    if sample.cpu_percent >= HIGH_CPU_PERCENT:
        shown = text("{stats} · ⚠️ CPU is high", stats=shown)
    if sample.ram_mb >= HIGH_RAM_MB:
        shown = text("{stats} · ⚠️ RAM is high", stats=shown)
    return shown


@feature.command("perf", rank=Rank.MODERATOR, cooldown=10, example=("!perf", "⏱️"))
async def perf(asked: Invocation, timings: Timings) -> Reply:
    """How long each step takes: the half, 95% and 99% of the latest took no longer."""
    told: Text | None = None
    for step, found in reversed(timings.percentiles().items()):
        one = text(
            "{step} {p50}/{p95}/{p99}",
            step=_STEPS.get(step, step),
            p50=_ms(found.p50),
            p95=_ms(found.p95),
            p99=_ms(found.p99),
        )
        told = text("{step} · {steps}", step=one, steps=told) if told else one
    return text("⏱️ p50/p95/p99 ms: {steps}", steps=told) if told else text("⏱️ Nothing was measured yet.")


_STEPS = {
    "gate": text("admission"),
    "answer": text("answer"),
    "look-up": text("look-up of a game"),
    "send": text("sending"),
}


def _ms(seconds: float) -> str:
    return f"{seconds * 1000:.1f}" if seconds < 0.01 else f"{seconds * 1000:.0f}"


def _duration(seconds: float) -> str:
    minutes, rest = divmod(int(seconds), 60)
    hours, minutes = divmod(minutes, 60)
    days, hours = divmod(hours, 24)
    parts = (f"{days}d", f"{hours}h", f"{minutes}m", f"{rest}s")
    first = next((index for index, part in enumerate(parts) if part[:-1] != "0"), 3)
    return " ".join(parts[first:])

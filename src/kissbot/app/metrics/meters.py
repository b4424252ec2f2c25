"""Every figure that Prometheus gets: its name, its unit, what it means and where it is read.

No label ever has a value that viewers make up: it is an outcome, a step, a name of the configuration.
"""

import asyncio
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from typing import Final, Literal

import kissbot
from kissbot.app.metrics.watched import Watched
from kissbot.chat.drops import familiar
from kissbot.chat.logins import Login
from kissbot.chat.tally import Outcome
from kissbot.chat.timings import Spread

Kind = Literal["counter", "gauge", "histogram"]
Row = tuple[tuple[str, ...], float | Spread]
"""The values of the labels, and the figure."""

_WELL: Final = ("answered", "nothing")


@dataclass(frozen=True)
class Meter:
    """One figure, or one for each value of its labels."""

    name: str
    """Without `_total`, which a counter gets by itself."""
    kind: Kind
    help: str
    read: Callable[[Watched], Iterable[Row]]
    labels: tuple[str, ...] = ()

    @property
    def shown(self) -> str:
        """The name as Prometheus has it."""
        return f"{self.name}_total" if self.kind == "counter" else self.name


def _one(read: Callable[[Watched], float]) -> Callable[[Watched], Iterable[Row]]:
    return lambda bot: [((), read(bot))]


def _outcomes(bot: Watched) -> Iterator[Row]:
    yield from (((outcome.value,), bot.tally.outcomes[outcome]) for outcome in Outcome)


def _drops(bot: Watched) -> Iterator[Row]:
    reasons: Counter[str] = Counter()
    for reason, count in bot.tally.dropped.items():
        reasons[familiar(reason)] += count
    yield from (((reason,), count) for reason, count in reasons.items())


def _connections(bot: Watched) -> Iterator[Row]:
    threads = bot.attention.how.threads if bot.attention.how else ()
    counted = Counter((thread.way, "up" if thread.up else "down") for thread in threads)
    for way in sorted({thread.way for thread in threads}):
        yield from (((way, state), counted[way, state]) for state in ("up", "down"))


def _logins(bot: Watched) -> Iterator[Row]:
    counted = Counter((login.slot.partition(":")[0], _state_of(login)) for login in bot.tokens.all_known)
    for kind in ("bot", "app", "channel"):
        yield from (((kind, state), counted[kind, state]) for state in ("good", "expired", "retired"))


def _state_of(login: Login) -> str:
    if login.retired:
        return "retired"
    return "good" if login.expires_at > time.time() else "expired"


def _steps(bot: Watched) -> Iterator[Row]:
    yield from (((step,), spread) for step, spread in bot.timings.spreads.items())


def _sources_up(bot: Watched) -> Iterator[Row]:
    yield from (((source,), float(end in _WELL)) for source, end in bot.timings.last_end.items())


def _models_up(bot: Watched) -> Iterator[Row]:
    yield from (((model.name,), float(model.is_well)) for model in bot.answers.models)


def _questions(bot: Watched) -> Iterator[Row]:
    yield ("paid",), bot.answers.purse.paid
    yield ("exhausted",), bot.answers.purse.unpaid


def _lost_lines(bot: Watched) -> Iterator[Row]:
    yield ("queue_full",), bot.writer.overflowed
    yield ("disk",), bot.writer.unwritten


METERS: Final = (
    Meter(
        "kissbot_build_info",
        "gauge",
        "Always 1; which version runs.",
        lambda bot: [((kissbot.__version__,), 1)],
        ("version",),
    ),
    Meter(
        "kissbot_start_time_seconds",
        "gauge",
        "When the bot was started, since the epoch.",
        _one(lambda bot: bot.tally.started_at),
    ),
    Meter(
        "kissbot_ready",
        "gauge",
        "1 while every channel that can be heard is heard.",
        _one(lambda bot: float(bot.listener.ready.is_set())),
    ),
    Meter(
        "kissbot_channels",
        "gauge",
        "Channels in which the bot is, or tries to be.",
        _one(lambda bot: len(bot.listener.channels)),
    ),
    Meter("kissbot_lines_heard", "counter", "Chat lines heard.", _one(lambda bot: bot.tally.lines)),
    Meter(
        "kissbot_commands", "counter", "What was asked of the bot, by how it ended.", _outcomes, ("outcome",)
    ),
    Meter(
        "kissbot_command_uses",
        "counter",
        "What was asked of the bot, by the first name of the command; @ is a mention.",
        lambda bot: [((name,), count) for name, count in bot.tally.commands.items()],
        ("command",),
    ),
    Meter(
        "kissbot_step_duration_seconds",
        "histogram",
        "How long each step took: admission, answer, look-up, each source, sending.",
        _steps,
        ("step",),
    ),
    Meter(
        "kissbot_lines_sent", "counter", "Lines of the bot that were shown.", _one(lambda bot: bot.tally.sent)
    ),
    Meter("kissbot_lines_dropped", "counter", "Lines of the bot that were not shown.", _drops, ("reason",)),
    Meter(
        "kissbot_outbox_lines",
        "gauge",
        "Lines of the bot that wait to be sent.",
        _one(lambda bot: bot.outbox.waiting),
    ),
    Meter(
        "kissbot_connections", "gauge", "Connections that lines come over.", _connections, ("way", "state")
    ),
    Meter(
        "kissbot_connections_made",
        "counter",
        "Connections that came up; more than the first is a reconnect.",
        lambda bot: [((way,), count) for way, count in bot.attention.made.items()],
        ("way",),
    ),
    Meter(
        "kissbot_connections_lost",
        "counter",
        "Connections that went down.",
        lambda bot: [((way,), count) for way, count in bot.attention.lost.items()],
        ("way",),
    ),
    Meter(
        "kissbot_deaf",
        "gauge",
        "1 while no connection is up.",
        _one(lambda bot: float(bot.attention.is_deaf)),
    ),
    Meter(
        "kissbot_deaf_seconds",
        "counter",
        "Seconds without any connection.",
        _one(lambda bot: bot.attention.deaf_seconds),
    ),
    Meter(
        "kissbot_gaps",
        "counter",
        "Times in which some channel was not heard, once they were over.",
        _one(lambda bot: bot.attention.gaps),
    ),
    Meter(
        "kissbot_channel_deaf_seconds",
        "counter",
        "The seconds of these gaps, of all channels together.",
        _one(lambda bot: bot.attention.channel_seconds),
    ),
    Meter("kissbot_logins", "gauge", "Logins that the bot has used.", _logins, ("kind", "state")),
    Meter(
        "kissbot_database_up",
        "gauge",
        "1 while what the bot does can be written to the database.",
        _one(lambda bot: float(not bot.state.in_trouble)),
    ),
    Meter(
        "kissbot_source_requests",
        "counter",
        "What sources of games were asked, by what became of it.",
        lambda bot: [(ends, count) for ends, count in bot.timings.ends.items()],
        ("source", "outcome"),
    ),
    Meter("kissbot_source_up", "gauge", "1 when the source answered last time.", _sources_up, ("source",)),
    Meter(
        "kissbot_model_requests",
        "counter",
        "What language models were asked, by what became of it.",
        lambda bot: [(ends, count) for ends, count in bot.answers.outcomes.items()],
        ("model", "outcome"),
    ),
    Meter("kissbot_model_up", "gauge", "1 while the model is not left alone.", _models_up, ("model",)),
    Meter(
        "kissbot_model_questions",
        "counter",
        "Questions for models, by whether there was budget for them.",
        _questions,
        ("budget",),
    ),
    Meter(
        "kissbot_model_tokens",
        "counter",
        "Tokens that the answers took.",
        _one(lambda bot: bot.answers.purse.tokens),
    ),
    Meter(
        "kissbot_model_questions_waiting",
        "gauge",
        "Questions that wait for their turn.",
        _one(lambda bot: bot.answers.waiting),
    ),
    Meter(
        "kissbot_cache_lookups",
        "counter",
        "Look-ups of games.",
        lambda bot: [(("games",), bot.games.lookups)],
        ("cache",),
    ),
    Meter(
        "kissbot_cache_hits",
        "counter",
        "Those of them that nobody had to be waited for.",
        lambda bot: [(("games",), bot.games.hits)],
        ("cache",),
    ),
    Meter(
        "kissbot_log_lines_lost",
        "counter",
        "Lines that no file has, because too many waited or the disk took none.",
        _lost_lines,
        ("why",),
    ),
    Meter("kissbot_threads", "gauge", "Threads of the process.", _one(lambda bot: threading.active_count())),
    Meter(
        "kissbot_tasks",
        "gauge",
        "Tasks of the event loop.",
        _one(lambda bot: len(asyncio.all_tasks())),
    ),
)

PROCESS: Final = {
    "process_cpu_seconds_total": ("counter", "User and system time of the process."),
    "process_resident_memory_bytes": ("gauge", "Memory of the process."),
    "process_virtual_memory_bytes": ("gauge", "Address space of the process."),
    "process_open_fds": ("gauge", "Files and sockets that are open."),
    "process_max_fds": ("gauge", "How many there may be."),
    "process_start_time_seconds": ("gauge", "When the process was started, since the epoch."),
}
"""What Prometheus's own library tells of a process, under the names that every dashboard knows; on Linux."""

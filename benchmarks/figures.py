"""What a run of the benchmarks found: the figures, their medians, and what was required."""

from statistics import median
from typing import TypeVar

from msgspec import Struct, field

from benchmarks.idle import StartUp
from benchmarks.processes import BARE, BARE_RAW, KISSBOT, TWITCHIO, TWITCHIO_UVLOOP, Client
from benchmarks.settled import SETTLED, Settled
from benchmarks.slow import Waits

TALKERS = (BARE, KISSBOT, SETTLED, TWITCHIO, TWITCHIO_UVLOOP)
ANSWERERS = (BARE_RAW, BARE, KISSBOT, TWITCHIO, TWITCHIO_UVLOOP)

Figures = TypeVar("Figures", bound=Struct)


class Verdict(Struct, frozen=True):
    """One requirement."""

    what: str
    bound: str
    figure: float
    met: bool


class Cost(Struct, frozen=True):
    """CPU time of a client, the median of all rounds."""

    us_per_line: float
    lines_per_second_per_core: int
    rounds: list[float]


class Found(Struct):
    """Every figure of every round, as it was measured."""

    talk: dict[str, list[float]] = field(default_factory=dict)
    """Microseconds of CPU per line, by client."""
    pings: dict[str, list[float]] = field(default_factory=dict)
    """The same, when every twentieth line is a ping."""
    kib_per_idle_channel: list[float] = field(default_factory=list)
    start_up: list[StartUp] = field(default_factory=list)
    settled: list[Settled] = field(default_factory=list)
    waits: list[Waits] = field(default_factory=list)


class Summary(Struct, frozen=True):
    """The medians, and whether they are good enough."""

    conditions: dict[str, str | int]
    talk: dict[str, Cost]
    pings: dict[str, Cost]
    kib_per_idle_channel: float
    start_up: StartUp
    settled: Settled
    waits_p99_ms: Waits
    verdicts: list[Verdict]


def summary(found: Found, conditions: dict[str, str | int]) -> Summary:
    """The medians of all rounds."""
    talk, pings = _costs(found.talk), _costs(found.pings)
    idle = round(median(found.kib_per_idle_channel), 2)
    start_up, settled, waits = _medians(found.start_up), _medians(found.settled), _medians(found.waits)
    verdicts = [
        *_of_cost(talk, pings),
        *_of_idleness(idle, start_up),
        *_of_settled(settled, talk),
        *_of_waits(waits),
    ]
    return Summary(conditions, talk, pings, idle, start_up, settled, waits, verdicts)


def _costs(by_client: dict[str, list[float]]) -> dict[str, Cost]:
    return {name: _cost(rounds) for name, rounds in by_client.items()}


def _cost(rounds: list[float]) -> Cost:
    middle = median(rounds)
    return Cost(round(middle, 2), round(1e6 / middle), [round(one, 2) for one in rounds])


def _medians(rounds: list[Figures]) -> Figures:
    kind = type(rounds[0])
    columns = ([getattr(one, name) for one in rounds] for name in kind.__struct_fields__)
    return kind(*(round(median(column), 3) for column in columns))


def _of_cost(talk: dict[str, Cost], pings: dict[str, Cost]) -> list[Verdict]:
    return [
        _at_most("talk only: KissBot, times the bare loop", _times(talk, KISSBOT, BARE), 2.0),
        _at_least("talk only: TwitchIO, times KissBot", _twitchio_times(talk), 3.5),
        _at_least("5 % pings: TwitchIO, times KissBot", _twitchio_times(pings), 2.5),
    ]


def _of_idleness(kib_per_channel: float, start_up: StartUp) -> list[Verdict]:
    return [
        _below("memory of a further idle channel, KiB", kib_per_channel, 4),
        _below("start-up, s", start_up.wall, 1),
    ]


def _of_settled(settled: Settled, talk: dict[str, Cost]) -> list[Verdict]:
    many, none = talk[SETTLED.name], talk[KISSBOT.name]
    verdicts = [
        _below("10,000 channels chose: start-up, s", settled.start_up_full, 3),
        _below("10,000 channels chose: p99 of !kiss set, ms", settled.change_p99, 20),
    ]
    if len(none.rounds) > 1:  # a single one does not tell how much chance there is in it
        spread = round(max(max(cost.rounds) - min(cost.rounds) for cost in (many, none)), 2)
        difference = abs(many.us_per_line - none.us_per_line)
        verdicts.append(_at_most("10,000 channels chose: change of a line, µs", difference, spread))
    return verdicts


def _of_waits(waits: Waits) -> list[Verdict]:
    same, other = waits.same_beside_slow - waits.same_alone, waits.other_beside_slow - waits.other_alone
    return [
        _below("slow handler, same channel: change of p99, ms", abs(same), 10),
        _below("slow handler, other channel: change of p99, ms", abs(other), 10),
    ]


def _twitchio_times(costs: dict[str, Cost]) -> float:
    """How many times KissBot's cost TwitchIO's is, on the loop that suits TwitchIO better."""
    return min(_times(costs, loop, KISSBOT) for loop in (TWITCHIO, TWITCHIO_UVLOOP))


def _times(costs: dict[str, Cost], one: Client, other: Client) -> float:
    return costs[one.name].us_per_line / costs[other.name].us_per_line


def _at_most(what: str, figure: float, bound: float) -> Verdict:
    return Verdict(what, f"≤ {bound:g}", round(figure, 2), figure <= bound)


def _at_least(what: str, figure: float, bound: float) -> Verdict:
    return Verdict(what, f"≥ {bound:g}", round(figure, 2), figure >= bound)


def _below(what: str, figure: float, bound: float) -> Verdict:
    return Verdict(what, f"< {bound:g}", round(figure, 2), figure < bound)

"""What a run of the benchmarks found: the figures, their medians, and what was required."""

from statistics import median

from msgspec import Struct, field

from benchmarks.idle import StartUp
from benchmarks.processes import BARE, BARE_RAW, KISSBOT, TWITCHIO, TWITCHIO_UVLOOP, Client
from benchmarks.slow import Waits

TALKERS = (BARE, KISSBOT, TWITCHIO, TWITCHIO_UVLOOP)
ANSWERERS = (BARE_RAW, BARE, KISSBOT, TWITCHIO, TWITCHIO_UVLOOP)


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
    waits: list[Waits] = field(default_factory=list)


class Summary(Struct, frozen=True):
    """The medians, and whether they are good enough."""

    conditions: dict[str, str | int]
    talk: dict[str, Cost]
    pings: dict[str, Cost]
    kib_per_idle_channel: float
    start_up: StartUp
    waits_p99_ms: Waits
    verdicts: list[Verdict]


def summary(found: Found, conditions: dict[str, str | int]) -> Summary:
    """The medians of all rounds."""
    talk, pings = _costs(found.talk), _costs(found.pings)
    idle = round(median(found.kib_per_idle_channel), 2)
    start_up, waits = _start_up(found.start_up), _waits(found.waits)
    verdicts = [*_of_cost(talk, pings), *_of_idleness(idle, start_up), *_of_waits(waits)]
    return Summary(conditions, talk, pings, idle, start_up, waits, verdicts)


def _costs(by_client: dict[str, list[float]]) -> dict[str, Cost]:
    return {name: _cost(rounds) for name, rounds in by_client.items()}


def _cost(rounds: list[float]) -> Cost:
    middle = median(rounds)
    return Cost(round(middle, 2), round(1e6 / middle), [round(one, 2) for one in rounds])


def _start_up(rounds: list[StartUp]) -> StartUp:
    return StartUp(
        wall=round(median(one.wall for one in rounds), 3),
        cpu=round(median(one.cpu for one in rounds), 3),
        imports=round(median(one.imports for one in rounds), 3),
    )


def _waits(rounds: list[Waits]) -> Waits:
    return Waits(
        same_alone=round(median(one.same_alone for one in rounds), 2),
        same_beside_slow=round(median(one.same_beside_slow for one in rounds), 2),
        other_alone=round(median(one.other_alone for one in rounds), 2),
        other_beside_slow=round(median(one.other_beside_slow for one in rounds), 2),
    )


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

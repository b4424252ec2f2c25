"""The figures as a table for people."""

from collections.abc import Iterator

from benchmarks.figures import Cost, Summary


def table(found: Summary) -> str:
    """Several lines of text."""
    return "\n".join(_lines(found))


def _lines(found: Summary) -> Iterator[str]:
    yield " · ".join(f"{name} {value}" for name, value in found.conditions.items())
    yield from _costs("Talk only", found.talk)
    yield from _costs("5 % of the lines are !ping, each answered with a POST", found.pings)
    start, settled, waits = found.start_up, found.settled, found.waits_p99_ms
    yield ""
    yield "KissBot at rest"
    yield f"  memory of a further idle channel {found.kib_per_idle_channel:8.2f} KiB"
    yield f"  very first start, two channels   {start.wall:8.2f} s ({start.cpu:.2f} s CPU)"
    yield f"  of that, imports                 {start.imports:8.2f} s"
    yield ""
    yield "KissBot, 10,000 channels chose something"
    yield f"  start-up, two channels           {settled.start_up_full:8.2f} s"
    yield f"  the same when none chose         {settled.start_up_empty:8.2f} s"
    yield f"  !kiss set, p50                   {settled.change_p50:8.2f} ms"
    yield f"  !kiss set, p99                   {settled.change_p99:8.2f} ms"
    yield ""
    yield "!ping while a handler takes 5 s, p99           alone    beside it"
    yield _waits("in the same channel", waits.same_alone, waits.same_beside_slow)
    yield _waits("in another channel", waits.other_alone, waits.other_beside_slow)
    yield ""
    for one in found.verdicts:
        yield f"{'met' if one.met else 'NOT MET':8} {one.what:50} {one.figure:8.2f}  ({one.bound})"


def _costs(title: str, costs: dict[str, Cost]) -> Iterator[str]:
    yield ""
    yield f"{title:54} µs/line  lines/s/core"
    for name, cost in costs.items():
        yield f"  {name:50} {cost.us_per_line:9.2f} {cost.lines_per_second_per_core:13,}"


def _waits(where: str, alone: float, beside: float) -> str:
    return f"  {where:35} {alone:11.2f} ms {beside:9.2f} ms"

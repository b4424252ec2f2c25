"""The figures in Prometheus's text format."""

from collections.abc import Iterator
from itertools import accumulate
from typing import Final

from prometheus_client import CollectorRegistry, ProcessCollector, generate_latest
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, HistogramMetricFamily
from prometheus_client.registry import Collector

from kissbot.app.metrics.meters import METERS, Kind, Meter
from kissbot.app.metrics.watched import Watched
from kissbot.chat.timings import BOUNDS, Spread

CONTENT_TYPE: Final = "text/plain; version=0.0.4; charset=utf-8"

_LIMITS: Final = (*(f"{bound:g}" for bound in BOUNDS), "+Inf")

Family = CounterMetricFamily | GaugeMetricFamily | HistogramMetricFamily

_FAMILIES: Final[dict[Kind, type[Family]]] = {
    "counter": CounterMetricFamily,
    "gauge": GaugeMetricFamily,
    "histogram": HistogramMetricFamily,
}


class Figures(Collector):
    """Reads a bot when it is asked; before there is one, there are only the figures of the process."""

    def __init__(self) -> None:
        self.bot: Watched | None = None
        self._registry = CollectorRegistry()
        self._registry.register(self)
        ProcessCollector(registry=self._registry)

    def text(self) -> bytes:
        """All figures as they are now."""
        return generate_latest(self._registry)

    def collect(self) -> Iterator[Family]:
        """Each figure, as Prometheus's library wants them."""
        if self.bot:
            for meter in METERS:
                yield _family(meter, self.bot)


def _family(meter: Meter, bot: Watched) -> Family:
    family = _FAMILIES[meter.kind](meter.name, meter.help, labels=meter.labels)
    for labels, figure in meter.read(bot):
        if isinstance(family, HistogramMetricFamily):
            assert isinstance(figure, Spread)  # noqa: S101 (for the type checker)
            buckets = list(zip(_LIMITS, accumulate(figure.counts), strict=True))
            family.add_metric(labels, buckets=buckets, sum_value=figure.seconds)
        else:
            assert not isinstance(figure, Spread)  # noqa: S101 (for the type checker)
            family.add_metric(labels, figure)
    return family

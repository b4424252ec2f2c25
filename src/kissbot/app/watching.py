"""`metrics` and `logs`: what an operator can watch."""

from collections.abc import Iterator

from msgspec import Struct


class Metrics(Struct, kw_only=True, forbid_unknown_fields=True):
    """`metrics`: figures for Prometheus and for `kissbot metrics view`."""

    port: int = 0
    """Where /metrics, /healthz and /readyz are served; 0: nowhere. 9464 is as good as any."""
    host: str = "127.0.0.1"
    """For whom: 127.0.0.1 is this machine only; 0.0.0.0 is everybody who reaches it, without a password."""
    samples: str = "logs/samples.jsonl"
    """The file that a sample of the machine and the bot is added to every ten seconds; empty: none."""


class Logs(Struct, kw_only=True, forbid_unknown_fields=True):
    """`logs`: what is written to files. A path begins at the folder of the configuration file."""

    folder: str = "logs"
    """Where kissbot.log and a file for each channel are; empty: nowhere."""
    chat: bool = False
    """Whether the files of the channels have what is said there, too."""
    megabytes: float = 10
    """How large a file may get (10^6 bytes) before the next one is begun; each day begins one anyway."""
    keep: int = 7
    """How many earlier ones are kept of each."""


def bad_watching(metrics: Metrics, logs: Logs) -> Iterator[str]:
    """Values of the right type that cannot work."""
    if not 0 <= metrics.port <= 65_535:
        yield "metrics.port: must be 0 (off) to 65535."
    if metrics.port and not metrics.host:
        yield "metrics.host: must be an address; 127.0.0.1 is this machine only."
    if not 0.01 <= logs.megabytes <= 10_000:
        yield "logs.megabytes: must be 0.01 to 10000."
    if not 0 <= logs.keep <= 1_000:
        yield "logs.keep: must be 0 to 1000."

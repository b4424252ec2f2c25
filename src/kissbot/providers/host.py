"""The machine the bot runs on: what its own process uses, sampled in the background."""

import asyncio

import psutil

from kissbot.features.system import Sample


class Host:
    """Takes a sample every few seconds, so that asking for one costs nothing."""

    def __init__(self, every: float = 5) -> None:
        self._every = every
        self._process = psutil.Process()
        self._process.cpu_percent()
        self.latest = self._sample()

    async def watch(self) -> None:
        """Sample until cancelled."""
        while True:
            await asyncio.sleep(self._every)
            self.latest = self._sample()

    def _sample(self) -> Sample:
        with self._process.oneshot():
            return Sample(
                cpu_percent=self._process.cpu_percent(),
                ram_mb=self._process.memory_info().rss / 1e6,
                threads=self._process.num_threads(),
            )

"""When which channels were deaf. Pure: times in, gaps out."""

from collections.abc import Iterable
from typing import Final

from msgspec import Struct

from kissbot.chat.hearing import Gap

TOGETHER: Final = 5.0
"""Seconds for which a gap waits for its other channels, so that one loss is told once."""


class _Loss(Struct, eq=False):
    from_at: float
    why: str
    deaf: set[str]
    heard: set[str]
    to_at: float = 0


class Deafness:
    """Remembers what was lost until it is heard again."""

    def __init__(self) -> None:
        self._losses: list[_Loss] = []

    def lost(self, channels: Iterable[str], at: float, why: str) -> None:
        """These are not heard from `at` on; those that were deaf already stay so for their own reason."""
        known = {channel for loss in self._losses for channel in loss.deaf}
        if fresh := set(channels) - known:
            self._losses.append(_Loss(at, why, fresh, set()))

    def heard_again(self, channel: str, at: float) -> None:
        """It is heard."""
        for loss in self._losses:
            if channel in loss.deaf:
                loss.deaf.discard(channel)
                loss.heard.add(channel)
                loss.to_at = max(loss.to_at, at)

    def parted(self, channel: str) -> None:
        """Nobody wants to hear it any more."""
        for loss in self._losses:
            loss.deaf.discard(channel)

    def over(self, now: float) -> list[Gap]:
        """The gaps that are over, each once."""
        done = [loss for loss in self._losses if not loss.deaf or 0 < loss.to_at <= now - TOGETHER]
        gaps = [
            Gap(from_at=loss.from_at, to_at=loss.to_at, channels=tuple(sorted(loss.heard)), why=loss.why)
            for loss in done
            if loss.heard
        ]
        for loss in done:
            loss.heard, loss.to_at = set(), 0
        self._losses = [loss for loss in self._losses if loss.deaf]
        return gaps

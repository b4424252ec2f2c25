"""Asks an OpenAI-compatible server whether words are harmful (POST /moderations)."""

from typing import Final

import aiohttp
import msgspec
from msgspec import Struct

from kissbot.providers.http import Asker, Question, SourceTrouble
from kissbot.providers.pace import Breaker, Pace

A_MINUTE: Final = 500


class _Result(Struct):
    flagged: bool


class _Results(Struct):
    results: list[_Result]


class Moderation:
    """One server. The words that are asked about are in no log and no error."""

    def __init__(self, http: aiohttp.ClientSession, url: str, key: str = "") -> None:
        self._asker = Asker(http, Pace(A_MINUTE, 60), attempts=1, breaker=Breaker(rest=10, longest=60))
        self._url = f"{url.rstrip('/')}/moderations"
        self._headers = {"Content-Type": "application/json"} | (
            {"Authorization": f"Bearer {key}"} if key else {}
        )

    async def is_harmless(self, words: str) -> bool | None:
        """What it says; None when it says nothing."""
        question = Question(
            self._url, body=msgspec.json.encode({"input": words}).decode(), headers=self._headers
        )
        try:
            found = await self._asker.ask(question, _Results)
        except SourceTrouble:
            return None
        return not any(result.flagged for result in found.results)

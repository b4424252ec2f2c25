"""LibreTranslate, or what speaks as it does: a server that translates.

Documented at https://docs.libretranslate.com/api/operations/translate/.
"""

import asyncio
from typing import Final

import aiohttp
import msgspec
import structlog
from msgspec import Struct

from kissbot.chat.errors import Unavailable
from kissbot.chat.lines import visible
from kissbot.knowledge.answers.translation import NOBODY, SURE, Translation
from kissbot.providers.http import Asker, Question, SourceTrouble
from kissbot.providers.pace import Pace

AT_ONCE: Final = 4
PER_MINUTE: Final = 80
"""Questions; a public server allows that much."""

PATIENCE: Final = 5.0

log = structlog.get_logger(__name__)


class _Detected(Struct):
    language: str = ""
    confidence: float = 0
    """In per cent."""


class _Translated(Struct, rename={"translated": "translatedText", "detected": "detectedLanguage"}):
    translated: str
    detected: _Detected | None = None


class LibreTranslate:
    """Asks a server at `url`, with a `key` where it wants one."""

    def __init__(self, http: aiohttp.ClientSession, url: str, key: str = "") -> None:
        self._url, self._key = f"{url.rstrip('/')}/translate", key
        self._asker = Asker(http, Pace(PER_MINUTE, 60), at_once=AT_ONCE, patience=PATIENCE, attempts=2)

    async def translate(self, words: str, source: str | None, target: str, seconds: float) -> Translation:
        """The words in `target`, within so many seconds. Raises `Unavailable`."""
        try:
            async with asyncio.timeout(seconds):
                answer = await self._asker.ask(self._question(words, source, target), _Translated)
        except (SourceTrouble, TimeoutError) as error:
            log.warning("libretranslate_failed", why=str(error) or "slow")
            raise Unavailable(NOBODY) from None
        told = " ".join(visible(answer.translated).split())
        return Translation(told, source or _language(answer.detected), target)

    def _question(self, words: str, source: str | None, target: str) -> Question:
        asked = {"q": words, "source": source or "auto", "target": target, "format": "text"}
        body = msgspec.json.encode(asked | ({"api_key": self._key} if self._key else {})).decode()
        return Question(self._url, body=body, headers={"Content-Type": "application/json"})


def _language(detected: _Detected | None) -> str:
    """What the server recognised, if it is sure of it."""
    if detected is None or detected.confidence < SURE * 100:
        return ""
    return detected.language[:2].lower()

"""Wikipedia, searched in the channel's language and then in English.

Documented at https://www.mediawiki.org/wiki/API:Search, …/API:Query and …/Extension:TextExtracts. Those
who say who they are may ask 200 times a minute (…/Wikimedia_APIs/Rate_limits).
"""

import asyncio
import re
from typing import Final
from urllib.parse import quote

import aiohttp
import structlog
from msgspec import Struct, field

import kissbot
from kissbot.chat.errors import Unavailable
from kissbot.chat.lines import visible
from kissbot.chat.ports import Clock
from kissbot.chat.tasks import Tasks
from kissbot.chat.texts import text
from kissbot.knowledge.answers.encyclopaedia import EXTRACT_WITHIN, LONGEST_TOPIC, Article, keywords
from kissbot.providers.flights import Flights
from kissbot.providers.http import Asker, Question, SourceTrouble
from kissbot.providers.pace import Pace
from kissbot.providers.remembering import Memory, Pages

HOME: Final = "https://{language}.wikipedia.org"

WITHIN: Final = 4.0
"""Seconds for all requests of a look-up: less than a command may take."""

PATIENCE: Final = 3.0
"""Seconds for one of them."""

AT_ONCE: Final = 3
PER_MINUTE, UNNAMED_PER_MINUTE = 200, 10
"""Requests that are welcome from those who say how to reach them, and from those who do not."""

HITS: Final = 5
"""Pages of a search; the first may only tell what a word can mean."""

KEPT: Final = 30 * 86_400.0
MISS: Final = 3600.0
"""Seconds for which it is believed that nothing is written of something."""

LONGEST_SUMMARY: Final = 2000
LONGEST_URL: Final = 120
"""Characters of an address; a longer one names the page by its number."""

LAST_RESORT: Final = "en"

_LANGUAGE: Final = re.compile(r"[a-z]{2,3}(-[a-z]{2,10})?")
_SIGNS: Final = re.compile(r"""["~*?\\<>\[\]{}|^:;!/=()]|(?<!\S)[-+&]+|&&""")
_OPERATORS: Final = re.compile(r"\b(AND|OR|NOT)\b")
_HOLLOW: Final = re.compile(r"\s*\(\s*[;,]?\s*\)")
_LEFT_OUT: Final = re.compile(r"\(\s*[;,]\s*")

log = structlog.get_logger(__name__)


class _Link(Struct):
    """The same topic in another language."""

    lang: str = ""
    title: str = field(name="*", default="")


class _Hit(Struct):
    title: str
    pageid: int = 0
    index: int = 0
    """Its place among what the search found."""
    extract: str = ""
    pageprops: dict[str, object] = {}
    langlinks: list[_Link] = []
    missing: str | None = None

    @property
    def is_plain(self) -> bool:
        """Whether it is about one thing."""
        return "disambiguation" not in self.pageprops


class _Found(Struct):
    pages: dict[str, _Hit] = {}


class _Problem(Struct):
    code: str = ""


class _Answer(Struct):
    query: _Found = field(default_factory=_Found)
    error: _Problem | None = None


class _Looked(Struct, frozen=True):
    """What a look-up came to."""

    article: Article | None


class Wikipedia:
    """Searches articles, and remembers them for a month. `url` has a blank `{language}`.

    Without a `contact` (an address or a page) it is asked as rarely as is allowed to the nameless.
    """

    def __init__(
        self,
        http: aiohttp.ClientSession,
        pages: Pages,
        clock: Clock,
        tasks: Tasks,
        *,
        url: str = HOME,
        contact: str = "",
    ) -> None:
        self._url, self._headers = url.rstrip("/"), {"User-Agent": _agent(contact)}
        pace = Pace(PER_MINUTE if contact else UNNAMED_PER_MINUTE, 60)
        self._asker = Asker(http, pace, at_once=AT_ONCE, patience=PATIENCE, attempts=2)
        self._memory = Memory(pages, clock)
        self._flights = Flights[Article | None](tasks, "wikipedia")

    async def look_up(self, topic: str, language: str) -> Article | None:
        """The article on a topic, in that language if there is one; None when nothing is written of it.

        Raises `Unavailable`.
        """
        words = plain(topic)
        if not words:
            return None
        language = language if _LANGUAGE.fullmatch(language) else LAST_RESORT
        key = f"wiki:{language}:{words.casefold()}"
        page = await self._memory.get(key, _Looked)
        if page and self._memory.is_fresh(page):
            return page.value.article
        try:
            return await self._flights.join(key, lambda: self._looked_up(key, words, language))
        except SourceTrouble as trouble:
            log.warning("wikipedia_failed", why=str(trouble))
            if page and page.value.article:
                return page.value.article
            raise Unavailable(text("📚 Wikipedia does not answer right now.")) from None

    async def extract(self, question: str, language: str, seconds: float = EXTRACT_WITHIN) -> Article | None:
        """What may help to answer a question; None when nothing does, or it would come too late."""
        try:
            async with asyncio.timeout(min(seconds, EXTRACT_WITHIN)):
                return await self.look_up(keywords(question), language)
        except (TimeoutError, Unavailable):
            return None
        except Exception:  # an answer without it is better than none
            log.exception("extract_failed")
            return None

    async def _looked_up(self, key: str, words: str, language: str) -> Article | None:
        try:
            async with asyncio.timeout(WITHIN):
                article = await self._searched(words, language)
        except TimeoutError:
            raise SourceTrouble("slow") from None
        self._memory.keep(key, _Looked(article), KEPT if article else MISS)
        return article

    async def _searched(self, words: str, language: str) -> Article | None:
        """In the language; else in English, and from there to the same topic in the language."""
        hit = await self._best(language, _search(words))
        if hit or language == LAST_RESORT:
            return self._article(hit, language)
        hit = await self._best(LAST_RESORT, _search(words) | _link_to(language))
        link = next((link for link in hit.langlinks if link.lang == language), None) if hit else None
        at_home = await self._best(language, {"titles": link.title}) if link else None
        return self._article(at_home, language) or self._article(hit, LAST_RESORT)

    async def _best(self, language: str, asked: dict[str, str]) -> _Hit | None:
        """The first page that is about one thing; else the first that tells what a word may mean."""
        url = f"{self._home(language)}/w/api.php"
        answer = await self._asker.ask(Question(url, _PAGES | asked, headers=self._headers), _Answer)
        if answer.error:
            raise SourceTrouble("unwell", answer.error.code[:50])
        hits = sorted(answer.query.pages.values(), key=lambda hit: hit.index)
        hits = [hit for hit in hits if hit.missing is None and hit.title]
        return next((hit for hit in hits if hit.is_plain), hits[0] if hits else None)

    def _article(self, hit: _Hit | None, language: str) -> Article | None:
        if hit is None:
            return None
        return Article(visible(hit.title), summary(hit.extract), self._address(hit, language), language)

    def _address(self, hit: _Hit, language: str) -> str:
        """Short enough for a line: what is written in other letters is long in an address."""
        title = quote(hit.title.replace(" ", "_"), safe="/:@!$*(),;'-._~")
        address = f"{self._home(language)}/wiki/{title}"
        if len(address) <= LONGEST_URL or not hit.pageid:
            return address
        return f"{self._home(language)}/?curid={hit.pageid}"

    def _home(self, language: str) -> str:
        return self._url.replace("{language}", language)


_PAGES: Final[dict[str, str]] = {
    "action": "query",
    "format": "json",
    "redirects": "1",
    "prop": "extracts|pageprops",
    "exintro": "1",
    "explaintext": "1",
    "exlimit": "max",
    "ppprop": "disambiguation",
}


def _search(words: str) -> dict[str, str]:
    return {"generator": "search", "gsrsearch": words, "gsrnamespace": "0", "gsrlimit": str(HITS)}


def _link_to(language: str) -> dict[str, str]:
    return {"prop": "extracts|pageprops|langlinks", "lllang": language, "lllimit": "max"}


def _agent(contact: str) -> str:
    """`KissBot/1.0 (me@example.org)`."""
    contact = " ".join(visible(contact).split())
    named = f"KissBot/{kissbot.__version__}"
    return f"{named} ({contact})" if contact else named


def plain(topic: str) -> str:
    """The words of a topic; what is a sign to the search engine means nothing."""
    words = _SIGNS.sub(" ", visible(topic)[:LONGEST_TOPIC])
    words = _OPERATORS.sub(lambda operator: operator[0].lower(), words)
    return " ".join(words.split()) if re.search(r"\w", words) else ""


def summary(extract: str) -> str:
    """A text in one line, without the brackets that are empty when sounds are left out."""
    told = " ".join(visible(extract[:LONGEST_SUMMARY]).split())
    return _LEFT_OUT.sub("(", _HOLLOW.sub("", told))

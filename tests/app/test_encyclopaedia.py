"""Which encyclopaedia is asked, and who translates."""

import aiohttp
import pytest

from kissbot.app.encyclopaedia import encyclopaedia, interpreter, is_asked
from kissbot.app.lookups import Translate, Wikipedia, bad_lookups
from kissbot.app.settings import Settings, Twitch, Urls
from kissbot.chat.errors import Unavailable
from kissbot.chat.tasks import Tasks
from kissbot.knowledge.answers.language import language_of
from kissbot.knowledge.answers.translation import Interpreter
from kissbot.providers import wikipedia
from kissbot.providers.booklet import Booklet
from kissbot.storage.pages import MemoryPages

SANDBOX = Twitch(urls=Urls(oauth="http://127.0.0.1:1/oauth2"))


def settings(twitch: Twitch | None = None, **known: str) -> Settings:
    return Settings(twitch=twitch or Twitch(), wikipedia=Wikipedia(**known))  # type: ignore[arg-type]


def test_wikipedia_is_asked_where_twitch_is_the_real_one_or_it_is_meant() -> None:
    assert is_asked(settings())
    assert not is_asked(settings(ask="off"))
    assert not is_asked(settings(SANDBOX))
    assert is_asked(settings(SANDBOX, ask="on"))
    assert is_asked(settings(SANDBOX, url="http://127.0.0.1:2/{language}"))


@pytest.mark.parametrize(("ask", "kind"), [("on", wikipedia.Wikipedia), ("off", Booklet)])
async def test_who_looks_topics_up(ask: str, kind: type) -> None:
    async with aiohttp.ClientSession() as http, Tasks() as tasks:
        assert isinstance(encyclopaedia(settings(ask=ask), http, MemoryPages(), tasks), kind)


async def test_without_a_server_nor_a_model_nobody_translates() -> None:
    async with aiohttp.ClientSession() as http:
        nobody = interpreter(Settings(), http, (), language_of, lambda words, language: True)[Interpreter]
        assert isinstance(nobody, Interpreter)
        with pytest.raises(Unavailable, match=r"translate\.url"):
            await nobody.translate("Bonjour", "en")
        server = Settings(translate=Translate(url="http://127.0.0.1:9", key="the-secret"))
        somebody = interpreter(server, http, (), language_of, lambda words, language: True)[Interpreter]
        assert isinstance(somebody, Interpreter)
        with pytest.raises(Unavailable, match="right now"):
            await somebody.translate("Bonjour", "en")
        assert "the-secret" not in repr(server)


@pytest.mark.parametrize(
    ("known", "translate", "wrong"),
    [
        (Wikipedia(), Translate(), []),
        (Wikipedia(url="https://wiki.example"), Translate(url="http://127.0.0.1:5000", key="k"), []),
        (Wikipedia(url="{language}.wikipedia.org"), Translate(), ["wikipedia.url"]),
        (Wikipedia(url="https://{lang}.wikipedia.org"), Translate(), ["wikipedia.url"]),
        (Wikipedia(), Translate(url="localhost"), ["translate.url"]),
        (Wikipedia(), Translate(key="k"), ["translate.key"]),
    ],
)
def test_what_cannot_work_is_told(known: Wikipedia, translate: Translate, wrong: list[str]) -> None:
    assert [told.partition(":")[0] for told in bad_lookups(known, translate)] == wrong

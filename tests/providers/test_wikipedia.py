"""Wikipedia: searched by words, in two languages, politely, and whatever it answers."""

import asyncio
import json
from collections.abc import AsyncIterator, Callable
from pathlib import Path

import pytest

from kissbot.chat.errors import Unavailable
from kissbot.knowledge.answers.encyclopaedia import Article, keywords
from kissbot.providers.http import LARGEST
from kissbot.providers.wikipedia import (
    _PAGES,
    AT_ONCE,
    KEPT,
    MISS,
    WITHIN,
    Wikipedia,
    _search,
    plain,
    summary,
)
from kissbot.storage.pages import MemoryPages
from kissbot.testing import ManualClock

from .encyclopaedia import CONTACT, Answer, Library, hangs, hits, opened, page, says

Opened = tuple[Wikipedia, Library]


@pytest.fixture
def clock() -> ManualClock:
    return ManualClock()


@pytest.fixture
def pages() -> MemoryPages:
    return MemoryPages()


@pytest.fixture
async def at_hand(pages: MemoryPages, clock: ManualClock) -> AsyncIterator[Opened]:
    async with opened(pages, clock) as here:
        yield here


async def test_an_article_is_found_in_the_language_of_the_channel(at_hand: Opened) -> None:
    wikipedia, library = at_hand
    assert await wikipedia.look_up("Hades", "en") == Article(
        "Hades",
        "Hades (Greek: ᾍδης) is the god of the dead. He is king.",
        f"{library.url}/en/wiki/Hades",
        "en",
    )
    french = await wikipedia.look_up("hades", "fr")
    assert french == Article(
        "Hadès", "Hadès est le dieu des morts.", f"{library.url}/fr/wiki/Had%C3%A8s", "fr"
    )
    assert len(library.asked) == 2


async def test_who_asks_says_who_they_are(at_hand: Opened) -> None:
    wikipedia, library = at_hand
    await wikipedia.look_up("hades", "en")
    agent = library.asked[0].headers["User-Agent"]
    assert agent.startswith("KissBot/")
    assert agent.endswith(f"({CONTACT})")


async def test_what_is_not_there_in_a_language_is_told_in_english(at_hand: Opened) -> None:
    wikipedia, _ = at_hand
    german = await wikipedia.look_up("hades", "de")
    assert german
    assert (german.language, german.title) == ("en", "Hades")


async def test_from_the_english_page_leads_a_link_to_the_language(at_hand: Opened) -> None:
    wikipedia, library = at_hand
    french = await wikipedia.look_up("zeus", "fr")
    assert french == Article("Zeus", "Zeus est le dieu du ciel.", f"{library.url}/fr/wiki/Zeus", "fr")
    assert library.asked[1].query["lllang"] == "fr"
    library.titles.clear()
    spanish = await wikipedia.look_up("zeus ", "es")
    assert spanish
    assert spanish.language == "en"


async def test_a_link_to_a_page_that_is_missing_leads_back(at_hand: Opened) -> None:
    wikipedia, library = at_hand
    library.titles.clear()
    french = await wikipedia.look_up("zeus", "fr")
    assert french
    assert (french.language, french.summary) == ("en", "Zeus is the sky god.")


async def test_a_word_that_means_many_things_is_taken_for_the_likeliest(at_hand: Opened) -> None:
    wikipedia, _ = at_hand
    planet = await wikipedia.look_up("mercury", "en")
    assert planet
    assert planet.title == "Mercury (planet)"
    many = await wikipedia.look_up("only mercury", "en")
    assert many
    assert many.summary == "Mercury most commonly refers to:"


async def test_nothing_is_nothing_and_that_is_remembered_for_a_while(
    at_hand: Opened, clock: ManualClock
) -> None:
    wikipedia, library = at_hand
    for _ in range(2):
        assert await wikipedia.look_up("qqq", "en") is None
    assert len(library.asked) == 1
    await clock.push(MISS + 1)
    assert await wikipedia.look_up("qqq", "en") is None
    assert len(library.asked) == 2


async def test_an_article_is_remembered_for_a_month_and_longer_while_nobody_answers(
    at_hand: Opened, clock: ManualClock
) -> None:
    wikipedia, library = at_hand
    article = await wikipedia.look_up("hades", "en")
    await clock.push(KEPT - 1)
    assert await wikipedia.look_up(" HADES ", "en") == article
    assert len(library.asked) == 1
    await clock.push(2)
    library.fault = says(status=403)
    assert await wikipedia.look_up("hades", "en") == article
    assert len(library.asked) == 2


async def test_another_process_remembers_it_too_and_each_language_apart(
    pages: MemoryPages, clock: ManualClock
) -> None:
    async with opened(pages, clock) as (wikipedia, _):
        article = await wikipedia.look_up("hades", "en")
    async with opened(pages, clock) as (wikipedia, library):
        assert await wikipedia.look_up("hades", "en") == article
        assert not library.asked
        assert await wikipedia.look_up("hades", "fr") != article


async def test_who_wants_the_same_shares_one_request_and_few_are_open(at_hand: Opened) -> None:
    wikipedia, library = at_hand
    library.searches |= {("en", f"topic {n}"): hits(page(f"Topic {n}")) for n in range(20)}
    topics = ["hades"] * 20 + [f"topic {n}" for n in range(20)]
    found = await asyncio.gather(*(wikipedia.look_up(topic, "en") for topic in topics))
    assert all(found)
    assert len(library.asked) == 21
    assert library.most_open <= AT_ONCE


async def test_without_a_contact_it_is_asked_ten_times_a_minute(
    pages: MemoryPages, clock: ManualClock
) -> None:
    async with opened(pages, clock, contact="") as (wikipedia, library):
        for n in range(10):
            await wikipedia.look_up(f"nothing {n}", "en")
        with pytest.raises(Unavailable):
            await wikipedia.look_up("one more", "en")
        assert len(library.asked) == 10
        assert "(" not in library.asked[0].headers["User-Agent"]


FAULTS = {
    "500": says(status=500),
    "429": says(status=429, Retry_After="30"),
    "403": says(status=403),
    "moved": says(status=301, Location="/elsewhere"),
    "no json": says(b"<html>"),
    "not utf-8": says(b'{"query": {"pages": {"1": {"title": "\xff"}}}}'),
    "another shape": says(b'{"query": {"pages": [1]}}'),
    "deep": says(b"[" * 100_000),
    "endless": says(b" " * (LARGEST + 1)),
    "an error": says(b'{"error": {"code": "cirrussearch-too-busy-error", "info": "later"}}'),
}


@pytest.mark.parametrize("fault", FAULTS.values(), ids=FAULTS)
async def test_a_fault_is_told_and_nothing_of_it_is_remembered(at_hand: Opened, fault: Answer) -> None:
    wikipedia, library = at_hand
    library.fault = fault
    with pytest.raises(Unavailable) as told:
        await wikipedia.look_up("hades", "en")
    assert told.value.text.msgid == "📚 Wikipedia does not answer right now."
    assert await wikipedia.extract("Who is Hades?", "en") is None


async def test_after_a_fault_it_is_asked_again(at_hand: Opened) -> None:
    wikipedia, library = at_hand
    library.fault = says(status=403)
    with pytest.raises(Unavailable):
        await wikipedia.look_up("hades", "en")
    library.fault = None
    assert await wikipedia.look_up("hades", "en")


async def test_what_hangs_is_not_waited_for(at_hand: Opened, jump: Callable[[float], None]) -> None:
    wikipedia, library = at_hand
    library.fault = hangs
    asking = asyncio.ensure_future(wikipedia.look_up("hades", "en"))
    while not library.asked:
        await asyncio.sleep(0)
    jump(WITHIN + 1)
    with pytest.raises(Unavailable):
        await asking


async def test_grounding_is_skipped_when_it_would_be_late_and_there_the_next_time(at_hand: Opened) -> None:
    wikipedia, library = at_hand
    let_go = asyncio.Event()

    async def slow(request: object) -> object:
        await let_go.wait()
        library.fault = None
        return await library.answer(request)  # type: ignore[arg-type]

    library.fault = slow  # type: ignore[assignment]
    assert await wikipedia.extract("Hades?", "en", 0.01) is None
    let_go.set()
    article = await wikipedia.extract("what is the Hades", "en")
    assert article
    assert article.title == "Hades"


async def test_an_address_is_short_whatever_the_letters(at_hand: Opened) -> None:
    wikipedia, library = at_hand
    library.searches["en", "long"] = hits(page("百" * 60, "Hundreds.", 77))
    library.searches["en", "odd"] = hits(page('What? 100% #1 of "A" <b>', "Odd.", 78))
    long, odd = await wikipedia.look_up("long", "en"), await wikipedia.look_up("odd", "en")
    assert long
    assert odd
    assert long.url == f"{library.url}/en/?curid=77"
    assert odd.url == f"{library.url}/en/wiki/What%3F_100%25_%231_of_%22A%22_%3Cb%3E"


async def test_a_language_is_no_way_to_another_host(at_hand: Opened) -> None:
    wikipedia, library = at_hand
    for language in ("evil.example/", "../fr", "", "EN\n"):
        article = await wikipedia.look_up("hades", language)
        assert article
        assert article.language == "en"
    assert len(library.asked) == 1


@pytest.mark.parametrize(
    ("typed", "searched"),
    [
        ('insource:/.*/ "hades"', "insource . hades"),
        ("-hades +zeus", "hades zeus"),
        ("AC/DC OR NOT", "AC DC or not"),
        ("C++ C# .NET", "C++ C# .NET"),
        ("\u202ehades\u200b\x00 ~2 *", "hades 2"),
        ("!?*", ""),
        ("", ""),
    ],
)
def test_no_sign_means_anything_to_the_search(typed: str, searched: str) -> None:
    assert plain(typed) == searched


def test_brackets_that_are_empty_are_left_out() -> None:
    assert summary("A ( ) b (;) c (, d) e\n\nf (g)") == "A b c (d) e f (g)"


@pytest.mark.parametrize(
    ("question", "words"),
    [
        ("Who painted the Mona Lisa?", "painted Mona Lisa"),
        ("c'est quoi la tour Eiffel ?", "tour Eiffel"),
        ("Was ist die Hauptstadt von Peru?", "Hauptstadt Peru"),
        ("¿Quién es Frida Kahlo?", "Frida Kahlo"),
        ("who are you", "who are you"),
        ("???", ""),
    ],
)
def test_a_question_is_about_something(question: str, words: str) -> None:
    assert keywords(question) == words


async def test_whatever_is_typed_is_data(at_hand: Opened, shared: Path) -> None:
    wikipedia, library = at_hand
    library.fault = says(b'{"batchcomplete": ""}')
    with (shared / "data" / "bad_inputs_dev.jsonl").open(encoding="utf-8") as file:
        texts = [json.loads(line)["text"] for line in file]
    for text in texts[::5]:  # a minute has its limit
        assert await wikipedia.look_up(text, "en") is None
    for request in library.asked:
        assert set(request.query) == {*_PAGES, *_search("")}
        assert len(request.query["gsrsearch"].encode()) <= 300

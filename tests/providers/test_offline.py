"""The shipped catalogue is in order, and answers well."""

import gzip
import json
from collections import Counter
from pathlib import Path

import pytest

from kissbot.chat import lines
from kissbot.chat.texts import LANGUAGES
from kissbot.knowledge.games.game import Found, Game, NothingClose, Several
from kissbot.knowledge.games.names import arabic, glued, normal
from kissbot.knowledge.games.ranking import Ranking, decide
from kissbot.providers.games.offline import SOURCE, Offline, read_catalogue

PLATFORMS = {
    *("PC", "Mac", "Linux", "VR", "Mobile", "Arcade"),
    *("Switch 2", "Switch", "Wii U", "Wii", "GameCube", "N64", "SNES", "NES", "3DS", "DS"),
    *("GBA", "GBC", "Game Boy", "PS5", "PS4", "PS3", "PS2", "PS1", "PSP", "PS Vita"),
    *("Xbox Series", "Xbox One", "Xbox 360", "Xbox", "Dreamcast", "Saturn", "Mega Drive"),
}
OTHER_KINDS = ("none", "japanese", "other_script")
"""Questions that a catalogue in Latin script is not meant to answer."""

CATALOGUE = read_catalogue()
RANKING = Ranking(CATALOGUE)


def test_it_knows_hundreds_of_games() -> None:
    assert len(CATALOGUE) >= 400


def test_no_game_is_there_twice() -> None:
    titles = Counter((normal(game.name), game.year) for game in CATALOGUE)
    assert [title for title, times in titles.items() if times > 1] == []


@pytest.mark.parametrize("game", CATALOGUE, ids=lambda game: game.title)
def test_a_game_is_described_well(game: Game) -> None:
    assert game.year
    assert 1970 <= game.year <= 2030
    assert 1 <= len(game.genres) <= 4
    assert game.platforms
    assert set(game.platforms) <= PLATFORMS
    assert 0 < game.popularity <= 100
    assert game.sources == (SOURCE,)
    assert set(game.summary) == set(LANGUAGES)
    for words in (game.name, *game.genres, *game.aliases, *game.acronyms, *game.summary.values()):
        assert lines.clean(words) in (words, f"› {words}")
    assert all(40 <= len(summary) <= 200 for summary in game.summary.values())


def test_every_game_is_found_by_its_title() -> None:
    def answer(game: Game) -> Game | None:
        found = RANKING.lookup(game.title)
        return found.game if isinstance(found, Found) else None

    assert [game.title for game in CATALOGUE if answer(game) is not game] == []


def test_no_name_with_another_number_is_claimed() -> None:
    wrong = []
    for game in CATALOGUE:
        for number in (47, 83):
            found = RANKING.lookup(f"{game.name} {number}")
            if isinstance(found, Found):
                wrong.append((game.name, number, found.game.title))
    assert wrong == []


@pytest.mark.parametrize(
    ("query", "title"),
    [
        ("hades", "Hades (2020)"),
        ("hades 2", "Hades II (2025)"),
        ("botw", "The Legend of Zelda: Breath of the Wild (2017)"),
        ("gta v", "Grand Theft Auto V (2013)"),
        ("tlou", "The Last of Us (2013)"),
        ("doom 1993", "DOOM (1993)"),
        ("doom 2016", "DOOM (2016)"),
        ("skyrim™", "The Elder Scrolls V: Skyrim (2011)"),
        ("baldurs gate 3", "Baldur's Gate 3 (2023)"),
        ("whitcher 3", "The Witcher 3: Wild Hunt (2015)"),
        ("eldenring", "Elden Ring (2022)"),
        ("call of duty", "Call of Duty (2003)"),
        ("resident evil 4 2023", "Resident Evil 4 (2023)"),
    ],
)
async def test_what_viewers_type_is_found(query: str, title: str) -> None:
    found = decide(tuple(await Offline().candidates(query)))
    assert isinstance(found, Found)
    assert found.game.title == title


@pytest.mark.parametrize("query", ["zelda", "pokemon", "final fantasy", "super mario", "street fighter"])
def test_a_series_is_asked_about(query: str) -> None:
    assert isinstance(RANKING.lookup(query), Several)


@pytest.mark.parametrize(
    "query", ["hades 3", "half life 3", "gta 7", "portal 3", "final fantasy 2", "fifa 99"]
)
def test_a_game_that_does_not_exist_is_not_claimed(query: str) -> None:
    assert isinstance(RANKING.lookup(query), NothingClose)


class Judge:
    """Knows which titles would have been right for what viewers really typed."""

    def __init__(self, data: Path) -> None:
        with gzip.open(data / "games_catalogue.tsv.gz", "rt", encoding="utf-8") as file:
            rows = [row.split("\t", 2)[:2] for row in file]
        self._names = {gid: alike(name) for gid, name in rows}
        with (data / "game_queries_dev.jsonl").open(encoding="utf-8") as file:
            self.asked = [json.loads(line) for line in file]

    def right(self, question: dict[str, list[int | str]]) -> set[str]:
        """The names that answer a question; for a series, every game of it that is known."""
        prefixes = tuple(alike(str(prefix)) for prefix in question.get("accept_prefix") or ())
        named = {self._names[str(gid)] for gid in question["accept_gids"]}
        return named | {name for name in KNOWN if prefixes and name.startswith(prefixes)}


def alike(name: str) -> str:
    return glued(arabic(normal(name)))


def names_of(game: Game) -> set[str]:
    return {alike(name) for name in (game.name, *game.aliases)}


KNOWN = set[str]().union(*map(names_of, CATALOGUE))


@pytest.fixture(scope="module")
def judge(shared: Path) -> Judge:
    return Judge(shared / "data")


def test_what_is_claimed_with_confidence_is_right(judge: Judge) -> None:
    claims = Counter[bool]()
    for question in judge.asked:
        found = RANKING.lookup(question["query"])
        if isinstance(found, Found) and found.confidence >= 0.9:
            claims[bool(names_of(found.game) & judge.right(question))] += 1
    assert claims.total() > 200
    assert claims[True] / claims.total() >= 0.9


def test_most_of_what_viewers_mean_is_found(judge: Judge) -> None:
    answers = Counter[bool]()
    for question in judge.asked:
        right = judge.right(question)
        if question["type"] not in OTHER_KINDS and right & KNOWN:
            found = RANKING.lookup(question["query"])
            answers[isinstance(found, Found) and bool(names_of(found.game) & right)] += 1
    assert answers.total() > 300
    assert answers[True] / answers.total() >= 0.8


def test_chatter_that_names_no_game_is_hardly_ever_taken_for_one(judge: Judge) -> None:
    chatter = [question["query"] for question in judge.asked if question["type"] == "none"]
    claimed = [words for words in chatter if isinstance(RANKING.lookup(words), Found)]
    assert len(claimed) / len(chatter) <= 0.03

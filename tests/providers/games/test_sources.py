"""IGDB, RAWG and Steam: what they are asked, and what is made of what they answer."""

import json
import re
from collections.abc import Awaitable, Callable, Sequence
from pathlib import Path
from typing import Any

import pytest
from aiohttp import web

from kissbot.chat.errors import Trouble
from kissbot.knowledge.games.game import Game, Ids
from kissbot.knowledge.games.merge import merged
from kissbot.providers.games.igdb import Igdb, quoted
from kissbot.providers.games.rawg import Rawg
from kissbot.providers.games.steam import Steam
from kissbot.providers.http import SourceTrouble

from .stores import KEY, Application, opened, says_500

OWN_INJECTIONS = (
    '"; fields *; search "x',
    'x"; limit 500; where id > 0; search "y',
    '\\"; fields *;',
    "\\",
    "\\\\",
    '"',
    '" }; query games "all" { fields *; };',
    '};\nquery companies "c" { fields *; };',
    "*",
    '"x"*',
    "~ *",
    "/* comment */",
    "-- x",
    "' OR '1'='1",
    "'; DROP TABLE pages; --",
    "1; DELETE FROM pages",
    "Robert'); DROP TABLE pages;--",
    "{{7*7}}",
    "${7*7}",
    "%s%s%n",
    "{0}{x}",
    "&key=other&page_size=40",
    "?key=x#",
    "hades#fragment",
    "../../../etc/passwd",
    "%2e%2e%2f",
    "%00",
    "\x00hades",
    "hades\r\nX-Header: 1",
    "hades\nquery games",
    "＂；fields ＊；",
    "“hades”",
    "\u202ehades",
    "hades\u2028fields *;",
    "|",
    "& total_rating > 0",
    "!= null",
    "(1,2,3)",
    "[1,2]",
    "<script>alert(1)</script>",
    "http://127.0.0.1/",
    "a" * 5000,
    "\ud83d",
    "😀" * 200,
    "null",
    "true",
    "0x7b",
    "\t;\t",
    ";;;;",
    "where name = null;",
)


def recorded(shared: Path, name: str) -> Any:
    return json.loads((shared / "data" / "api" / "games" / name).read_text(encoding="utf-8"))


def serves(answer: object) -> Callable[[web.Request], Awaitable[web.StreamResponse]]:
    async def serve(request: web.Request) -> web.StreamResponse:
        return web.json_response(answer)

    return serve


def named(games: Sequence[Game], name: str) -> Game:
    return next(game for game in games if game.name == name)


def test_fifty_ways_of_breaking_out_of_a_query_break_out_of_none(shared: Path) -> None:
    with (shared / "data" / "bad_inputs_dev.jsonl").open(encoding="utf-8") as file:
        bad = [json.loads(line)["text"] for line in file]
    assert len(OWN_INJECTIONS) >= 50
    for words in (*OWN_INJECTIONS, *bad):
        inner = quoted(words)[1:-1]
        assert quoted(words) == f'"{inner}"'
        assert not set(inner) & set('"\\;{}*~|=()[]<>/#\n\r\t\x00')
        assert len(inner) <= 100


@pytest.mark.parametrize("words", OWN_INJECTIONS)
async def test_no_words_change_what_is_asked(words: str) -> None:
    async with opened() as (stores, http):
        words = words.encode("utf-8", "replace").decode()
        await Igdb(http, Application(), f"{stores.url}/v4").search(words, "en")
        await Rawg(http, KEY, f"{stores.url}/api").search(words, "en")
        await Steam(http, stores.url, stores.url).search(words, "en")
        assert stores.terms == [words[:100]] * bool(words) * 2
        assert bool(stores.queries) is (quoted(words) != '""')
        for asked in stores.queries:
            assert_frame(asked)
        assert set(stores.asked.values()) == {1}


def assert_frame(asked: str) -> None:
    """Two queries, and no more than they were written with."""
    frame = re.sub(r'"[^"]*"', '""', asked)
    assert frame.count("query games") == frame.count("};") == 2
    assert asked.count('"') == 10
    assert [line.partition(" {")[0] for line in asked.split("\n")] == [
        'query games "found"',
        'query games "named"',
    ]


def test_what_belongs_to_names_stays() -> None:
    for name in (
        "Baldur's Gate 3",
        "Half-Life 2",
        "Pokémon: Let's Go, Pikachu!",
        "Ōkami",
        "ゼルダの伝説",
        "R.U.S.E.",
    ):
        assert quoted(name) == f'"{name}"'


async def test_igdb_knows_a_game_by_its_other_names_and_its_stores() -> None:
    async with opened() as (stores, http):
        source = Igdb(http, Application(), f"{stores.url}/v4")
        (game,) = await source.search("ハデス", "en")
        assert (game.title, game.ids.steam, game.aliases) == ("Hades (2020)", 1145360, ("ハデス",))
        assert stores.asked["/v4/multiquery"] == 1


async def test_igdb_tells_acronyms_additions_and_editions_apart() -> None:
    async with opened() as (stores, http):
        alias = [
            {"id": 1, "name": "TH", "comment": "Acronym"},
            {"id": 2, "name": "Hadès", "comment": "French"},
        ]
        stores.igdb = [
            {"id": 1, "name": "Hades", "alternative_names": alias},
            {"id": 2, "name": "Hades: More", "game_type": 1},
            {"id": 3, "name": "Hades: Gold", "version_parent": 1},
        ]
        games = await Igdb(http, Application(), f"{stores.url}/v4").search("hades", "en")
        assert [game.kind for game in games] == ["game", "dlc", "edition"]
        assert (games[0].acronyms, games[0].aliases, games[0].year) == (("TH",), ("Hadès",), None)


async def test_igdb_gets_a_new_token_when_the_old_one_is_refused() -> None:
    async with opened() as (stores, http):
        application = Application("an-old-token")
        assert await Igdb(http, application, f"{stores.url}/v4").search("hades", "en")
        assert (application.renewals, stores.asked["/v4/multiquery"]) == (1, 2)


async def test_igdb_is_given_up_when_no_token_is_good() -> None:
    async with opened() as (stores, http):
        stores.good_token = "none"
        application = Application()
        with pytest.raises(SourceTrouble, match="refused: HTTP 401"):
            await Igdb(http, application, f"{stores.url}/v4").search("hades", "en")
        assert application.renewals == 1


async def test_without_a_login_igdb_is_not_asked() -> None:
    class Nobody(Application):
        async def login(self) -> Any:
            raise Trouble("there is no login")

    async with opened() as (stores, http):
        with pytest.raises(Trouble):
            await Igdb(http, Nobody(), f"{stores.url}/v4").search("hades", "en")
        assert not stores.asked


async def test_rawg_wants_its_key_and_tells_nobody() -> None:
    async with opened() as (stores, http):
        (game,) = await Rawg(http, KEY, f"{stores.url}/api").search("hades", "en")
        assert (game.critics, game.users, game.ids.rawg) == (93, 4.42, 274755)
        with pytest.raises(SourceTrouble) as trouble:
            await Rawg(http, "a-wrong-key", f"{stores.url}/api").search("hades", "en")
        assert "a-wrong-key" not in repr(trouble.value) + str(trouble.value)


async def test_rawg_is_asked_for_a_summary_only_where_there_is_none() -> None:
    async with opened() as (stores, http):
        source = Rawg(http, KEY, f"{stores.url}/api")
        told = await source.complete(Game(name="Hades", ids=Ids(rawg=274755)), "en")
        assert told is not None
        assert told.summary["en"].startswith("A god of the dead")
        known = Game(name="Hades", ids=Ids(rawg=274755), summary={"en": "Known."})
        assert await source.complete(known, "en") is None
        assert await source.complete(Game(name="Hades"), "en") is None
        assert stores.asked["/api/games/274755"] == 1


async def test_steam_speaks_the_language_of_the_channel() -> None:
    async with opened() as (stores, http):
        source = Steam(http, stores.url, stores.url)
        told = await source.complete(Game(name="Hades", ids=Ids(steam=1145360)), "fr")
        assert told is not None
        assert (told.year, told.users, told.players) == (2020, 4.9, 4321)
        assert list(told.summary) == ["fr"]


async def test_steam_tells_what_it_can() -> None:
    async with opened() as (stores, http):
        source = Steam(http, stores.url, f"{stores.url}/nowhere")
        told = await source.complete(Game(name="Hades", ids=Ids(steam=1145360)), "en")
        assert told is not None
        assert (told.players, told.critics) == (None, 93)
        assert await source.complete(Game(name="Other", ids=Ids(steam=1)), "en") is None
        assert await source.complete(Game(name="Other"), "en") is None
        stores.faults = {"steam": says_500}
        with pytest.raises(SourceTrouble):
            await source.complete(Game(name="Hades", ids=Ids(steam=1145360)), "en")


async def test_what_the_sources_really_answered_becomes_one_record(shared: Path) -> None:
    async with opened() as (stores, http):
        rows = recorded(shared, "igdb_games_search_doom.json")
        stores.faults = {
            "igdb": serves([{"name": "found", "result": rows}, {"name": "named", "result": rows}]),
            "rawg": serves(recorded(shared, "rawg_search_doom.json")),
            "steam": serves(recorded(shared, "steam_storesearch_doom.json")),
        }
        told = [
            *await Igdb(http, Application(), f"{stores.url}/v4").search("doom", "en"),
            *await Rawg(http, KEY, f"{stores.url}/api").search("doom", "en"),
            *await Steam(http, stores.url, stores.url).search("doom", "en"),
        ]
        doom = next(game for game in merged(told) if game.ids.igdb == 7351)
        assert doom.ids == Ids(igdb=7351, steam=379720, rawg=2454)
        assert (doom.title, doom.sources) == ("Doom (2016)", ("IGDB", "RAWG", "Steam"))
        assert (doom.critics, doom.users) == (85, 4.38)
        assert doom.summary["en"].startswith("Developed by id software")
        assert named(merged(told), "DOOM Eternal").critics == 88


@pytest.mark.parametrize(
    "name", ["igdb_games_expanded_doom.json", "igdb_games_by_id_botw.json", "igdb_games_search_raw_ids.json"]
)
async def test_every_recorded_shape_of_igdb_can_be_read(shared: Path, name: str) -> None:
    async with opened() as (stores, http):
        rows = recorded(shared, name)
        stores.faults = {"igdb": serves([{"name": "found", "result": rows}])}
        games = await Igdb(http, Application(), f"{stores.url}/v4").search("x", "en")
        assert [game.name for game in games] == [row["name"] for row in rows]


async def test_every_recorded_shape_of_the_others_can_be_read(shared: Path) -> None:
    async with opened() as (stores, http):
        steam, rawg = Steam(http, stores.url, stores.url), Rawg(http, KEY, f"{stores.url}/api")
        stores.faults = {"rawg": serves(recorded(shared, "rawg_list.json"))}
        assert named(await rawg.search("gta", "en"), "Grand Theft Auto V").critics
        for name in ("rawg_detail_gtav.json", "rawg_detail_doom.json"):
            stores.faults = {"rawg": serves(recorded(shared, name))}
            told = await rawg.complete(Game(name="x", ids=Ids(rawg=1)), "en")
            assert told is not None
            assert len(told.summary["en"]) > 40
        stores.faults = {"steam": serves(recorded(shared, "steam_storesearch_empty.json"))}
        assert await steam.search("x", "en") == []
        for name, title in (
            ("steam_appdetails_doom.json", "DOOM (2016)"),
            ("steam_appdetails_not_found.json", ""),
        ):
            answer = recorded(shared, name)
            stores.faults = {"steam": serves(answer)}
            game = await steam.complete(Game(name="x", ids=Ids(steam=int(next(iter(answer))))), "en")
            assert (game.title if game else "") == title

"""Which sources of games are asked, by the settings."""

from pathlib import Path

import aiohttp
import pytest
from msgspec.structs import replace

from kissbot.app.library import library_on_the_web, unasked
from kissbot.app.settings import Games, Igdb, Rawg, Settings, Steam, Storage, Twitch, Urls
from kissbot.app.store import open_store
from kissbot.chat.logins import APP, Login
from kissbot.chat.messages import Channel
from kissbot.chat.tasks import Tasks
from kissbot.chat.timings import Timings
from kissbot.features.games import Insight
from kissbot.knowledge.games.game import Found, Game
from kissbot.knowledge.games.shelf import shelved
from kissbot.providers.games.library import Library

REAL = Twitch(client_id="id", client_secret="secret")
SANDBOX = replace(REAL, urls=Urls(oauth="http://127.0.0.1:8420/oauth2"))
OFF = "not asked from a sandbox"


@pytest.mark.parametrize(
    ("settings", "why_not"),
    [
        (
            Settings(),
            ("wants twitch.client_id and twitch.client_secret", "wants games.rawg.key", ""),
        ),
        (Settings(twitch=REAL, games=Games(rawg=Rawg(key="key"))), ("", "", "")),
        (Settings(twitch=SANDBOX), (OFF, "wants games.rawg.key", OFF)),
        (
            Settings(
                twitch=SANDBOX,
                games=Games(igdb=Igdb(url="http://127.0.0.1:1/v4"), steam=Steam(ask="on")),
            ),
            ("", "wants games.rawg.key", ""),
        ),
        (
            Settings(
                twitch=REAL,
                games=Games(igdb=Igdb(ask="off"), rawg=Rawg(ask="off", key="key"), steam=Steam(ask="off")),
            ),
            ("off", "off", "off"),
        ),
    ],
)
def test_a_source_is_asked_when_it_can_be_and_is_meant(settings: Settings, why_not: tuple[str, ...]) -> None:
    assert tuple(unasked(settings).values()) == why_not


class Application:
    async def login(self) -> Login:
        return Login(slot=APP, client_id="id", token="token")

    async def renewed(self, refused: Login) -> Login:
        return refused


async def test_in_a_sandbox_nobody_is_asked(tmp_path: Path) -> None:
    settings = Settings(twitch=SANDBOX, storage=Storage(database=str(tmp_path / "kissbot.db")))
    async with open_store(settings) as store, aiohttp.ClientSession() as http, Tasks() as tasks:
        await store.catalogue.replace(*shelved([Game("My Own Game", 2026)]))
        made = library_on_the_web(settings, http, Application(), store, tasks, Timings())
        library = made[Insight]
        assert isinstance(library, Library)
        trace = await library.trace("hades", Channel("1", "ada"), "en")
        assert [step.name for step in trace.steps] == ["cache", "Offline", "Catalogue"]
        found = await library.find("my own game", Channel("1", "ada"), "en")
        assert isinstance(found, Found)
        assert (found.game.title, found.game.sources) == ("My Own Game (2026)", ("Catalogue",))

"""The categories that the sandbox knows from the start, with the ids they have on Twitch and IGDB."""

from typing import Final

from msgspec import Struct


class Game(Struct, frozen=True):
    """A category; `igdb_id` is empty for what is no game."""

    id: str
    name: str
    igdb_id: str = ""


WELL_KNOWN: Final = (
    Game("509658", "Just Chatting"),
    Game("509670", "Science & Technology"),
    Game("26936", "Music"),
    Game("509660", "Art"),
    Game("32982", "Grand Theft Auto V", "1020"),
    Game("33214", "Fortnite", "1905"),
    Game("21779", "League of Legends", "115"),
    Game("27471", "Minecraft", "121"),
    Game("29595", "Dota 2", "2963"),
    Game("516575", "VALORANT", "126459"),
    Game("512953", "ELDEN RING", "119133"),
    Game("115977", "The Witcher 3: Wild Hunt", "1942"),
    Game("110758", "The Legend of Zelda: Breath of the Wild", "7346"),
    Game("512804", "Hades", "113112"),
    Game("490147", "Hollow Knight", "14593"),
    Game("504462", "Celeste", "26226"),
    Game("499634", "Baldur's Gate 3", "119171"),
    Game("490744", "Stardew Valley", "17000"),
)

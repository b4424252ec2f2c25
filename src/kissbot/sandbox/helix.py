"""What the API tells about users, streams, channels and categories."""

from base64 import b64decode, urlsafe_b64encode
from collections.abc import Callable, Mapping, Sequence
from typing import Any, Final, TypeVar
from urllib.parse import quote

import msgspec
from msgspec import Struct
from multidict import MultiMapping

from kissbot.sandbox.answers import Answer, Refused
from kissbot.sandbox.games import Game
from kissbot.sandbox.payloads import second
from kissbot.sandbox.tokens import Token
from kissbot.sandbox.world import Channel, Person, Stream, World

T = TypeVar("T")

MOST: Final = 100
CREATED: Final = "2016-12-14T20:32:28Z"
PICTURES: Final = "https://static-cdn.jtvnw.net"


class Call(Struct, frozen=True):
    """An admitted call: whose it is, its query, its body."""

    token: Token
    query: MultiMapping[str]
    body: bytes = b""

    def all(self, *names: str) -> list[str]:
        """Every value of these parameters together, 100 at most."""
        values = [value for name in names for value in self.query.getall(name, ())]
        if len(values) > MOST:
            raise Refused(400, f'The number of "{names[0]}" parameters exceeds {MOST}')
        return values

    def read(self, kind: type[T]) -> T:
        """What the body says; what it leaves out may be in the query, where some clients put everything."""
        try:
            body = msgspec.json.decode(self.body or b"{}", type=dict[str, Any])
            return msgspec.convert({**dict(self.query), **body}, kind, strict=False)
        except msgspec.DecodeError as error:
            raise Refused(400, f"The body is not valid: {error}") from None

    def number(self, name: str, default: int) -> int:
        """A parameter from 1 to 100."""
        text = self.query.get(name, str(default))
        if not text.isdecimal() or not 1 <= int(text) <= MOST:
            bound = (
                "less than or equal to 100" if text.isdecimal() and int(text) else "a number greater than 0"
            )
            raise Refused(400, f'The parameter "{name}" was malformed: the value must be {bound}')
        return int(text)


def page(
    call: Call,
    found: Sequence[T],
    default: int = 20,
    row: Callable[[T], Any] = lambda one: one,
    more: Mapping[str, Any] | None = None,
) -> Answer:
    """As many rows as asked for, and where the rest begins; only these are made."""
    first, start = call.number("first", default), _start(call.query.get("after", ""))
    cursor = {"cursor": _cursor(start + first)} if start + first < len(found) else {}
    rows = [row(one) for one in found[start : start + first]]
    return Answer({**(more or {}), "data": rows, "pagination": cursor})


def _cursor(offset: int) -> str:
    return urlsafe_b64encode(f"offset {offset}".encode()).decode()


def _start(cursor: str) -> int:
    try:
        return int(b64decode(cursor, b"-_", validate=True).decode().removeprefix("offset ") or 0)
    except ValueError:
        raise Refused(400, "Invalid cursor.") from None


def users(world: World, call: Call) -> Answer:
    """Get Users: by id, by login, or the token's own."""
    ids, logins = call.all("id"), call.all("login")
    if not call.all("id", "login"):
        if call.token.user is None:
            raise Refused(400, "Must provide an ID, Login or OAuth Token")
        ids = [call.token.user.id]
    if any(not user_id.isdecimal() for user_id in ids):
        raise Refused(400, "Invalid username(s), email(s), or ID(s). Bad Identifiers.")
    found = [*map(world.person_of, ids), *map(world.find, logins)]
    return Answer({"data": [_user(person, call.token) for person in dict.fromkeys(found) if person]})


def _user(person: Person, token: Token) -> dict[str, Any]:
    row = {
        "id": person.id,
        "login": person.login,
        "display_name": person.name,
        "type": "",
        "broadcaster_type": "",
        "description": "",
        "profile_image_url": f"{PICTURES}/jtv_user_pictures/{person.login}-profile_image-300x300.png",
        "offline_image_url": "",
        "view_count": 0,
        "created_at": CREATED,
    }
    if token.user is person and "user:read:email" in token.scopes:
        row["email"] = f"{person.login}@example.invalid"
    return row


def streams(world: World, call: Call, as_of: float) -> Answer:
    """Get Streams: those that were live at that time, the most watched first."""
    ids, logins, games = call.all("user_id"), call.all("user_login"), call.all("game_id")
    languages = call.all("language")
    found = [
        (channel, stream)
        for channel in world.channels.values()
        if (stream := channel.stream_as_of(as_of))
        and stream.kind == "live"
        and (not (ids or logins) or channel.owner.id in ids or channel.owner.login in map(str.lower, logins))
        and (not games or (channel.game and channel.game.id in games))
        and (not languages or channel.language in languages)
    ]
    found.sort(key=lambda one: len(one[0].chatters), reverse=True)
    return page(call, found, row=lambda one: _stream(*one))


def _stream(channel: Channel, stream: Stream) -> dict[str, Any]:
    owner, game = channel.owner, channel.game
    return {
        "id": stream.id,
        "user_id": owner.id,
        "user_login": owner.login,
        "user_name": owner.name,
        "game_id": game.id if game else "",
        "game_name": game.name if game else "",
        "type": stream.kind,
        "title": channel.title,
        "viewer_count": len(channel.chatters),
        "started_at": second(stream.began_at),
        "language": channel.language,
        "thumbnail_url": f"{PICTURES}/previews-ttv/live_user_{owner.login}-{{width}}x{{height}}.jpg",
        "tag_ids": [],
        "tags": [],
        "is_mature": False,
    }


def channels(world: World, call: Call) -> Answer:
    """Get Channel Information."""
    ids = call.all("broadcaster_id")
    if not ids:
        raise Refused(400, 'Missing required parameter "broadcaster_id"')
    for user_id in ids:
        if not user_id.isdecimal():
            raise Refused(400, f'broadcaster_id "{user_id}" must be numeric')
    found = [channel for user_id in dict.fromkeys(ids) if (channel := world.channel_of(user_id))]
    return Answer({"data": [_channel(channel) for channel in found]})


def _channel(channel: Channel) -> dict[str, Any]:
    owner, game = channel.owner, channel.game
    return {
        "broadcaster_id": owner.id,
        "broadcaster_login": owner.login,
        "broadcaster_name": owner.name,
        "broadcaster_language": channel.language,
        "game_id": game.id if game else "",
        "game_name": game.name if game else "",
        "title": channel.title,
        "delay": 0,
        "tags": [],
        "content_classification_labels": [],
        "is_branded_content": False,
    }


def games(world: World, call: Call) -> Answer:
    """Get Games: by id, exact name or IGDB id."""
    if not call.all("id", "name", "igdb_id"):
        raise Refused(400, "Must provide an ID, Name or IGDB ID")
    ids, igdb_ids = call.all("id"), call.all("igdb_id")
    names = [name.casefold() for name in call.all("name")]
    found = [
        game
        for game in world.games
        if game.id in ids or game.name.casefold() in names or game.igdb_id in igdb_ids
    ]
    return Answer({"data": [_game(game) for game in found], "pagination": {}})


def top_games(world: World, call: Call) -> Answer:
    """Get Top Games: the categories that are on, then the others."""
    on = [channel.game for channel in world.channels.values() if channel.live and channel.game]
    return page(call, [_game(game) for game in dict.fromkeys([*on, *world.games])])


def search_categories(world: World, call: Call) -> Answer:
    """Search Categories: those whose name has all words of the query."""
    query = call.query.get("query", "").strip()
    if not query:
        raise Refused(400, 'Missing required parameter "query"')
    words = query.casefold().split()
    found = [game for game in world.games if all(word in game.name.casefold() for word in words)]
    return page(call, [_category(game) for game in found])


def _category(game: Game) -> dict[str, Any]:
    picture = f"{PICTURES}/ttv-boxart/{quote(game.name)}-{{width}}x{{height}}.jpg"
    return {"id": game.id, "name": game.name, "box_art_url": picture}


def _game(game: Game) -> dict[str, Any]:
    return {**_category(game), "igdb_id": game.igdb_id}

"""What Twitch says over IRC: lines with their tags, as documented.

Source: Twitch, "IRC Concepts", "IRC Commands", "IRC Tags".
"""

from collections.abc import Callable, Mapping
from typing import Final

from kissbot.sandbox.payloads import BADGES, SURPRISE, Fields, fragments
from kissbot.sandbox.world import Channel, Line, Person, Rank

SERVER: Final = "tmi.twitch.tv"
CAPABILITIES: Final = ("twitch.tv/commands", "twitch.tv/membership", "twitch.tv/tags")
NO_LOGIN: Final = "Login authentication failed"
NO_FORM: Final = "Improperly formatted auth"

_ESCAPES: Final = str.maketrans({";": r"\:", " ": r"\s", "\\": r"\\", "\r": r"\r", "\n": r"\n"})

Tags = Mapping[str, object]
Find = Callable[[str], Person | None]


def tagged(tags: Tags, line: str) -> str:
    """A line with its tags in front."""
    return f"@{';'.join(f'{key}={str(value).translate(_ESCAPES)}' for key, value in tags.items())} {line}"


def greeting(login: str) -> list[str]:
    """What a client hears that has logged in."""
    words = {
        "001": "Welcome, GLHF!",
        "002": f"Your host is {SERVER}",
        "003": "This server is rather new",
        "004": "-",
        "375": "-",
        "372": "You are in a maze of twisty passages, all alike.",
        "376": ">",
    }
    return [f":{SERVER} {number} {login} :{said}" for number, said in words.items()]


def entering(login: str, room: str) -> list[str]:
    """What a client hears that has entered a room."""
    host = f"{login}.{SERVER}"
    return [
        f":{login}!{login}@{host} JOIN #{room}",
        f":{host} 353 {login} = #{room} :{login}",
        f":{host} 366 {login} #{room} :End of /NAMES list",
    ]


def leaving(login: str, room: str) -> str:
    """What a client hears that has left a room."""
    return f":{login}!{login}@{login}.{SERVER} PART #{room}"


def notice(room: str, words: str, code: str = "") -> str:
    """Something to know; `*` is no room."""
    line = f":{SERVER} NOTICE {room} :{words}"
    return tagged({"msg-id": code}, line) if code else line


def global_state(person: Person) -> str:
    """Who somebody is, everywhere."""
    tags = {**_looks(person, "everyone"), "emote-sets": "0", "user-id": person.id, "user-type": ""}
    return tagged(tags, f":{SERVER} GLOBALUSERSTATE")


def user_state(person: Person, rank: Rank, room: str, said: Tags) -> str:
    """What somebody is in a room; `said` tells of the line that they said there."""
    tags = {**_looks(person, rank), **said, "emote-sets": "0", **_roles(rank)}
    return tagged(tags, f":{SERVER} USERSTATE #{room}")


def room_state(channel: Channel) -> str:
    """How a room is set up."""
    tags = {"emote-only": 0, "followers-only": -1, "r9k": 0, "room-id": channel.owner.id, "slow": 0}
    return tagged({**tags, "subs-only": 0}, f":{SERVER} ROOMSTATE #{channel.owner.login}")


def message(line: Line, count: int, find: Find) -> tuple[Tags, str]:
    """A chat line: its tags, and the rest. Every so many have a tag that is not documented."""
    who, channel = line.person, line.channel
    parts = fragments(line.text, find)
    bits = sum(part["cheermote"]["bits"] for part in parts if part["cheermote"])
    tags = {
        **_looks(who, line.rank),
        **({"bits": bits} if bits else {}),
        "emotes": _emotes(parts),
        "first-msg": 0,
        "flags": "",
        "id": line.id,
        **_roles(line.rank),
        **_reply(line),
        "returning-chatter": 0,
        "room-id": channel.owner.id,
        **_source(line),
        "tmi-sent-ts": int(line.at * 1000),
        "user-id": who.id,
        **({"sandbox-surprise": "un;documented"} if count % SURPRISE == 0 else {}),
    }
    return tags, f":{who.login}!{who.login}@{who.login}.{SERVER} PRIVMSG #{channel.owner.login} :{line.text}"


def user_notice(
    channel: Channel, person: Person, facts: Tags, *, rank: Rank = "everyone", text: str = ""
) -> tuple[Tags, str]:
    """Something that happened; `facts` are the tags of its kind, and `id`, `msg-id`, `tmi-sent-ts`."""
    tags = {
        **_looks(person, rank),
        "emotes": "",
        "flags": "",
        "login": person.login,
        **_roles(rank),
        **facts,
        "room-id": channel.owner.id,
        "user-id": person.id,
    }
    said = f" :{text}" if text else ""
    return tags, f":{SERVER} USERNOTICE #{channel.owner.login}{said}"


def _looks(person: Person, rank: Rank) -> dict[str, object]:
    badges = BADGES[rank]
    return {
        "badge-info": ",".join(f"{badge['set_id']}/{badge['info']}" for badge in badges if badge["info"]),
        "badges": ",".join(f"{badge['set_id']}/{badge['id']}" for badge in badges),
        "color": person.color,
        "display-name": person.name,
    }


def _roles(rank: Rank) -> dict[str, object]:
    moderates = rank in ("moderator", "lead_moderator")
    return {
        "mod": int(moderates),
        "subscriber": int(rank == "subscriber"),
        "turbo": 0,
        "user-type": "mod" if moderates else "",
        **({"vip": 1} if rank == "vip" else {}),
    }


def _reply(line: Line) -> dict[str, object]:
    if line.reply is None:
        return {}
    return {
        "reply-parent-display-name": line.reply.parent_user_name,
        "reply-parent-msg-body": line.reply.parent_message_body,
        "reply-parent-msg-id": line.reply.parent_message_id,
        "reply-parent-user-id": line.reply.parent_user_id,
        "reply-parent-user-login": line.reply.parent_user_login,
        "reply-thread-parent-msg-id": line.reply.thread_message_id,
        "reply-thread-parent-user-login": line.reply.thread_user_login,
    }


def _source(line: Line) -> dict[str, object]:
    """In a shared chat: where a line comes from."""
    if line.source is None:
        return {}
    badges = ",".join(f"{badge['set_id']}/{badge['id']}" for badge in BADGES[line.source_rank or line.rank])
    return {
        "source-badge-info": "",
        "source-badges": badges,
        "source-id": line.source_id,
        "source-only": 0,
        "source-room-id": line.source.id,
    }


def _emotes(parts: list[Fields]) -> str:
    """Where each emote stands, in code points: `25:0-4,12-16/425618:6-8`."""
    places: dict[str, list[str]] = {}
    at = 0
    for part in parts:
        end = at + len(part["text"])
        if part["emote"]:
            places.setdefault(part["emote"]["id"], []).append(f"{at}-{end - 1}")
        at = end
    return "/".join(f"{emote}:{','.join(found)}" for emote, found in places.items())

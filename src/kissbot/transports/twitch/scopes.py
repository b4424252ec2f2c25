"""What a login must allow: no more than the features that are switched on need, each with its reason.

Source: Twitch, "Twitch Access Token Scopes".
"""

from collections.abc import Collection, Iterable, Mapping
from typing import Final

from kissbot.chat.commands import Feature
from kissbot.chat.logins import APP, BOT, Login

READ: Final = "user:read:chat"
WRITE: Final = "user:write:chat"
MODERATED: Final = "user:read:moderated_channels"
READ_IRC: Final = "chat:read"
WRITE_IRC: Final = "chat:edit"

BOT_WISHES: Final = {READ: "to read chat", WRITE: "to answer"}
IRC_WISHES: Final = {READ_IRC: "to read chat over IRC", WRITE: "to answer"}
BOT_HOPES: Final = {
    "user:bot": "to be let in by channels, and to have the badge of a chat bot",
    MODERATED: "to know where it is a moderator, who may say more",
}
CHANNEL_WISHES: Final = {"channel:bot": "to be let into the channel without being a moderator"}


def wanted(
    features: Iterable[Feature], off: Collection[str], slot: str, chat: str = "auto"
) -> dict[str, str]:
    """Every scope that a slot's login should have, with its reasons. `chat`: how chat is to be read."""
    wishes: dict[str, str] = dict(basic(slot, over_irc=chat == "irc"))
    wishes |= BOT_HOPES if slot == BOT and chat != "irc" else {}
    for feature in features:
        if feature.name not in off:
            for scope, reason in (_wishes(feature, slot) | _hopes(feature, slot)).items():
                known = wishes.get(scope, reason)
                wishes[scope] = reason if known == reason else f"{known}, {reason}"
    return wishes


def basic(slot: str, *, over_irc: bool = False) -> Mapping[str, str]:
    """What is needed before any feature."""
    if slot == APP:
        return {}
    if slot != BOT:
        return CHANNEL_WISHES
    return IRC_WISHES if over_irc else BOT_WISHES


def disabled(features: Iterable[Feature], login: Login) -> dict[str, list[str]]:
    """The features that a login does not allow, each with the scopes that it lacks."""
    lacking = {
        feature.name: [scope for scope in _wishes(feature, login.slot) if scope not in login.scopes]
        for feature in features
    }
    return {name: scopes for name, scopes in lacking.items() if scopes}


def lacking(login: Login, chat: str = "auto") -> dict[str, str]:
    """What a login lacks of that which is needed before any feature, with the reasons."""
    over_irc = reads_over_irc(login, chat)
    enough = login.scopes | {WRITE} if over_irc and WRITE_IRC in login.scopes else login.scopes
    return {scope: why for scope, why in basic(login.slot, over_irc=over_irc).items() if scope not in enough}


def reads_over_irc(login: Login, chat: str) -> bool:
    """Whether chat is read over IRC: because it is to be, or because the login allows nothing else."""
    if chat == "auto":
        return READ not in login.scopes and READ_IRC in login.scopes
    return chat == "irc"


def _wishes(feature: Feature, slot: str) -> dict[str, str]:
    if slot == APP:
        return {}
    return dict(feature.scopes if slot == BOT else feature.channel_scopes)


def _hopes(feature: Feature, slot: str) -> dict[str, str]:
    return dict(feature.optional_scopes) if slot == BOT else {}

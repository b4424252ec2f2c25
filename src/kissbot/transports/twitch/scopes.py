"""What a login must allow: no more than the features that are switched on need, each with its reason.

Source: Twitch, "Twitch Access Token Scopes".
"""

from collections.abc import Collection, Iterable, Mapping
from typing import Final

from kissbot.chat.commands import Feature
from kissbot.chat.logins import APP, BOT, Login

BOT_WISHES: Final = {"user:read:chat": "to read chat", "user:write:chat": "to answer"}
CHANNEL_WISHES: Final = {"channel:bot": "to be let into the channel without being a moderator"}


def wanted(features: Iterable[Feature], off: Collection[str], slot: str) -> dict[str, str]:
    """Every scope that a slot's login should have, with its reasons."""
    wishes: dict[str, str] = dict(basic(slot))
    for feature in features:
        if feature.name not in off:
            for scope, reason in (_wishes(feature, slot) | _hopes(feature, slot)).items():
                known = wishes.get(scope, reason)
                wishes[scope] = reason if known == reason else f"{known}, {reason}"
    return wishes


def basic(slot: str) -> Mapping[str, str]:
    """What is needed before any feature."""
    if slot == APP:
        return {}
    return BOT_WISHES if slot == BOT else CHANNEL_WISHES


def disabled(features: Iterable[Feature], login: Login) -> dict[str, list[str]]:
    """The features that a login does not allow, each with the scopes that it lacks."""
    lacking = {
        feature.name: [scope for scope in _wishes(feature, login.slot) if scope not in login.scopes]
        for feature in features
    }
    return {name: scopes for name, scopes in lacking.items() if scopes}


def lacking(login: Login) -> dict[str, str]:
    """What a login lacks of that which is needed before any feature, with the reasons."""
    return {scope: why for scope, why in basic(login.slot).items() if scope not in login.scopes}


def _wishes(feature: Feature, slot: str) -> dict[str, str]:
    if slot == APP:
        return {}
    return dict(feature.scopes if slot == BOT else feature.channel_scopes)


def _hopes(feature: Feature, slot: str) -> dict[str, str]:
    return dict(feature.optional_scopes) if slot == BOT else {}

"""Takes over what the original bot left: its config.yaml, and its logins in .tio.tokens.json."""

from collections.abc import Awaitable, Callable, Collection, Iterator
from pathlib import Path
from typing import Any, Final

import msgspec
import yaml
from msgspec import Struct
from msgspec.structs import replace

from kissbot.app.settings import Settings
from kissbot.chat.changes import LOGIN
from kissbot.chat.errors import Trouble
from kissbot.chat.logins import BOT, Login, channel_slot
from kissbot.chat.texts import LANGUAGES
from kissbot.transports.twitch.oauth import BadLogin, Refused

TAKEN: Final = {
    "bot": {"name", "channel"},
    "llm": {"language"},
    "twitch": {
        "client_id",
        "client_secret",
        "bot_id",
        "prefix",
        "channels",
        "token",
        "refresh_token",
        "tokens",
    },
}
"""The keys of its config.yaml that have an equal here."""

Whose = Callable[[str], Awaitable[Login]]
"""Asks Twitch whose token it is. Raises `Refused` and `BadLogin`."""


class BadOriginal(Trouble):
    """A file that cannot be taken over; the text says which, why, and what to do. It holds no secret."""


class Account(Struct, frozen=True, kw_only=True):
    """Somebody's tokens, as the original bot kept them. They have no text form."""

    token: str
    refresh_token: str = ""
    user_id: str = ""
    login: str = ""
    """Empty where the original bot did not write it down."""

    def __repr__(self) -> str:
        return f"Account({self.name})"

    @property
    def name(self) -> str:
        """What to call it, as long as Twitch has not been asked."""
        return self.login or (f"id {self.user_id}" if self.user_id else "twitch.token")


class Original(Struct, frozen=True, kw_only=True):
    """What the original bot left that has an equal here."""

    client_id: str
    client_secret: str
    bot: str
    bot_id: str
    channels: tuple[str, ...]
    language: str
    prefix: str
    accounts: tuple[Account, ...]
    """The newest of an account's tokens first."""
    left: tuple[str, ...]
    """Keys of its configuration that have no equal here, or a value that has none."""

    def __repr__(self) -> str:
        return f"Original({self.bot})"


class _TioToken(Struct):
    """An entry of .tio.tokens.json, which TwitchIO writes."""

    token: str
    refresh: str | None = None


class Plan(Struct, frozen=True):
    """Which logins there are to take."""

    add: tuple[Login, ...]
    kept: tuple[Login, ...]
    """Whose slot is filled already."""
    refused: tuple[tuple[str, str], ...]
    """Who, and why not."""


def read_original(config: Path, tokens: Path | None) -> Original:
    """Read both files. Raises `BadOriginal`."""
    raw = _sections(config)
    bot, twitch = raw.get("bot", {}), raw.get("twitch", {})
    name = _login(_word(bot, "name"))
    bot_id = _word(twitch, "bot_id")
    channels = [_login(channel) for channel in _words(twitch, "channels") or _words(bot, "channel")]
    language, prefix = _word(raw.get("llm", {}), "language").lower(), _word(twitch, "prefix")
    kept = [*_tio_accounts(tokens), *_listed_accounts(twitch), *_own_account(twitch, bot_id)]
    unusable = {
        "bot.name": _word(bot, "name") and not name,
        "twitch.channels": not all(channels),
        "llm.language": language and language not in LANGUAGES,
        "twitch.prefix": prefix.split() not in ([], [prefix]),
    }
    return Original(
        client_id=_word(twitch, "client_id"),
        client_secret=_word(twitch, "client_secret"),
        bot=name,
        bot_id=bot_id,
        channels=tuple(dict.fromkeys(filter(None, channels))),
        language="" if unusable["llm.language"] else language,
        prefix="" if unusable["twitch.prefix"] else prefix,
        accounts=tuple(replace(a, login=name) if a.user_id == bot_id and not a.login else a for a in kept),
        left=(*_left(raw), *(f"{key} (its value)" for key, bad in unusable.items() if bad)),
    )


def for_bot(original: Original, settings: Settings) -> Original:
    """The same, when another account is the bot here by now: then the old one's login is not the bot's."""
    name = settings.bot.name.lower()
    if name in (original.bot, Settings().bot.name):
        return original
    return replace(original, bot=name, bot_id="")


async def plan(original: Original, whose: Whose, filled: Collection[str], now: float) -> Plan:
    """Ask Twitch whose each token is, and find a slot for it. Raises what `whose` does, except `BadLogin`."""
    good: list[Login] = []
    expired: list[Login] = []
    refused: list[tuple[str, str]] = []
    for account in original.accounts:
        try:
            found = await whose(account.token)
            good.append(replace(found, refresh_token=account.refresh_token))
        except Refused as error:
            if account.refresh_token and account.user_id.isdecimal():
                expired.append(_expired(account, original.client_id, now))
            else:
                refused.append((account.name, str(error)))
        except BadLogin as error:
            refused.append((account.name, str(error)))
    logins: dict[str, Login] = {}
    for login in (*good, *expired):
        slot = BOT if _is_bot(login, original) else channel_slot(login.user_id)
        logins.setdefault(slot, replace(login, slot=slot))
    return Plan(
        add=tuple(login for slot, login in logins.items() if slot not in filled),
        kept=tuple(login for slot, login in logins.items() if slot in filled),
        refused=tuple(refused),
    )


def new_settings(original: Original) -> dict[str, Any]:
    """The settings that it had, in the form of config.yaml."""
    twitch = {
        "client_id": original.client_id,
        "client_secret": original.client_secret,
        "channels": list(original.channels),
    }
    everything = {
        "bot": {"name": original.bot} if original.bot else {},
        "language": original.language,
        "prefix": original.prefix,
        "twitch": {key: value for key, value in twitch.items() if value},
    }
    return {key: value for key, value in everything.items() if value}


def missing_settings(original: Original, settings: Settings) -> dict[str, Any]:
    """Those of its settings that nobody has chosen here; what was chosen stays."""
    theirs, mine, default = new_settings(original), msgspec.to_builtins(settings), _defaults()
    for key in ("language", "prefix"):
        if mine[key] != default[key] or theirs.get(key) == mine[key]:
            theirs.pop(key, None)
    for section, key in (("bot", "name"), ("twitch", "client_id"), ("twitch", "client_secret")):
        if mine[section][key] != default[section][key]:
            theirs.get(section, {}).pop(key, None)
    known = {choice.name for choice in settings.channel_choices()}
    if twitch := theirs.get("twitch"):
        twitch["channels"] = [name for name in original.channels if name not in known]
        theirs["twitch"] = {key: value for key, value in twitch.items() if value}
    return {key: value for key, value in theirs.items() if value}


def as_yaml(settings: dict[str, Any], *, secret: bool) -> str:
    """Lines for config.yaml; without `secret` they can be shown."""
    if not secret and "client_secret" in settings.get("twitch", {}):
        hidden = {**settings["twitch"], "client_secret": "(copy it from the original bot's config.yaml)"}
        settings = {**settings, "twitch": hidden}
    return yaml.safe_dump(settings, sort_keys=False, allow_unicode=True)


def _defaults() -> dict[str, Any]:
    defaults: dict[str, Any] = msgspec.to_builtins(Settings())
    return defaults


def _expired(account: Account, client_id: str, now: float) -> Login:
    return Login(
        slot="",
        client_id=client_id,
        user_id=account.user_id,
        login=account.login,
        token=account.token.removeprefix("oauth:"),
        refresh_token=account.refresh_token,
        expires_at=now,
    )


def _is_bot(login: Login, original: Original) -> bool:
    return login.login == original.bot if login.login else login.user_id == original.bot_id


# Its files


def _tio_accounts(path: Path | None) -> Iterator[Account]:
    if path is None:
        return
    try:
        entries = msgspec.json.decode(_text_of(path), type=dict[str, _TioToken])
    except msgspec.ValidationError as error:
        what, _, _ = str(error).partition(" - at ")
        raise BadOriginal(
            f"{path}: is not the original bot's list of logins, {{user id: {{token, refresh}}}}: {what}."
        ) from None
    except msgspec.DecodeError:
        raise BadOriginal(f"{path}: is not JSON. Name the original bot's .tio.tokens.json.") from None
    for user_id, entry in entries.items():
        yield Account(user_id=user_id, token=entry.token, refresh_token=entry.refresh or "")


def _listed_accounts(twitch: dict[str, Any]) -> Iterator[Account]:
    """`twitch.tokens`: by login."""
    entries = twitch.get("tokens")
    for name, entry in entries.items() if isinstance(entries, dict) else ():
        if isinstance(entry, dict) and (token := _word(entry, "access_token") or _word(entry, "token")):
            refresh = _word(entry, "refresh_token") or _word(entry, "refresh")
            user_id = _word(entry, "user_id")
            yield Account(user_id=user_id, login=_login(str(name)), token=token, refresh_token=refresh)


def _own_account(twitch: dict[str, Any], bot_id: str) -> Iterator[Account]:
    """`twitch.token`: the bot's."""
    if token := _word(twitch, "token"):
        yield Account(user_id=bot_id, token=token, refresh_token=_word(twitch, "refresh_token"))


def _sections(path: Path) -> dict[str, dict[str, Any]]:
    """Its config.yaml, with every value as it is written there."""
    try:
        raw = yaml.load(_text_of(path), yaml.BaseLoader)  # noqa: S506 - it makes nothing but texts
    except (yaml.YAMLError, RecursionError, ValueError) as error:
        mark = getattr(error, "problem_mark", None)
        where = f" (line {mark.line + 1})" if mark else ""
        raise BadOriginal(f"{path}: is not valid YAML{where}. Name the original bot's config.yaml.") from None
    if not isinstance(raw, dict) or not isinstance(raw.get("twitch"), dict):
        raise BadOriginal(
            f"{path}: has no section `twitch`, so it is not the original bot's. Name its config.yaml."
        )
    return {str(name): part if isinstance(part, dict) else {} for name, part in raw.items()}


def _text_of(path: Path) -> str:
    try:
        return path.read_text(encoding="utf-8-sig")
    except UnicodeDecodeError:
        raise BadOriginal(f"{path}: is not UTF-8. Save it as such.") from None
    except OSError as error:
        raise BadOriginal(
            f"{path}: cannot be read: {error.strerror}. Name the file of the original bot."
        ) from None


def _word(section: dict[str, Any], key: str) -> str:
    value = section.get(key, "")
    return value.strip() if isinstance(value, str) and value.strip() not in ("null", "~") else ""


def _words(section: dict[str, Any], key: str) -> list[str]:
    value = section.get(key)
    return (
        [str(word) for word in value]
        if isinstance(value, list)
        else _word(section, key).replace(",", " ").split()
    )


def _login(name: str) -> str:
    """A name as Twitch spells it; empty when Twitch would not."""
    login = name.strip().lower().lstrip("#@")
    return login if LOGIN.fullmatch(login) else ""


def _left(raw: dict[str, dict[str, Any]]) -> Iterator[str]:
    for section, keys in raw.items():
        taken = TAKEN.get(section, set())
        if not taken & keys.keys():
            yield section
        else:
            yield from (f"{section}.{key}" for key in keys if key not in taken)

"""What the original bot left is taken over: only added, tried dry first, and never shown."""

import asyncio
import json
import os
import sys
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any, NamedTuple

import msgspec
import pytest
import yaml

from kissbot.app.configuration import load
from kissbot.app.logins.original import (
    Account,
    BadOriginal,
    Original,
    as_yaml,
    for_bot,
    missing_settings,
    new_settings,
    plan,
    read_original,
)
from kissbot.app.settings import Bot, Settings, Twitch
from kissbot.app.store import open_store
from kissbot.chat.logins import BOT, Login
from kissbot.sandbox.twitch import Sandbox
from kissbot.transports.twitch.oauth import BadLogin, Refused

NOW = 1_800_000_000.0
PATIENCE = 20.0
HIDDEN = "s3cr3t-of-the-application"

ITS_CONFIG: dict[str, dict[str, Any]] = {
    "bot": {"name": "Serda_Bot", "personality": "cheerful", "cooldown": 5},
    "twitch": {
        "client_id": "the-application",
        "client_secret": HIDDEN,
        "bot_id": 42,
        "prefix": "?",
        "channels": ["#Ada", "bob", "bob"],
    },
    "llm": {"language": "fr", "model_name": "some-model"},
    "apis": {"rawg_key": "s3cr3t-rawg", "openai_key": "s3cr3t-openai"},
}


class Left(NamedTuple):
    """What the original bot left in a folder."""

    config: Path
    tokens: Path

    def read(self) -> Original:
        return read_original(self.config, self.tokens)


Leave = Callable[..., Left]


@pytest.fixture
def leave(tmp_path: Path) -> Leave:
    """Writes the files of an original bot; what is given by bytes is written as it is."""
    folder = tmp_path / "original"
    folder.mkdir()

    def leave(config: Any = ITS_CONFIG, tokens: Any = ()) -> Left:
        files = Left(folder / "config.yaml", folder / ".tio.tokens.json")
        files.config.write_bytes(config if isinstance(config, bytes) else yaml.safe_dump(config).encode())
        files.tokens.write_bytes(tokens if isinstance(tokens, bytes) else json.dumps(dict(tokens)).encode())
        return files

    return leave


def twitch_knows(**accounts: tuple[str, str]) -> Callable[[str], Awaitable[Login]]:
    """Twitch, with these tokens: whose each is, by id and login."""

    async def whose(token: str) -> Login:
        if token == "foreign":
            raise BadLogin("The token was made for another application.")
        if token not in accounts:
            raise Refused("Twitch refuses the token.")
        user_id, login = accounts[token]
        return Login(slot="", client_id="the-application", user_id=user_id, login=login, token=token)

    return whose


# Reading its files


def test_what_has_an_equal_here_is_taken_and_the_rest_is_named(leave: Leave) -> None:
    found = leave().read()
    assert (found.bot, found.bot_id, found.channels) == ("serda_bot", "42", ("ada", "bob"))
    assert (found.language, found.prefix) == ("fr", "?")
    assert (found.client_id, found.client_secret) == ("the-application", HIDDEN)
    assert sorted(found.left) == ["apis", "bot.cooldown", "bot.personality", "llm.model_name"]


def test_tokens_are_taken_from_wherever_it_kept_them_the_newest_first(leave: Leave) -> None:
    config = {
        **ITS_CONFIG,
        "twitch": {
            "bot_id": "42",
            "token": "oauth:in-config",
            "refresh_token": "in-config-refresh",
            "tokens": {"Ada": {"user_id": 7, "access_token": "listed", "refresh_token": "listed-refresh"}},
        },
    }
    tio = {"42": {"user_id": "42", "token": "saved", "refresh": "saved-refresh", "last_validated": "then"}}
    assert leave(config, tio).read().accounts == (
        Account(user_id="42", token="saved", refresh_token="saved-refresh", login="serda_bot"),
        Account(user_id="7", token="listed", refresh_token="listed-refresh", login="ada"),
        Account(user_id="42", token="oauth:in-config", refresh_token="in-config-refresh", login="serda_bot"),
    )


def test_the_channel_of_its_first_edition_is_taken_too(leave: Leave) -> None:
    files = leave({"bot": {"channel": "Ada"}, "twitch": {"client_id": "the-application"}})
    assert read_original(files.config, None).channels == ("ada",)


def test_a_value_that_cannot_hold_here_is_named_and_not_shown(leave: Leave) -> None:
    config = {
        "bot": {"name": "not a login"},
        "twitch": {"prefix": "a b", "channels": ["ada", "a-b"]},
        "llm": {"language": "pt"},
    }
    found = leave(config).read()
    assert (found.bot, found.prefix, found.language, found.channels) == ("", "", "", ("ada",))
    assert found.left == (
        "bot.name (its value)",
        "twitch.channels (its value)",
        "llm.language (its value)",
        "twitch.prefix (its value)",
    )


@pytest.mark.parametrize(
    ("config", "why"),
    [
        (b"twitch: {token: s3cr3t", r"config\.yaml: is not valid YAML \(line 1\)"),
        (b"twitch: *s3cr3t", r"config\.yaml: is not valid YAML"),
        (b"[s3cr3t]", "has no section `twitch`"),
        (b"", "has no section `twitch`"),
        (b"token: s3cr3t", "has no section `twitch`"),
        ("twitch: {token: s3cr3t-ü}".encode("latin-1"), "is not UTF-8"),
        (b"[" * 100_000, "is not valid YAML"),
    ],
)
def test_a_broken_configuration_is_told_in_a_sentence(leave: Leave, config: bytes, why: str) -> None:
    with pytest.raises(BadOriginal, match=why) as told:
        leave(config).read()
    assert "s3cr3t" not in str(told.value)
    assert "\n" not in str(told.value)


@pytest.mark.parametrize(
    ("tokens", "why"),
    [
        (b"", "is not JSON"),
        (b'{"1": {"token": "s3cr3t"', "is not JSON"),
        (b'["s3cr3t"]', "Expected `object`, got `array`"),
        (b'{"1": "s3cr3t"}', "Expected `object`, got `str`"),
        (b'{"1": {"refresh": "s3cr3t"}}', "missing required field `token`"),
        (b'{"1": {"token": 5, "refresh": "s3cr3t"}}', "Expected `str`, got `int`"),
        ('{"1": {"token": "s3cr3t"}}'.encode("utf-16"), "is not UTF-8"),
    ],
)
def test_broken_tokens_are_told_in_a_sentence(leave: Leave, tokens: bytes, why: str) -> None:
    with pytest.raises(BadOriginal, match=why) as told:
        leave(ITS_CONFIG, tokens).read()
    assert ".tio.tokens.json: is not" in str(told.value)
    assert "s3cr3t" not in str(told.value)


def test_a_file_that_is_not_there_is_told_so(tmp_path: Path, leave: Leave) -> None:
    with pytest.raises(BadOriginal, match=r"nowhere\.yaml: cannot be read: No such file"):
        read_original(tmp_path / "nowhere.yaml", None)
    with pytest.raises(BadOriginal, match="cannot be read: Is a directory"):
        read_original(leave().config, tmp_path)


def test_nothing_of_it_shows_a_secret(leave: Leave) -> None:
    found = leave(ITS_CONFIG, {"7": {"token": "s3cr3t", "refresh": "s3cr3t"}}).read()
    assert "s3cr3t" not in f"{found!r} {found.accounts!r} {found.left}"
    assert "s3cr3t" not in as_yaml(new_settings(found), secret=False)


# Whose the logins are


async def test_every_account_gets_the_slot_that_twitch_says(leave: Leave) -> None:
    tio = {"7": {"token": "adas", "refresh": "more"}, "42": {"token": "bots", "refresh": "more"}}
    whose = twitch_knows(adas=("7", "ada"), bots=("42", "serda_bot"))
    todo = await plan(leave(ITS_CONFIG, tio).read(), whose, frozenset(), NOW)
    assert {login.slot: (login.login, login.token, login.refresh_token) for login in todo.add} == {
        "channel:7": ("ada", "adas", "more"),
        BOT: ("serda_bot", "bots", "more"),
    }
    assert (todo.kept, todo.refused) == ((), ())


async def test_twitch_knows_better_than_the_file_whose_a_token_is(leave: Leave) -> None:
    found = leave(ITS_CONFIG, {"42": {"token": "adas", "refresh": ""}}).read()
    (login,) = (await plan(found, twitch_knows(adas=("7", "ada")), frozenset(), NOW)).add
    assert (login.slot, login.login) == ("channel:7", "ada")


async def test_an_expired_login_is_taken_when_it_can_be_renewed(leave: Leave) -> None:
    tio = {"42": {"token": "old", "refresh": "renews"}, "7": {"token": "old too", "refresh": "renews"}}
    todo = await plan(leave(ITS_CONFIG, tio).read(), twitch_knows(), frozenset(), NOW)
    assert [(login.slot, login.login, login.expires_at) for login in todo.add] == [
        (BOT, "serda_bot", NOW),
        ("channel:7", "", NOW),
    ]


async def test_what_is_of_no_use_is_named_with_the_reason(leave: Leave) -> None:
    tio = {
        "7": {"token": "gone", "refresh": None},
        "8": {"token": "foreign", "refresh": "renews"},
        "YOUR_ID": {"token": "a template", "refresh": "renews"},
    }
    todo = await plan(leave(ITS_CONFIG, tio).read(), twitch_knows(), frozenset(), NOW)
    assert todo.add == ()
    assert todo.refused == (
        ("id 7", "Twitch refuses the token."),
        ("id 8", "The token was made for another application."),
        ("id YOUR_ID", "Twitch refuses the token."),
    )


async def test_of_two_tokens_of_an_account_the_good_one_is_taken(leave: Leave) -> None:
    config = {**ITS_CONFIG, "twitch": {**ITS_CONFIG["twitch"], "token": "good"}}
    found = leave(config, {"42": {"token": "expired", "refresh": "renews"}}).read()
    (login,) = (await plan(found, twitch_knows(good=("42", "serda_bot")), frozenset(), NOW)).add
    assert (login.slot, login.token) == (BOT, "good")


async def test_a_slot_that_is_filled_stays_as_it_is(leave: Leave) -> None:
    tio = {"7": {"token": "adas", "refresh": ""}, "42": {"token": "bots", "refresh": ""}}
    whose = twitch_knows(adas=("7", "ada"), bots=("42", "serda_bot"))
    todo = await plan(leave(ITS_CONFIG, tio).read(), whose, frozenset({BOT}), NOW)
    assert [login.slot for login in todo.add] == ["channel:7"]
    assert [login.login for login in todo.kept] == ["serda_bot"]


async def test_where_another_account_is_the_bot_by_now_the_old_one_is_a_channel(leave: Leave) -> None:
    tio = {"42": {"token": "bots", "refresh": ""}, "43": {"token": "new", "refresh": ""}}
    whose = twitch_knows(bots=("42", "serda_bot"), new=("43", "newbot"))
    found = for_bot(leave(ITS_CONFIG, tio).read(), Settings(bot=Bot(name="newbot")))
    todo = await plan(found, whose, frozenset(), NOW)
    assert {login.slot: login.login for login in todo.add} == {"channel:42": "serda_bot", BOT: "newbot"}


# Its settings


def test_a_new_configuration_is_one_that_holds(leave: Leave, tmp_path: Path) -> None:
    found, path = leave().read(), tmp_path / "config.yaml"
    path.write_text(as_yaml(new_settings(found), secret=True), encoding="utf-8")
    settings = load(path, {})
    assert (settings.bot.name, settings.language, settings.prefix) == ("serda_bot", "fr", "?")
    assert settings.twitch == Twitch(
        client_id="the-application", client_secret=HIDDEN, channels=["ada", "bob"]
    )
    assert missing_settings(found, settings) == {}


def test_what_was_chosen_here_is_not_to_be_replaced(leave: Leave) -> None:
    mine = Settings(language="de", bot=Bot(name="mine"), twitch=Twitch(client_id="mine", channels=["ada"]))
    assert missing_settings(leave().read(), mine) == {
        "prefix": "?",
        "twitch": {"client_secret": HIDDEN, "channels": ["bob"]},
    }


# The command


@pytest.fixture
def typed(tmp_path: Path) -> Callable[..., Awaitable[tuple[int | None, str]]]:
    """Runs `kissbot import original` in a new bot's folder: how it ends, and all that it says."""
    folder = tmp_path / "new"
    folder.mkdir()

    async def typed(twitch: Sandbox, *words: str, command: str = "original") -> tuple[int | None, str]:
        environment = {key: value for key, value in os.environ.items() if not key.startswith("KISSBOT_")}
        process = await asyncio.create_subprocess_exec(
            *(sys.executable, "-m", "kissbot", "import", command, *words),
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.STDOUT,
            cwd=folder,
            env=environment | {"KISSBOT_TWITCH__URLS__OAUTH": twitch.urls.oauth},
        )
        out, _ = await asyncio.wait_for(process.communicate(), PATIENCE)
        return process.returncode, out.decode()

    return typed


Typed = Callable[..., Awaitable[tuple[int | None, str]]]


def left_in(twitch: Sandbox, leave: Leave) -> tuple[Left, list[str]]:
    """A bot with a good login, an expired one and a dead one; and every secret of theirs."""
    bot = twitch.credentials
    ada, bob = (twitch.log_in(name, ("channel:bot",)) for name in ("ada", "bob"))
    twitch.expire("ada")
    twitch.change_password("bob")
    tio = {
        twitch.id_of("kissbot"): {"token": bot.token, "refresh": bot.refresh_token},
        twitch.id_of("ada"): {"token": ada.token, "refresh": ada.refresh_token},
        twitch.id_of("bob"): {"token": bob.token, "refresh": ""},
    }
    config = {
        **ITS_CONFIG,
        "bot": {"name": "kissbot"},
        "twitch": {"client_id": bot.client_id, "client_secret": bot.client_secret, "channels": ["ada"]},
    }
    secrets = [secret for login in (bot, ada, bob) for secret in (login.token, login.refresh_token)]
    return leave(config, tio), [*secrets, bot.client_secret, "s3cr3t"]


async def test_first_dry_then_done_then_nothing_is_left_to_do(
    typed: Typed, leave: Leave, tmp_path: Path
) -> None:
    async with Sandbox(("ada", "bob")) as twitch:
        files, secrets = left_in(twitch, leave)
        words = ("--config", str(files.config), "--tokens", str(files.tokens))
        dry = await typed(twitch, *words)
        assert written(tmp_path) == []
        done = await typed(twitch, *words, "--yes")
        assert set(written(tmp_path)) >= {".kissbot.key", "config.yaml", "kissbot.db"}
        kept = await logins(tmp_path)
        again = await typed(twitch, *words, "--yes")
        ids = {name: twitch.id_of(name) for name in ("kissbot", "ada", "bob")}
    assert [code for code, _ in (dry, done, again)] == [0, 0, 0], (dry, done, again)
    for _, said in (dry, done):
        assert f"+ login of kissbot (id {ids['kissbot']}), the bot\n" in said
        assert f"+ login of id {ids['ada']}, a channel; expired, and renewed at its first use\n" in said
        assert f"- login of id {ids['bob']}: Twitch refuses the token" in said
    assert "This was a dry run; nothing was changed." in dry[1]
    assert "Not taken, as nothing here is equal to it: llm.model_name, apis" in dry[1].replace(
        "apis, llm.model_name", "llm.model_name, apis"
    )
    assert {login.slot: login.login for login in kept} == {BOT: "kissbot", f"channel:{ids['ada']}": ""}
    assert await logins(tmp_path) == kept, "the second time adds and replaces nothing"
    assert "= login of kissbot" in again[1]
    assert "There was no login to add." in again[1]
    assert not [secret for secret in secrets for _, said in (dry, done, again) if secret in said]
    assert modes(tmp_path) == {0o600}


async def test_its_own_configuration_is_not_taken_for_ours(typed: Typed, leave: Leave) -> None:
    async with Sandbox(("ada",)) as twitch:
        files, _ = left_in(twitch, leave)
        code, said = await typed(twitch, "--config", str(files.config), "--into", str(files.config))
    assert code == 1
    assert "is the configuration of the original bot itself" in said


async def test_the_logins_of_another_application_are_of_no_use(
    typed: Typed, leave: Leave, tmp_path: Path
) -> None:
    write(tmp_path / "new" / "config.yaml", "twitch: {client_id: another}")
    async with Sandbox(("ada",)) as twitch:
        files, _ = left_in(twitch, leave)
        code, said = await typed(twitch, "--config", str(files.config), "--tokens", str(files.tokens))
    assert code == 1
    assert said.startswith("kissbot: The original bot's logins belong to its application")


async def test_without_a_network_nothing_is_changed(typed: Typed, leave: Leave, tmp_path: Path) -> None:
    async with Sandbox(("ada",)) as gone:
        files, secrets = left_in(gone, leave)
    words = ("--config", str(files.config), "--tokens", str(files.tokens), "--yes")
    code, said = await typed(gone, *words)
    assert code == 1
    assert "Nothing was changed." in said
    assert said.count("\n") == 1
    assert written(tmp_path) == []
    assert not [secret for secret in secrets if secret in said]


async def test_what_export_wrote_is_added_once(typed: Typed, tmp_path: Path) -> None:
    exported = {"format": 1, "channels": [{"channel": "ada", "choices": {"language": "fr"}}]}
    write(tmp_path / "export.json", msgspec.json.encode(exported).decode())
    async with Sandbox(("ada",)) as twitch:
        file = str(tmp_path / "export.json")
        dry = await typed(twitch, "--dry-run", command=file)
        done = await typed(twitch, command=file)
        again = await typed(twitch, command=file)
        missing = await typed(twitch, command="nowhere.json")
        write(tmp_path / "export.json", "{}")
        broken = await typed(twitch, command=file)
    assert dry == (0, "added: ada\nThis was a dry run; nothing was changed.\n")
    assert done == (0, "added: ada\n")
    assert again == (0, "There is nothing to add.\n")
    assert missing[0] == broken[0] == 1
    assert missing[1].startswith("kissbot: nowhere.json: cannot be read: No such file")
    assert broken[1].startswith(f"kissbot: {file}: ")


def write(path: Path, content: str) -> None:
    path.write_text(content, encoding="utf-8")


def written(folder: Path) -> list[str]:
    """The files in the new bot's folder."""
    return [path.name for path in (folder / "new").iterdir()]


def modes(folder: Path) -> set[int]:
    """Who may read them."""
    return {path.stat().st_mode & 0o777 for path in (folder / "new").iterdir()}


async def logins(folder: Path) -> tuple[Login, ...]:
    """What a bot finds that starts in the new folder."""
    settings = load(folder / "new" / "config.yaml", {})
    storage = msgspec.structs.replace(
        settings.storage,
        database=str(folder / "new" / "kissbot.db"),
        key_file=str(folder / "new" / ".kissbot.key"),
    )
    async with open_store(msgspec.structs.replace(settings, storage=storage)) as store:
        return await store.logins.all()

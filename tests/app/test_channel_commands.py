"""`kissbot channels`, `channel`, `join`, `part`, `audit`: what the operator chooses."""

import asyncio
import json
import sqlite3
from collections.abc import Callable
from contextlib import AsyncExitStack
from pathlib import Path

import click
import pytest
from click.testing import CliRunner, Result

from kissbot.app.choosing import configured
from kissbot.app.cli import main
from kissbot.app.configuration import load
from kissbot.chat.channels import Channels
from kissbot.chat.messages import Channel
from kissbot.storage.choices import SqlBook
from kissbot.storage.layers import Layers
from kissbot.storage.open import open_database
from kissbot.testing import ManualClock

CONFIG = "language: de\ntwitch: {channels: [ada, {name: bob, prefix: '?'}]}"

Kissbot = Callable[..., Result]


@pytest.fixture
def kissbot(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Kissbot:
    """The command line, in a folder with a configuration."""
    monkeypatch.chdir(tmp_path)
    (tmp_path / "config.yaml").write_text(CONFIG)

    def kissbot(*words: str) -> Result:
        return CliRunner().invoke(main, words)

    kissbot("audit")  # makes the database, and logs that
    return kissbot


def said(result: Result) -> str:
    assert (result.exit_code, result.stderr) == (0, "")
    return result.stdout


def refused(result: Result) -> str:
    assert (result.exit_code, result.stdout) == (1, "")
    return result.stderr


# channel


def test_a_change_says_before_and_after(kissbot: Kissbot) -> None:
    assert said(kissbot("channel", "ada", "set", "language", "fr")) == "ada: language: de → fr\n"
    assert said(kissbot("channel", "bob", "set", "prefix", "%")) == "bob: prefix: ? → %\n"
    assert said(kissbot("channel", "ADA", "off", "gi")) == "ada: gi: on → off\n"
    assert said(kissbot("channel", "ada", "on", "gi")) == "ada: gi: off → on\n"
    assert said(kissbot("channel", "ada", "cooldown", "gi", "5")) == "ada: cooldown gi: 10 s → 5 s\n"
    assert (
        said(kissbot("channel", "ada", "set", "bots", "+x", "-nightbot")) == "ada: bots: – → +x -nightbot\n"
    )
    assert said(kissbot("channel", "ada", "set", "bots", "-x")) == "ada: bots: +x -nightbot → -nightbot\n"
    assert said(kissbot("channel", "ada", "reset", "language")) == "ada: language: fr → de\n"


def test_what_holds_already_is_told_so(kissbot: Kissbot) -> None:
    assert said(kissbot("channel", "ada", "on", "gi")) == "ada: gi is on already\n"


def test_a_channel_shows_what_holds_and_the_last_changes(kissbot: Kissbot) -> None:
    kissbot("channel", "bob", "set", "language", "fr")
    kissbot("channel", "ada", "set", "language", "es")
    first, *lines = said(kissbot("channel", "bob")).splitlines()
    assert first == "bob: the bot is wanted there"
    assert [line.split() for line in lines[:13]] == [
        ["language", "chosen", "fr"],
        ["prefix", "config.yaml", "?"],
        ["reply", "config.yaml", "thread"],
        ["greeting", "config.yaml", "off"],
        ["bots", "config.yaml", "–"],
        ["off", "config.yaml", "–"],
        ["cooldowns", "config.yaml", "–"],
        ["lines", "config.yaml", "online"],
        ["streams", "config.yaml", "–"],
        ["shoutout", "config.yaml", "off"],
        ["broadcast", "config.yaml", "off"],
        ["personality", "config.yaml", "plain"],
        ["safety", "config.yaml", "strict"],
    ]
    (change,) = lines[13:]
    assert change.endswith("  bob  operator (cli)  language: de → fr")


@pytest.mark.parametrize(
    ("words", "sentence"),
    [
        (("set", "langage", "fr"), "kissbot: I do not know “langage”. Did you mean language?\n"),
        (("set", "language", "klingon"), "kissbot: language can be: en, fr, es, de\n"),
        (("off", "kiss"), "kissbot: kiss stays on: nobody could switch it on again.\n"),
        (("cooldown", "gi", "-1"), "kissbot: A cooldown is 0 to 86400 seconds, or “default”.\n"),
        (("set", "bots", "+ada"), "kissbot: ada is the broadcaster: I cannot ignore them.\n"),
    ],
)
def test_what_cannot_be_is_told_with_what_can(
    kissbot: Kissbot, words: tuple[str, ...], sentence: str
) -> None:
    assert refused(kissbot("channel", "ada", *words)) == sentence
    assert said(kissbot("audit")) == "Nobody changed anything yet.\n"


@pytest.mark.parametrize("name", ["a b", "", "x" * 26, "ädа", "../x", "'; --"])
@pytest.mark.parametrize("words", [("channel",), ("join",), ("part",)])
def test_what_is_no_name_is_refused(kissbot: Kissbot, words: tuple[str, ...], name: str) -> None:
    assert "is no Twitch login" in refused(kissbot(*words, name))


def test_options_after_the_name_are_not_taken_for_words(kissbot: Kissbot) -> None:
    result = kissbot("channel", "ada", "set", "language", "fr", "--config", "x")
    assert result.exit_code == 2
    assert "Options come before the name of the channel." in result.stderr


def test_choosing_for_a_channel_without_the_bot_says_so(kissbot: Kissbot) -> None:
    assert said(kissbot("channel", "cleo", "set", "language", "fr")) == (
        "cleo: language: de → fr\nThe bot is not wanted there; to change that: kissbot join cleo\n"
    )


def test_choices_that_cannot_be_read_are_told_and_begun_anew(kissbot: Kissbot, tmp_path: Path) -> None:
    kissbot("channel", "ada", "set", "language", "fr")
    with sqlite3.connect(tmp_path / "kissbot.db") as database:
        database.execute("UPDATE config SET choices = '{'")
    database.close()
    shown = kissbot("channel", "ada")
    assert shown.exit_code == 1
    assert "kissbot channel ada reset all" in shown.stderr
    assert "kissbot channel ada reset all" in kissbot("channels").stdout
    assert "cannot read" in kissbot("channel", "ada", "set", "prefix", "?").stderr
    assert kissbot("channel", "ada", "reset", "all").exit_code == 0
    assert said(kissbot("channel", "ada")).splitlines()[1].split() == ["language", "config.yaml", "de"]


# join and part


def test_joining_and_parting_say_before_and_after(kissbot: Kissbot) -> None:
    assert said(kissbot("join", "#Cleo")) == "cleo: presence: as configured → joined\n"
    assert said(kissbot("join", "cleo")) == "cleo: the bot is wanted there already\n"
    assert said(kissbot("part", "cleo")) == "cleo: presence: joined → parted\n"
    assert said(kissbot("part", "ada")) == "ada: presence: as configured → parted\n"
    assert said(kissbot("join", "ada")) == "ada: presence: parted → joined\n"


def test_joining_a_channel_of_the_configuration_is_nothing_new(kissbot: Kissbot) -> None:
    assert said(kissbot("join", "ada")) == "ada: the bot is wanted there already\n"
    assert said(kissbot("part", "cleo")) == "cleo: the bot is not wanted there already\n"
    assert said(kissbot("audit")) == "Nobody changed anything yet.\n"


# channels


def test_channels_are_listed_with_where_they_come_from_and_what_they_chose(kissbot: Kissbot) -> None:
    kissbot("join", "cleo")
    kissbot("part", "ada")
    kissbot("channel", "bob", "set", "language", "fr")
    kissbot("channel", "bob", "off", "gi")
    kissbot("channel", "dora", "cooldown", "gi", "3")
    rows = [line.split() for line in said(kissbot("channels")).splitlines()]
    assert [row[:3] for row in rows[:3]] == [
        ["–", "ada", "parted"],
        ["✓", "bob", "config.yaml"],
        ["✓", "cleo", "joined"],
    ]
    assert " ".join(rows[1][3:]) == "language: fr · off: gi"
    assert " ".join(rows[3]) == "– dora cooldowns: gi 3 s"
    listed = json.loads(said(kissbot("channels", "--json")))
    assert [(row["channel"], row["wanted"], row["chosen"]) for row in listed] == [
        ("ada", False, {}),
        ("bob", True, {"language": "fr", "off": ["gi"]}),
        ("cleo", True, {}),
        ("dora", False, {"cooldowns": {"gi": 3.0}}),
    ]


def test_without_channels_the_way_to_the_first_is_told(kissbot: Kissbot, tmp_path: Path) -> None:
    (tmp_path / "config.yaml").write_text("")
    assert said(kissbot("channels")) == "There are none yet. Begin with: kissbot join NAME\n"
    assert said(kissbot("channels", "--json")) == "[]\n"


# audit


def test_the_audit_tells_who_changed_what(kissbot: Kissbot) -> None:
    kissbot("channel", "ada", "set", "language", "fr")
    kissbot("join", "cleo")
    both = said(kissbot("audit")).splitlines()
    assert [line.partition("  ")[2] for line in both] == [
        "cleo  operator (cli)  presence: as configured → joined",
        "ada  operator (cli)  language: de → fr",
    ]
    assert said(kissbot("audit", "ada")).splitlines() == both[1:]
    assert said(kissbot("audit", "--limit", "1")).splitlines() == both[:1]
    (record,) = json.loads(said(kissbot("audit", "ada", "--json")))
    assert (record["by"], record["before"], record["after"]) == (
        {"origin": "cli", "id": "", "name": "operator"},
        "de",
        "fr",
    )


# While the bot runs


def test_a_running_bot_follows_what_the_command_line_changes(kissbot: Kissbot, tmp_path: Path) -> None:
    settings = load(tmp_path / "config.yaml", {})
    channels = Channels(settings.for_all())
    with asyncio.Runner() as bot:
        stack = AsyncExitStack()
        database = bot.run(stack.enter_async_context(open_database(str(tmp_path / "kissbot.db"))))
        layers = Layers(channels, configured(settings), SqlBook(database, ManualClock()))
        bot.run(layers.load())
        kissbot("channel", "bob", "set", "language", "fr")
        kissbot("join", "cleo")
        kissbot("part", "ada")
        assert bot.run(layers.follow()) == {"cleo": True, "ada": False}
        bot.run(stack.aclose())
    holds = channels.of(Channel("2", "bob"))
    assert (holds.language, holds.prefix) == ("fr", "?")


@pytest.mark.parametrize("name", ["channels", "channel", "join", "part", "audit"])
def test_a_database_that_is_none_is_told_in_a_sentence(kissbot: Kissbot, tmp_path: Path, name: str) -> None:
    (tmp_path / "kissbot.db").write_bytes(b"This is no database at all. " * 100)
    words = () if name in ("channels", "audit") else ("ada",)
    result = kissbot(name, *words)
    assert result.exit_code == 1
    assert result.stderr.startswith("kissbot: ")
    assert "Traceback" not in result.output


def test_every_command_is_there() -> None:
    assert {"channels", "channel", "join", "part", "audit"} <= set(main.list_commands(click.Context(main)))

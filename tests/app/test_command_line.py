"""`kissbot` as it is typed: what it prints, and how it ends."""

import asyncio
import os
import shutil
import signal
import sys
from collections.abc import AsyncIterator, Awaitable, Callable
from pathlib import Path
from typing import NamedTuple

import aiohttp
import click
import msgspec
import pytest

from kissbot.app.cli import main
from kissbot.sandbox.tokens import BOT_SCOPES, Credentials
from kissbot.sandbox.twitch import Sandbox

EXAMPLE = Path(__file__).parents[2] / "config.example.yaml"
PATIENCE = 10.0
COMMANDS = [(), *((name,) for name in main.list_commands(click.Context(main))), ("config", "check")]


class Ended(NamedTuple):
    """How a command ended."""

    code: int | None
    out: str
    err: str


Typed = Callable[..., Awaitable[Ended]]


@pytest.fixture
async def start(tmp_path: Path) -> AsyncIterator[Callable[..., Awaitable[asyncio.subprocess.Process]]]:
    """Starts the command line in an empty folder."""
    started: list[asyncio.subprocess.Process] = []

    async def start(*words: str, **environment: str) -> asyncio.subprocess.Process:
        inherited = {key: value for key, value in os.environ.items() if not key.startswith("KISSBOT_")}
        process = await asyncio.create_subprocess_exec(
            *(sys.executable, "-m", "kissbot", *words),
            stdin=asyncio.subprocess.PIPE,
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.PIPE,
            cwd=tmp_path,
            env=inherited | environment,
        )
        started.append(process)
        return process

    yield start
    for process in started:
        if process.returncode is None:
            process.kill()
            await process.communicate()


@pytest.fixture
def typed(start: Callable[..., Awaitable[asyncio.subprocess.Process]]) -> Typed:
    """Runs the command line to its end."""

    async def typed(*words: str, says: str = "", **environment: str) -> Ended:
        process = await start(*words, **environment)
        out, err = await asyncio.wait_for(process.communicate(says.encode()), PATIENCE)
        return Ended(process.returncode, out.decode(), err.decode())

    return typed


def letting_in(
    twitch: Sandbox, folder: Path, channels: list[str], login: Credentials | None = None
) -> Credentials:
    """Write the configuration of a bot in the sandbox."""
    login = login or twitch.credentials
    settings = {
        "client_id": login.client_id,
        "token": login.token,
        "channels": channels,
        "urls": msgspec.to_builtins(twitch.urls),
    }
    (folder / "config.yaml").write_bytes(msgspec.json.encode({"twitch": settings}))
    return login


# Help


@pytest.mark.parametrize("words", COMMANDS, ids=" ".join)
async def test_every_command_explains_itself(typed: Typed, words: tuple[str, ...]) -> None:
    ended = await typed(*words, "--help")
    assert (ended.code, ended.err) == (0, "")
    assert ended.out.startswith("Usage: ")


async def test_a_command_that_does_not_exist_is_told_so(typed: Typed) -> None:
    ended = await typed("rnu")
    assert ended.code == 2
    assert "No such command 'rnu'" in ended.err


# config check


async def test_config_check_says_what_it_understood(typed: Typed, tmp_path: Path) -> None:
    (tmp_path / "config.yaml").write_text("bot: {name: kiss}\ntwitch: {channels: [ada, '#Bob']}")
    assert await typed("config", "check") == Ended(0, "OK: bot kiss, channels: ada, bob\n", "")


async def test_config_check_tells_every_mistake_and_fails(typed: Typed, tmp_path: Path) -> None:
    path = tmp_path / "mine.yaml"
    path.write_text("langage: fr\nbot: {nmae: x}")
    ended = await typed("config", "check", "--config", str(path))
    assert (ended.code, ended.out) == (1, "")
    assert ended.err == (
        "kissbot: the configuration is not right:\n"
        "  langage: there is no such setting; did you mean 'language'?\n"
        "  bot.nmae: there is no such setting; did you mean 'name'?\n"
    )


async def test_the_example_is_right_as_it_is(typed: Typed, tmp_path: Path) -> None:
    shutil.copy(EXAMPLE, tmp_path / "config.yaml")
    assert await typed("config", "check") == Ended(0, "OK: bot kissbot, channels: none yet\n", "")


async def test_config_check_without_a_file_looks_at_the_environment(typed: Typed) -> None:
    assert (await typed("config", "check")).code == 0
    assert "channels: ada" in (await typed("config", "check", KISSBOT_TWITCH__CHANNELS="[ada]")).out
    assert (await typed("config", "check", KISSBOT_TWITCH__TOKN="s3cr3t")).err == (
        "kissbot: the configuration is not right:\n"
        "  KISSBOT_TWITCH__TOKN: there is no such setting (environment variable).\n"
    )


async def test_a_file_that_is_not_there_is_told_so(typed: Typed) -> None:
    ended = await typed("config", "check", "--config", "nowhere.yaml")
    assert ended.code == 1
    assert "nowhere.yaml: there is no such file" in ended.err


# console


async def test_the_console_answers_piped_input(typed: Typed) -> None:
    ended = await typed("console", says="!gi hades\nhow are you all?\n!gs celeste")
    assert (ended.code, ended.err) == (0, "")
    hades, celeste = ended.out.splitlines()
    assert "Hades (2020)" in hades
    assert "Celeste" in celeste


async def test_the_console_speaks_the_language_of_the_configuration(typed: Typed) -> None:
    english, french = [
        (await typed("console", says="!gs", KISSBOT_LANGUAGE=lang)).out for lang in ("en", "fr")
    ]
    assert english
    assert french
    assert english != french


async def test_the_console_without_input_ends(typed: Typed) -> None:
    assert await typed("console") == Ended(0, "", "")


# run


async def test_run_names_what_is_missing(typed: Typed) -> None:
    ended = await typed("run")
    assert ended.code == 1
    assert "twitch.client_id: is needed to go live" in ended.err
    assert "kissbot demo" in ended.err


@pytest.mark.parametrize(
    ("kind", "why"),
    [
        ("wrong", "it has expired, was revoked, or is mistyped"),
        ("of somebody else", "belongs to the account 'somebody'"),
        ("without scopes", "lacks scopes: user:read:chat (to read chat), user:write:chat (to answer)"),
        ("of the app", "is an app token"),
    ],
)
async def test_run_says_in_a_sentence_why_a_token_will_not_do(
    typed: Typed, tmp_path: Path, kind: str, why: str
) -> None:
    async with Sandbox(("ada",)) as twitch:
        login = twitch.credentials
        match kind:
            case "wrong":
                login = msgspec.structs.replace(login, token="0123456789s3cr3t")
            case "of somebody else":
                login = twitch.log_in("somebody", BOT_SCOPES)
            case "without scopes":
                login = twitch.log_in(twitch.bot, ("user:bot",))
            case "of the app":
                login = msgspec.structs.replace(login, token=await app_token(twitch))
        letting_in(twitch, tmp_path, ["ada"], login)
        ended = await typed("run")
    assert (ended.code, ended.out) == (1, "")
    assert ended.err.startswith(
        ("kissbot: twitch.token: ", "kissbot: twitch.token belongs", "kissbot: the bot's ")
    )
    assert why in ended.err
    assert ended.err.count("\n") == 1
    assert login.token not in ended.err


async def app_token(twitch: Sandbox) -> str:
    """What client credentials give."""
    form = {
        "grant_type": "client_credentials",
        "client_id": twitch.credentials.client_id,
        "client_secret": twitch.credentials.client_secret,
    }
    async with aiohttp.ClientSession() as http, http.post(f"{twitch.urls.oauth}/token", data=form) as answer:
        token: str = (await answer.json())["access_token"]
        return token


async def test_run_answers_and_ends_cleanly_with_a_summary(
    start: Callable[..., Awaitable[asyncio.subprocess.Process]], tmp_path: Path
) -> None:
    async with Sandbox(("ada",)) as twitch, asyncio.timeout(PATIENCE):
        letting_in(twitch, tmp_path, ["ada", "nobody_of_this_name"])
        bot = await start("run", "--summary", "summary.json")
        while not twitch.state()["subscriptions"]:
            await asyncio.sleep(0.01)
        twitch.say("ada", user="vera", text="!gi hades")
        while not twitch.sent:
            await asyncio.sleep(0.01)
        bot.send_signal(signal.SIGTERM)
        out, err = await bot.communicate()
    assert bot.returncode == 0
    assert out.decode() == "KissBot is starting as kissbot in: ada\n"
    assert "nobody_of_this_name" in err.decode()
    assert "Traceback" not in err.decode()
    assert msgspec.json.decode((tmp_path / "summary.json").read_bytes())["commands"] == {"gi": 1}


async def test_run_without_a_network_goes_on_trying_and_says_so(
    start: Callable[..., Awaitable[asyncio.subprocess.Process]], tmp_path: Path
) -> None:
    async with Sandbox(("ada",)) as gone:
        login = letting_in(gone, tmp_path, ["ada"])
    bot = await start("run")
    assert bot.stderr
    async with asyncio.timeout(PATIENCE):
        said = [(await bot.stderr.readline()).decode() for _ in range(2)]
        bot.send_signal(signal.SIGTERM)
        _, rest = await bot.communicate()
    assert all("twitch_trouble" in line and "Cannot connect to host" in line for line in said)
    assert bot.returncode == 0
    assert "Traceback" not in rest.decode()
    assert login.token not in "".join(said) + rest.decode()

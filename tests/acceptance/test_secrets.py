"""No token and no key is ever shown: not in a log, an error, an export, a process list or the database."""

import asyncio
from collections.abc import Iterator
from pathlib import Path

import psutil

from kissbot.sandbox.tokens import LoginTiming
from kissbot.sandbox.twitch import Sandbox

from .home import Done, Home


async def test_no_secret_is_shown_anywhere(tmp_path: Path) -> None:
    timing = LoginTiming(user_token=4, interval=1)
    arguments: set[str] = set()
    shown: list[Done] = []
    async with Sandbox(("ada", "bob"), login_timing=timing) as twitch:
        home = Home(tmp_path, twitch)
        home.configure(["ada", "bob"])
        shown += [await home.logs_in("kissbot", "--bot"), await home.logs_in("ada", "--channel", "ada")]
        shown.append(await home.logs_in("mallory", "--channel", "bob"))  # the wrong account
        async with home.bot(channels=2):
            watching = asyncio.create_task(watch_processes(arguments))
            await home.answers("!kiss set language fr", rank="moderator")
            await home.answers("!kiss why", rank="moderator")
            twitch.fault("refuse", status=500, path="/oauth2/token", count=2)
            twitch.expire("kissbot")
            await home.answers("!ping")
            twitch.change_password("ada")
            await asyncio.sleep(5)  # the time in which every login is renewed once more
            for words in COMMANDS:
                shown.append(await home.runs(*words))
            watching.cancel()
        config = home.folder / "config.yaml"
        config.write_text(config.read_text().replace(twitch.credentials.client_secret, "of-another-app"))
        shown.append(await home.runs("doctor"))
        secrets = twitch.secrets | set((home.folder / ".kissbot.key").read_text().split())
    assert len(secrets) > 10
    assert any("renew" in words for words in arguments)
    texts = [done.out + done.err for done in shown] + [home.log, *arguments]
    for secret in secrets:
        assert not any(secret in text for text in texts)
        for file in written(home.folder):
            assert secret.encode() not in file.read_bytes(), file


COMMANDS = (
    ("doctor",),
    ("doctor", "--json"),
    ("logins",),
    ("logins", "--json"),
    ("key", "show"),
    ("why", "ada"),
    ("audit", "--json"),
    ("channels", "--json"),
    ("export", "export.json"),
    ("backup", "--without-secrets", "backup.kissbot"),
)


def written(folder: Path) -> Iterator[Path]:
    """Every file of the bot in which no secret may be: all but the key and the configuration."""
    for file in folder.rglob("*"):
        if file.is_file() and not file.name.startswith((".kissbot.key", "config.yaml")):
            yield file


async def watch_processes(arguments: set[str]) -> None:
    """Note how each of our processes was started."""
    while True:
        for process in psutil.Process().children(recursive=True):
            try:
                arguments.add(" ".join(process.cmdline()))
            except psutil.Error:
                continue
        await asyncio.sleep(0.02)

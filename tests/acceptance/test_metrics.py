"""The whole bot, watched as an operator and a Prometheus would."""

import asyncio
import json
import shutil
import socket
import sqlite3
from collections.abc import AsyncIterator, Callable
from contextlib import AsyncExitStack
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import aiohttp
import pytest
from prometheus_client.parser import text_string_to_metric_families

from kissbot.app.metrics.meters import METERS
from kissbot.sandbox.twitch import Sandbox

from .home import PATIENCE, Home

VIEWER, WORDS = "vera_the_viewer", "hades of the underworld"


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


@dataclass
class Watcher:
    """Asks a bot over HTTP how it fares."""

    http: aiohttp.ClientSession
    url: str

    async def get(self, path: str) -> tuple[int, str]:
        async with self.http.get(f"{self.url}{path}") as answer:
            return answer.status, await answer.text()

    async def ready(self) -> tuple[int, dict[str, str]]:
        """The status, and why it is not ready."""
        status, body = await self.get("/readyz")
        told = json.loads(body)
        assert told["ready"] is (status == 200) is (not told["why"])
        return status, told["why"]

    async def figures(self) -> dict[tuple[str, frozenset[tuple[str, str]]], float]:
        _, text = await self.get("/metrics")
        return {
            (sample.name, frozenset(sample.labels.items())): sample.value
            for family in text_string_to_metric_families(text)
            for sample in family.samples
        }

    async def figure(self, name: str, **labels: str) -> float:
        return (await self.figures()).get((name, frozenset(labels.items())), -1)

    async def becomes(self, condition: Callable[[int, dict[str, str]], bool]) -> dict[str, str]:
        """Wait until it is so ready, or not; why."""
        async with asyncio.timeout(3 * PATIENCE):
            while not condition(*(found := await self.ready())):
                await asyncio.sleep(0.05)
        return found[1]


@dataclass
class Scene:
    """A bot that is watched."""

    home: Home
    twitch: Sandbox
    watcher: Watcher
    stack: AsyncExitStack
    """Closes Twitch before its time."""


@pytest.fixture
async def scene(tmp_path: Path) -> AsyncIterator[Scene]:
    port = free_port()
    async with AsyncExitStack() as stack, aiohttp.ClientSession() as http:
        stack_of_twitch = await stack.enter_async_context(AsyncExitStack())
        twitch = await stack_of_twitch.enter_async_context(Sandbox(("ada", "bob"), enforce_limits=False))
        home = Home(tmp_path, twitch)
        home.configure(["ada", "bob"], metrics={"port": port})
        await home.logs_in("kissbot")
        async with home.bot(channels=2):
            watcher = Watcher(http, f"http://127.0.0.1:{port}")
            await watcher.becomes(lambda status, _: status == 200)
            yield Scene(home, twitch, watcher, stack_of_twitch)


async def test_a_bot_at_work_is_seen_as_it_is(scene: Scene) -> None:
    home, watcher = scene.home, scene.watcher
    assert await watcher.get("/healthz") == (200, '{"alive": true}')
    for _ in range(3):
        scene.twitch.say("ada", user=VIEWER, text="good evening")
    assert await home.answers(f"!gi {WORDS}", user=VIEWER)
    assert await home.answers("!ping", user=VIEWER)
    assert await watcher.figure("kissbot_lines_heard_total") >= 5
    assert await watcher.figure("kissbot_commands_total", outcome="answered") >= 1
    assert await watcher.figure("kissbot_command_uses_total", command="ping") == 1
    assert await watcher.figure("kissbot_step_duration_seconds_count", step="answer") == 2
    assert await watcher.figure("kissbot_step_duration_seconds_bucket", step="answer", le="+Inf") == 2
    assert await watcher.figure("kissbot_lines_sent_total") == 2
    assert await watcher.figure("kissbot_channels") == 2
    assert await watcher.figure("kissbot_deaf") == 0
    assert await watcher.figure("kissbot_logins", kind="bot", state="good") == 1
    assert await watcher.figure("kissbot_database_up") == 1
    assert await watcher.figure("process_resident_memory_bytes") > 10e6
    assert await watcher.figure("kissbot_log_lines_lost_total", why="disk") == 0
    await keeps_to_the_conventions((await watcher.get("/metrics"))[1])
    await has_written(scene)


async def keeps_to_the_conventions(text: str) -> None:
    """Names, help and labels are as declared; no viewer and nothing that was typed is in it."""
    families = {family.name: family for family in text_string_to_metric_families(text)}
    for meter in METERS:
        family = families[meter.name]
        assert family.documentation == meter.help
        assert family.type == meter.kind
        for sample in family.samples:
            assert set(sample.labels) - {"le"} == set(meter.labels)
    labels = {
        value for family in families.values() for one in family.samples for value in one.labels.values()
    }
    assert not labels & {VIEWER, "ada", "bob", *WORDS.split()}
    assert VIEWER not in text
    if promtool := shutil.which("promtool"):
        checking = await asyncio.create_subprocess_exec(
            *(promtool, "check", "metrics"),
            stdin=asyncio.subprocess.PIPE,
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.STDOUT,
        )
        out, _ = await checking.communicate(text.encode())
        assert (checking.returncode, out.decode()) == (0, "")


async def test_a_bot_that_is_deaf_is_not_ready_and_says_why(scene: Scene) -> None:
    await scene.stack.aclose()  # Twitch is gone
    why = await scene.watcher.becomes(lambda status, why: status == 503 and "up for" in why["hearing"])
    assert why["hearing"].startswith("no connection to Twitch has been up for")
    assert await scene.watcher.figure("kissbot_deaf") == 1
    assert await scene.watcher.figure("kissbot_deaf_seconds_total") > 0
    lost = [name for name, _ in await scene.watcher.figures() if name == "kissbot_connections_lost_total"]
    assert lost
    assert (await scene.watcher.get("/healthz"))[0] == 200


async def test_a_bot_that_cannot_write_to_its_database_is_not_ready(scene: Scene) -> None:
    other = sqlite3.connect(scene.home.folder / "kissbot.db", isolation_level=None)
    other.execute("BEGIN EXCLUSIVE")  # somebody keeps the database to themselves
    try:
        why = await scene.watcher.becomes(lambda status, why: status == 503)
    finally:
        other.execute("ROLLBACK")
        other.close()
    assert "database" in why
    await scene.watcher.becomes(lambda status, _: status == 200)


async def has_written(scene: Scene) -> None:
    """Logs and samples are in files, and hold no secret."""
    home = scene.home
    whole = (home.folder / "logs" / "kissbot.log").read_text()
    lines: list[dict[str, Any]] = [json.loads(line) for line in whole.splitlines()]
    assert {"listening", "twitch_connected", "metrics_served"} <= {line["event"] for line in lines}
    assert VIEWER not in whole
    assert not [secret for secret in scene.twitch.secrets if secret in whole]
    async with asyncio.timeout(3 * PATIENCE):
        while not (home.folder / "logs" / "samples.jsonl").exists():
            await asyncio.sleep(0.2)
    shown = await home.runs("metrics", "view")
    assert shown.status == 0, shown.err
    assert "RAM" in shown.out


async def test_a_port_that_is_taken_stops_no_bot(tmp_path: Path) -> None:
    async with Sandbox(("ada",), enforce_limits=False) as twitch:
        home = Home(tmp_path, twitch)
        with socket.socket() as taken:
            taken.bind(("127.0.0.1", 0))
            taken.listen()
            home.configure(["ada"], metrics={"port": taken.getsockname()[1]})
            await home.logs_in("kissbot")
            async with home.bot(channels=1):
                assert (await home.answers("!ping")).startswith("Pong")
        assert "metrics_not_served" in home.log


async def test_a_folder_of_logs_that_cannot_be_there_stops_no_bot(tmp_path: Path) -> None:
    async with Sandbox(("ada",), enforce_limits=False) as twitch:
        home = Home(tmp_path, twitch)
        (home.folder / "logs").write_text("this is a file")
        home.configure(["ada"])
        await home.logs_in("kissbot")
        async with home.bot(channels=1):
            assert (await home.answers("!ping")).startswith("Pong")
        assert home.log.count("cannot be written") == 1

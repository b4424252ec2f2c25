"""The whole bot with models on real sockets: when they answer, fail, come back, or are not there."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import pytest

from kissbot.chat.lines import REPEAT_MARK
from kissbot.sandbox.twitch import Sandbox
from kissbot.testing.models import MODEL, ModelServer, Script, knows

from .home import Home as Folder


class Home(Folder):
    """Hears no marks that nobody sees."""

    async def answers(self, *asked: Any, **details: Any) -> str:
        return (await super().answers(*asked, **details)).replace(REPEAT_MARK, "")


FACTS = {
    "sky": "Air scatters blue light more than red light.",
    "joke": "A null walks into a bar.",
    "Translate": "Good morning, everybody!",
}


@asynccontextmanager
async def talking(folder: Path, *servers: ModelServer, **llm: Any) -> AsyncIterator[Home]:
    """A bot that asks these servers."""
    routes = [
        {"name": f"model{number}", "url": server.url, "model": MODEL} for number, server in enumerate(servers)
    ]
    async with Sandbox(("ada", "bob"), enforce_limits=False) as twitch:
        home = Home(folder, twitch)
        home.configure(["ada", "bob"], llm={"routes": routes, **llm})
        await home.logs_in("kissbot")
        async with home.bot(channels=2):
            yield home


async def test_one_model_answers_everything_that_wants_words(tmp_path: Path) -> None:
    async with (
        ModelServer(Script(knows(FACTS))) as server,
        talking(tmp_path, server) as home,
    ):
        assert await home.answers("!ask why is the sky blue?") == f"🤖 {FACTS['sky']}"
        assert await home.answers("@kissbot is the sky ever green?", user="tom") == FACTS["sky"]
        assert await home.answers("!joke", user="zoe") == f"😄 {FACTS['joke']}"
        assert await home.answers("@kissbot thank you", user="ben") == "💜 You are welcome, ben!"
        said = await home.answers("!wiki twitch", user="kim")
        assert said.startswith("📚 Twitch")
        found = await home.runs("doctor")
        assert "model0 answers" in found.out


@pytest.mark.parametrize("fault", ["hang", "drip", "unwell", "page", "reset"])
async def test_a_model_that_fails_costs_no_answer_when_another_is_there(tmp_path: Path, fault: Any) -> None:
    async with (
        ModelServer(Script(knows(FACTS), fault=fault)) as ill,
        ModelServer(Script(knows(FACTS))) as well,
        talking(tmp_path, ill, well) as home,
    ):
        for number in range(4):
            said = await home.answers(f"!ask why is the sky blue, number {number}?", user=f"v{number}")
            assert said == f"🤖 {FACTS['sky']}"
        assert ill.asked, "the new one is tried, too"


async def test_when_the_model_is_gone_the_bot_says_so_and_when_it_is_back_it_answers(tmp_path: Path) -> None:
    async with ModelServer(Script(knows(FACTS))) as server:
        port = int(server.url.rpartition(":")[2].partition("/")[0])
        async with talking(tmp_path, server) as home:
            assert await home.answers("!ask why is the sky blue?") == f"🤖 {FACTS['sky']}"
            await server.__aexit__(None, None, None)
            honest = await home.answers("!ask why is the sky blue today?", user="tom")
            assert honest == "🤖 I have no good answer to that right now."
            async with ModelServer(Script(knows(FACTS)), port=port):
                await asyncio.sleep(0.2)
                said = await home.answers("!ask why is the sky blue now?", user="zoe")
                assert said == f"🤖 {FACTS['sky']}"


async def test_without_any_the_operator_learns_what_to_do(tmp_path: Path) -> None:
    async with talking(tmp_path) as home:
        said = await home.answers("!ask why is the sky blue?")
        assert "llm.model_endpoint in config.yaml" in said
        assert "!help" in await home.answers("@kissbot what do you think?", user="tom")


async def test_what_was_learnt_and_spent_survives_a_restart(tmp_path: Path) -> None:
    async with ModelServer(Script(knows(FACTS))) as server, Sandbox(("ada",), enforce_limits=False) as twitch:
        home = Home(tmp_path, twitch)
        routes = [{"name": "model", "url": server.url, "model": MODEL}]
        home.configure(["ada"], llm={"routes": routes, "budget": {"channel_requests_per_hour": 2}})
        await home.logs_in("kissbot")
        async with home.bot(channels=1):
            for number in range(2):
                assert FACTS["sky"] in await home.answers("!ask why is the sky blue?", user=f"v{number}")
        async with home.bot(channels=1):
            assert "enough of my thinking" in await home.answers("!ask why is the sky blue?", user="tom")

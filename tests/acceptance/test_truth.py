"""What moderators settle: for every process of the bot, over restarts and kills, and in another bot."""

import asyncio
from pathlib import Path

import msgspec

from kissbot.chat.lines import REPEAT_MARK
from kissbot.sandbox.twitch import Sandbox

from .home import PATIENCE, Home

CHANNELS = ("ada", "bob")
MODERATORS = 30


async def at_home(folder: Path, twitch: Sandbox) -> Home:
    """A bot that is logged in, and hears every line in each of its processes."""
    home = Home(folder, twitch)
    home.configure(CHANNELS)
    config = folder / "config.yaml"
    content = msgspec.json.decode(config.read_bytes())
    content["twitch"]["conduit"] = "off"
    config.write_bytes(msgspec.json.encode(content))
    await home.logs_in("kissbot", "--bot")
    return home


class Chat:
    """Asks, each time as somebody else."""

    def __init__(self, home: Home) -> None:
        self._home, self._viewers = home, 0

    async def asks(self, line: str, channel: str = "ada") -> str:
        """What a viewer is answered."""
        self._viewers += 1
        answer = await self._home.answers(line, channel, user=f"viewer{self._viewers}")
        return answer.replace(REPEAT_MARK, "")

    async def says(
        self, line: str, who: str = "mia", channel: str = "ada", patience: float = PATIENCE
    ) -> str:
        """What a moderator is answered."""
        answer = await self._home.answers(line, channel, "moderator", who, patience)
        return answer.replace(REPEAT_MARK, "")


async def test_what_a_moderator_confirms_is_known_to_all_until_it_is_undone(tmp_path: Path) -> None:
    async with Sandbox(CHANNELS, enforce_limits=False) as twitch:
        home = await at_home(tmp_path, twitch)
        chat = Chat(home)
        twitch.set_stream("ada", live=True, title="One more run", game="Hades")
        async with home.bot(channels=2):
            listed = await chat.asks("!qgame hades")
            assert listed.startswith("🔬 Superposition of 'hades': 1. ⚛️ Hades (2020)")
            assert listed.endswith("→ !collapse hades 1")
            assert (await chat.asks("!collapse hades 1")).startswith("🔒 !collapse is for moderators.")
            assert "🔬" in await chat.asks("!qgame hades")
            assert await chat.says("!collapse hades 1") == "💥 @mia collapsed 'hades' → Hades (2020) ✅"
            await everywhere(chat)
        async with home.bot(channels=2), home.bot(channels=2):  # a restart, and another process
            for _ in range(4):  # whichever of them answers
                await everywhere(chat)
            assert (await chat.says("!collapse hades undo")).startswith("↩️ @mia took back 'hades'")
            for _ in range(4):
                assert "🔬" in await chat.asks("!qgame hades")
                assert "🔥 HIGH" not in await chat.asks("!gi hades")
            await chat.says("!collapse hades 1", "max", "bob")
        assert "Traceback" not in home.log
        audit = (await home.runs("audit")).out
        assert "GAME hades = Hades (2020)" in audit
        assert "undone" in audit


async def everywhere(chat: Chat) -> None:
    """The game is known to be confirmed wherever it is named."""
    assert await chat.asks("!qgame hades") == "🔒 Hades (2020) ✅ confirmed (1)"
    assert await chat.asks("!qgame hads") == "🔒 Hades (2020) ✅ confirmed (1)"
    for line in ("!gi hades", "!gi hads", "!gi hadès", "!gc"):
        answer = await chat.asks(line)
        assert "Hades (2020)" in answer, line
        assert "🔥 HIGH" in answer, line


async def test_two_processes_at_one_moment_and_one_of_them_killed_leave_it_whole(tmp_path: Path) -> None:
    async with Sandbox(CHANNELS, enforce_limits=False) as twitch:
        home = await at_home(tmp_path, twitch)
        chat = Chat(home)
        async with home.bot(channels=2) as first, home.bot(channels=2):
            await chat.asks("!qgame hades")
            confirming = []
            for number in range(MODERATORS):
                says = chat.says("!collapse hades 1", f"mod{number}", patience=5)
                confirming.append(asyncio.create_task(says))
                await asyncio.sleep(0.02)
                if number == MODERATORS // 2:
                    first.kill()
            told = await asyncio.gather(*confirming)
            told.append(await chat.says("!collapse hades 1", "last"))
            assert told[-1].startswith("💥"), "the one that is left goes on"
        async with home.bot(channels=2):
            known = await chat.asks("!qgame hades")
            assert known.startswith("🔒 Hades (2020) ✅ confirmed (")
            count = int(known.partition("(2020) ✅ confirmed (")[2].rstrip(")"))
            assert sum(line.startswith("💥") for line in told) <= count <= MODERATORS + 1
        exported = msgspec.json.decode((await home.runs("truth", "export")).out.encode())
        assert len({each["who"] for each in exported["confirmations"]}) == count


async def test_a_truth_is_taken_along_to_another_bot(tmp_path: Path) -> None:
    async with Sandbox(CHANNELS, enforce_limits=False) as twitch:
        home = await at_home(tmp_path, twitch)
        chat = Chat(home)
        async with home.bot(channels=2):
            await chat.says("!collapse hades 1")
            await chat.says("!collapse hades 1")
        file = tmp_path / "truth.json"
        assert (await home.runs("truth", "export", str(file))).status == 0
        (tmp_path / "other").mkdir()
        other = await at_home(tmp_path / "other", twitch)
        chat = Chat(other)
        async with other.bot(channels=2):
            assert "🔬" in await chat.asks("!qgame hades")
            done = await other.runs("truth", "import", str(file))
            assert done.out == "Added: 1. Every running bot knows them from now on.\n"
            assert await chat.asks("!qgame hades", "bob") == "🔒 Hades (2020) ✅ confirmed (1)"
        assert (await other.runs("truth", "import", str(file))).out == "There is nothing to add.\n"
        file.write_text('{"format": 1, "confirmations": [{}]}')
        done = await other.runs("truth", "import", str(file))
        assert done.status == 1
        assert done.err == f"kissbot: {file}: confirmations[0]: object missing required field `domain`.\n"

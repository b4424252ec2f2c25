"""Everything nasty that people type, through real sockets into the bot and back."""

import asyncio
import json
import unicodedata
from pathlib import Path

from kissbot.app.child import BotProcess
from kissbot.chat.tally import Outcome
from kissbot.sandbox.twitch import Sandbox

COMMANDS = ("", "!gi ", "!gs ", "!gc ", "!help ", "!kissanniv ", "!ping ", "!stats ", "@kissbot ")
AHEAD = 20
"""Texts that may wait for their answers: an answer that waits too long is given up, on a busy machine too."""


async def sends(twitch: Sandbox, lines: int) -> None:
    """Wait until the bot has sent so many lines."""
    async with asyncio.timeout(20):
        while len(twitch.sent) < lines:
            await asyncio.sleep(0.01)


async def test_no_input_breaks_the_bot_or_what_it_sends(
    shared: Path, twitch: Sandbox, bot: BotProcess
) -> None:
    rows = (shared / "data" / "bad_inputs_dev.jsonl").read_text().splitlines()
    texts = [json.loads(row)["text"] for row in rows]
    for number, text in enumerate(texts):
        for command in COMMANDS:
            twitch.say("ada" if number % 2 else "chloe", user=f"u{number}{command[1:3]}", text=command + text)
        await sends(twitch, (number - AHEAD) * (len(COMMANDS) - 1))
    await sends(twitch, len(texts) * (len(COMMANDS) - 1))
    tally = await bot.stop()
    assert set(tally.outcomes) == {Outcome.ANSWERED, Outcome.REFUSED}
    assert (bot.status, bot.log.count("Traceback")) == (0, 0)
    for sent in twitch.sent:
        assert len(sent.text.encode("utf-16-le")) <= 1000
        assert not sent.text.startswith(("/", ".", "!"))
        assert not {unicodedata.category(char) for char in sent.text} & {"Cc", "Cf", "Cs"}

"""!kissanniv: a birthday line, a different one each time."""

from random import Random
from typing import Final

from kissbot.chat.commands import Feature, Invocation, Reply
from kissbot.chat.texts import text

feature = Feature("birthday")

WISHES: Final = (
    text("🎂 Happy birthday, {name}! May the loot be legendary."),
    text("🎉 {name} levels up today! Happy birthday!"),
    text("🥳 Happy birthday, {name}! One more year, no respawn needed."),
    text("🎈 Chat, sing for {name}! Happy birthday!"),
    text("🍰 A slice of cake and a critical hit for {name}. Happy birthday!"),
    text("💋 A kiss and a happy birthday from the bot, {name}!"),
)


@feature.command("kissanniv", "anniv", usage="[name]", cooldown=30, example=("!kissanniv ada", "ada"))
async def wish(asked: Invocation, chance: Random) -> Reply:
    """Wishes somebody a happy birthday."""
    name = asked.argument.lstrip("@") or asked.viewer.name
    return text(chance.choice(WISHES).msgid, name=name)

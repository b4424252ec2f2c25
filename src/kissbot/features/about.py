"""!source and the greeting: who the bot is and what it can do."""

from kissbot.chat.channels import Channels
from kissbot.chat.commands import Feature, Invocation, Reply
from kissbot.chat.identity import Identity
from kissbot.chat.messages import Joined
from kissbot.chat.texts import text

feature = Feature("about")


@feature.command("source", "kissgit", "serdagit", cooldown=30, example=("!source", "KissBot"))
async def source(asked: Invocation, bot: Identity) -> Reply:
    """Where the bot's source is, and who wrote it."""
    shown = text("💻 KissBot {version} (MIT) by {author}", version=bot.version, author=bot.author)
    return text("{about} · {url}", about=shown, url=bot.source_url) if bot.source_url else shown


@feature.on(Joined)
async def greet(joined: Joined, channels: Channels, bot: Identity) -> Reply:
    """Says hello on joining a channel that wants it."""
    settings = channels.of(joined.channel)
    if not settings.greeting:
        return None
    return text(
        "👋 {channel}! 👾 {bot} {version} is here · 🎮 {prefix}gc current game · "
        "🤖 {prefix}gi <game> details · 📖 {prefix}help",
        channel=joined.channel.login,
        bot=bot.login,
        version=bot.version,
        prefix=settings.prefix,
    )

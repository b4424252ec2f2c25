"""!shout: a feature that needs more of Twitch than most; found where tests say so."""

from kissbot.chat.commands import Feature, Invocation, Reply

feature = Feature("shouting", scopes={"moderator:manage:shoutouts": "to give shoutouts"})


@feature.command("shout")
async def shout(asked: Invocation) -> Reply:
    """Shouts."""
    return "shouted"

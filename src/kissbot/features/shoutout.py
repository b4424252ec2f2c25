"""!so: points to another channel, and so does a raid where that is wanted."""

from typing import Protocol

from msgspec import Struct

from kissbot.chat.changes import LOGIN
from kissbot.chat.channels import Channels
from kissbot.chat.commands import Feature, Invocation, Reply
from kissbot.chat.errors import Refusal
from kissbot.chat.happenings import Raided
from kissbot.chat.messages import Channel, Rank
from kissbot.chat.tasks import Tasks
from kissbot.chat.texts import text

feature = Feature("shoutout", optional_scopes={"moderator:manage:shoutouts": "to give Twitch's own shoutout"})


class Streamer(Struct, frozen=True):
    """Somebody who may be worth a visit."""

    channel: Channel
    name: str
    game: str = ""
    """What they play, or played last."""


class Streamers(Protocol):
    """Knows people by their logins. Raises `Unavailable` when nobody can be asked."""

    async def find(self, login: str) -> Streamer | None:
        """The streamer of that login; None when there is nobody."""
        ...

    async def recommend(self, streamer: Streamer, here: Channel) -> None:
        """Give the platform's own shoutout, if it lets us; never fails."""
        ...


@feature.command("so", usage="<name>", rank=Rank.MODERATOR, example=("!so bob", "twitch.tv/bob"))
async def shout_out(asked: Invocation, streamers: Streamers, tasks: Tasks) -> Reply:
    """Sends viewers to somebody's channel."""
    login = asked.argument.lower().removeprefix("@")
    if not LOGIN.fullmatch(login):
        raise Refusal(text("📣 Whose channel? {command} <name>", command=f"{asked.settings.prefix}so"))
    streamer = await streamers.find(login)
    if streamer is None:
        raise Refusal(text("🤷 I know nobody called “{name}”.", name=login))
    return _sent_to(streamer, asked.channel, streamers, tasks)


@feature.on(Raided)
async def thank(raid: Raided, channels: Channels, streamers: Streamers, tasks: Tasks) -> Reply:
    """Sends viewers to the channel that a raid came from."""
    if not channels.of(raid.channel).shoutout:
        return None
    streamer = await streamers.find(raid.raider.login)
    return _sent_to(streamer, raid.channel, streamers, tasks) if streamer else None


def _sent_to(streamer: Streamer, here: Channel, streamers: Streamers, tasks: Tasks) -> Reply:
    if streamer.channel != here:
        tasks.start(streamers.recommend(streamer, here), f"shoutout {streamer.channel.login}")
    name, link = streamer.name, f"twitch.tv/{streamer.channel.login}"
    if not streamer.game:
        return text("📣 Go and see {name}: {link}", name=name, link=link)
    return text(
        "📣 Go and see {name}: {link}, last seen playing {game}", name=name, link=link, game=streamer.game
    )

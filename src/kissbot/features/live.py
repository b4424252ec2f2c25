"""Tells that a stream began or ended: in its own chat, in other chats that want to know, and elsewhere."""

from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from typing import Final, Protocol

import structlog
from msgspec import Struct

from kissbot.chat.airing import FLAPS_WITHIN, Take
from kissbot.chat.announcing import UNKNOWN, fill, wording
from kissbot.chat.channels import Channels
from kissbot.chat.commands import Feature, Reply
from kissbot.chat.drops import passes
from kissbot.chat.errors import Unavailable
from kissbot.chat.happenings import StreamOffline, StreamOnline
from kissbot.chat.messages import Channel
from kissbot.chat.ports import Notes
from kissbot.chat.tasks import Tasks
from kissbot.chat.texts import text
from kissbot.chat.voice import NEWS_KEEPS, Voice

feature = Feature("live")

log = structlog.get_logger(__name__)


class Airings(Protocol):
    """Knows the latest stream of each channel, for every process of the bot."""

    async def begin(self, online: StreamOnline) -> Take | None:
        """Note that a stream runs; a `Take` when it is to be announced, and nobody else is about to."""
        ...

    async def end(self, offline: StreamOffline) -> bool:
        """Note that a stream has ended; whether that was not known."""
        ...

    async def settle(self, online: StreamOnline, *, done: bool) -> None:
        """What was taken is announced, or given back."""
        ...


class Show(Struct, frozen=True):
    """What is on in a channel; None for what nobody knows."""

    title: str = ""
    game: str = ""
    viewers: int | None = None


class Shows(Protocol):
    """Knows what is on. Raises `Unavailable` when that cannot be found out: nothing is invented."""

    async def on(self, online: StreamOnline) -> Show:
        """What a stream that has just begun shows; waits until the platform knows it, too."""
        ...

    async def last(self, channel: Channel) -> Show:
        """What was on last."""
        ...


class Elsewhere(Protocol):
    """Takes news to a place that is no chat of this platform."""

    @property
    def wanted(self) -> bool:
        """Whether there is such a place."""
        ...

    def post(self, news: str) -> None:
        """Hand on a line; returns at once, and never fails."""
        ...


OFFLINE: Final = "offline"
ONLINE: Final = "online"


@feature.on(StreamOnline)
async def went_live(
    online: StreamOnline,
    airings: Airings,
    shows: Shows,
    voice: Voice,
    channels: Channels,
    elsewhere: Elsewhere,
    tasks: Tasks,
) -> Reply:
    """Announces a stream, once."""
    if take := await airings.begin(online):
        news = _News(online, take, airings, shows, voice, channels, elsewhere, tasks)
        tasks.start(news.spread(), f"announce {online.channel.login}")
    return None


@feature.on(StreamOffline)
async def went_offline(
    offline: StreamOffline, airings: Airings, shows: Shows, channels: Channels, notes: Notes
) -> Reply:
    """Tells that a stream has ended, where that is wanted."""
    if not await airings.end(offline):
        return None
    channel = offline.channel
    template = wording(channels.of(channel).lines, OFFLINE)
    if template is None or await notes.claim(f"offline:{channel.id}", FLAPS_WITHIN):
        return None
    if template:
        with suppress(Unavailable):
            return fill(template, _blanks(channel, await shows.last(channel)))
    return text("⚫ @{channel} is offline. See you next time!", channel=channel.login)


@dataclass(frozen=True)
class _News:
    """One stream that has begun, and everybody who is to know."""

    online: StreamOnline
    take: Take
    airings: Airings
    shows: Shows
    voice: Voice
    channels: Channels
    elsewhere: Elsewhere
    tasks: Tasks

    async def spread(self) -> None:
        """Tell everybody; what was not shown for a reason that passes is given back.

        When the bot is stopped meanwhile, nobody knows what was shown: what is taken stays so for a while.
        """
        try:
            done = await self._spread()
        except Exception as error:
            await self.airings.settle(self.online, done=False)
            if not isinstance(error, Unavailable):
                raise
            log.warning("show_unknown", channel=self.online.channel.login, stream=self.online.stream_id)
        else:
            await self.airings.settle(self.online, done=done)

    async def _spread(self) -> bool:
        here = wording(self.channels.of(self.online.channel).lines, ONLINE)
        others = [] if self.take.again else list(self._others())
        abroad = self.elsewhere.wanted and not self.take.again
        if here is None and not others and not abroad:
            return True
        show = await self.shows.on(self.online)
        for channel in others:
            name = f"announce {self.online.channel.login} in {channel.login}"
            self.tasks.start(self._tell_other(channel, show), name)
        if abroad:
            self.elsewhere.post(self.voice.words(self.online.channel, self._with_link(show)))
        return here is None or await self._tell_here(here, show)

    def _others(self) -> Iterator[Channel]:
        login = self.online.channel.login
        for channel in self.channels.here.values():
            if login in self.channels.of(channel).streams and channel.login != login:
                yield channel

    async def _tell_here(self, template: str, show: Show) -> bool:
        """Whether that is done with: shown, or not to be shown any time soon."""
        channel = self.online.channel
        words = fill(template, _blanks(channel, show)) if template else _live(channel, show)
        about = f"online:{self.online.id}:{channel.id}"
        return not passes(await self.voice.tell(channel, words, about, keeps=self.take.keeps))

    async def _tell_other(self, channel: Channel, show: Show) -> None:
        """In the words of that channel, if it has its own."""
        template = wording(self.channels.of(channel).lines, ONLINE)
        words = fill(template, _blanks(self.online.channel, show)) if template else self._with_link(show)
        about = f"online:{self.online.id}:{channel.id}"
        await self.voice.tell(channel, words, about, keeps=min(NEWS_KEEPS, self.take.keeps))

    def _with_link(self, show: Show) -> Reply:
        channel = self.online.channel
        return text("{news} → {link}", news=_live(channel, show), link=f"https://twitch.tv/{channel.login}")


def _live(channel: Channel, show: Show) -> Reply:
    if not show.title:
        return text("🔴 @{channel} is live!", channel=channel.login)
    return text("🔴 @{channel} is live! 🎮 {title}", channel=channel.login, title=show.title)


def _blanks(channel: Channel, show: Show) -> dict[str, object]:
    return {
        "channel": channel.login,
        "title": show.title,
        "game_name": show.game,
        "viewer_count": UNKNOWN if show.viewers is None else show.viewers,
    }

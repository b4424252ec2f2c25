"""Gathers the evidence for `kissbot why` and `!kiss why` from what the bot keeps, whichever process asks."""

import re
import time
from collections.abc import Iterable, Sequence
from datetime import UTC, datetime
from typing import Final, Protocol

import structlog
from msgspec import Struct
from msgspec.structs import replace

from kissbot.app.choosing import configured, entry_of, is_wanted
from kissbot.app.logins.renewal import config_mark
from kissbot.app.models import allowances
from kissbot.app.settings import Settings
from kissbot.app.store import Store
from kissbot.chat.book import Book
from kissbot.chat.channels import Channels, ChannelSettings
from kissbot.chat.commands import Commands, Invocation, Reply
from kissbot.chat.ear import Ear
from kissbot.chat.errors import Unavailable
from kissbot.chat.evidence import Evidence, Line, Subscribed, Thought
from kissbot.chat.gate import cooldown_key
from kissbot.chat.hearing import Gap
from kissbot.chat.logins import BOT, Login, Logins
from kissbot.chat.messages import Channel, ChatMessage, Rank, Viewer
from kissbot.chat.ports import Clock
from kissbot.chat.tally import Tally
from kissbot.chat.texts import text
from kissbot.chat.trail import NoTrail, Scribe, Step, Trail
from kissbot.chat.why import links, told
from kissbot.features import find_features
from kissbot.knowledge.answers.budget import Allowance, Budget, Spendings, first_hour
from kissbot.storage.accounts import Accounts
from kissbot.storage.state import ChannelState, Instance
from kissbot.storage.trouble import StorageTrouble
from kissbot.transports.twitch.payloads import CHAT_MESSAGE
from kissbot.transports.twitch.scopes import disabled, lacking

STEPS: Final = 200
"""How far back a message is looked for in the trail."""

LATELY: Final = 3600.0
"""Seconds for which it is told that a channel was deaf."""

_MESSAGE_ID: Final = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}")

log = structlog.get_logger(__name__)


class State(Protocol):
    """Knows what the running bot sees."""

    async def running(self) -> Sequence[Instance]:
        """Its processes."""
        ...

    async def of_channel(self, channel_id: str) -> ChannelState:
        """What became of the wish to hear a channel."""
        ...


class Claims(Protocol):
    """Knows what is claimed."""

    async def peek(self, key: str) -> float:
        """How many seconds a key is still held; 0 when it is free."""
        ...


class Place(Struct, frozen=True, kw_only=True):
    """A channel whose silence is to be explained."""

    login: str
    id: str = ""
    """Empty for one that was never found on Twitch."""
    settings: ChannelSettings
    wanted: bool = True
    parted: bool = False


class StoredReasons:
    """Explains silence from the database alone. Every method but `explain` raises `StorageTrouble`."""

    def __init__(self, settings: Settings, store: Store, clock: Clock) -> None:
        self._settings, self._clock = settings, clock
        self._logins: Logins = store.logins
        self._state: State = store.state
        self._notes: Claims = store.notes
        self._trail: Trail = store.trail
        self._spendings: Spendings = store.spendings
        self._features = find_features()

    async def explain(self, asked: Invocation) -> Reply:
        """The first thing that is wrong in the channel of the one who asks, in a line."""
        place = Place(login=asked.channel.login, id=asked.channel.id, settings=asked.settings)
        try:
            return told(links(await self.evidence(place)))
        except StorageTrouble as trouble:
            log.error("why_unknown", channel=place.login, why=str(trouble))
            raise Unavailable(
                text("💾 I cannot look that up right now. Please try again later.")
            ) from trouble

    async def evidence(self, place: Place, examined: Line | str = "") -> Evidence:
        """Everything that is known of a place."""
        login = await self._logins.get(BOT)
        seen = await self._state.of_channel(place.id)
        return Evidence(
            now=self._clock.time(),
            channel=place.login,
            settings=place.settings,
            running=bool(await self._state.running()),
            login=login,
            seeded=bool(config_mark(self._settings)),
            missing=lacking(login, self._settings.twitch.chat) if login else {},
            disabled=self._disabled(login, place) if login else {},
            wanted=place.wanted,
            parted=place.parted,
            found=bool(place.id),
            subscription=_subscribed(seen),
            connected=_connected(seen),
            gap=_latest_gap(seen, self._clock.time()),
            thought=await self._thought(place),
            heard_at=seen.heard_at,
            steps=tuple(await self._steps(place)),
            examined=examined,
        )

    async def examined(self, place: Place, message: str, viewer: Viewer) -> Line | str:
        """What a person means: the id of a message, or a line as `viewer` would type it."""
        steps = await self._steps(place)
        if any(step.message_id == message for step in steps) or _MESSAGE_ID.fullmatch(message):
            return message
        return await self._line(place, message, viewer, steps) if message else ""

    async def _thought(self, place: Place) -> Thought | None:
        """What is left of the tightest limit of the budget."""
        llm, now = self._settings.llm, self._clock.time()
        if not llm.asked(self._settings.apis.openai_key) or not place.id:
            return None
        of_channel, _ = allowances(llm.budget)
        budget = Budget(of_channel, Allowance(), await self._spendings.since(first_hour(now)))
        limits = [left for left in budget.left(place.id, now) if left.measure == "requests"]
        if out := budget.admits(place.id, "", now):
            return Thought(0, max((each.limit for each in limits), default=0), out.again_at)
        tightest = min(limits, key=lambda each: each.left, default=None)
        return Thought(tightest.left, tightest.limit) if tightest else None

    def _disabled(self, login: Login, place: Place) -> dict[str, list[str]]:
        wanted = [feature for feature in self._features if feature.name not in place.settings.off]
        return disabled(wanted, login)

    async def _steps(self, place: Place) -> list[Step]:
        return await self._trail.latest(place.id, STEPS) if place.id else []

    async def _line(self, place: Place, line: str, viewer: Viewer, steps: Iterable[Step]) -> Line:
        now = datetime.fromtimestamp(self._clock.time(), UTC)
        message = ChatMessage("", Channel(place.id, place.login), viewer, line, now)
        found = self._ear().parse(message, place.settings)
        if found is None:
            return Line(text=line, viewer=viewer)
        asked = Invocation(found[0], message, found[1], place.settings)
        left = await self._seconds_left(asked, steps)
        return Line(text=line, viewer=viewer, command=asked.command, seconds_left=left)

    def _ear(self) -> Ear:
        """An ear that understands as the bot's does."""
        commands = Commands(command for feature in self._features for command in feature.commands)
        scribe = Scribe(NoTrail(), self._clock)
        return Ear(self._settings.bot.name, commands, Channels(), Tally(0), scribe)

    async def _seconds_left(self, asked: Invocation, steps: Iterable[Step]) -> float:
        """Of the cooldown: the viewer's own, or the longest of those who asked when it is nobody's."""
        if asked.command.exempt and asked.viewer.rank >= Rank.MODERATOR:
            return 0
        asked_too = {step.viewer_id for step in steps if step.command == asked.command.name}
        viewers = {asked.viewer.id} if asked.viewer.id else asked_too | {""}
        return max([await self._notes.peek(cooldown_key(_asked_by(asked, viewer))) for viewer in viewers])


async def examine(
    settings: Settings, store: Store, channel: str, message: str = "", user: str = ""
) -> Evidence:
    """What is known of a channel by its login, and of a line or a message there. Raises `StorageTrouble`."""
    place = await place_of(settings, store.book, store.accounts, channel)
    viewer = await viewer_of(settings, store.accounts, place, user)
    reasons = StoredReasons(settings, store, time)
    return await reasons.evidence(place, await reasons.examined(place, message, viewer))


async def place_of(settings: Settings, book: Book, accounts: Accounts, login: str) -> Place:
    """A channel by its login, with what holds there."""
    entry, in_configuration = await entry_of(book, login), configured(settings)
    found = await accounts.find(login)
    return Place(
        login=login,
        id=found.id if found else "",
        settings=entry.choices.over(in_configuration.get(login, settings.for_all())),
        wanted=is_wanted(entry, login in in_configuration),
        parted=entry.present is False,
    )


async def viewer_of(settings: Settings, accounts: Accounts, place: Place, name: str) -> Viewer:
    """Somebody who types in a place. Viewers are not kept, so the id may be unknown, and badges are."""
    login = name.lower().lstrip("@")
    account = await accounts.find(login)
    rank = Rank.BROADCASTER if login == place.login else Rank.EVERYONE
    if login in {owner.lower() for owner in settings.bot.owners}:
        rank = Rank.OWNER
    return Viewer(account.id if account else "", login, name.lstrip("@"), rank)


def _asked_by(asked: Invocation, viewer_id: str) -> Invocation:
    return replace(asked, message=replace(asked.message, viewer=replace(asked.viewer, id=viewer_id)))


def _subscribed(seen: ChannelState) -> Subscribed | None:
    found = seen.of(CHAT_MESSAGE)
    return Subscribed(found.status, found.why, found.way) if found and found.status != "wanted" else None


def _connected(seen: ChannelState) -> bool:
    """Whether any process has a connection of the kind that the channel's lines come over."""
    found = seen.of(CHAT_MESSAGE)
    way = found.way if found else ""
    return any(how.hears_by(way) for how in seen.listening) if seen.listening else bool(seen.connected)


def _latest_gap(seen: ChannelState, now: float) -> Gap | None:
    return next((gap for gap in seen.gaps if gap.to_at > now - LATELY), None)

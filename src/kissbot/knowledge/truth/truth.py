"""The truth by name: lists of candidates that are shown, and what moderators made of them."""

import asyncio
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from typing import Final

import msgspec
import structlog
from msgspec import Struct
from msgspec.structs import replace

from kissbot.chat.audit import Actor
from kissbot.chat.channels import Channels
from kissbot.chat.errors import Trouble, Unavailable
from kissbot.chat.lines import visible
from kissbot.chat.messages import Channel, Viewer
from kissbot.chat.ports import Clock, Notes
from kissbot.chat.tasks import Tasks
from kissbot.knowledge.truth.domain import Domain, Guess, Item, Rules
from kissbot.knowledge.truth.records import LONGEST, Confirmation, Option, Shown, Truths
from kissbot.knowledge.truth.votes import Answer, Votes

RENEWED_ONCE_IN: Final = 600.0
"""Seconds before a renewal that failed is tried again, by whichever process."""

_unsettled: Final = ContextVar("unsettled", default=False)

log = structlog.get_logger(__name__)


class Known(Struct, frozen=True):
    """A confirmed answer."""

    item: Item
    title: str
    confidence: float
    moderators: int
    """How many of them have confirmed it."""


class Unknown(Struct, frozen=True):
    """Nothing is close; the titles of what has the nearest names."""

    near: tuple[str, ...] = ()


class Census(Struct, frozen=True):
    """What is known in a domain, over all channels."""

    domain: str
    confirmed: int
    open: int
    """Names that have candidates, and that nobody has confirmed."""

    @property
    def names(self) -> int:
        """All that anything is known of."""
        return self.confirmed + self.open

    @property
    def percent(self) -> int:
        """How much of it is confirmed."""
        return round(100 * self.confirmed / self.names) if self.names else 0


class Truth:
    """What names stand for, in every domain. To change and search may raise `Trouble`, `Unavailable`."""

    def __init__(
        self, kept: Truths, notes: Notes, clock: Clock, tasks: Tasks, channels: Channels, rules: Rules
    ) -> None:
        self._kept, self._notes, self._clock = kept, notes, clock
        self._tasks, self._channels, self.rules = tasks, channels, rules
        self.domains: dict[str, Domain] = {}
        self._votes: dict[str, Votes] = {}
        self._revision = 0
        self._reading = asyncio.Lock()
        self._begun = self._done = 0
        """Reads of the database, numbered."""

    def add(self, domain: Domain) -> None:
        """From now on there is one domain more."""
        self.domains[domain.name] = domain

    # What is confirmed

    async def known(self, domain_name: str, query: str, channel: Channel) -> Known | None:
        """What a name stands for by the word of moderators; None when they have not said. Never fails."""
        domain = self.domains.get(domain_name)
        if domain is None or _unsettled.get() or len(query) > LONGEST:
            return None
        try:
            await self._follow()
        except Trouble as trouble:
            log.warning("truth_not_read", why=str(trouble))  # what is in memory may well be enough
        key, votes = domain.key(query), self._of(domain_name)
        answer = votes.answer(key, channel.id) or votes.similar(key, channel.id)
        return self._known(domain, answer, channel) if answer else None

    def _known(self, domain: Domain, answer: Answer, channel: Channel) -> Known | None:
        said = answer.confirmation
        try:
            item: Item = msgspec.json.decode(said.item, type=domain.kind)
        except (msgspec.DecodeError, UnicodeError) as error:
            log.error("confirmed_unreadable", domain=said.domain, query=said.query, why=str(error))
            return None
        if self._clock.time() - said.told_at > self.rules.ttl_verified_seconds:
            self._tasks.start(self._renew(domain, item, channel), f"renew {said.title}")
        return Known(item, said.title, self._boosted(said.confidence, answer.moderators), answer.moderators)

    def _boosted(self, confidence: float, moderators: int) -> float:
        return min(1.0, confidence + self.rules.confirmation_boost * moderators)

    async def _renew(self, domain: Domain, known: Item, channel: Channel) -> None:
        """Look up again what was confirmed; whatever comes of it, the old is good enough."""
        identity, language = _identity(domain, known), self._channels.of(channel).language
        try:
            if await self._notes.claim(f"renew:{domain.name}:{identity}", RENEWED_ONCE_IN):
                return
            with unsettled():
                findings = await domain.find(domain.words(known), channel, language)
            same = (guess.item for guess in findings.guesses if _identity(domain, guess.item) == identity)
            if item := next(same, None):
                await self._kept.renew(domain.name, identity, _encoded(item))
        except (Trouble, Unavailable) as error:
            log.info("confirmed_not_renewed", thing=identity, why=str(error))

    # What may be meant

    async def ask(self, domain_name: str, query: str, channel: Channel) -> Known | Shown | Unknown:
        """What a name stands for, or the list of what it may stand for, which is kept to be chosen from."""
        query = query[:LONGEST].strip()
        if known := await self.known(domain_name, query, channel):
            return known
        domain = self.domains[domain_name]
        if (listed := await self._listed(domain, query, channel)) and not self.has_expired(listed):
            return self._entangled(domain, listed, channel) or listed
        found = await self.search(domain_name, query, channel)
        return found if isinstance(found, Unknown) else self._entangled(domain, found, channel) or found

    async def search(self, domain_name: str, query: str, channel: Channel) -> Shown | Unknown:
        """A new list of candidates, whatever is confirmed; it is kept to be chosen from."""
        domain, query = self.domains[domain_name], query[:LONGEST].strip()
        if not domain.key(query):
            return Unknown()
        with unsettled():
            findings = await domain.find(query, channel, self._channels.of(channel).language)
        if not findings.guesses:
            near = findings.near[: self.rules.max_suggestions]
            return Unknown(tuple(visible(domain.title(item)) for item in near))
        return await self.offer(domain_name, query, channel, findings.guesses)

    async def offer(
        self, domain_name: str, query: str, channel: Channel, guesses: tuple[Guess, ...]
    ) -> Shown:
        """The list of what a channel is about to be shown; it is kept to be chosen from."""
        domain, query = self.domains[domain_name], query[:LONGEST].strip()
        kept, key = guesses[: self.rules.max_superposition_states], domain.key(query)
        options = tuple(self._option(domain, key, guess) for guess in kept)
        shown = self._list(domain, query, channel, options)
        await self._kept.keep(shown)
        return shown

    def _option(self, domain: Domain, key: str, guess: Guess) -> Option:
        """Others may have confirmed it where another channel decided otherwise."""
        item, identity = guess.item, _identity(domain, guess.item)
        return Option(
            identity=identity,
            title=visible(domain.title(item)),
            line=visible(domain.line(item)),
            item=_encoded(item),
            confidence=guess.confidence,
            moderators=self._of(domain.name).supporters(key, identity),
        )

    def _list(self, domain: Domain, query: str, channel: Channel, options: tuple[Option, ...]) -> Shown:
        return Shown(
            domain=domain.name,
            channel_id=channel.id,
            key=domain.key(query),
            query=query,
            options=options,
            at=self._clock.time(),
        )

    def confidence(self, option: Option) -> float:
        """In a candidate, with the word of moderators elsewhere (0-1)."""
        return self._boosted(option.confidence, option.moderators)

    def _entangled(self, domain: Domain, found: Shown, channel: Channel) -> Known | None:
        """The confirmation of the same thing under another name, when it is surely the same."""
        best, rules = found.options[0], self.rules
        if not rules.entanglement_enabled or self.confidence(best) < rules.auto_entangle_threshold:
            return None
        answer = self._of(domain.name).confirmed(best.identity, channel.id)
        return self._known(domain, answer, channel) if answer else None

    async def listed(self, query: str, channel: Channel) -> Shown | None:
        """The list of that name that a channel was shown last, of whichever domain, however old."""
        lists = [await self._listed(domain, query, channel) for domain in self.domains.values()]
        return max((shown for shown in lists if shown), key=lambda shown: shown.at, default=None)

    async def _listed(self, domain: Domain, query: str, channel: Channel) -> Shown | None:
        key = domain.key(query[:LONGEST])
        return await self._kept.shown(domain.name, channel.id, key) if key else None

    def has_expired(self, shown: Shown) -> bool:
        """Whether a list is too old to be chosen from."""
        return self._clock.time() - shown.at > self.rules.ttl_unverified_seconds

    # What moderators do

    async def confirm(self, shown: Shown, option: Option, by: Viewer, channel: Channel) -> None:
        """A moderator says which of a list is meant."""
        await self._kept.confirm(self._confirmation(shown, option, by, channel))
        await self._follow()

    async def undo(self, query: str, by: Viewer, channel: Channel) -> Confirmation | None:
        """Take back what this channel confirmed last of a name; None when there is no such thing."""
        await self._follow()
        mine = [
            said
            for domain in self.domains.values()
            if (said := self._of(domain.name).here(domain.key(query[:LONGEST]), channel.id))
        ]
        if not mine:
            return None
        last = max(mine, key=lambda said: said.order)
        done = await self._kept.undo(last, Actor("chat", by.id, by.login))
        await self._follow()
        return last if done else None

    async def link(self, query: str, other: Shown, by: Viewer, channel: Channel) -> Option:
        """A name means from now on what another one means, which is the first of its list."""
        option, query = other.options[0], query[:LONGEST].strip()
        key = self.domains[other.domain].key(query)
        confirmation = self._confirmation(replace(other, key=key, query=query), option, by, channel)
        await self._kept.confirm(replace(confirmation, same_as=other.key))
        await self._follow()
        return option

    async def settled(self, query: str, channel: Channel) -> Shown | None:
        """What a name stands for by the word of moderators, in whichever domain, as a list of one."""
        query = query[:LONGEST].strip()
        for domain in self.domains.values():
            if known := await self.known(domain.name, query, channel):
                option = self._option(domain, "", Guess(known.item, known.confidence))
                return self._list(domain, query, channel, (option,))
        return None

    async def forget(self, queries: Iterable[str], channel: Channel) -> dict[str, int]:
        """Forget a channel's lists of these names, or without names all that have expired; by domain."""
        names, expired = list(queries), self._clock.time() - self.rules.ttl_unverified_seconds
        forgotten = dict.fromkeys(self.domains, 0)
        for domain in self.domains.values():
            if not names:
                forgotten[domain.name] = await self._kept.drop(domain.name, channel.id, before=expired)
            for key in {domain.key(name[:LONGEST]) for name in names} - {""}:
                forgotten[domain.name] += await self._kept.drop(domain.name, channel.id, key=key)
        return forgotten

    async def census(self) -> list[Census]:
        """How much is known, by domain."""
        await self._follow()
        waiting = await self._kept.open_keys()
        counted = ((name, self._of(name).keys, waiting.get(name, set())) for name in self.domains)
        return [Census(name, len(confirmed), len(open_ - confirmed)) for name, confirmed, open_ in counted]

    def _confirmation(self, shown: Shown, option: Option, by: Viewer, channel: Channel) -> Confirmation:
        return Confirmation(
            domain=shown.domain,
            key=shown.key,
            query=shown.query,
            channel_id=channel.id,
            channel=channel.login,
            who_id=by.id,
            who=by.login,
            at=self._clock.time(),
            identity=option.identity,
            title=option.title,
            item=option.item,
            confidence=option.confidence,
            told_at=shown.at,
        )

    # What other processes do

    def _of(self, domain_name: str) -> Votes:
        return self._votes.setdefault(domain_name, Votes())

    async def _follow(self) -> None:
        """Know every confirmation that was written before this was called.

        Of many who ask at once, one reads for all who came before it began.
        """
        came_after = self._begun
        async with self._reading:
            if self._done > came_after:
                return
            self._begun = number = self._begun + 1
            revision, changed = await self._kept.since(self._revision)
            for confirmation in changed:
                self._of(confirmation.domain).take(confirmation)
            self._revision, self._done = max(revision, self._revision), number


@contextmanager
def unsettled() -> Iterator[None]:
    """Inside, nothing is known to be confirmed: sources are asked what they think."""
    token = _unsettled.set(True)
    try:
        yield
    finally:
        _unsettled.reset(token)


def _identity(domain: Domain, item: Item) -> str:
    return visible(domain.identity(item))


def _encoded(item: Item) -> str:
    return msgspec.json.encode(item).decode()

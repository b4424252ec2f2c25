"""!qgame, !collapse, !entangle, !decoherence, !quantum: the crowd settles what a name stands for."""

from functools import reduce
from typing import Final

from kissbot.chat.commands import Feature, Invocation, Reply
from kissbot.chat.errors import Refusal
from kissbot.chat.messages import Rank
from kissbot.chat.texts import Text, text
from kissbot.knowledge.games.domain import GAME, GameDomain
from kissbot.knowledge.games.library import GameLibrary
from kissbot.knowledge.truth.records import LONGEST, Shown
from kissbot.knowledge.truth.telling import nothing, question, superposition
from kissbot.knowledge.truth.truth import Census, Truth, Unknown

UNDO: Final = "undo"

LEAD: Final = 0.05
"""How far the first of a list must be ahead of the second for a name to be linked to it unasked."""

feature = Feature("learn")


@feature.at_start
def games(truth: Truth, library: GameLibrary) -> None:
    """Games can be settled."""
    truth.add(GameDomain(library))


@feature.command("qgame", usage="<name>", cooldown=10, example=("!qgame hades", "1. ⚛️ Hades (2020)"))
async def which_game(asked: Invocation, truth: Truth) -> Reply:
    """Which games a name may stand for, or the one that moderators have confirmed."""
    return await question(asked, truth, GAME)


@feature.command(
    "collapse", usage="<name> <number> / undo", rank=Rank.MODERATOR, example=("!collapse hades 1", "hades")
)
async def collapse(asked: Invocation, truth: Truth) -> Reply:
    """Confirms which one a name stands for, by its number in the last list, or takes it back."""
    name, _, last = asked.argument.rpartition(" ")
    if name and last.casefold() == UNDO:
        return await _taken_back(asked, name.strip(), truth)
    if name and last.isdecimal():
        return await _confirmed(asked, name.strip(), last, truth)
    if not asked.argument:
        command = f"{asked.settings.prefix}{asked.command.name}"
        raise Refusal(text("🔢 {command} <name> <number>, or {command} <name> undo", command=command))
    return await _offered(asked, asked.argument, truth)


@feature.command(
    "entangle", usage="<name> = <name>", rank=Rank.MODERATOR, example=("!entangle hds = hades", "🔗")
)
async def entangle(asked: Invocation, truth: Truth) -> Reply:
    """Links two names: the first one stands for whatever the second one stands for."""
    name, _, other = (part.strip()[:LONGEST] for part in asked.argument.partition("="))
    if not truth.rules.entanglement_enabled:
        raise Refusal(text("🔗 Names are not linked here."))
    if not name or not other:
        command = f"{asked.settings.prefix}{asked.command.name}"
        raise Refusal(text("🔗 Which two? {command} <name> = <name>", command=command))
    meant = await _surely(asked, other, truth)
    if truth.domains[meant.domain].key(name) in ("", meant.key):
        raise Refusal(text("🔗 “{name}” and “{other}” are the same to me already.", name=name, other=other))
    option = await truth.link(name, meant, asked.viewer, asked.channel)
    return text(
        "🔗 @{moderator} entangled '{name}' = '{other}' → {title} ✅",
        moderator=asked.viewer.name,
        name=name,
        other=other,
        title=option.title,
    )


@feature.command(
    "decoherence", usage="[name, …]", rank=Rank.MODERATOR, example=("!decoherence hades", "GAME 0")
)
async def decoherence(asked: Invocation, truth: Truth) -> Reply:
    """Forgets the candidates of these names, or all that have expired; never what is confirmed."""
    names = [name.strip() for name in asked.argument.split(",") if name.strip()]
    forgotten = await truth.forget(names, asked.channel)
    counts = " · ".join(f"{domain} {count}" for domain, count in forgotten.items())
    return text("🌀 Candidates removed: {counts}", counts=counts)


@feature.command("quantum", cooldown=10, example=("!quantum", "GAME: 0 items"))
async def quantum(asked: Invocation, truth: Truth) -> Reply:
    """How much is known and confirmed, by domain."""
    told = [_told(census) for census in await truth.census()]
    return text("🔬 {domains}", domains=reduce(_joined, told))


async def _confirmed(asked: Invocation, name: str, number: str, truth: Truth) -> Reply:
    shown = await truth.listed(name, asked.channel)
    if shown is None or truth.has_expired(shown):
        whole = await truth.listed(asked.argument, asked.channel)  # a name may end with a number
        return await _offered(asked, asked.argument if whole else name, truth)
    if not 1 <= int(number) <= len(shown.options):
        listed = superposition(asked, truth, shown)
        raise Refusal(text("🔢 There is no number {number}. {list}", number=number, list=listed))
    option = shown.options[int(number) - 1]
    await truth.confirm(shown, option, asked.viewer, asked.channel)
    return text(
        "💥 @{moderator} collapsed '{query}' → {title} ✅",
        moderator=asked.viewer.name,
        query=shown.query,
        title=option.title,
    )


async def _offered(asked: Invocation, name: str, truth: Truth) -> Reply:
    """There is nothing to choose from yet, or no choice: here is the list."""
    shown = await truth.listed(name, asked.channel)
    if shown and not truth.has_expired(shown):
        raise Refusal(text("🔢 Which number? {list}", list=superposition(asked, truth, shown)))
    anew = await _searched(asked, name, shown.domain if shown else _first(truth), truth)
    listed = superposition(asked, truth, anew)
    return text("⌛ That list was too old. {list}", list=listed) if shown else listed


async def _searched(asked: Invocation, name: str, domain: str, truth: Truth) -> Shown:
    found = await truth.search(domain, name, asked.channel)
    if isinstance(found, Unknown):
        raise Refusal(nothing(name[:LONGEST], found.near))
    return found


async def _taken_back(asked: Invocation, name: str, truth: Truth) -> Reply:
    undone = await truth.undo(name, asked.viewer, asked.channel)
    if undone is None:
        raise Refusal(text("🤷 Nothing is confirmed here for “{name}”.", name=name[:LONGEST]))
    told = text(
        "↩️ @{moderator} took back '{query}' → {title}",
        moderator=asked.viewer.name,
        query=undone.query,
        title=undone.title,
    )
    now = await truth.known(undone.domain, undone.query, asked.channel)
    return text("{told} · now {title} ✅", told=told, title=now.title) if now else told


async def _surely(asked: Invocation, name: str, truth: Truth) -> Shown:
    """What a name stands for, as a list that begins with it. A `Refusal` asks to settle it first."""
    if settled := await truth.settled(name, asked.channel):
        return settled
    shown = await truth.listed(name, asked.channel)
    if shown is None or truth.has_expired(shown):
        shown = await _searched(asked, name, shown.domain if shown else _first(truth), truth)
    first, *others = (truth.confidence(option) for option in shown.options)
    if first < truth.rules.auto_entangle_threshold or (others and first - others[0] < LEAD):
        listed = superposition(asked, truth, shown)
        raise Refusal(text("🔗 First say what “{name}” is. {list}", name=name, list=listed))
    return shown


def _first(truth: Truth) -> str:
    return next(iter(truth.domains))


def _told(census: Census) -> Text:
    return text(
        "{domain}: {items} items, {open} superpositions, {percent}% verified",
        domain=census.domain,
        items=census.names,
        open=census.open,
        percent=census.percent,
    )


def _joined(one: Text, other: Text) -> Text:
    return text("{one} · {other}", one=one, other=other)

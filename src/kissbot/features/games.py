"""!gi, !gs, !gc: tell chat about a game; !cache, !perftrace: how the bot comes to know it."""

from typing import Final, Literal, Protocol

from msgspec import Struct

from kissbot.chat.commands import Feature, Invocation, Reply
from kissbot.chat.errors import Refusal
from kissbot.chat.messages import Channel, Rank
from kissbot.chat.texts import Text, text, texts
from kissbot.knowledge.games.domain import offer_games
from kissbot.knowledge.games.game import Found, Game, Lookup, NothingClose, Several
from kissbot.knowledge.games.library import GameLibrary
from kissbot.knowledge.truth.records import LONGEST
from kissbot.knowledge.truth.truth import Truth

PLATFORMS_SHOWN: Final = 5

feature = Feature("games")


Outcome = Literal[
    "fresh",
    "stale",
    "answered",
    "nothing",
    "slow",
    "unreachable",
    "unwell",
    "limited",
    "refused",
    "unclear",
    "resting",
    "broken",
]
"""How a step of a look-up ended; the first two are for what was remembered."""


class Step(Struct, frozen=True):
    """A part of a look-up: who was asked, and what came of it."""

    name: str
    """A source, or `cache`."""
    seconds: float
    outcome: Outcome
    games: int = 0
    """How many games were told."""


class Trace(Struct, frozen=True):
    """A look-up from within. `lookup` is None when no source answered."""

    steps: tuple[Step, ...]
    seconds: float
    lookup: Lookup | None


class Figures(Struct, frozen=True):
    """What came of remembering, since the start."""

    lookups: int
    hits: int
    """Look-ups for which nobody had to be asked."""
    entries: int
    """What is remembered."""
    top: str
    """The title that was told most often; empty when none was."""


class Insight(Protocol):
    """Sees how look-ups go."""

    async def figures(self) -> Figures:
        """What came of remembering."""
        ...

    async def trace(self, query: str, channel: Channel, language: str) -> Trace:
        """Look a game up anew, whatever is remembered, and tell how that went."""
        ...


class Stream(Struct, frozen=True):
    """What a live channel plays; `category` is empty when it chose none."""

    category: str
    is_game: bool = True
    igdb_id: int | None = None
    """What IGDB calls the game, where Twitch knows that."""


class Streams(Protocol):
    """Knows who is live. Raises `Unavailable` when that cannot be found out: unknown is never offline."""

    async def now(self, channel: Channel) -> Stream | None:
        """The stream of a channel; None when it is offline."""
        ...


@feature.command(
    "gi", "gameinfo", "game", usage="<game>", cooldown=10, example=("!gi hades", "🎮 Hades (2020)")
)
async def game_info(asked: Invocation, games: GameLibrary, truth: Truth) -> Reply:
    """Year, genre, platforms and more of a game."""
    found = await _the_one(asked, games, truth)
    return _details(found, asked.settings.language)


@feature.command("gs", usage="<game>", cooldown=10, example=("!gs hades", "Hades (2020)"))
async def game_summary(asked: Invocation, games: GameLibrary, truth: Truth) -> Reply:
    """What a game is about, in a sentence."""
    game = (await _the_one(asked, games, truth)).game
    summary = _summary(game, asked.settings.language)
    if not summary:
        raise Refusal(text("🎮 {title}: nobody wrote a summary of it for me yet.", title=game.title))
    return text("🎮 {title}: {summary}", title=game.title, summary=summary)


@feature.command("gc", "gamecategory", cooldown=5, example=("!gc", "📺"))
async def current_game(asked: Invocation, games: GameLibrary, streams: Streams) -> Reply:
    """What the channel plays right now."""
    channel = asked.channel.login
    stream = await streams.now(asked.channel)
    if stream is None:
        return text("📺 {channel} is offline", channel=channel)
    if not stream.category:
        return text("📺 {channel} is live, without a category", channel=channel)
    if not stream.is_game:
        return text("📺 {channel} is live in {category}", channel=channel, category=stream.category)
    found = await games.category(stream.category, stream.igdb_id, asked.channel, asked.settings.language)
    if found is None:
        return text("🎮 {channel} plays: {game}", channel=channel, game=stream.category)
    return text("🎮 {channel} plays: {game}", channel=channel, game=_facts(found, asked.settings.language))


@feature.command("cache", cooldown=10, example=("!cache", "🗃️"))
async def cache(asked: Invocation, insight: Insight) -> Reply:
    """How often the bot remembers a game instead of asking for it."""
    figures = await insight.figures()
    if not figures.lookups:
        return text("🗃️ No game was looked up yet · {entries} in memory", entries=figures.entries)
    shown = text(
        "🗃️ {percent}% of {lookups} look-ups from memory · {entries} in memory",
        percent=round(100 * figures.hits / figures.lookups),
        lookups=figures.lookups,
        entries=figures.entries,
    )
    return text("{figures} · most asked: {game}", figures=shown, game=figures.top) if figures.top else shown


@feature.command(
    "perftrace", usage="<game>", rank=Rank.OWNER, cooldown=10, example=("!perftrace hades", "🔬")
)
async def trace(asked: Invocation, insight: Insight) -> Reply:
    """Which source tells what of a game, and how fast."""
    _wanted(asked)
    traced = await insight.trace(asked.argument, asked.channel, asked.settings.language)
    told = _decided(traced.lookup)
    for step in reversed(traced.steps):
        told = text("{step} · {steps}", step=_step(step), steps=told)
    return text("🔬 {trace} ({ms} ms)", trace=told, ms=_ms(traced.seconds))


async def _the_one(asked: Invocation, games: GameLibrary, truth: Truth) -> Found:
    """The game that was asked for; a `Refusal` asks back when it is not clear which."""
    command = _wanted(asked)
    match await games.find(asked.argument, asked.channel, asked.settings.language):
        case Found() as found:
            return found
        case Several(candidates):
            await offer_games(truth, asked.argument, asked.channel, candidates)
            raise Refusal(
                text(
                    "🎮 Which one? {games} → {command} <full name> · {collapse}",
                    games=_numbered([candidate.game for candidate in candidates]),
                    command=command,
                    collapse=f"{asked.settings.prefix}collapse {asked.argument[:LONGEST]} 1",
                )
            )
        case NothingClose(suggestions):
            raise Refusal(_nothing(asked.argument, suggestions))


def _wanted(asked: Invocation) -> str:
    """The command as it was typed; a `Refusal` when no game was."""
    command = f"{asked.settings.prefix}{asked.command.name}"
    if not asked.argument:
        raise Refusal(text("🎮 Which game? {command} <game>", command=command))
    return command


def _nothing(query: str, suggestions: tuple[Game, ...]) -> Text:
    if not suggestions:
        return text("🤷 I know no game called “{query}”.", query=query)
    names = ", ".join(game.title for game in suggestions)
    return text("🤷 I know no game called “{query}”. Did you mean {names}?", query=query, names=names)


def _numbered(games: list[Game]) -> str:
    return " · ".join(f"{number}. {game.title}" for number, game in enumerate(games, 1))


def _details(found: Found, language: str) -> Text:
    return text("🎮 {game}", game=_facts(found, language))


def _facts(found: Found, language: str) -> Text:
    """`Hades (2020) · Action Roguelike · PC, Switch · 🏆 93/100 ⭐ 4.4/5 · 🔥 HIGH [Offline] · …`"""
    game = found.game
    parts = (
        game.title,
        " ".join(game.genres),
        ", ".join(game.platforms[:PLATFORMS_SHOWN]),
        _ratings(game),
    )
    facts = " · ".join(part for part in parts if part)
    sources = "+".join(game.sources)
    told = text("{facts} · {confidence} [{sources}]", facts=facts, confidence=_level(found), sources=sources)
    summary = _summary(game, language)
    return text("{facts} · {summary}", facts=told, summary=summary) if summary else told


def _ratings(game: Game) -> str:
    critics = f"🏆 {game.critics}/100" if game.critics is not None else ""
    users = f"⭐ {game.users:.1f}/5" if game.users is not None else ""
    return f"{critics} {users}".strip()


def _level(found: Found) -> Text:
    if found.confirmed or (len(found.game.sources) > 1 and found.confidence >= 0.8):
        return text("🔥 HIGH")
    return text("✅ MEDIUM") if found.confidence >= 0.6 else text("⚠️ LOW")


def _summary(game: Game, language: str) -> str:
    return game.summary.get(language) or game.summary.get("en", "")


_OUTCOMES: Final = {
    "fresh": text("remembered"),
    "stale": text("remembered, but old"),
    "nothing": text("no games"),
    "slow": text("too slow"),
    "unreachable": text("out of reach"),
    "unwell": text("unwell"),
    "limited": text("wants to be asked less"),
    "refused": text("refuses to answer"),
    "unclear": text("answers nonsense"),
    "resting": text("left alone for a while"),
    "broken": text("a bug of mine"),
}


def _step(step: Step) -> Text:
    """`IGDB 132 ms: 10 games`."""
    outcome = _OUTCOMES.get(step.outcome) or texts("{count} game", "{count} games", step.games)
    return text("{name} {ms} ms: {outcome}", name=step.name, ms=_ms(step.seconds), outcome=outcome)


def _ms(seconds: float) -> str:
    return f"{seconds * 1000:.1f}" if seconds < 0.01 else f"{seconds * 1000:.0f}"


def _decided(lookup: Lookup | None) -> Text:
    match lookup:
        case Found(game, confidence):
            return text("{title}, {percent}% sure", title=game.title, percent=round(confidence * 100))
        case Several(candidates):
            return text("one of {games}", games=_numbered([candidate.game for candidate in candidates]))
        case NothingClose():
            return text("nothing close")
    return text("no source answered")

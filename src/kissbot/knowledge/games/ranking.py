"""Which game a viewer means: ranks every known name against the words, and doubts itself."""

from collections import defaultdict
from collections.abc import Iterable
from typing import Final

from rapidfuzz import fuzz, process

from kissbot.knowledge.games.game import Candidate, Found, Game, Lookup, NothingClose, Several
from kissbot.knowledge.games.names import arabic, glued, normal, numbers, split_year, with_x_as

SURE: Final = 0.8
"""From this confidence on, the first candidate is the answer."""

LEAD: Final = 0.06
"""How far the first candidate must be ahead of the second to be the answer."""

WORTH_ASKING: Final = 0.6
SHOWN: Final = 3

_NAME, _ALIAS, _ACRONYM, _HALF = 0.98, 0.96, 0.93, 0.86
_WRONG_NUMBER: Final = 0.6
_SHORTEST_GUESS: Final = 4
"""Shorter words are not guessed at: three letters are one slip from everything."""


class Ranking:
    """An index over games, built once; a look-up is pure."""

    def __init__(self, games: Iterable[Game]) -> None:
        games = tuple(games)
        self._exact: dict[str, dict[Game, float]] = defaultdict(dict)
        for game in games:
            for name, weight in _names(game):
                for key in {glued(normal(name)), glued(arabic(normal(name)))}:
                    known = self._exact[key]
                    known[game] = max(weight, known.get(game, 0))
        self._number_tenth_parts(games)
        self._exact.pop("", None)
        self._keys = tuple(self._exact)
        self._words = _by_word(self._exact)

    def _number_tenth_parts(self, games: Iterable[Game]) -> None:
        """Final Fantasy X is the tenth, because there is a ninth; Mega Man X is not."""
        for game in games:
            for name, weight in _names(game):
                words = arabic(normal(name))
                ninth, tenth = (glued(with_x_as(number, words)) for number in (9, 10))
                if tenth != glued(words) and ninth in self._exact:
                    self._exact[tenth].setdefault(game, weight)

    def lookup(self, query: str) -> Lookup:
        """The game, a choice of games, or none."""
        return decide(self.candidates(query))

    def candidates(self, query: str) -> tuple[Candidate, ...]:
        """Every game that may be meant, the most probable first."""
        found = self._scores(query)
        name, year = split_year(query)
        if year:
            dated = self._scores(name, year)
            found = found | {game: max(score, found.get(game, 0)) for game, score in dated.items()}
        ranked = sorted(found.items(), key=lambda item: (-item[1], -item[0].popularity, item[0].name))
        return tuple(Candidate(game, score) for game, score in ranked)

    def _scores(self, query: str, year: int | None = None) -> dict[Game, float]:
        words = normal(query)
        for key in (glued(words), glued(arabic(words))):
            if exact := _of_year(self._exact.get(key, {}), year):
                return _by_fame(exact)
        words = arabic(words)
        scores = self._similar(glued(words))
        for game, score in self._containing(words).items():
            scores[game] = max(score, scores.get(game, 0))
        return _of_year(scores, year)

    def _similar(self, typed: str) -> dict[Game, float]:
        """Games whose name is a few slips away."""
        scores: dict[Game, float] = defaultdict(float)
        if len(typed) < _SHORTEST_GUESS:
            return scores
        wanted = numbers(typed)
        for key, percent, _ in process.extract(
            typed, self._keys, scorer=fuzz.ratio, score_cutoff=70, limit=20
        ):
            likeness = percent / 100 if numbers(key) == wanted else percent / 100 * _WRONG_NUMBER
            for game, weight in self._exact[key].items():
                scores[game] = max(scores[game], likeness * weight)
        return scores

    def _containing(self, words: str) -> dict[Game, float]:
        """Games that have all of these words in one of their names."""
        wanted = [word for word in words.split() if word not in ("the", "of", "and", "a")]
        having = [self._words.get(word, {}) for word in wanted]
        if not having:
            return {}
        common = set.intersection(*(set(games) for games in having))
        said = sum(map(len, wanted))
        return {game: _partly(game, words, said / min(games[game] for games in having)) for game in common}


def decide(candidates: tuple[Candidate, ...]) -> Lookup:
    """Claim a game only when it is probable and ahead; else ask."""
    if not candidates or candidates[0].confidence < WORTH_ASKING:
        return NothingClose(tuple(candidate.game for candidate in candidates[:SHOWN]))
    first = candidates[0]
    rivals = tuple(other for other in candidates[:SHOWN] if first.confidence - other.confidence < LEAD)
    if first.confidence >= SURE and len(rivals) == 1:
        return Found(first.game, first.confidence, others=candidates[1:SHOWN])
    if len(rivals) == 1:
        return NothingClose((first.game,))
    return Several(rivals)


def _names(game: Game) -> Iterable[tuple[str, float]]:
    yield game.name, _NAME
    if game.name.startswith("The "):
        yield game.name[4:], _ALIAS
    for alias in game.aliases:
        yield alias, _ALIAS
    for acronym in game.acronyms:
        yield acronym, _ACRONYM
    series, colon, title = game.name.partition(": ")
    if colon:
        yield series, _HALF
        yield title, _HALF


def _by_word(exact: dict[str, dict[Game, float]]) -> dict[str, dict[Game, int]]:
    """Word → game → letters of the shortest of its names that has the word."""
    words: dict[str, dict[Game, int]] = defaultdict(dict)
    for game in {game for games in exact.values() for game in games}:
        for name in (game.name, *game.aliases):
            full = arabic(normal(name))
            for word in full.split():
                words[word][game] = min(words[word].get(game, 1000), len(glued(full)))
    return words


def _of_year(games: dict[Game, float], year: int | None) -> dict[Game, float]:
    return {game: score for game, score in games.items() if game.year == year} if year else games


def _by_fame(games: dict[Game, float]) -> dict[Game, float]:
    """Of games that share a name or an acronym, the best known is meant, if it is clearly the best known."""
    best = max(games, key=lambda game: (games[game] > _HALF, game.popularity))
    return {game: weight - _behind(game, best) for game, weight in games.items()}


def _behind(game: Game, best: Game) -> float:
    if game is best:
        return 0
    if normal(game.name) == normal(best.name):
        return 0.2
    return max(0, best.popularity - game.popularity) / 100


def _partly(game: Game, words: str, share: float) -> float:
    """Confidence in a game of whose name only some words were said."""
    fame = game.popularity / 100
    told = 0.6 + 0.06 * min(share, 1) + 0.29 * fame**2
    wanted, having = numbers(words), [numbers(arabic(normal(name))) for name in (game.name, *game.aliases)]
    if wanted:
        return told if wanted in having else told * _WRONG_NUMBER
    return told - 0.05 if having[0] else told

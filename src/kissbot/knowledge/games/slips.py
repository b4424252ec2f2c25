"""Slips of the fingers: how far what was typed is from what was meant, on QWERTY and on AZERTY."""

from collections.abc import Iterator
from itertools import pairwise
from typing import Final

from rapidfuzz.distance import OSA, Editop, Levenshtein

_QWERTY: Final = ("qwertyuiop", "asdfghjkl", "zxcvbnm")
_AZERTY: Final = ("azertyuiop", "qsdfghjklm", "wxcvbn")
_SOUNDS: Final = ("ck", "sz", "iy", "ei", "cs", "fv", "kq", "uw")
"""Letters that are taken for each other by ear."""

MANY: Final = 5.0
"""The cost of so many slips that they were none."""

_FEW: Final = 6
_NEAR, _DOUBLED, _LOST, _SWAPPED, _FIRST = 0.6, 0.5, 0.8, 0.6, 0.3


def _neighbours() -> Iterator[str]:
    for rows in (_QWERTY, _AZERTY):
        for row in rows:
            yield from map("".join, pairwise(row))
        for upper, lower in pairwise(rows):
            yield from map("".join, zip(upper, lower, strict=False))
            yield from map("".join, zip(upper[1:], lower, strict=False))


_PAIRS: Final = frozenset(order for pair in (*_neighbours(), *_SOUNDS) for order in (pair, pair[::-1]))


def slips(typed: str, meant: str) -> float:
    """What all slips from `meant` to `typed` cost, at most `MANY`; 1 is a letter that nothing explains."""
    if typed == meant:
        return 0
    strokes = OSA.distance(typed, meant, score_cutoff=_FEW)
    if strokes > _FEW:
        return MANY
    edits = Levenshtein.editops(typed, meant)
    swaps = len(edits) - strokes
    cost = sum(_cost(edit, typed, meant) for edit in edits)
    return min(max(cost - swaps * (2 - _SWAPPED), swaps * _SWAPPED, 0.1), MANY)


def _cost(edit: Editop, typed: str, meant: str) -> float:
    at, to = edit.src_pos, edit.dest_pos
    first = _FIRST if at == 0 else 0
    if edit.tag == "replace":
        return first + (_NEAR if typed[at] + meant[to] in _PAIRS else 1)
    if edit.tag == "delete":
        return first + _extra(typed, at)
    return first + (_DOUBLED if meant[to] in meant[max(to - 1, 0) : to] else _LOST)


def _extra(typed: str, at: int) -> float:
    """A letter too many: struck twice, or brushed beside the one that was meant."""
    around = typed[max(at - 1, 0) : at] + typed[at + 1 : at + 2]
    if typed[at] in around:
        return _DOUBLED
    return _NEAR if any(typed[at] + other in _PAIRS for other in around) else 1

"""Mistyped words: the parts by which the word meant is found, and how far two words are apart.

A word within one edit of another shares one of its two halves with it; one within two edits shares two of its four
quarters (pigeonhole), wherever the edits are. So the words that come into question are a few look-ups in an index,
whatever the number of words. A swap of neighbours is one edit.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from functools import lru_cache
from itertools import pairwise
from typing import Final, NamedTuple

from rapidfuzz import process
from rapidfuzz.distance import OSA

MIN_LENGTH: Final = 4
MAX_LENGTH: Final = 40
# From this length on two edits are forgiven.
TWO_EDITS: Final = 8
_HALVED: Final = range(MIN_LENGTH - 1, TWO_EDITS + 1)
_MIN_QUARTERED_LENGTH: Final = TWO_EDITS - 2


class _Kept(NamedTuple):
    """Pieces of a word that its mistyped form still has, with the mark of such a part in the index."""

    mark: str
    # The numbers of the pieces.
    pieces: tuple[int, ...]
    # Into how many the word is cut.
    of: int


_HALVES: Final = (_Kept("a", (0,), 2), _Kept("b", (1,), 2))
_QUARTERS: Final = (
    _Kept("q", (0, 1), 4),
    _Kept("r", (0, 2), 4),
    _Kept("s", (0, 3), 4),
    _Kept("t", (1, 2), 4),
    _Kept("u", (1, 3), 4),
    _Kept("v", (2, 3), 4),
)
# One edit spoils one quarter and leaves two that are side by side at an end.
_QUARTERS_AT_AN_END: Final = (_QUARTERS[0], _QUARTERS[-1])


def edits(word: str) -> int:
    """Give how many edits are forgiven in a word as it was typed: none below four letters, one, or two from eight."""
    if not MIN_LENGTH <= len(word) <= MAX_LENGTH or not word.isalpha():
        return 0
    return 1 if len(word) < TWO_EDITS else 2


def parts(word: str) -> list[str]:
    """Give the parts of a word that occurs, each with the word's length and its own mark."""
    length = len(word)
    kept = (*(_HALVES if length in _HALVED else ()), *(_QUARTERS if length >= _MIN_QUARTERED_LENGTH else ()))
    return [f"{length}{each.mark}{''.join(word[start:end] for start, end in _pieces(length, each))}" for each in kept]


def wanted_parts(word: str) -> list[str]:
    """Give the parts of which every word within the forgiven edits of a typed word has at least one."""
    forgiven = edits(word)
    found = dict.fromkeys(_parts_within(word, forgiven, _HALVES if forgiven == 1 else _QUARTERS))
    # A swap across the bound of two pieces spoils both: it is undone here.
    after = _HALVES if forgiven == 1 else _QUARTERS_AT_AN_END
    for at in range(1, len(word)):
        swapped = word[: at - 1] + word[at] + word[at - 1] + word[at + 1 :]
        found |= dict.fromkeys(_parts_within(swapped, forgiven - 1, after))
    return list(found)


def nearest(word: str, candidates: Iterable[str], most: int) -> list[str]:
    """Give the candidates within the forgiven edits of a typed word, the nearest first, at most `most`."""
    others = [other for other in candidates if other != word]
    near = process.extract(word, others, scorer=OSA.distance, score_cutoff=edits(word), limit=None)
    return [other for _, other in sorted((distance, other) for other, distance, _ in near)][:most]


def _parts_within(word: str, forgiven: int, kept: tuple[_Kept, ...]) -> Iterator[str]:
    """Give the parts of words within some edits, where they can be in a typed word."""
    for opening, start, end, next_start, next_end in _places(len(word), forgiven, kept):
        yield opening + word[start:end] + word[next_start:next_end]


@lru_cache(maxsize=256)
def _places(length: int, forgiven: int, kept: tuple[_Kept, ...]) -> list[tuple[str, int, int, int, int]]:
    """Give where parts can be in a word of a length.

    For each how it begins in the index, and start and end of its pieces: two, of which the second may be empty.
    """
    return [
        (f"{meant}{each.mark}", first[0], first[1], second[0], second[1])
        for meant in range(length - forgiven, length + forgiven + 1)
        for each in kept
        for shifts in _shifts(each, length - meant, forgiven)
        for first, second in [_moved(_pieces(meant, each), shifts)]
        if min(first[0], second[0]) >= 0 and max(first[1], second[1]) <= length
    ]


def _moved(pieces: list[tuple[int, int]], shifts: tuple[int, ...]) -> tuple[tuple[int, int], tuple[int, int]]:
    """Give start and end of the pieces where edits have moved them; the second is empty where there is only one."""
    first, *rest = [(start + by, end + by) for (start, end), by in zip(pieces, shifts, strict=True)]
    return first, rest[0] if rest else (0, 0)


def _pieces(length: int, kept: _Kept) -> list[tuple[int, int]]:
    """Give start and end of the pieces in a word of a length."""
    return [(length * number // kept.of, length * (number + 1) // kept.of) for number in kept.pieces]


def _shifts(kept: _Kept, difference: int, forgiven: int) -> Iterator[tuple[int, ...]]:
    """Give by how many letters edits can have moved the pieces: what stands before a piece moves it, no more than that.

    `difference` is by how many letters they have made the whole word longer.
    """
    found: list[tuple[int, ...]] = [()]
    for _ in kept.pieces:
        found = [(*before, by) for before in found for by in range(-forgiven, forgiven + 1)]
    for shifts in found:
        moves = [shifts[0], *(after - before for before, after in pairwise(shifts)), difference - shifts[-1]]
        # Between pieces that touch each other, and outside of those at the ends, there is nothing to edit.
        gaps = [kept.pieces[0], *(after - before - 1 for before, after in pairwise(kept.pieces))]
        gaps.append(kept.of - 1 - kept.pieces[-1])
        if sum(map(abs, moves)) <= forgiven and not any(move for move, gap in zip(moves, gaps, strict=True) if not gap):
            yield shifts

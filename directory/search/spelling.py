"""Spelling correction: the parts by which the words near a mistyped one are looked up, and their edit distance.

By the pigeonhole principle a word within one edit of another shares one of its two halves with it, and one within two
edits shares two of its four quarters, wherever the edits are. So the candidates are a few look-ups in an index,
whatever the number of words. The distance is OSA (optimal string alignment): a swap of neighbours is one edit.
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
# From this length on two edits are allowed.
TWO_EDITS: Final = 8
# A typed word of four to seven letters is one edit from words of three to eight.
_HALVED: Final = range(MIN_LENGTH - 1, TWO_EDITS + 1)
# Two extra letters make eight of a word of six.
_MIN_QUARTERED_LENGTH: Final = TWO_EDITS - 2


class _Part(NamedTuple):
    """A kind of part: the pieces of a word that its mistyped form still has, and its mark in the index."""

    mark: str
    # The numbers of the pieces.
    pieces: tuple[int, ...]
    # Into how many the word is divided.
    of: int


_HALVES: Final = (_Part("a", (0,), 2), _Part("b", (1,), 2))
_QUARTERS: Final = (
    _Part("q", (0, 1), 4),
    _Part("r", (0, 2), 4),
    _Part("s", (0, 3), 4),
    _Part("t", (1, 2), 4),
    _Part("u", (1, 3), 4),
    _Part("v", (2, 3), 4),
)
# One edit changes one quarter and leaves two adjacent ones at an end.
_OUTER_QUARTERS: Final = (_QUARTERS[0], _QUARTERS[-1])


def max_edits(word: str) -> int:
    """Return the edits allowed in a typed word: none below four letters, one, or two from eight letters."""
    if not MIN_LENGTH <= len(word) <= MAX_LENGTH or not word.isalpha():
        return 0
    return 1 if len(word) < TWO_EDITS else 2


def index_parts(word: str) -> list[str]:
    """Return the parts under which a word is indexed, each with the word's length and its mark."""
    return [
        opening + word[start:end] + word[next_start:next_end]
        for opening, start, end, next_start, next_end in _index_pieces(len(word))
    ]


# An import takes the parts of each word that it has: 8 µs a word without the cache, and 2 with it.
@lru_cache(maxsize=MAX_LENGTH + 1)
def _index_pieces(length: int) -> tuple[tuple[str, int, int, int, int], ...]:
    """Return the opening of each part of a word of a length, and start and end of its one or two pieces."""
    kinds = (*(_HALVES if length in _HALVED else ()), *(_QUARTERS if length >= _MIN_QUARTERED_LENGTH else ()))
    pieces: list[tuple[str, int, int, int, int]] = []
    for each in kinds:
        (start, end), (next_start, next_end) = [*_pieces(length, each), (0, 0)][:2]
        pieces.append((f"{length}{each.mark}", start, end, next_start, next_end))
    return tuple(pieces)


def query_parts(word: str) -> list[str]:
    """Return parts of which every word within the allowed edits of a typed word has at least one."""
    allowed = max_edits(word)
    parts = dict.fromkeys(_parts_within(word, allowed, _HALVES if allowed == 1 else _QUARTERS))
    # A swap across the boundary of two pieces changes both, so it is undone here.
    after = _HALVES if allowed == 1 else _OUTER_QUARTERS
    for at in range(1, len(word)):
        swapped = word[: at - 1] + word[at] + word[at - 1] + word[at + 1 :]
        parts |= dict.fromkeys(_parts_within(swapped, allowed - 1, after))
    return list(parts)


def nearest_words(word: str, candidates: Iterable[str], limit: int) -> list[str]:
    """Return the candidates within the allowed edits of a typed word, the nearest first, at most `limit`."""
    others = [other for other in candidates if other != word]
    # rapidfuzz returns five unless `limit` is None.
    near = process.extract(word, others, scorer=OSA.distance, score_cutoff=max_edits(word), limit=None)
    return [other for _, other in sorted((distance, other) for other, distance, _ in near)][:limit]


def _parts_within(word: str, allowed: int, kinds: tuple[_Part, ...]) -> Iterator[str]:
    """Yield the parts of words within some edits, from where they can be in a typed word."""
    for opening, start, end, next_start, next_end in _places(len(word), allowed, kinds):
        yield opening + word[start:end] + word[next_start:next_end]


@lru_cache(maxsize=256)
def _places(length: int, allowed: int, kinds: tuple[_Part, ...]) -> list[tuple[str, int, int, int, int]]:
    """Return where parts can be in a word of a length.

    For each its beginning in the index (length and mark), and start and end of its two pieces; the second may be empty.
    """
    return [
        (f"{meant}{each.mark}", first[0], first[1], second[0], second[1])
        for meant in range(length - allowed, length + allowed + 1)
        for each in kinds
        for shifts in _shifts(each, length - meant, allowed)
        for first, second in [_moved(_pieces(meant, each), shifts)]
        if min(first[0], second[0]) >= 0 and max(first[1], second[1]) <= length
    ]


def _moved(pieces: list[tuple[int, int]], shifts: tuple[int, ...]) -> tuple[tuple[int, int], tuple[int, int]]:
    """Return start and end of the pieces where edits have moved them; the second is empty where there is only one."""
    first, *rest = [(start + by, end + by) for (start, end), by in zip(pieces, shifts, strict=True)]
    return first, rest[0] if rest else (0, 0)


def _pieces(length: int, part: _Part) -> list[tuple[int, int]]:
    """Return start and end of the pieces in a word of a length."""
    return [(length * number // part.of, length * (number + 1) // part.of) for number in part.pieces]


def _shifts(part: _Part, difference: int, allowed: int) -> Iterator[tuple[int, ...]]:
    """Yield by how many letters edits can have moved the pieces; only edits before a piece move it.

    `difference` is the number of letters by which they have made the whole word longer.
    """
    every: list[tuple[int, ...]] = [()]
    for _ in part.pieces:
        every = [(*before, by) for before in every for by in range(-allowed, allowed + 1)]
    for shifts in every:
        moves = [shifts[0], *(after - before for before, after in pairwise(shifts)), difference - shifts[-1]]
        # There is no letter to edit between adjacent pieces, or outside of a piece at an end.
        gaps = [part.pieces[0], *(after - before - 1 for before, after in pairwise(part.pieces))]
        gaps.append(part.of - 1 - part.pieces[-1])
        if sum(map(abs, moves)) <= allowed and not any(move for move, gap in zip(moves, gaps, strict=True) if not gap):
            yield shifts

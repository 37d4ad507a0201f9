"""Mistyped words: the parts by which the word meant is found, and how far two words are apart.

A word within one edit of another shares one of its two halves with it, one within two edits one of its three thirds
(pigeonhole), wherever the edits are. So the words that come into question are a few look-ups in an index, whatever
the number of words. A swap of neighbours is one edit.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Final

from rapidfuzz import process
from rapidfuzz.distance import OSA

SHORTEST: Final = 4
LONGEST: Final = 40
# From this length on two edits are forgiven.
TWO_EDITS: Final = 8
_HALVES: Final = range(SHORTEST - 1, TWO_EDITS + 1)
_SHORTEST_IN_THIRDS: Final = TWO_EDITS - 2


def edits(word: str) -> int:
    """Give how many edits are forgiven in a word as it was typed: none below four letters, one, or two from eight."""
    if not SHORTEST <= len(word) <= LONGEST or not word.isalpha():
        return 0
    return 1 if len(word) < TWO_EDITS else 2


def parts(word: str) -> list[str]:
    """Give the parts of a word that occurs, each with the word's length and its own place."""
    length = len(word)
    found = []
    if length in _HALVES:
        found += [_part(length, place, word[start:end]) for place, start, end in _cuts(length, 2)]
    if length >= _SHORTEST_IN_THIRDS:
        found += [_part(length, place, word[start:end]) for place, start, end in _cuts(length, 3)]
    return found


def wanted_parts(word: str) -> list[str]:
    """Give the parts of which every word within the forgiven edits of a typed word has at least one."""
    forgiven = edits(word)
    found = dict.fromkeys(_parts_within(word, forgiven, forgiven + 1))
    # A swap across the bound of two parts breaks both: it is undone here.
    for at in range(1, len(word)):
        if any(abs(at - bound) < forgiven for bound in _bounds(len(word), forgiven + 1)):
            swapped = word[: at - 1] + word[at] + word[at - 1] + word[at + 1 :]
            found |= dict.fromkeys(_parts_within(swapped, forgiven - 1, forgiven + 1))
    return list(found)


def _parts_within(word: str, forgiven: int, pieces: int) -> Iterator[str]:
    """Give the parts of words within some edits, where they can be in a typed word."""
    for length in range(len(word) - forgiven, len(word) + forgiven + 1):
        for place, start, end in _cuts(length, pieces):
            # What stands before a part has moved it by no more than the edits forgiven; after it, by the rest.
            for shift in _shifts(place, len(word) - length, forgiven):
                if start + shift >= 0 and end + shift <= len(word):
                    yield _part(length, place, word[start + shift : end + shift])


def _bounds(length: int, pieces: int) -> list[int]:
    return [length * number // pieces for number in range(1, pieces)]


def nearest(word: str, candidates: Iterable[str], most: int) -> list[str]:
    """Give the candidates within the forgiven edits of a typed word, the nearest first, at most `most`."""
    others = [other for other in candidates if other != word]
    near = process.extract(word, others, scorer=OSA.distance, score_cutoff=edits(word), limit=None)
    return [other for _, other in sorted((distance, other) for other, distance, _ in near)][:most]


def _cuts(length: int, pieces: int) -> Iterator[tuple[str, int, int]]:
    """Give place, start and end of each of the pieces of a word; the mark of halves differs from that of thirds."""
    marks = "ab" if pieces == 2 else "xyz"  # noqa: PLR2004 - halves
    for number, mark in enumerate(marks):
        yield mark, length * number // pieces, length * (number + 1) // pieces


def _shifts(place: str, difference: int, forgiven: int) -> Iterable[int]:
    if place in "ax":
        return (0,)
    return (difference,) if place in "bz" else range(-forgiven, forgiven + 1)


def _part(length: int, place: str, text: str) -> str:
    return f"{length}{place}{text}"

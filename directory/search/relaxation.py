"""A word too many: which words to leave out of a search that finds nothing, so that it finds something.

The fewest are left out that can be. What says nothing by itself ("the", "of") is left out first, and nothing is found
by such words alone; then what people add to a name ("official"); then the most frequent words, half of them at most.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import combinations, islice
from typing import TYPE_CHECKING, Final

from directory.search.parsing import MAX_WORDS, Sought
from directory.search.planning import understand, widen
from directory.search.query_plan import Search
from directory.search.synonyms import AMPERSAND, is_added_word, is_stop_word, part_added
from directory.text.normalization import is_unspaced

if TYPE_CHECKING:
    from directory.database.connections import Database

# So many sets of words are tried at most; each costs a search that finds little.
_MAX_TRIED: Final = 20
# How frequent a word is, is counted up to here and estimated beyond.
_COUNTED: Final = 50
# Takes a search and a number, and gives how many accounts it finds, at most as many.
Count = Callable[[Search, int], int]


@dataclass(frozen=True, slots=True)
class Relaxed:
    """What is searched for instead, and the words that were left out, in the order in which they were typed."""

    text: str
    dropped: tuple[str, ...]


def divide(sought: Sought) -> Sought:
    """Return what is sought with what people add to a name as a word of its own: 成都发布官方微博 has two."""
    divided = [part_added(word) if is_unspaced(word) else word for word in sought.words]
    if tuple(divided) == sought.words or sum(len(word.split()) for word in divided) > MAX_WORDS:
        return sought
    said = dict(zip(sought.words, divided, strict=True))
    wording = tuple(part for word in sought.wording or sought.words for part in said.get(word, word).split())
    words = tuple(dict.fromkeys(word for word in wording if word != AMPERSAND))
    return replace(sought, words=words, wording=wording)


def relax(database: Database, sought: Sought, count: Count) -> Relaxed | None:
    """Return what to search for where `sought` finds nothing, None where that would be too little of it.

    Phrases and excluded words are kept as they are.
    """
    sought = divide(sought)
    empty = [word for word in sought.words if is_stop_word(word)]
    telling = [word for word in sought.words if not is_stop_word(word)]
    if not telling or len(sought.words) + len(sought.phrases) == 1:
        return None

    def tells(dropped: Sequence[str]) -> Relaxed | None:
        left = Relaxed(sought.text(dropped), tuple(word for word in sought.words if word in dropped))
        return left if count(widen(database, left.text), 1) else None

    if empty and (found := tells(empty)) is not None:
        return found
    for dropped in _choices(database, telling, len(sought.phrases), count):
        if (found := tells([*empty, *dropped])) is not None:
            # A name is better matched with its small words, if it has them.
            return (tells(dropped) if empty else None) or found
    return None


def _choices(database: Database, telling: Sequence[str], phrases: int, count: Count) -> Iterator[Sequence[str]]:
    """Return sets of words to leave out, the best first: those that nothing has are in each."""
    # What people add to a name does not count, unless there is nothing else.
    named = {word for word in telling if not is_added_word(word)} or set(telling)
    most = (len(named) + phrases) // 2
    missing: list[str] = []
    frequent: dict[str, float] = {}
    for word in telling:
        found = count(widen(database, word), _COUNTED)
        if found:
            frequent[word] = max(found, understand(database, word).most_expected) if found == _COUNTED else found
            continue
        missing.append(word)
        if len(named.intersection(missing)) > most:
            return
    # Of equals the last one that was typed.
    present = [*reversed(frequent)]
    present.sort(key=lambda word: (is_added_word(word), frequent[word]), reverse=True)
    largest = most - len(named.intersection(missing)) + sum(word not in named for word in present)
    every = (
        (*missing, *further)
        for size in range(0 if missing else 1, min(largest, len(present)) + 1)
        for further in combinations(present, size)
    )
    allowed = (
        dropped
        for dropped in every
        if len(named.intersection(dropped)) <= most and (phrases or not named.issubset(dropped))
    )
    yield from islice(allowed, _MAX_TRIED)

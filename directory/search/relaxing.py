"""A word too many: which words to leave out of a search that finds nothing, so that it finds something.

The fewest are left out that can be, and no more than half. What says nothing by itself ("the", "of") is left out first,
and nothing is found by such words alone; then what people add to a name ("official"), then the most frequent.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from itertools import combinations, islice
from typing import TYPE_CHECKING, Final

from directory.search.equivalents import is_added_word, is_stop_word
from directory.search.finding import understand, widen
from directory.search.searches import Search

if TYPE_CHECKING:
    from directory.database import Database
    from directory.search.parsing import Sought

# So many sets of words are tried at most; each costs a search that finds little.
_MOST_TRIED: Final = 20
# How frequent a word is, is counted up to here and estimated beyond.
_COUNTED: Final = 50


# Takes a search and a number, and gives how many accounts it finds, at most as many.
Count = Callable[[Search, int], int]


@dataclass(frozen=True, slots=True)
class Relaxed:
    """What is searched for instead, and the words that were left out, in the order in which they were typed."""

    text: str
    dropped: tuple[str, ...]


def relax(database: Database, sought: Sought, count: Count) -> Relaxed | None:
    """Return what to search for where `sought` finds nothing, None where that would be too little of it.

    Phrases and excluded words are kept as they are.
    """
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
    most = (len(telling) + phrases) // 2
    missing: list[str] = []
    frequent: dict[str, float] = {}
    for word in telling:
        found = count(widen(database, word), _COUNTED)
        if found:
            frequent[word] = max(found, understand(database, word).most_expected) if found == _COUNTED else found
            continue
        missing.append(word)
        if len(missing) > most:
            return
    # Of equals the last one that was typed.
    present = [*reversed(frequent)]
    present.sort(key=lambda word: (is_added_word(word), frequent[word]), reverse=True)
    sizes = range(0 if missing else 1, min(most - len(missing), len(present) - (not phrases)) + 1)
    every = ([*missing, *further] for size in sizes for further in combinations(present, size))
    yield from islice(every, _MOST_TRIED)

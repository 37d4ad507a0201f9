"""From what was sought to the ways of matching it, the best first: each a tsquery over terms, and what texts must hold.

Rule by rule, with the mark of its terms in `directory.search.terms`:

0 exact       a whole name or handle
1 spelt       a whole name by its pinyin or its initials
2 begins      a name or handle begins with it
3 spelt_begins   the same by pinyin
4 words       every word is a word of the account
5 inside      every word is inside: the beginning of a word, characters of a name, pinyin, initials
6 apart       characters in this order with others between them (四川教育厅 in 四川省教育厅), letters inside a handle
7 typo        a word is mistyped, or written with other characters that are read alike

The last two are tried where the others find little.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Final

from directory.search.folding import is_unspaced
from directory.search.parsing import Sought
from directory.search.readings import pair_readings, pairs_of, segment
from directory.search.terms import (
    EXACT,
    INSIDE,
    LONGEST_ANCHORED,
    LONGEST_EXACT,
    SPELT,
    anchored,
    begun,
    grams,
    initial_grams,
    letter_grams,
)

RULES: Final = ("exact", "spelt", "begins", "spelt_begins", "words", "inside", "apart", "typo")
_EXACT, _SPELT, _BEGINS, _SPELT_BEGINS, _WORDS, _INSIDE, _APART, _TYPO = range(len(RULES))
_SHORTEST_APART: Final = 3
_LONGEST_INITIALS: Final = 20
_DIGITS: Final = re.compile(r"(?<=[a-z])[1-5]")

# Readings as they are asked for: pairs of syllables of which the second may go on, each with the characters found.
Readings = Mapping[str, Sequence[str]]


@dataclass(frozen=True, slots=True)
class Tier:
    """One way of matching: a tsquery, and a regular expression that the account's texts must match too."""

    terms: str
    check: str | None = None


@dataclass(frozen=True, slots=True)
class Chunks:
    """Bands from the highest down, so many at once: as facets, with the lowest band of each; all below come last."""

    facets: tuple[str | None, ...] = ()
    floors: tuple[int, ...] = ()

    def from_depth(self, depth: int) -> Chunks:
        """Give the same with the chunks down to the one at `depth`, which is not the last, as one."""
        first = " | ".join(facet for facet in self.facets[: depth + 1] if facet)
        return Chunks((first, *self.facets[depth + 1 :]), self.floors[depth:])


@dataclass(frozen=True, slots=True)
class Search:
    """What is sought, ready for SQL: a tier for each of RULES, None where the rule does not apply."""

    sought: Sought
    tiers: tuple[Tier | None, ...]
    # An expression that the texts of an account must not match.
    never: str | None = None
    # Where so many accounts match that a page is better read from the highest bands down: these.
    chunks: Chunks = Chunks()
    # Words that occur, by the mistyped word that they may stand for.
    corrections: Mapping[str, Sequence[str]] = field(default_factory=dict)

    @property
    def terms(self) -> list[str | None]:
        """The tsqueries, one for each rule."""
        return [tier.terms if tier else None for tier in self.tiers]

    @property
    def checks(self) -> list[str | None]:
        """The expressions, one for each rule."""
        return [tier.check if tier else None for tier in self.tiers]

    @property
    def anything(self) -> str:
        """The tsquery of all that may match."""
        return _any(tier.terms for tier in self.tiers if tier)


def wanted_readings(sought: Sought) -> list[str]:
    """Give the readings that must be looked up before the tiers can be made, shortest first."""
    ways = [way for letters in _spelt(sought) for way in segment(letters)]
    return sorted({reading for way in ways for reading in _readings_of(way)})


def homophone_readings(sought: Sought) -> list[str]:
    """Give the readings of the characters sought, which must be looked up before the search can be loosened."""
    runs = [word for word in sought.words if is_unspaced(word) and len(word) >= _SHORTEST_APART]
    return sorted(
        {reading for run in runs for at in range(len(run) - 1) for reading in pair_readings(run[at : at + 2])}
    )


def make_tiers(sought: Sought, readings: Readings) -> Search:
    """Give the ways to match what is sought, but for the loose ones."""
    tiers: list[Tier | None] = [None] * len(RULES)
    key = sought.key
    tiers[_EXACT] = Tier(_quote(EXACT + key[:LONGEST_EXACT]), _line(key) if len(key) > LONGEST_EXACT else None)
    letters = _DIGITS.sub("", key)
    if letters.isascii() and letters.isalpha():
        tiers[_SPELT] = Tier(_quote(SPELT + letters.replace("v", "u")[:LONGEST_EXACT]))
        tiers[_SPELT_BEGINS] = _spelt_begins(letters, readings)
    if not sought.phrases:
        tiers[_BEGINS] = _begins(sought)
    check = _phrases(sought)
    whole = _all([*map(_quote, sought.words), *(_quote(word) for phrase in sought.phrases for word in _solid(phrase))])
    if whole:
        tiers[_WORDS] = Tier(whole, check)
    tiers[_INSIDE] = Tier(
        _all([*_inside_all(sought, readings, {}), *map(_phrase_terms, sought.phrases)]),
        _both(check, *map(_holds, filter(_is_long, sought.words))),
    )
    return Search(sought, tuple(tiers), _never(sought))


def loosen(search: Search, readings: Readings, corrections: Mapping[str, Sequence[str]]) -> Search:
    """Give the search with its loose ways: characters apart, and `corrections` by the mistyped word."""
    tiers, sought = list(search.tiers), search.sought
    check = _phrases(sought)
    phrases = [*map(_phrase_terms, sought.phrases)]
    runs = [word for word in sought.words if is_unspaced(word) and len(word) >= _SHORTEST_APART]
    letters = {word: _all(map(_quote, letter_grams(word))) for word in (*sought.words, sought.key) if word.isascii()}
    if runs or any(letters.values()):
        spread = {word: _all(_quote(INSIDE + character) for character in dict.fromkeys(word)) for word in runs}
        words = [spread.get(word) or _any([_inside(word, sought, readings, ()), letters.get(word, "")])
                 for word in sought.words]  # fmt: skip
        whole = letters.get(sought.key, "") if not sought.phrases else ""
        tiers[_APART] = Tier(_any([_all([*words, *phrases]), whole]), _both(check, *map(_in_order, runs)))
    meant = {word: list(map(_quote, words)) for word, words in corrections.items() if words}
    meant |= {word: ways for word in runs if (ways := _homophones(word, readings))}
    if meant:
        words = _inside_all(sought, readings, meant)
        tiers[_TYPO] = Tier(_all([*words, *phrases]), check)
    return replace(search, tiers=tuple(tiers), corrections=corrections)


def _begins(sought: Sought) -> Tier:
    key = sought.key
    terms = [_quote(anchored(key))]
    if len(key) <= LONGEST_ANCHORED:
        return Tier(terms[0])
    # What the anchor does not reach is told by the words, so that few texts are left to be read.
    *whole, last = sought.words
    if whole:
        terms += [_quote(word) if not is_unspaced(word) else _all(map(_quote, grams(word))) for word in whole]
        terms.append(_quote(begun(last)) if not is_unspaced(last) else _all(map(_quote, grams(last))))
    elif is_unspaced(last):
        terms += map(_quote, grams(last))
    return Tier(_all(terms), rf"\n {_spaced(key)}")


def _spelt_begins(letters: str, readings: Readings) -> Tier | None:
    ways = []
    for way in segment(letters):
        pairs = _alternatives(way, readings)
        if pairs:
            first = _any(_quote(anchored(characters)) for characters in pairs[0])
            ways.append(_all([first, *(_any(_quote(INSIDE + each) for each in pair) for pair in pairs[1:])]))
    return Tier(_any(ways)) if ways else None


def _inside_all(sought: Sought, readings: Readings, meant: Mapping[str, Sequence[str]]) -> list[str]:
    """Give what stands for every word; words that are letters only may also be pinyin that blanks part.

    `meant` has further tsqueries for a word, of what it may have been meant for.
    """
    each = [_inside(word, sought, readings, meant.get(word, ())) for word in sought.words]
    letters = "".join(sought.words)
    if len(sought.words) > 1 and letters.isascii() and letters.isalpha():
        together = [_all(_any(_quote(INSIDE + one) for one in pair) for pair in pairs)
                    for way in segment(letters) if (pairs := _alternatives(way, readings))]  # fmt: skip
        return [_any([_all(each), *together])]
    return each


def _inside(word: str, sought: Sought, readings: Readings, meant: Sequence[str]) -> str:
    """Give what stands for one word found anywhere."""
    if is_unspaced(word):
        return _any([_all(map(_quote, grams(word))), *meant])
    ways = [_quote(word), *meant]
    if word == sought.words[-1]:
        ways.append(_quote(begun(word)))
    if word.isascii() and word.isalpha():
        for way in segment(word):
            pairs = _alternatives(way, readings)
            ways.append(_all(_any(_quote(INSIDE + one) for one in pair) for pair in pairs))
    letters = _DIGITS.sub("", word)
    if letters.isascii() and letters.isalpha() and 1 < len(letters) <= _LONGEST_INITIALS:
        ways.append(_all(map(_quote, initial_grams(letters))))
    return _any(ways)


def _homophones(run: str, readings: Readings) -> list[str]:
    """Give what stands for characters that are read alike, which a keyboard offers one for the other."""
    pairs = [run[at : at + 2] for at in range(len(run) - 1)]
    alike = [[each for reading in pair_readings(pair) for each in readings.get(reading, ()) if _is_read(each, reading)]
             for pair in pairs]  # fmt: skip
    return [_all(_any(_quote(INSIDE + each) for each in pair) for pair in alike)] if all(alike) else []


def _is_read(characters: str, reading: str) -> bool:
    return reading in pair_readings(characters)


def _spelt(sought: Sought) -> list[str]:
    """Give what might be pinyin: each word, and all of them together."""
    letters = [word for word in sought.words if word.isascii()]
    return [*letters, "".join(sought.words)] if len(letters) > 1 else letters


def _readings_of(way: Sequence[str]) -> list[str]:
    return pairs_of(way) if len(way) > 1 else list(way)


def _alternatives(way: Sequence[str], readings: Readings) -> list[Sequence[str]]:
    """Give the characters for each pair of a segmentation; nothing where one pair does not occur."""
    found = [readings.get(reading, ()) for reading in _readings_of(way)]
    return found if all(found) else []


def _phrase_terms(phrase: tuple[str, ...]) -> str:
    solid = [_quote(word) for word in _solid(phrase)]
    return _all([*solid, *(_quote(gram) for word in phrase if is_unspaced(word) for gram in grams(word))])


def _solid(phrase: tuple[str, ...]) -> list[str]:
    return [word for word in phrase if not is_unspaced(word)]


def _phrases(sought: Sought) -> str | None:
    """Give the expression of all phrases: words side by side, characters inside a longer run."""
    return _both(*(_phrase(phrase) for phrase in sought.phrases))


def _phrase(phrase: tuple[str, ...]) -> str:
    opening = "" if is_unspaced(phrase[0]) else " "
    closing = "" if is_unspaced(phrase[-1]) else " "
    return opening + " ".join(map(re.escape, phrase)) + closing


def _never(sought: Sought) -> str | None:
    return "|".join(map(_phrase, sought.excluded)) or None


def _is_long(word: str) -> bool:
    """Tell whether pairs of characters do not tell all: they might stand apart."""
    return is_unspaced(word) and len(word) > 2  # noqa: PLR2004 - a pair


def _holds(word: str) -> str:
    return re.escape(word)


def _in_order(word: str) -> str:
    return r"[^\n]*".join(map(re.escape, word))


def _spaced(key: str) -> str:
    """Give the expression of a key, blanks between its letters or not."""
    return " ?".join(map(re.escape, key))


def _line(key: str) -> str:
    return rf"\n {_spaced(key)} (?:\n|$)"


def _both(*checks: str | None) -> str | None:
    given = [check for check in checks if check]
    if len(given) < 2:  # noqa: PLR2004 - one needs no looking ahead
        return given[0] if given else None
    return "^" + "".join(f"(?=.*(?:{check}))" for check in given)


def _quote(term: str) -> str:
    """Write a lexeme as tsquery has it."""
    return "'" + term.replace("\\", "\\\\").replace("'", "''") + "'"


def _all(parts: Iterable[str]) -> str:
    given = list(dict.fromkeys(part for part in parts if part))
    return given[0] if len(given) == 1 else " & ".join(f"({part})" for part in given)


def _any(parts: Iterable[str]) -> str:
    given = list(dict.fromkeys(part for part in parts if part))
    return given[0] if len(given) == 1 else " | ".join(f"({part})" for part in given)

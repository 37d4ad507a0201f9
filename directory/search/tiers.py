"""From what was sought to the ways of matching it: for each rule a tsquery over terms, and what texts must hold."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from functools import lru_cache
from typing import Final

from directory.search import rules, text_patterns
from directory.search.alternatives import of_beginning, of_characters, of_name, of_others, of_run
from directory.search.expressions import Expression, Shares, Term, all_of, any_of, run_of, terms
from directory.search.parsing import Sought
from directory.search.query_plan import Search
from directory.search.synonyms import units
from directory.search.terms import (
    INSIDE,
    MAX_ANCHORED_LENGTH,
    MAX_EXACT_LENGTH,
    SPELT,
    anchored,
    begun,
    grams,
    initial_grams,
    letter_grams,
)
from directory.text.normalization import is_unspaced
from directory.text.pinyin import pair_readings, pairs_of, segment

_MIN_APART_LENGTH: Final = 3
# Longer runs are no names: nobody types so many characters of which one is another.
_MAX_MISREAD_LENGTH: Final = 12
_MAX_APART_LENGTH: Final = 20
# No syllable of pinyin begins with i, u or v.
_INITIALS: Final = re.compile("[a-hj-tw-z]{2,20}")
_DIGITS: Final = re.compile(r"(?<=[a-z])[1-5]")

# Readings as they are asked for: pairs of syllables of which the second may go on, each with the characters found.
Readings = Mapping[str, Sequence[str]]


@dataclass(frozen=True, slots=True)
class Tier:
    """One way of matching: an expression over terms, and what the account's texts must match too."""

    terms: Expression
    check: str | None = None


def wanted_readings(sought: Sought) -> list[str]:
    """Give the readings that must be looked up before the tiers can be made, in order."""
    ways = [way for letters in _spelt(sought) for way in segment(letters)]
    return sorted({reading for way in ways for reading in _readings_of(way)})


def homophone_readings(sought: Sought) -> list[str]:
    """Give the readings of the characters sought, which must be looked up before the search can be loosened."""
    return sorted({reading for run in _runs(sought) for pair in _pairs(run) for reading in pair_readings(pair)})


def make_tiers(sought: Sought, readings: Readings, shares: Shares) -> Search:
    """Give the ways to match what is sought, but for the loose ones."""
    key, check = sought.key, _check_phrases(sought)
    tiers: list[Tier | None] = [None] * len(rules.RULES)
    tiers[rules.EXACT] = Tier(of_name(sought), text_patterns.line(key) if len(key) > MAX_EXACT_LENGTH else None)
    letters = _DIGITS.sub("", key)
    if letters.isascii() and letters.isalpha():
        tiers[rules.SPELT] = Tier(Term(SPELT + letters.replace("v", "u")[:MAX_EXACT_LENGTH]))
        tiers[rules.SPELT_BEGINS] = _tier(_spelt_begins(letters, readings))
    if not sought.phrases:
        tiers[rules.BEGINS] = _begins(sought)
    solid = [word for phrase in sought.phrases for word in phrase if not is_unspaced(word)]
    tiers[rules.WORDS] = _tier(all_of(terms([*sought.words, *solid])), check)
    inside = all_of([_inside_all(sought, readings, {}), *map(_of_phrase, sought.phrases)])
    tiers[rules.INSIDE] = _tier(
        inside, text_patterns.both(check, *map(text_patterns.holds, filter(_is_long, sought.words)))
    )
    return _write(Search(sought), tiers, shares)


def loosen(search: Search, readings: Readings, shares: Shares, corrections: Mapping[str, Sequence[str]]) -> Search:
    """Give the search with its loose ways: characters apart, and `corrections` by the mistyped word."""
    sought = search.sought
    tiers: list[Tier | None] = [None] * len(rules.RULES)
    check, phrases = _check_phrases(sought), [*map(_of_phrase, sought.phrases)]
    runs = _runs(sought)
    letters = {word: all_of(terms(letter_grams(word))) for word in {*sought.words, sought.key} if word.isascii()}
    # Where nothing else is sought, what has the word as it was typed has matched by a better rule.
    is_alone = len(sought.words) == 1 and not phrases
    if runs or any(letters.values()):
        apart = {word: all_of(of_characters(word)) for word in runs}
        words = [apart.get(word)
                 or any_of([None if is_alone else _inside(word, sought, readings, ()), letters.get(word)])
                 for word in sought.words]  # fmt: skip
        whole = letters.get(sought.key) if not sought.phrases else None
        in_order = text_patterns.both(check, *map(text_patterns.in_order, runs))
        tiers[rules.APART] = _tier(any_of([all_of([*words, *phrases]), whole]), in_order)
    meant: dict[str, list[Expression]] = {word: terms(words) for word, words in corrections.items() if words}
    meant |= {word: [alike] for word in runs if (alike := _homophones(word, readings)) is not None}
    if meant and is_alone:
        tiers[rules.TYPO] = _tier(any_of(meant[sought.words[0]]), check)
    elif meant:
        tiers[rules.TYPO] = _tier(all_of([_inside_all(sought, readings, meant), *phrases]), check)
    return replace(_write(search, tiers, shares), corrections=corrections)


def _write(search: Search, tiers: Sequence[Tier | None], shares: Shares) -> Search:
    """Give the search with the tiers that there are written into it."""
    terms, narrow, held = list(search.terms), list(search.narrow), list(search.checks)
    estimates = list(search.estimates)
    for rule, tier in enumerate(tiers):
        if tier is not None:
            narrowed = tier.terms.narrow(shares)
            terms[rule], narrow[rule], held[rule] = tier.terms.written, narrowed.asked.written, tier.check
            # Few bear one name, however many the planner takes a term for that it knows nothing of.
            estimates[rule] = 0.0 if rule in {rules.EXACT, rules.SPELT} else narrowed.share * shares.accounts
    return replace(
        search,
        terms=tuple(terms),
        narrow=tuple(narrow),
        checks=tuple(held),
        estimates=tuple(estimates),
        accounts=shares.accounts,
    )


def _tier(expression: Expression | None, check: str | None = None) -> Tier | None:
    return Tier(expression, check) if expression is not None else None


def _begins(sought: Sought) -> Tier:
    key = sought.key
    anchor = of_beginning(key)
    if len(key) <= MAX_ANCHORED_LENGTH:
        return Tier(anchor)
    # What the anchor does not reach is told by the words, so that few texts are left to be read.
    *whole, last = sought.words
    told = [word if not is_unspaced(word) else None for word in whole]
    parts: list[Expression | None] = [Term(word) for word in told if word]
    parts += [of_run(word) for word in sought.words if is_unspaced(word)]
    if whole and not is_unspaced(last):
        parts.append(Term(begun(last)))
    return Tier(all_of([anchor, *parts]) or anchor, text_patterns.line_begins(key))


def _spelt_begins(letters: str, readings: Readings) -> Expression | None:
    ways = []
    for way in segment(letters):
        pairs = _alternatives(way, readings)
        if pairs:
            first = any_of(Term(anchored(characters)) for characters in pairs[0])
            ways.append(run_of([first, *map(_any_inside, pairs[1:])]))
    return any_of(ways)


def _inside_all(sought: Sought, readings: Readings, meant: Mapping[str, Sequence[Expression]]) -> Expression | None:
    """Give what stands for every word; words that are letters only may also be pinyin that blanks part.

    `meant` has further expressions for a word, of what it may have been meant for.
    """
    inside = {word: _inside(word, sought, readings, meant.get(word, ())) for word in sought.words}
    each = all_of(_of_units(sought.words, inside) or inside.values())
    letters = "".join(sought.words)
    if len(sought.words) > 1 and letters.isascii() and letters.isalpha():
        return any_of([each, *_read_as(letters, readings)])
    return each


def _of_units(words: tuple[str, ...], inside: Mapping[str, Expression | None]) -> list[Expression | None]:
    """Give what stands for each unit of words; nothing where every word stands for itself alone."""
    return [
        any_of([all_of(inside[word] for word in unit.words), *of_others(unit, is_last=unit.words == words[-1:])])
        for unit in units(words)
        if not unit.is_optional
    ]


def _inside(word: str, sought: Sought, readings: Readings, meant: Sequence[Expression]) -> Expression | None:
    """Return what stands for one word found anywhere."""
    if is_unspaced(word):
        return any_of([of_run(word), *meant])
    as_typed = _of_word(word, word == sought.words[-1])
    read = [*filter(None, _read_as(word, readings))] if word.isascii() and word.isalpha() else []
    return any_of([as_typed, *meant, *read]) if meant or read else as_typed


@lru_cache(maxsize=16_384)
def _of_word(word: str, is_last: bool) -> Expression | None:  # noqa: FBT001 - a key of the cache
    """Return what stands for a word as it was typed: names are made of the same words again and again."""
    ways: list[Expression | None] = [Term(word)]
    if is_last:
        ways.append(Term(begun(word)))
    letters = _DIGITS.sub("", word)
    if _INITIALS.fullmatch(letters):
        ways.append(run_of(terms(initial_grams(letters))))
    return any_of(ways)


def _read_as(letters: str, readings: Readings) -> list[Expression | None]:
    """Give the characters that are read as these letters, in each way to part them."""
    return [run_of(map(_any_inside, _alternatives(way, readings))) for way in segment(letters)]


def _any_inside(characters: Sequence[str]) -> Expression | None:
    return any_of(Term(INSIDE + each) for each in characters)


def _homophones(run: str, readings: Readings) -> Expression | None:
    """Give what stands for characters that are read alike, which a keyboard offers one for the other."""
    if len(run) > _MAX_MISREAD_LENGTH:
        return None
    alike = [
        [
            each
            for reading in pair_readings(pair)
            for each in readings.get(reading, ())
            if reading in pair_readings(each)
        ]
        for pair in _pairs(run)
    ]
    return run_of(map(_any_inside, alike)) if all(alike) else None


def _runs(sought: Sought) -> list[str]:
    """Give the words that may stand in a name with other characters between theirs."""
    return [word for word in sought.words if is_unspaced(word) and _MIN_APART_LENGTH <= len(word) <= _MAX_APART_LENGTH]


def _pairs(run: str) -> list[str]:
    return [run[at : at + 2] for at in range(len(run) - 1)]


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


def _of_phrase(phrase: tuple[str, ...]) -> Expression | None:
    solid = [word for word in phrase if not is_unspaced(word)]
    return all_of(terms([*solid, *(gram for word in phrase if is_unspaced(word) for gram in grams(word))]))


def _check_phrases(sought: Sought) -> str | None:
    """Give what texts must hold for all phrases: words side by side, characters inside a longer run."""
    return text_patterns.both(*map(text_patterns.phrase, sought.phrases))


def _is_long(word: str) -> bool:
    """Tell whether pairs of characters do not tell all: they might stand apart."""
    return is_unspaced(word) and len(word) > 2  # noqa: PLR2004 - a pair

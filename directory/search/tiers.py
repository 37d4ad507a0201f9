"""The tiers of a search, the best first: each a way to match, built from a parsed query.

| number | `rule` | an account matches if |
|---|---|---|
| 0 | `exact` | the query is a whole name or handle, perhaps abbreviated or written out |
| 1 | `spelt` | it is a whole name by its pinyin or its initials |
| 2 | `begins` | a name or handle begins with it |
| 3 | `spelt_begins` | the same by pinyin |
| 4 | `words` | every word is a word of the account |
| 5 | `inside` | every word is inside: prefix of a word, characters of a name, pinyin, initials, an abbreviation |
| 6 | `apart` | characters in this order with others between (四川教育厅 in 四川省教育厅), letters inside a handle |
| 7 | `typo` | a word is mistyped, or written with other characters that are read alike |

The last two are fuzzy: they are added only where the others find few accounts. An account that matches by several tiers
is in the best. The public JSON calls a tier the `rule` by which an account matched.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from itertools import pairwise
from typing import Final

from directory.search.expressions import (
    Expression,
    Prefix,
    Term,
    TermSet,
    adjacent,
    all_of,
    all_patterns,
    any_of,
    as_terms,
    contains_pattern,
    in_order_pattern,
    line_prefix_pattern,
    phrase_pattern,
    whole_line_pattern,
)
from directory.search.parsing import ParsedQuery
from directory.search.synonyms import (
    SynonymUnit,
    character_variants,
    spelling_variants,
    synonym_units,
    whole_name_variants,
)
from directory.search.terms import (
    MAX_NAME_LENGTH,
    MAX_NAME_PREFIX_LENGTH,
    MAX_WORD_PREFIX_LENGTH,
    NGRAM,
    WHOLE_NAME,
    WHOLE_PINYIN,
    initials_terms,
    name_prefix_term,
    ngram_terms,
    trigram_terms,
    word_prefix_term,
)
from directory.text.normalization import is_unspaced
from directory.text.pinyin import pair_readings, pairs_of, segment

TIERS: Final = ("exact", "spelt", "begins", "spelt_begins", "words", "inside", "apart", "typo")
EXACT, PINYIN, PREFIX, PINYIN_PREFIX, WORDS, INSIDE, APART, TYPO = range(len(TIERS))
FIRST_FUZZY: Final = APART
# Fewer matches than these, and fuzzy ones are shown after them.
FEW: Final = 10

# Of a word that may be a prefix so many letters count: endings of longer ones differ between forms of a word.
_MAX_COMPARED_LENGTH: Final = 8
_MIN_APART_LENGTH: Final = 3
# Longer runs are not searched for by homophones: nobody types so many characters of which one is wrong.
_MAX_MISREAD_LENGTH: Final = 12
_MAX_APART_LENGTH: Final = 20
# No syllable of pinyin begins with i, u or v.
_INITIALS: Final = re.compile("[a-hj-tw-z]{2,20}")
# Tones, as in bei3jing1.
_TONES: Final = re.compile(r"(?<=[a-z])[1-5]")

# Characters that occur in the registry, by reading: one syllable, or a pair of which the second may be a prefix.
Readings = Mapping[str, Sequence[str]]


@dataclass(frozen=True, slots=True)
class Tier:
    """A tsquery over an account's terms, and a pattern that its texts must match too."""

    expression: Expression
    text_pattern: str | None = None


def are_few(tiers: Sequence[int]) -> bool:
    """Whether fuzzy tiers are to be added, by the tiers of the first matches, at most FEW of them.

    They are not where all matches begin with the query: then it was typed right.
    """
    return len(tiers) < FEW and not (tiers and max(tiers) <= PINYIN_PREFIX)


def pinyin_readings(query: ParsedQuery) -> list[str]:
    """Return the readings to look up before `build_tiers`, sorted."""
    letters = [word for word in query.words if word.isascii()]
    if len(letters) > 1:
        # Blanks may stand between syllables.
        letters.append("".join(query.words))
    return sorted({reading for each in letters for way in segment(each) for reading in _readings_of(way)})


def homophone_readings(query: ParsedQuery) -> list[str]:
    """Return the readings to look up before `build_fuzzy_tiers`, sorted."""
    return sorted({reading for run in _runs(query) for pair in _pairs(run) for reading in pair_readings(pair)})


def build_tiers(query: ParsedQuery, readings: Readings) -> list[Tier | None]:
    """Return the tiers of a query by their numbers, all but the fuzzy ones; None where a tier cannot match."""
    key, phrases = query.key, _phrase_patterns(query)
    tiers: list[Tier | None] = [None] * len(TIERS)
    tiers[EXACT] = Tier(_whole_name(query), whole_line_pattern(key) if len(key) > MAX_NAME_LENGTH else None)
    letters = _TONES.sub("", key)
    if letters.isascii() and letters.isalpha():
        # Keyboards write ü as v, and folded readings have u.
        tiers[PINYIN] = Tier(Term(WHOLE_PINYIN + letters.replace("v", "u")[:MAX_NAME_LENGTH]))
        tiers[PINYIN_PREFIX] = _tier(_pinyin_prefix(letters, readings))
    if not query.phrases:
        tiers[PREFIX] = _prefix_tier(query)
    spaced = [word for phrase in query.phrases for word in phrase if not is_unspaced(word)]
    tiers[WORDS] = _tier(all_of(as_terms([*query.words, *spaced])), phrases)
    inside = all_of([_all_inside(query, readings, {}), *map(_phrase_terms, query.phrases)])
    # Pairs of characters cannot decide a longer run: the pairs might stand apart.
    long_runs = [word for word in query.words if is_unspaced(word) and len(word) > 2]  # noqa: PLR2004 - a pair
    tiers[INSIDE] = _tier(inside, all_patterns(phrases, *map(contains_pattern, long_runs)))
    return tiers


def build_fuzzy_tiers(
    query: ParsedQuery, readings: Readings, corrections: Mapping[str, Sequence[str]]
) -> list[Tier | None]:
    """Return the fuzzy tiers of a query by their numbers; `corrections` has words that occur by the mistyped word."""
    tiers: list[Tier | None] = [None] * len(TIERS)
    pattern, phrases = _phrase_patterns(query), [*map(_phrase_terms, query.phrases)]
    runs = _runs(query)
    letters = {word: all_of(as_terms(trigram_terms(word))) for word in {*query.words, query.key} if word.isascii()}
    # An account that has the only word as typed has matched by a better tier.
    is_alone = len(query.words) == 1 and not phrases
    if runs or any(letters.values()):
        apart = {word: all_of(_single_characters(word)) for word in runs}
        words = [apart.get(word)
                 or any_of([None if is_alone else _inside(word, query, readings, ()), letters.get(word)])
                 for word in query.words]  # fmt: skip
        whole = letters.get(query.key) if not query.phrases else None
        in_order = all_patterns(pattern, *map(in_order_pattern, runs))
        tiers[APART] = _tier(any_of([all_of([*words, *phrases]), whole]), in_order)
    meant: dict[str, list[Expression]] = {word: as_terms(words) for word, words in corrections.items() if words}
    meant |= {word: [alike] for word in runs if (alike := _homophones(word, readings)) is not None}
    if meant and is_alone:
        tiers[TYPO] = _tier(any_of(meant[query.words[0]]), pattern)
    elif meant:
        tiers[TYPO] = _tier(all_of([_all_inside(query, readings, meant), *phrases]), pattern)
    return tiers


def _tier(expression: Expression | None, text_pattern: str | None = None) -> Tier | None:
    return Tier(expression, text_pattern) if expression is not None else None


def _whole_name(query: ParsedQuery) -> Expression:
    """Return what the whole query is as a name, in each way of writing it."""
    key = query.key
    if len(key) > MAX_NAME_LENGTH:
        return Term(WHOLE_NAME + key[:MAX_NAME_LENGTH])
    variants = whole_name_variants(query)
    if len(variants) == 1:
        return Term(WHOLE_NAME + key)
    # They are folded, so there is no quote and no backslash in them.
    return TermSet([WHOLE_NAME + variant for variant in variants if len(variant) <= MAX_NAME_LENGTH])


def _prefix_tier(query: ParsedQuery) -> Tier:
    key = query.key
    prefix = _name_prefix(key)
    if len(key) <= MAX_NAME_PREFIX_LENGTH:
        return Tier(prefix)
    # Prefix terms have at most eight characters. The words narrow what is left, so that the pattern reads few texts.
    *whole, last = query.words
    parts: list[Expression | None] = [Term(word) for word in whole if not is_unspaced(word)]
    parts += [_inside_run(word) for word in query.words if is_unspaced(word)]
    if whole and not is_unspaced(last):
        parts.append(_word_prefix(last))
    return Tier(all_of([prefix, *parts]) or prefix, line_prefix_pattern(key))


def _name_prefix(key: str) -> Expression:
    """Return what begins with a key, as far as prefix terms reach."""
    if key.isascii() or character_variants(key[:MAX_NAME_PREFIX_LENGTH]) is None:
        return Term(name_prefix_term(key))
    variants = spelling_variants(key[:MAX_NAME_PREFIX_LENGTH])
    return any_of(Term(name_prefix_term(each)) for each in variants) or Term(name_prefix_term(key))


def _pinyin_prefix(letters: str, readings: Readings) -> Expression | None:
    ways = []
    for way in segment(letters):
        pairs = _characters_of(way, readings)
        if pairs:
            first = any_of(Term(name_prefix_term(characters)) for characters in pairs[0])
            ways.append(adjacent([first, *map(_any_inside, pairs[1:])]))
    return any_of(ways)


def _all_inside(query: ParsedQuery, readings: Readings, meant: Mapping[str, Sequence[Expression]]) -> Expression | None:
    """Return what has every word inside; words of letters may also be pinyin with blanks between syllables.

    `meant` has further expressions by word: what a mistyped word may stand for.
    """
    inside = {word: _inside(word, query, readings, meant.get(word, ())) for word in query.words}
    units = [
        any_of([all_of(inside[word] for word in unit.words), *_synonyms(unit, is_last=unit.words == query.words[-1:])])
        for unit in synonym_units(query.words)
        if not unit.is_optional
    ]
    every = all_of(units or inside.values())
    letters = "".join(query.words)
    if len(query.words) > 1 and letters.isascii() and letters.isalpha():
        return any_of([every, *_pinyin_inside(letters, readings)])
    return every


def _synonyms(unit: SynonymUnit, *, is_last: bool) -> list[Expression | None]:
    """Return the other ways to write a unit; `is_last`: its word may be a prefix, which finds what begins with it."""
    words = unit.words
    return [
        all_of(as_terms(other))
        for other in unit.alternatives
        if not (is_last and len(words) == 1 and len(other) == 1 and other[0].startswith(words[0]))
    ]


def _inside(word: str, query: ParsedQuery, readings: Readings, meant: Sequence[Expression]) -> Expression | None:
    """Return what has one word anywhere inside."""
    if is_unspaced(word):
        return any_of([_inside_run(word), *meant])
    as_typed = _as_typed(word, word == query.words[-1])
    pinyin = [*filter(None, _pinyin_inside(word, readings))] if word.isascii() and word.isalpha() else []
    return any_of([as_typed, *meant, *pinyin]) if meant or pinyin else as_typed


@lru_cache(maxsize=16_384)
def _as_typed(word: str, is_last: bool) -> Expression | None:  # noqa: FBT001 - a key of the cache
    """Return what has a word as typed. Cached, as names are made of the same words again and again."""
    ways: list[Expression | None] = [Term(word)]
    if is_last:
        ways.append(_word_prefix(word))
    letters = _TONES.sub("", word)
    if _INITIALS.fullmatch(letters):
        ways.append(adjacent(as_terms(initials_terms(letters))))
    return any_of(ways)


def _word_prefix(word: str) -> Expression:
    """Return what has a word that begins like this one, by its first eight letters: endings are not compared."""
    return Term(word_prefix_term(word)) if len(word) <= MAX_WORD_PREFIX_LENGTH else Prefix(word[:_MAX_COMPARED_LENGTH])


def _inside_run(run: str) -> Expression | None:
    """Return what has a run of characters inside, in any of their forms."""
    forms = character_variants(run)
    if forms is None:
        return adjacent(as_terms(ngram_terms(run)))
    if len(forms) == 1:
        return any_of(_single_characters(run))
    return adjacent(
        any_of(Term(NGRAM + one + other) for one in before for other in after) for before, after in pairwise(forms)
    )


def _single_characters(run: str) -> Sequence[Expression | None]:
    """Return what has each character of a run."""
    return [any_of(Term(NGRAM + each) for each in forms) for forms in character_variants(run) or run]


def _pinyin_inside(letters: str, readings: Readings) -> list[Expression | None]:
    """Return what has characters inside that are read as these letters, for each segmentation into syllables."""
    return [adjacent(map(_any_inside, _characters_of(way, readings))) for way in segment(letters)]


def _any_inside(ngrams: Sequence[str]) -> Expression | None:
    return any_of(Term(NGRAM + each) for each in ngrams)


def _homophones(run: str, readings: Readings) -> Expression | None:
    """Return what has characters that are read like a run: a keyboard offers one for the other."""
    if len(run) > _MAX_MISREAD_LENGTH:
        return None
    alike = [
        [
            other
            for reading in pair_readings(pair)
            for other in readings.get(reading, ())
            if reading in pair_readings(other)
        ]
        for pair in _pairs(run)
    ]
    return adjacent(map(_any_inside, alike)) if all(alike) else None


def _runs(query: ParsedQuery) -> list[str]:
    """Return the words that may stand in a name with other characters in between."""
    return [word for word in query.words if is_unspaced(word) and _MIN_APART_LENGTH <= len(word) <= _MAX_APART_LENGTH]


def _pairs(run: str) -> list[str]:
    return [run[at : at + 2] for at in range(len(run) - 1)]


def _readings_of(way: Sequence[str]) -> list[str]:
    return pairs_of(way) if len(way) > 1 else list(way)


def _characters_of(way: Sequence[str], readings: Readings) -> list[Sequence[str]]:
    """Return the characters for each pair of a segmentation; nothing where one pair does not occur."""
    characters = [readings.get(reading, ()) for reading in _readings_of(way)]
    return characters if all(characters) else []


def _phrase_terms(phrase: tuple[str, ...]) -> Expression | None:
    spaced = [word for word in phrase if not is_unspaced(word)]
    return all_of(as_terms([*spaced, *(ngram for word in phrase if is_unspaced(word) for ngram in ngram_terms(word))]))


def _phrase_patterns(query: ParsedQuery) -> str | None:
    """Return the pattern of all phrases: terms alone cannot decide that words are adjacent."""
    return all_patterns(*map(phrase_pattern, query.phrases))

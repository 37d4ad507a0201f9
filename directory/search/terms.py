"""The terms under which an account is found, cut of its names, its handle and its department.

A term is a mark and a text, all folded:

    =beijingjijiu   a whole name, handle or user id, without blanks
    ~bjjj           a whole name by its pinyin, or by the initials of it
    ^beij           the first one to eight characters of a name or handle
    police          a word, or a whole run of characters written without blanks
    >pol            the first one to eight characters of a word
    *急救 *急        one or two neighbouring characters of a run; three neighbouring letters of a handle
    !bjj            two or three neighbouring initials of a run of Chinese characters

They are cut here and not by PostgreSQL, whose parser takes a Chinese name for one word and whose trigrams know no word
of two characters; so they are the same on every server, whatever its locale.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache
from typing import Final

from directory.search.spelling import MAX_LENGTH, MIN_LENGTH
from directory.text.normalization import compact, fold, is_unspaced
from directory.text.pinyin import initial_spellings, pair_readings, readings, spellings

EXACT: Final = "="
SPELT: Final = "~"
ANCHORED: Final = "^"
BEGUN: Final = ">"
INSIDE: Final = "*"
INITIALS: Final = "!"

MAX_EXACT_LENGTH: Final = 80
MAX_ANCHORED_LENGTH: Final = 8
MAX_BEGUN_LENGTH: Final = 8
MAX_WORD_LENGTH: Final = 60
_HANDLE_GRAM: Final = 3
_CAMEL: Final = re.compile(r"(?<=[a-z0-9])(?=[A-Z])|(?<=[A-Z])(?=[A-Z][a-z])|(?<=[A-Za-z])(?=[0-9])")
# What elides before a vowel and is left out by who searches: d'Azur, l’Intérieur, dell'Interno.
_ELIDED: Final = re.compile(r"\b(?:[cdjlmnst]|qu|dell|nell|all|dall|sull)['’](?=\w)", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Naming:
    """What an account is called: names with the displayed one first, its handle, its department, its user id."""

    names: tuple[str, ...]
    handle: str | None
    department: str | None
    user_id: str | None = None


@dataclass(frozen=True, slots=True)
class Cut:
    """What is kept of a naming. `texts` has a line for each name, the handle and the department, folded."""

    terms: frozenset[str]
    texts: str
    name_length: int
    # Characters and pairs of Chinese characters that occur, and words long enough to be mistyped.
    characters: frozenset[str]
    words: frozenset[str]


def cut(naming: Naming) -> Cut:
    """Give the terms of a naming and what is kept beside them."""
    handle = naming.handle.rpartition("/")[2] if naming.handle else None
    called = [*dict.fromkeys(naming.names), *([handle] if handle else [])]
    terms: set[str] = set()
    characters: set[str] = set()
    words: set[str] = set()
    for text in called:
        terms |= _whole(compact(text))
    for text in (*naming.names, naming.department or "", split_handle(handle or "")):
        part = _of_words(text)
        terms |= part.terms
        characters |= part.characters
        words |= part.words
    if handle:
        terms |= _inside_handle(compact(handle))
    if naming.user_id and (key := compact(naming.user_id)):
        terms.add(EXACT + key[:MAX_EXACT_LENGTH])
    lines = [fold(text) for text in called]
    lines.append(fold(naming.department or ""))
    shortest = min((len(compact(name)) for name in naming.names), default=len(compact(handle or "")))
    return Cut(
        terms=frozenset(terms),
        texts="".join(f"\n {line} " for line in dict.fromkeys(lines) if line),
        name_length=min(shortest, 1000),
        characters=frozenset(characters),
        words=frozenset(words),
    )


def split_handle(handle: str) -> str:
    """Give a handle with blanks where a reader sees words in it: `MinSaludArg` is `Min Salud Arg`."""
    return _CAMEL.sub(" ", handle) if handle.isascii() else handle


def anchored(key: str) -> str:
    """Give the term of names and handles that begin with a key, as far as terms reach."""
    return ANCHORED + key[:MAX_ANCHORED_LENGTH]


def begun(word: str) -> str:
    """Give the term of words that begin with these letters, as far as terms reach."""
    return BEGUN + word[:MAX_BEGUN_LENGTH]


def grams(run: str) -> list[str]:
    """Give the terms that a run written without blanks is found inside by: its neighbours, or its one character."""
    return [INSIDE + pair for pair in _pairs(run)] if len(run) > 1 else [INSIDE + run]


def letter_grams(word: str) -> list[str]:
    """Give the terms that letters are found inside a handle by; none for fewer than three."""
    return [INSIDE + word[start : start + _HANDLE_GRAM] for start in range(len(word) - _HANDLE_GRAM + 1)]


def initial_grams(letters: str) -> list[str]:
    """Give the terms that neighbouring initials are found by."""
    size = min(len(letters), 3)
    return [INITIALS + letters[start : start + size] for start in range(len(letters) - size + 1)]


@lru_cache(maxsize=65_536)
def _of_words(text: str) -> Cut:
    """Give what the words of a name or department give; departments come again and again, so it is kept."""
    terms: set[str] = set()
    characters: set[str] = set()
    words: set[str] = set()
    for word in _words(text):
        terms.add(word)
        if is_unspaced(word):
            terms |= {INSIDE + character for character in word}
            terms |= {INSIDE + pair for pair in _pairs(word)}
            characters |= {one for one in (*word, *_pairs(word)) if (readings if len(one) == 1 else pair_readings)(one)}
            terms.update(_of_initials(word))
        else:
            terms |= {begun(word[:length]) for length in range(1, min(len(word), MAX_BEGUN_LENGTH) + 1)}
            if MIN_LENGTH <= len(word) <= MAX_LENGTH and word.isalpha():
                words.add(word)
    return Cut(frozenset(terms), "", 0, frozenset(characters), frozenset(words))


def _words(text: str) -> Iterator[str]:
    yield from (word[:MAX_WORD_LENGTH] for word in fold(text).split())
    if "'" in text or "’" in text:
        yield from (word[:MAX_WORD_LENGTH] for word in fold(_ELIDED.sub(" ", text)).split())


def _of_initials(run: str) -> Iterator[str]:
    for size in (2, 3):
        for start in range(len(run) - size + 1):
            yield from _initials_of(run[start : start + size])


@lru_cache(maxsize=65_536)
def _initials_of(characters: str) -> tuple[str, ...]:
    return tuple(INITIALS + letters for letters in initial_spellings(characters))


@lru_cache(maxsize=4_096)
def _whole(key: str) -> frozenset[str]:
    """Give the terms that stand for a whole name or handle and for its beginning."""
    if not key:
        return frozenset()
    terms = {EXACT + key[:MAX_EXACT_LENGTH]}
    terms |= {anchored(key[:length]) for length in range(1, min(len(key), MAX_ANCHORED_LENGTH) + 1)}
    terms |= {SPELT + letters[:MAX_EXACT_LENGTH] for letters in initial_spellings(key)}
    terms |= {SPELT + spelling.replace(" ", "")[:MAX_EXACT_LENGTH] for spelling in spellings(key)}
    return frozenset(terms)


def _inside_handle(key: str) -> set[str]:
    return set(letter_grams(key)) if key.isascii() else set()


def _pairs(run: str) -> list[str]:
    return [run[start : start + 2] for start in range(len(run) - 1)]

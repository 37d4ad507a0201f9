"""The terms under which an account is indexed, analyzed from its names, its handle and its department.

A term is a mark and a text, all folded:

    =beijingjijiu   a whole name, handle or user id, without blanks
    ~bjjj           a whole name by its pinyin, or by the initials of it
    ^beij           the first one to eight characters of a name or handle
    police          a word, or a whole run of characters written without blanks
    >pol            the first one to eight characters of a word
    *急救 *急        one or two neighbouring characters of a run; three neighbouring letters of a handle
    !bjj            two or three neighbouring initials of a run of Chinese characters

They are made here and not by PostgreSQL: its parser takes a Chinese name for one word, pg_trgm has no trigram of a word
of two characters, and both depend on the server's locale. PostgreSQL stores the terms as a `tsvector` with a GIN index.

Pinyin of words is not stored: the syllables of a query lead by search_readings to the characters that occur, and a
mistyped word leads by search_words to words that occur.

A change of terms, or of how text is folded, needs a migration that marks all accounts as pending and that also
recomputes the terms of past states.
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

WHOLE_NAME: Final = "="
WHOLE_PINYIN: Final = "~"
NAME_PREFIX: Final = "^"
WORD_PREFIX: Final = ">"
NGRAM: Final = "*"
INITIALS: Final = "!"

MAX_NAME_LENGTH: Final = 80
MAX_NAME_PREFIX_LENGTH: Final = 8
MAX_WORD_PREFIX_LENGTH: Final = 8
MAX_WORD_LENGTH: Final = 60
_HANDLE_GRAM: Final = 3
_CAMEL: Final = re.compile(r"(?<=[a-z0-9])(?=[A-Z])|(?<=[A-Z])(?=[A-Z][a-z])|(?<=[A-Za-z])(?=[0-9])")
# Elided before a vowel, and left out by people who search: d'Azur, l’Intérieur, dell'Interno.
_ELIDED: Final = re.compile(r"\b(?:[cdjlmnst]|qu|dell|nell|all|dall|sull)['’](?=\w)", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class AccountNames:
    """The texts of an account to analyze: names with the displayed one first, handle, department, user id."""

    names: tuple[str, ...]
    handle: str | None
    department: str | None
    user_id: str | None = None


@dataclass(frozen=True, slots=True)
class IndexEntry:
    """The index entry of an account; `texts` has a line for each name, the handle and the department, folded."""

    terms: frozenset[str]
    texts: str
    name_length: int
    # For the vocabularies: Chinese characters and pairs of them, and words long enough to be corrected.
    characters: frozenset[str]
    words: frozenset[str]


def analyze(account: AccountNames) -> IndexEntry:
    """Return the index entry of an account."""
    # Without the word of its namespace, which is no part of the name (`in/name`).
    handle = account.handle.rpartition("/")[2] if account.handle else None
    names = [*dict.fromkeys(account.names), *([handle] if handle else [])]
    terms: set[str] = set()
    characters: set[str] = set()
    words: set[str] = set()
    for text in names:
        terms |= _name_terms(compact(text))
    for text in (*account.names, account.department or "", split_handle(handle or "")):
        part = _word_entry(text)
        terms |= part.terms
        characters |= part.characters
        words |= part.words
    if handle:
        key = compact(handle)
        terms |= set(trigram_terms(key)) if key.isascii() else set()
    if account.user_id and (key := compact(account.user_id)):
        terms.add(WHOLE_NAME + key[:MAX_NAME_LENGTH])
    lines = [fold(text) for text in names]
    lines.append(fold(account.department or ""))
    shortest = min((len(compact(name)) for name in account.names), default=len(compact(handle or "")))
    return IndexEntry(
        terms=frozenset(terms),
        # Text patterns find the start of a line by its line feed, and whole words by the blanks around each.
        texts="".join(f"\n {line} " for line in dict.fromkeys(lines) if line),
        name_length=min(shortest, 1000),
        characters=frozenset(characters),
        words=frozenset(words),
    )


def split_handle(handle: str) -> str:
    """Return a handle with blanks where a reader sees words in it: `MinSaludArg` is `Min Salud Arg`."""
    return _CAMEL.sub(" ", handle) if handle.isascii() else handle


def name_prefix_term(key: str) -> str:
    """Return the term of names and handles that begin with a key, as far as prefix terms reach."""
    return NAME_PREFIX + key[:MAX_NAME_PREFIX_LENGTH]


def word_prefix_term(word: str) -> str:
    """Return the term of words that begin with these letters, as far as prefix terms reach."""
    return WORD_PREFIX + word[:MAX_WORD_PREFIX_LENGTH]


def ngram_terms(run: str) -> list[str]:
    """Return the terms of a run written without blanks: its bigrams, or its single character."""
    return [NGRAM + pair for pair in _pairs(run)] if len(run) > 1 else [NGRAM + run]


def trigram_terms(word: str) -> list[str]:
    """Return the trigrams by which letters are found inside a handle; none for fewer than three."""
    return [NGRAM + word[start : start + _HANDLE_GRAM] for start in range(len(word) - _HANDLE_GRAM + 1)]


def initials_terms(letters: str) -> list[str]:
    """Return the n-grams by which neighbouring initials are found: trigrams, or a bigram of two."""
    size = min(len(letters), 3)
    return [INITIALS + letters[start : start + size] for start in range(len(letters) - size + 1)]


@lru_cache(maxsize=65_536)
def _word_entry(text: str) -> IndexEntry:
    """Return terms and vocabulary of the words of a text. Cached, as thousands of accounts share a department."""
    terms: set[str] = set()
    characters: set[str] = set()
    words: set[str] = set()
    for word in _tokenize(text):
        terms.add(word)
        if is_unspaced(word):
            terms |= {NGRAM + character for character in word}
            terms |= {NGRAM + pair for pair in _pairs(word)}
            characters |= {one for one in (*word, *_pairs(word)) if (readings if len(one) == 1 else pair_readings)(one)}
            terms.update(_run_initials(word))
        else:
            terms |= {
                word_prefix_term(word[:length]) for length in range(1, min(len(word), MAX_WORD_PREFIX_LENGTH) + 1)
            }
            if MIN_LENGTH <= len(word) <= MAX_LENGTH and word.isalpha():
                words.add(word)
    return IndexEntry(frozenset(terms), "", 0, frozenset(characters), frozenset(words))


def _tokenize(text: str) -> Iterator[str]:
    yield from (word[:MAX_WORD_LENGTH] for word in fold(text).split())
    if "'" in text or "’" in text:
        yield from (word[:MAX_WORD_LENGTH] for word in fold(_ELIDED.sub(" ", text)).split())


def _run_initials(run: str) -> Iterator[str]:
    for size in (2, 3):
        for start in range(len(run) - size + 1):
            yield from _ngram_initials(run[start : start + size])


@lru_cache(maxsize=65_536)
def _ngram_initials(characters: str) -> tuple[str, ...]:
    return tuple(INITIALS + letters for letters in initial_spellings(characters))


@lru_cache(maxsize=4_096)
def _name_terms(key: str) -> frozenset[str]:
    """Return the terms of a whole name or handle, of its prefixes and of its pinyin."""
    if not key:
        return frozenset()
    terms = {WHOLE_NAME + key[:MAX_NAME_LENGTH]}
    terms |= {name_prefix_term(key[:length]) for length in range(1, min(len(key), MAX_NAME_PREFIX_LENGTH) + 1)}
    terms |= {WHOLE_PINYIN + letters[:MAX_NAME_LENGTH] for letters in initial_spellings(key)}
    terms |= {WHOLE_PINYIN + spelling.replace(" ", "")[:MAX_NAME_LENGTH] for spelling in spellings(key)}
    return frozenset(terms)


def _pairs(run: str) -> list[str]:
    return [run[start : start + 2] for start in range(len(run) - 1)]

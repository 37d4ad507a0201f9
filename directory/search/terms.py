"""The terms under which an account is indexed, analyzed from its names, its handle and its department.

A term is a mark and a text, all folded:

    =beijingjijiu   a whole name, handle or user id, without blanks
    ~bjjj           a whole name by its pinyin, or by the initials of it
    ^beij           the first one to eight characters of a name or handle
    police          a word, or a whole run of characters written without blanks
    >pol            the first one to three characters of a word; longer prefixes match the words themselves
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
from dataclasses import dataclass
from functools import lru_cache
from typing import Final, NamedTuple

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
# Longer prefixes are matched as `'poli':*`, which reads the few words of the index that begin so. Stored up to eight
# letters, they were 19 of the 66 terms of an account; one letter alone begins thousands of words.
MAX_WORD_PREFIX_LENGTH: Final = 3
MAX_WORD_LENGTH: Final = 60
_HANDLE_GRAM: Final = 3
_NOTHING: Final[frozenset[str]] = frozenset()
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

    # Separated by blanks, some repeated: PostgreSQL sorts what it reads into a tsvector, and removes duplicates.
    terms: str
    texts: str
    name_length: int
    # For the vocabularies: Chinese characters and pairs of them, and words long enough to be corrected.
    characters: frozenset[str]
    words: frozenset[str]


def analyze(account: AccountNames) -> IndexEntry:
    """Return the index entry of an account."""
    # Without the word of its namespace, which is no part of the name (`in/name`).
    handle = account.handle.rpartition("/")[2] if account.handle else ""
    lines = dict.fromkeys(map(fold, account.names))
    keys = [line.replace(" ", "") for line in lines]
    words = [_text_words(text) for text in account.names]
    words.append(_text_words(account.department or ""))
    terms = list(map(_name_terms, keys))
    if handle:
        folded = fold(handle)
        key = folded.replace(" ", "")
        lines[folded] = None
        terms.append(_name_terms(key))
        words.append(_text_words(split_handle(handle)))
        if key.isascii():
            terms += trigram_terms(key)
        if not keys:
            keys.append(key)
    if account.user_id and (key := compact(account.user_id)):
        terms.append(WHOLE_NAME + key[:MAX_NAME_LENGTH])
    lines[fold(account.department or "")] = None
    terms += [each.terms for each in words]
    return IndexEntry(
        terms=" ".join(terms),
        # Text patterns find the start of a line by its line feed, and whole words by the blanks around each.
        texts="".join([f"\n {line} " for line in lines if line]),
        name_length=min(min(map(len, keys), default=0), 1000),
        characters=_NOTHING.union(*[each.characters for each in words]),
        words=_NOTHING.union(*[each.words for each in words]),
    )


def split_handle(handle: str) -> str:
    """Return a handle with blanks where a reader sees words in it: `MinSaludArg` is `Min Salud Arg`."""
    return _CAMEL.sub(" ", handle) if handle.isascii() else handle


def name_prefix_term(key: str) -> str:
    """Return the term of names and handles that begin with a key, as far as prefix terms reach."""
    return NAME_PREFIX + key[:MAX_NAME_PREFIX_LENGTH]


def word_prefix_term(word: str) -> str:
    """Return the term of words that begin with one to three letters."""
    return WORD_PREFIX + word


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


class _Words(NamedTuple):
    """Terms and vocabulary of the words of a text, as in IndexEntry."""

    terms: str
    characters: frozenset[str]
    words: frozenset[str]


@lru_cache(maxsize=4_096)
def _text_words(text: str) -> _Words:
    """Return terms and vocabulary of a text. Cached, as thousands of accounts share a department."""
    tokens = _tokenize(text)
    runs = [] if text.isascii() else list(filter(is_unspaced, tokens))
    spaced = [_spaced_word(token) for token in tokens if not runs or not is_unspaced(token)]
    characters = {one for run in runs for one in (*run, *_pairs(run)) if _has_readings(one)}
    return _Words(
        " ".join([*[terms for terms, _ in spaced], *map(_run_terms, runs)]),
        frozenset(characters),
        frozenset([word for _, word in spaced if word]),
    )


def _tokenize(text: str) -> list[str]:
    tokens = fold(text).split()
    if "'" in text or "’" in text:
        tokens += fold(_ELIDED.sub(" ", text)).split()
    return [word[:MAX_WORD_LENGTH] for word in tokens]


@lru_cache(maxsize=65_536)
def _spaced_word(word: str) -> tuple[str, str]:
    """Return the terms of a word between blanks; and the word where it is one to be corrected, otherwise an empty text.

    Cached, as names share their words: without this, terms of 40,000 accounts take twice the time.
    """
    prefixes = [WORD_PREFIX + word[:length] for length in range(1, min(len(word), MAX_WORD_PREFIX_LENGTH) + 1)]
    is_corrected = MIN_LENGTH <= len(word) <= MAX_LENGTH and word.isalpha()
    return " ".join([word, *prefixes]), word if is_corrected else ""


def _run_terms(run: str) -> str:
    """Return the terms of a run written without blanks."""
    pairs = _pairs(run)
    ngrams = [NGRAM + each for each in (*run, *pairs)]
    triples = [run[start : start + 3] for start in range(len(run) - 2)]
    return " ".join([run, *ngrams, *map(_ngram_initials, pairs), *map(_ngram_initials, triples)])


@lru_cache(maxsize=65_536)
def _has_readings(one: str) -> bool:
    """Whether a character, or each of a pair of characters, has a reading in pinyin."""
    return bool((readings if len(one) == 1 else pair_readings)(one))


@lru_cache(maxsize=65_536)
def _ngram_initials(characters: str) -> str:
    return " ".join([INITIALS + letters for letters in initial_spellings(characters)])


@lru_cache(maxsize=4_096)
def _name_terms(key: str) -> str:
    """Return the terms of a whole name or handle, of its prefixes and of its pinyin."""
    if not key:
        return ""
    terms = [NAME_PREFIX + key[:length] for length in range(1, min(len(key), MAX_NAME_PREFIX_LENGTH) + 1)]
    if not key.isascii():
        terms += [WHOLE_PINYIN + letters[:MAX_NAME_LENGTH] for letters in initial_spellings(key)]
        terms += [WHOLE_PINYIN + spelling.replace(" ", "")[:MAX_NAME_LENGTH] for spelling in spellings(key)]
    return " ".join([WHOLE_NAME + key[:MAX_NAME_LENGTH], *terms])


def _pairs(run: str) -> list[str]:
    return [run[start : start + 2] for start in range(len(run) - 1)]

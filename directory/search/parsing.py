"""The query as typed, parsed: words that must all match, phrases in quotation marks, excluded words and phrases."""

from __future__ import annotations

import re
from collections.abc import Collection, Sequence
from dataclasses import dataclass, field
from typing import Final

from directory.search.terms import MAX_WORD_LENGTH
from directory.text.normalization import fold

MAX_WORDS: Final = 20
AMPERSAND: Final = "&"
"""The token for an ampersand or plus sign between two words; no folded word contains it."""
# Quotation marks as on keyboards of all countries; one without its partner is a blank.
_CLAUSE: Final = re.compile(
    r"(?P<minus>(?:^|(?<=\s))[-－−])?(?:[\"“”„«»「『﹁＂]\s*(?P<phrase>[^\"“”„«»「」『』﹁﹂＂]*)[\"“”„«»」』﹂＂]|(?P<word>[^\s\"“”„«»「」『』﹁﹂＂]+))"
)
_AMPERSAND: Final = re.compile("[&+＆＋﹠﹢]")


class UnsearchableError(ValueError):
    """The query cannot be searched for; the message says why."""


@dataclass(frozen=True, slots=True)
class ParsedQuery:
    """The clauses of a query, folded; a phrase is a tuple of adjacent words."""

    # Each word once, in the order of the query.
    words: tuple[str, ...]
    phrases: tuple[tuple[str, ...], ...] = ()
    excluded: tuple[tuple[str, ...], ...] = ()
    # The words in their order with repetitions, and AMPERSAND where one stands between two.
    tokens: tuple[str, ...] = field(default=(), compare=False)

    @property
    def key(self) -> str:
        """The whole query without blanks, to compare with a whole name or handle."""
        words = "".join(self.tokens or self.words).replace(AMPERSAND, "")
        return words + "".join([word for phrase in self.phrases for word in phrase]) if self.phrases else words

    def text_without(self, dropped: Collection[str]) -> str:
        """Return a text that parses to this query without some of its words."""
        words = [word for word in self.tokens or self.words if word not in dropped]
        phrases = [f'"{" ".join(phrase)}"' for phrase in self.phrases]
        return " ".join([*words, *phrases, *(f'-"{" ".join(phrase)}"' for phrase in self.excluded)])


def parse_query(text: str) -> ParsedQuery:
    """Return the clauses of a query; raise UnsearchableError if there is nothing to search for, or too much.

    The only syntax is quotation marks around a phrase, and a hyphen before an excluded word or phrase.
    """
    tokens: list[str] = []
    phrases: list[tuple[str, ...]] = []
    excluded: list[tuple[str, ...]] = []
    for clause in _CLAUSE.finditer(text):
        quoted, bare = clause["phrase"], clause["word"]
        if quoted is None and not clause["minus"]:
            tokens += _tokenize(bare)
            continue
        phrase = tuple(_fold_words(quoted if quoted is not None else bare))
        if phrase:
            (excluded if clause["minus"] else phrases).append(phrase)
    words = [token for token in tokens if token != AMPERSAND] if AMPERSAND in tokens else tokens
    count = len(words) + sum(map(len, (*phrases, *excluded)))
    if count > MAX_WORDS:
        message = f"has {count} words; at most {MAX_WORDS} are searched for"
        raise UnsearchableError(message)
    if not words and not phrases:
        message = "has no letter or digit to search for"
        if excluded:
            message = "only excludes; give at least one word to search for"
        raise UnsearchableError(message)
    return ParsedQuery(
        tuple(dict.fromkeys(words)),
        tuple(dict.fromkeys(phrases)),
        tuple(dict.fromkeys(excluded)),
        tuple(tokens if words is tokens else _inner_ampersands(tokens)),
    )


def _tokenize(bare: str) -> list[str]:
    """Return the words of what stands between blanks, with an AMPERSAND for each one typed."""
    first, *rest = _AMPERSAND.split(bare)
    tokens = _fold_words(first)
    for part in rest:
        tokens += [AMPERSAND, *_fold_words(part)]
    return tokens


def _fold_words(text: str) -> list[str]:
    # As far as words are indexed: a longer one would match nothing.
    return [word[:MAX_WORD_LENGTH] for word in fold(text).split()]


def _inner_ampersands(tokens: Sequence[str]) -> tuple[str, ...]:
    """Return the tokens with an AMPERSAND only between two words."""
    inner: list[str] = []
    for token in tokens:
        if token != AMPERSAND or (inner and inner[-1] != AMPERSAND):
            inner.append(token)
    return tuple(inner[:-1] if inner and inner[-1] == AMPERSAND else inner)

"""What a person typed into the search: words that all must match, phrases in quotation marks, words to leave out."""

from __future__ import annotations

import re
from collections.abc import Collection, Sequence
from dataclasses import dataclass, field
from typing import Final

from directory.search.synonyms import AMPERSAND
from directory.search.terms import MAX_WORD_LENGTH
from directory.text.normalization import fold

MAX_WORDS: Final = 20
# Quotation marks as keyboards of all countries have them; one that is not closed is a blank.
_CLAUSE: Final = re.compile(
    r"(?P<minus>(?:^|(?<=\s))[-－−])?(?:[\"“”„«»「『﹁＂]\s*(?P<phrase>[^\"“”„«»「」『』﹁﹂＂]*)[\"“”„«»」』﹂＂]|(?P<word>[^\s\"“”„«»「」『』﹁﹂＂]+))"
)


# What stands for "and" between words.
_AMPERSAND: Final = re.compile("[&+＆＋﹠﹢]")


class UnsearchableError(ValueError):
    """What was typed cannot be searched for; the message says why."""


@dataclass(frozen=True, slots=True)
class Sought:
    """What was typed, folded. A phrase is a tuple of words that stand side by side."""

    words: tuple[str, ...]
    phrases: tuple[tuple[str, ...], ...] = ()
    excluded: tuple[tuple[str, ...], ...] = ()
    # The words in their order, those that come again too, and AMPERSAND where one stands between two.
    wording: tuple[str, ...] = field(default=(), compare=False)

    @property
    def key(self) -> str:
        """All that is to be found, without blanks: what a name or handle is compared with as a whole."""
        # No folded word has an AMPERSAND in it.
        said = "".join(self.wording or self.words).replace(AMPERSAND, "")
        return said + "".join([word for phrase in self.phrases for word in phrase]) if self.phrases else said

    def text(self, without: Collection[str]) -> str:
        """Return a text that means the same, but for some of the words."""
        said = [word for word in self.wording or self.words if word not in without]
        quoted = [f'"{" ".join(phrase)}"' for phrase in self.phrases]
        return " ".join([*said, *quoted, *(f'-"{" ".join(phrase)}"' for phrase in self.excluded)])


def parse(text: str) -> Sought:
    """Read what was typed; raise UnsearchableError if nothing is to be found, or too much.

    No character has a meaning but quotation marks around a phrase and a hyphen before a word or phrase.
    """
    wording: list[str] = []
    phrases: list[tuple[str, ...]] = []
    excluded: list[tuple[str, ...]] = []
    for clause in _CLAUSE.finditer(text):
        quoted, bare = clause["phrase"], clause["word"]
        if quoted is None and not clause["minus"]:
            wording += _read_words(bare)
            continue
        found = tuple(_words(quoted if quoted is not None else bare))
        if found:
            (excluded if clause["minus"] else phrases).append(found)
    words = [word for word in wording if word != AMPERSAND] if AMPERSAND in wording else wording
    count = len(words) + sum(map(len, (*phrases, *excluded)))
    if count > MAX_WORDS:
        message = f"has {count} words; at most {MAX_WORDS} are searched for"
        raise UnsearchableError(message)
    if not words and not phrases:
        message = "has no letter or digit to search for"
        if excluded:
            message = "only excludes; give at least one word to search for"
        raise UnsearchableError(message)
    return Sought(
        tuple(dict.fromkeys(words)),
        tuple(dict.fromkeys(phrases)),
        tuple(dict.fromkeys(excluded)),
        tuple(wording if words is wording else _between(wording)),
    )


def _read_words(bare: str) -> list[str]:
    """Return the words of what stands between blanks, with an AMPERSAND for each that is written."""
    first, *rest = _AMPERSAND.split(bare)
    found = _words(first)
    for part in rest:
        found += [AMPERSAND, *_words(part)]
    return found


def _words(text: str) -> list[str]:
    return [word[:MAX_WORD_LENGTH] for word in fold(text).split()]


def _between(wording: Sequence[str]) -> tuple[str, ...]:
    """Return the words with an AMPERSAND only between two of them."""
    kept: list[str] = []
    for word in wording:
        if word != AMPERSAND or (kept and kept[-1] != AMPERSAND):
            kept.append(word)
    return tuple(kept[:-1] if kept and kept[-1] == AMPERSAND else kept)

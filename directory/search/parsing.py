"""What a person typed into the search: words that all must match, phrases in quotation marks, words to leave out."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Final

from directory.search.folding import fold
from directory.search.terms import LONGEST_WORD

MOST_WORDS: Final = 20
# Quotation marks as keyboards of all countries have them; one that is not closed is a blank.
_CLAUSE: Final = re.compile(
    r"(?P<minus>(?:^|(?<=\s))[-－−])?(?:[\"“”„«»「『﹁＂]\s*(?P<phrase>[^\"“”„«»「」『』﹁﹂＂]*)[\"“”„«»」』﹂＂]|(?P<word>[^\s\"“”„«»「」『』﹁﹂＂]+))"
)


class UnsearchableError(ValueError):
    """What was typed cannot be searched for; the message says why."""


@dataclass(frozen=True, slots=True)
class Sought:
    """What was typed, folded. A phrase is a tuple of words that stand side by side."""

    words: tuple[str, ...]
    phrases: tuple[tuple[str, ...], ...] = ()
    excluded: tuple[tuple[str, ...], ...] = ()

    @property
    def key(self) -> str:
        """All that is to be found, without blanks: what a name or handle is compared with as a whole."""
        return "".join((*self.words, *(word for phrase in self.phrases for word in phrase)))


def parse(text: str) -> Sought:
    """Read what was typed; raise UnsearchableError if nothing is to be found, or too much.

    No character has a meaning but quotation marks around a phrase and a hyphen before a word or phrase.
    """
    words: list[str] = []
    phrases: list[tuple[str, ...]] = []
    excluded: list[tuple[str, ...]] = []
    for clause in _CLAUSE.finditer(text):
        quoted, bare = clause["phrase"], clause["word"]
        found = tuple(word[:LONGEST_WORD] for word in fold(quoted if quoted is not None else bare).split())
        if not found:
            continue
        if clause["minus"]:
            excluded.append(found)
        elif quoted is not None:
            phrases.append(found)
        else:
            words += found
    count = len(words) + sum(map(len, (*phrases, *excluded)))
    if count > MOST_WORDS:
        message = f"has {count} words; at most {MOST_WORDS} are searched for"
        raise UnsearchableError(message)
    if not words and not phrases:
        message = "has no letter or digit to search for"
        if excluded:
            message = "only excludes; give at least one word to search for"
        raise UnsearchableError(message)
    return Sought(tuple(dict.fromkeys(words)), tuple(dict.fromkeys(phrases)), tuple(dict.fromkeys(excluded)))

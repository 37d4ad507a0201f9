"""Where a search matched: the parts of a record's names, handle and department that what was typed stands for."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import chain
from typing import Any

from directory.search import text_patterns
from directory.search.character_variants import vary
from directory.search.query_plan import Search
from directory.search.rules import RULES
from directory.search.synonyms import Unit, units
from directory.text.normalization import fold, is_unspaced
from directory.text.pinyin import initials, readings

Range = tuple[int, int]


@dataclass(frozen=True, slots=True)
class _Folded:
    """A text folded character by character, each with where it comes from."""

    text: str
    origins: tuple[Range, ...]

    @classmethod
    def of(cls, text: str) -> _Folded:
        """Fold a text; what divides words is one blank, and so are its ends."""
        letters, origins = [" "], [(0, 0)]
        for start, end in _clusters(text):
            folded = fold(text[start:end])
            if folded:
                letters += folded
                origins += [(start, end)] * len(folded)
            elif letters[-1] != " " and not _is_silent(text, start, end):
                letters.append(" ")
                origins.append((start, end))
        return cls("".join([*letters, " "]), (*origins, (len(text), len(text))))

    def range_of(self, start: int, end: int) -> Range:
        """Return the range of the text that characters from `start` to before `end` come from."""
        return self.origins[start][0], self.origins[end - 1][1]


def highlight(search: Search, tier: int, record: Mapping[str, Any]) -> dict[str, object]:
    """Return the rule by which a record matched and, for each field with a match, its text and the ranges of it.

    Ranges are pairs of positions in Unicode code points, the second excluded, in order and apart from each other.
    """
    found = []
    for field, text in _fields(record):
        ranges = merge(_matches(search, _Folded.of(text)))
        if ranges:
            found.append({"field": field, "text": text, "ranges": [list(each) for each in ranges]})
    return {"rule": RULES[tier], "matches": found}


def merge(ranges: Iterable[Range]) -> list[Range]:
    """Return ranges in order, those that touch or overlap as one."""
    merged: list[Range] = []
    for start, end in sorted(ranges):
        if merged and start <= merged[-1][1]:
            merged[-1] = (merged[-1][0], max(end, merged[-1][1]))
        else:
            merged.append((start, end))
    return merged


def _fields(record: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    if record.get("name"):
        yield "name", record["name"]
    yield from (("names", other["name"]) for other in record.get("names") or ())
    if record.get("handle"):
        yield "handle", record["handle"]
    # Of a body that is not named the type alone is known.
    if (department := record.get("department")) and department["name"]:
        yield "department", department["name"]


def _matches(search: Search, folded: _Folded) -> Iterator[Range]:
    """Return what each word and phrase stands for in a text, or what is written in its place."""
    sought = search.sought
    compact = folded.text.replace(" ", "")
    if compact and compact in search.names:
        yield folded.range_of(1, len(folded.text) - 1)
        return
    for phrase in sought.phrases:
        yield from _occurrences(folded, " ".join(phrase), whole=True)
    for unit in units(sought.words) or [Unit((word,)) for word in sought.words]:
        spans = [_spans(folded, word, is_last=word == sought.words[-1]) for word in unit.words]
        for other in unit.others if not all(spans) else ():
            if all(alike := [[*_occurrences(folded, word, whole=True)] for word in other]):
                spans = alike
                break
        yield from chain.from_iterable(spans)
        for word in unit.words if not any(spans) else ():
            for correction in search.corrections.get(word, ()):
                yield from _occurrences(folded, correction, whole=True)


def _spans(folded: _Folded, word: str, *, is_last: bool) -> list[Range]:
    """Return where a word stands in a text, by the first rule by which it does."""
    if is_unspaced(word):
        return [*_occurrences(folded, word, whole=False)] or _varied(folded, word) or _in_order(folded, word)
    whole = [*_occurrences(folded, word, whole=True)]
    if not whole and is_last:
        whole = [*_occurrences(folded, f" {word}", whole=False)]
    return whole or _read(folded, word) or [*_occurrences(folded, word, whole=False)]


def _occurrences(folded: _Folded, word: str, *, whole: bool) -> Iterator[Range]:
    """Yield each place of a word, as one that blanks or other scripts bound where it must be whole."""
    start = folded.text.find(word)
    while start >= 0:
        end = start + len(word)
        begin = start + (word[0] == " ")
        if not whole or (_is_bound(folded.text, start - 1) and _is_bound(folded.text, end)) or is_unspaced(word):
            yield folded.range_of(begin, end)
        start = folded.text.find(word, start + 1)


def _is_bound(text: str, at: int) -> bool:
    return text[at] == " " or is_unspaced(text[at])


def _varied(folded: _Folded, run: str) -> list[Range]:
    """Return each place of a run in another form of it."""
    if vary(run) is None:
        return []
    return [folded.range_of(found.start(), found.end()) for found in re.finditer(text_patterns.holds(run), folded.text)]


def _in_order(folded: _Folded, word: str) -> list[Range]:
    """Return the characters of a word that stand in this order with others between them; nothing if one is missing."""
    at, found = 0, []
    for place in vary(word) or word:
        after = [found_at + 1 for each in place if (found_at := folded.text.find(each, at)) >= 0]
        at = min(after, default=0)
        if not at:
            return []
        found.append(folded.range_of(at - 1, at))
    return found


def _read(folded: _Folded, letters: str) -> list[Range]:
    """Return the characters that are read as these letters, or whose initials they are."""
    for start in range(len(folded.text)):
        for choices in (readings, initials):
            end = _read_from(folded.text, start, letters, choices)
            if end is not None and end - start > 1:
                return [folded.range_of(start, end)]
    return []


def _read_from(text: str, start: int, letters: str, choices: Any) -> int | None:  # noqa: ANN401 - readings or initials
    """Return where the characters end that are read as the letters from `start` on, None if they are not."""
    if not letters:
        return start
    if start >= len(text):
        return None
    options: Sequence[str] = choices(text[start])
    for option in options:
        if option.startswith(letters):
            return start + 1
        if letters.startswith(option):
            end = _read_from(text, start + 1, letters[len(option) :], choices)
            if end is not None:
                return end
    return None


def _clusters(text: str) -> Iterator[Range]:
    """Yield the ranges of characters with the marks that belong to them."""
    start = 0
    for at in range(1, len(text) + 1):
        if at == len(text) or not unicodedata.combining(text[at]):
            yield start, at
            start = at


def _is_silent(text: str, start: int, end: int) -> bool:
    """Tell whether what folds to nothing divides no words: an apostrophe inside one."""
    neighbours = text[max(start - 1, 0) : end + 1]
    return len(neighbours) == end - start + 2 and " " not in fold(neighbours)

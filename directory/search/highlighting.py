"""Highlighting: the ranges of a record's names, handle and department that match a query."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import chain
from typing import Any

from directory.search.expressions import contains_pattern
from directory.search.query_plan import QueryPlan
from directory.search.synonyms import SynonymUnit, character_variants, synonym_units
from directory.search.tiers import TIERS
from directory.text.normalization import fold, is_unspaced
from directory.text.pinyin import initials, readings

Range = tuple[int, int]


@dataclass(frozen=True, slots=True)
class _FoldedText:
    """A text folded character by character, each with the range of the text that it comes from."""

    text: str
    origins: tuple[Range, ...]

    @classmethod
    def of(cls, text: str) -> _FoldedText:
        """Return a text folded, with one blank between words and at both ends."""
        letters, origins = [" "], [(0, 0)]
        # Each cluster by itself, as `fold` of a whole text does not say where a folded character comes from.
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


def highlight(plan: QueryPlan, tier: int, record: Mapping[str, Any]) -> dict[str, object]:
    """Return the name of a record's tier and, for each field with a match, its text and the ranges that match.

    Ranges are pairs of positions in Unicode code points, the second excluded; they are sorted and do not touch.
    """
    matches = []
    for field, text in _fields(record):
        ranges = merge(_matches(plan, _FoldedText.of(text)))
        if ranges:
            matches.append({"field": field, "text": text, "ranges": [list(each) for each in ranges]})
    return {"rule": TIERS[tier], "matches": matches}


def merge(ranges: Iterable[Range]) -> list[Range]:
    """Return ranges sorted, those that touch or overlap as one."""
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
    # A department without a name is known by its type alone.
    if (department := record.get("department")) and department["name"]:
        yield "department", department["name"]


def _matches(plan: QueryPlan, folded: _FoldedText) -> Iterator[Range]:
    """Yield the ranges that the words and phrases of a query match, or else their synonyms or corrections."""
    query = plan.query
    compact = folded.text.replace(" ", "")
    if compact and compact in plan.names:
        yield folded.range_of(1, len(folded.text) - 1)
        return
    for phrase in query.phrases:
        yield from _occurrences(folded, " ".join(phrase), whole=True)
    for unit in synonym_units(query.words) or [SynonymUnit((word,)) for word in query.words]:
        spans = [_spans(folded, word, is_last=word == query.words[-1]) for word in unit.words]
        for alternative in unit.alternatives if not all(spans) else ():
            if all(others := [[*_occurrences(folded, word, whole=True)] for word in alternative]):
                spans = others
                break
        yield from chain.from_iterable(spans)
        for word in unit.words if not any(spans) else ():
            for correction in plan.corrections.get(word, ()):
                yield from _occurrences(folded, correction, whole=True)


def _spans(folded: _FoldedText, word: str, *, is_last: bool) -> list[Range]:
    """Return where a word matches in a text, by the strictest way in which it does."""
    if is_unspaced(word):
        return [*_occurrences(folded, word, whole=False)] or _varied(folded, word) or _in_order(folded, word)
    whole = [*_occurrences(folded, word, whole=True)]
    if not whole and is_last:
        whole = [*_occurrences(folded, f" {word}", whole=False)]
    return whole or _pinyin(folded, word) or [*_occurrences(folded, word, whole=False)]


def _occurrences(folded: _FoldedText, word: str, *, whole: bool) -> Iterator[Range]:
    """Yield the ranges of a word; with `whole` only where blanks or another script bound it."""
    start = folded.text.find(word)
    while start >= 0:
        end = start + len(word)
        begin = start + (word[0] == " ")
        if not whole or (_is_bound(folded.text, start - 1) and _is_bound(folded.text, end)) or is_unspaced(word):
            yield folded.range_of(begin, end)
        start = folded.text.find(word, start + 1)


def _is_bound(text: str, at: int) -> bool:
    return text[at] == " " or is_unspaced(text[at])


def _varied(folded: _FoldedText, run: str) -> list[Range]:
    """Return the ranges of a run in any of its forms."""
    if character_variants(run) is None:
        return []
    return [folded.range_of(found.start(), found.end()) for found in re.finditer(contains_pattern(run), folded.text)]


def _in_order(folded: _FoldedText, word: str) -> list[Range]:
    """Return the ranges of a word's characters in their order, with others in between; none if one is missing."""
    end, ranges = 0, []
    for forms in character_variants(word) or word:
        ends = [start + 1 for each in forms if (start := folded.text.find(each, end)) >= 0]
        end = min(ends, default=0)
        if not end:
            return []
        ranges.append(folded.range_of(end - 1, end))
    return ranges


def _pinyin(folded: _FoldedText, letters: str) -> list[Range]:
    """Return the range of the first characters that are read as these letters, or whose initials they are."""
    for start in range(len(folded.text)):
        for choices in (readings, initials):
            end = _end_of_pinyin(folded.text, start, letters, choices)
            if end is not None and end - start > 1:
                return [folded.range_of(start, end)]
    return []


def _end_of_pinyin(text: str, start: int, letters: str, choices: Any) -> int | None:  # noqa: ANN401 - readings or initials
    """Return the end of the characters from `start` on that are read as the letters, None if they are not."""
    if not letters:
        return start
    if start >= len(text):
        return None
    options: Sequence[str] = choices(text[start])
    for option in options:
        if option.startswith(letters):
            return start + 1
        if letters.startswith(option):
            end = _end_of_pinyin(text, start + 1, letters[len(option) :], choices)
            if end is not None:
                return end
    return None


def _clusters(text: str) -> Iterator[Range]:
    """Yield the ranges of characters with their combining marks."""
    start = 0
    for at in range(1, len(text) + 1):
        if at == len(text) or not unicodedata.combining(text[at]):
            yield start, at
            start = at


def _is_silent(text: str, start: int, end: int) -> bool:
    """Whether what folds to nothing separates no words: an apostrophe inside one."""
    neighbours = text[max(start - 1, 0) : end + 1]
    return len(neighbours) == end - start + 2 and " " not in fold(neighbours)

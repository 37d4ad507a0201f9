"""How well a text matches a query, by the words of the requirement: the reference matcher.

Where the requirement leaves open how good a match is, both ends are said: the `least` that every reading of it must
grant and the `most` that one could. So a query is only asked if its answer is the same in every reading.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import IntEnum

from rapidfuzz.distance import OSA

from tests.search.evaluation.readings import find_reading, has_mixed_reading
from tests.search.evaluation.texts import Text, is_eastern


class Grade(IntEnum):
    """How good a match is; the order that the requirement states."""

    NONE = 0
    TYPO = 1
    FOUND = 2  # found without a typo, but how high is not said: in a department, by its pinyin
    INSIDE = 3
    WORDS = 4
    BEGINS = 5
    EXACT = 6


@dataclass(frozen=True)
class Match:
    """The least and the most that a match is worth, and its number of edits."""

    least: Grade = Grade.NONE
    most: Grade = Grade.NONE
    edits: int = 0

    def __or__(self, other: "Match") -> "Match":
        """Return the better of both at either end."""
        edits = [match.edits for match in (self, other) if match.most]
        return Match(max(self.least, other.least), max(self.most, other.most), min(edits, default=0))

    def lowered(self, least: Grade, most: Grade = Grade.EXACT) -> "Match":
        """Return the match with neither end above the given ones."""
        return Match(min(self.least, least), min(self.most, most), self.edits)


NO_MATCH = Match()


def match_letters(query: Text, text: Text) -> Match:
    """Match what is written, without pinyin and typos."""
    words = query.words
    # Whatever the grade, every word has to be somewhere.
    if not words or not all(word in text.compact for word in words):
        return NO_MATCH
    found = Match(most=Grade.INSIDE)
    if all(is_eastern(word) for word in words):
        # Found inside a name; whether it is a word there or a part of one, the characters do not say.
        found |= Match(Grade.INSIDE, Grade.WORDS)
    return found | _match_start(query, text) | _match_words(query, text)


def _match_start(query: Text, text: Text) -> Match:
    words = query.words
    count = len(words)
    if words == text.words:
        return Match(Grade.EXACT, Grade.EXACT)
    if (
        words[:-1] == text.words[: count - 1]
        and len(text.words) >= count
        and text.words[count - 1].startswith(words[-1])
    ):
        return Match(Grade.BEGINS, Grade.BEGINS)
    # Without the spaces it is the same or begins so. That is said of Chinese; elsewhere spaces divide words.
    if text.compact.startswith(query.compact):
        most = Grade.EXACT if text.compact == query.compact else Grade.BEGINS
        return Match(most if count == 1 and is_eastern(words[0]) else Grade.NONE, most)
    return NO_MATCH


def _match_words(query: Text, text: Text) -> Match:
    *before, last = query.words
    if not all(_has_word(text, word) for word in before):
        return NO_MATCH
    if _has_word(text, last):
        any_eastern = any(is_eastern(word) for word in query.words)
        return Match(Grade.INSIDE if any_eastern else Grade.WORDS, Grade.WORDS)
    if any(word.startswith(last) for word in text.words):
        return Match(Grade.INSIDE, Grade.WORDS)
    return NO_MATCH


def _has_word(text: Text, word: str) -> bool:
    return word in text.word_set or (is_eastern(word) and word in text.compact)


def match_phrase(phrase: Text, text: Text) -> Match:
    """Match words that have to stand side by side in this order."""
    count = len(phrase.words)
    places = range(len(text.words) - count + 1)
    side_by_side = any(text.words[place : place + count] == phrase.words for place in places)
    if side_by_side or (is_eastern(phrase.compact) and phrase.compact in text.compact):
        return Match(Grade.EXACT, Grade.EXACT)
    return Match(most=Grade.EXACT) if phrase.compact in text.compact else NO_MATCH


def match_pinyin(letters: str, text: Text, *, is_chinese: bool) -> Match:
    """Match what a text sounds like in Chinese, or its initials.

    No reading of the requirement says where pinyin stands among what is written: it is `FOUND` at least. The kanji of
    a Japanese name may be read so, but need not.
    """
    place = find_reading(text.compact, letters)
    if place is None:
        return Match(most=Grade.INSIDE) if has_mixed_reading(text.compact, letters) else NO_MATCH
    start, is_end = place
    most = Grade.INSIDE if start else Grade.EXACT if is_end else Grade.BEGINS
    return Match(Grade.FOUND if is_chinese else Grade.NONE, most)


def allowance(letters: int) -> int:
    """Return how many edits a word of so many letters may have: one from 4, two from 8."""
    return 0 if letters < 4 else 1 if letters < 8 else 2


@dataclass(frozen=True)
class Slip:
    """How far a word of a text is from one of the query, and whether every reading of the rule allows it."""

    edits: int
    is_sure: bool


def find_slips(word: str, vocabulary: Sequence[str]) -> dict[str, Slip]:
    """Return the words that `word` can be a typo of; a swap of neighbours is one edit, as the others are."""
    found: dict[str, Slip] = {}
    if not word.isalpha() or is_eastern(word):
        return found
    for other in vocabulary:
        if len(other) < len(word) - 2 or not other.isalpha():
            continue
        # Whether the letters are those of the query or of the name, the rule does not say: both, to be sure.
        sure, most = sorted((allowance(len(word)), allowance(len(other))))
        edits = OSA.distance(word, other, score_cutoff=most) if most else 1
        if 0 < edits <= most:
            found[other] = Slip(edits, edits <= sure)
        elif most and _begins_so(word, other, allowance(len(word))):
            found[other] = Slip(allowance(len(word)), is_sure=False)
    return found


def _begins_so(word: str, other: str, most: int) -> bool:
    """Whether a longer word begins with what `word` is a typo of: some will find it, none must."""
    lengths = range(len(word) - most, len(word) + most + 1)
    return len(other) > len(word) and any(OSA.distance(word, other[:n], score_cutoff=most) <= most for n in lengths)


def match_typos(query: Text, text: Text, slips: Mapping[str, Mapping[str, Slip]]) -> Match:
    """Match with edits in one word or several; `slips` has what each word of the query can be a typo of."""
    edits, is_sure = 0, True
    for word in query.words:
        if word in text.compact:
            # A part of a word beside a typo in another: some will find it, none must.
            is_sure = is_sure and (word in text.word_set)
            continue
        near = [slips[word][other] for other in text.word_set if other in slips[word]]
        if not near:
            return NO_MATCH
        best = min(near, key=lambda slip: (not slip.is_sure, slip.edits))
        edits += best.edits
        is_sure = is_sure and best.is_sure
    return Match(Grade.TYPO if is_sure else Grade.NONE, Grade.TYPO, edits)

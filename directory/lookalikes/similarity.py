"""How one handle imitates another: the reasons, and a score that is the product of theirs.

| reason | score | the handles differ only by |
|---|---|---|
| `letter_case` | 0.99 | capitals, where the platform tells them apart |
| `full_width` | 0.98 | the width of the same letters |
| `confusable` | 0.97 | characters that look the same (Unicode TR 39, compatibility forms, Chinese; capital I and l) |
| `traditional_simplified` | 0.96 | traditional and simplified Chinese |
| `accents` | 0.95 | accents and other spellings of a letter |
| `separators` | 0.95 | `_`, `-`, `.` added or removed |
| `digits_for_letters` | 0.94 | digits in the place of letters |
| `swapped_letters` | 0.93 | two neighbouring letters exchanged |
| `doubled_letters` | 0.93 | a letter written twice or once |
| `same_pinyin` | 0.90 | Chinese characters that are read alike |
| `official_word` | 0.90 | an added or removed word such as official, gov, real, 官方, 发布 |
| `country_suffix` | 0.86 | an added or removed code of a country at the end |
| `one_edit` | 0.95 − 0.6 / length | one letter added, removed or changed |
| `other_kind` | 0.90 | the same name on another kind of page of the platform (`in/` for `company/`) |
| `other_server` | 0.85 | the same name on another server |
| `other_domain` | 0.90 | the same name under another ending (.com for .gov), or under the platform's own domain |
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from math import prod
from typing import Final

from rapidfuzz.distance import OSA

from directory.lookalikes.explain import find_steps
from directory.lookalikes.transforms import without_official_words
from directory.text.normalization import compact, is_unspaced
from directory.text.pinyin import readings

SCORES: Final[Mapping[str, float]] = {
    "letter_case": 0.99,
    "full_width": 0.98,
    "confusable": 0.97,
    "traditional_simplified": 0.96,
    "accents": 0.95,
    "separators": 0.95,
    "digits_for_letters": 0.94,
    "swapped_letters": 0.93,
    "doubled_letters": 0.93,
    "same_pinyin": 0.90,
    "official_word": 0.90,
    "country_suffix": 0.86,
    "other_kind": 0.90,
    "other_server": 0.85,
    "other_domain": 0.90,
}
_EDIT: Final = 0.95
_EDIT_OF_ONE: Final = 0.6
_MIN_EDITED_LENGTH: Final = 3
# A changed digit is another number.
_OTHER_NUMBER: Final = 0.7


@dataclass(frozen=True, slots=True)
class Likeness:
    """Why one handle looks like another, and how much: 0 to 1, to three decimals."""

    score: float
    reasons: tuple[str, ...]


def judge(given: tuple[str, str], registered: tuple[str, str], *, edit: bool = False) -> Likeness | None:
    """Say how one handle imitates another, each parted into its name and where it stands; None if it does not."""
    explain = _explain_edit if edit else _explain
    reasons = explain(given[0], registered[0])
    if reasons is None:
        return None
    if given[1] != registered[1]:
        reasons = {**reasons, (elsewhere := _elsewhere(given[1], registered[1])): SCORES[elsewhere]}
    return Likeness(round(prod(reasons.values()), 3), tuple(reasons))


def _elsewhere(given: str, registered: str) -> str:
    return "other_server" if "." in given or "." in registered else "other_kind"


def _explain(given: str, registered: str) -> dict[str, float] | None:
    """Give the reasons with their scores, none for equal texts, None for texts that are not alike."""
    if given == registered:
        return {}
    if given.lower() == registered.lower():
        return {"letter_case": SCORES["letter_case"]}
    needed = find_steps(given, registered)
    if needed is None:
        return _explain_reading(given, registered) or _explain_edit(given, registered)
    return {name: SCORES[name] for name in map(_name(given, registered), needed)} or _scored("letter_case")


def _scored(reason: str) -> dict[str, float]:
    return {reason: SCORES[reason]}


def _name(given: str, registered: str) -> Callable[[str], str]:
    """Give what the step that folds spelling is called for these two texts."""
    told = "traditional_simplified" if is_unspaced(compact(given)) or is_unspaced(compact(registered)) else "accents"
    return lambda step: told if step == "spelling" else step


def _explain_reading(given: str, registered: str) -> dict[str, float] | None:
    """Tell whether two texts, at least one of which is Chinese, are read alike, with or without a word of office."""
    one, other = compact(given), compact(registered)
    if not (is_unspaced(one) or is_unspaced(other)):
        return None
    if _read_alike(one, other):
        return _scored("same_pinyin")
    ones, others = without_official_words(one) | {one}, without_official_words(other) | {other}
    if any(_read_alike(left, right) for left in ones for right in others):
        return _scored("same_pinyin") | _scored("official_word")
    return None


def _read_alike(one: str, other: str) -> bool:
    """Tell whether there is a reading of each text that is the same: characters may have several."""
    if one.isascii() and other.isascii():
        return False
    if len(one) == len(other):
        return all(
            left == right or not set(readings(left)).isdisjoint(readings(right))
            for left, right in zip(one, other, strict=True)
        )
    letters, characters = (one, other) if one.isascii() else (other, one)
    return letters.isascii() and _spells(letters, characters)


def _spells(letters: str, characters: str) -> bool:
    """Tell whether Latin letters are a reading of the characters."""
    ends = {0}
    for character in characters:
        sounds = readings(character) or (character,)
        ends = {end + len(sound) for end in ends for sound in sounds if letters.startswith(sound, end)}
    return len(letters) in ends


def _explain_edit(given: str, registered: str) -> dict[str, float] | None:
    given, registered = compact(given), compact(registered)
    length = max(len(given), len(registered))
    if length < _MIN_EDITED_LENGTH or OSA.distance(given, registered, score_cutoff=1) != 1:
        return None
    if len(given) == len(registered):
        if sorted(given) == sorted(registered):
            return _scored("swapped_letters")
        changed = next(pair for pair in zip(given, registered, strict=True) if pair[0] != pair[1])
        if any(map(is_unspaced, changed)):
            # Another character is another word: 南京 is not 北京.
            return None
        if all(map(str.isdecimal, changed)):
            return {"one_edit": (_EDIT - _EDIT_OF_ONE / length) * _OTHER_NUMBER}
    return {"one_edit": _EDIT - _EDIT_OF_ONE / length}

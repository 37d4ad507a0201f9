"""Similarity of two handles or names: the reasons for which one imitates the other, and a score.

The score is the product of the reasons' scores; 1 is only for what differs in nothing.

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
| `one_edit` | 0.95 − 0.6 / length | one letter added, removed or changed; × 0.7 for a changed digit |
| `other_kind` | 0.90 | the same name on another kind of page of the platform (`in/` for `company/`) |
| `other_server` | 0.85 | the same name on another server |
| `other_domain` | 0.90 | the same name under another ending (.com for .gov), or under the platform's own domain |
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from math import prod
from typing import Final

from rapidfuzz.distance import OSA

from directory.lookalikes.explain import minimal_steps
from directory.lookalikes.transforms import domain_names, read_domain, split_handle, without_official_words
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
_ONE_EDIT: Final = 0.95
_ONE_EDIT_OF_ONE_LETTER: Final = 0.6
_MIN_EDITED_LENGTH: Final = 3
# The platform whose handles are host names.
_DOMAIN_PLATFORM: Final = "bluesky"
# A changed digit makes another number, which is rather another name than an imitation.
_OTHER_NUMBER: Final = 0.7


@dataclass(frozen=True, slots=True)
class Similarity:
    """The score, 0 to 1 to three decimals, and the reasons."""

    score: float
    reasons: tuple[str, ...]


def compare_handles(platform: str, handle: str, registered: str, *, edit: bool = False) -> Similarity | None:
    """Return how a handle imitates a registered one of the same platform (a slug), None if it does not.

    `edit`: look only for one edit, where it is known that nothing else can match.
    """
    if platform == _DOMAIN_PLATFORM and (similarity := _compare_domains(handle, registered)) is not None:
        return similarity
    (name, space), (registered_name, registered_space) = (
        split_handle(platform, handle),
        split_handle(platform, registered),
    )
    reasons = (_explain_edit if edit else _explain)(name, registered_name)
    if reasons is None:
        return None
    if space != registered_space:
        # A name without its server or kind can only be written so on one side.
        elsewhere = "other_server" if "." in space or "." in registered_space else "other_kind"
        reasons |= _scored(elsewhere)
    return Similarity(round(prod(reasons.values()), 3), tuple(reasons))


def compare_names(name: str, registered: str) -> Similarity | None:
    """Return how a name imitates that of an account, None if it does not."""
    reasons = _explain(name, registered)
    return Similarity(round(prod(reasons.values()), 3), tuple(reasons)) if reasons is not None else None


def _compare_domains(handle: str, registered: str) -> Similarity | None:
    """Return how a host name imitates one under another ending, or under the platform's own domain; None if not."""
    one, other = read_domain(handle), read_domain(registered)
    if one is None or other is None or handle.lower() == registered.lower():
        return None
    ones, others = domain_names(handle), domain_names(registered)
    if one.ending == other.ending and one.name != other.name:
        return None
    # The ending may be part of the name: examplecity-gov.com.
    pairs = ((name, imitated) for name in ones for imitated in (*others, other.whole))
    similarities = filter(None, (compare_names(name, imitated) for name, imitated in pairs))
    best = max(similarities, key=lambda similarity: similarity.score, default=None)
    if best is None:
        return None
    return Similarity(round(best.score * SCORES["other_domain"], 3), (*best.reasons, "other_domain"))


def _explain(given: str, registered: str) -> dict[str, float] | None:
    """Return the reasons with their scores, none for equal texts, None for texts that are not similar."""
    if given == registered:
        return {}
    if given.lower() == registered.lower():
        return {"letter_case": SCORES["letter_case"]}
    steps = minimal_steps(given, registered)
    if steps is None:
        return _explain_reading(given, registered) or _explain_edit(given, registered)
    reasons = (_step_reason(step, given, registered) for step in steps)
    return {reason: SCORES[reason] for reason in reasons} or _scored("letter_case")


def _scored(reason: str) -> dict[str, float]:
    return {reason: SCORES[reason]}


def _step_reason(step: str, given: str, registered: str) -> str:
    """Return the reason of a step: folding a spelling is one of two, by the script."""
    if step != "spelling":
        return step
    is_chinese = is_unspaced(compact(given)) or is_unspaced(compact(registered))
    return "traditional_simplified" if is_chinese else "accents"


def _explain_reading(given: str, registered: str) -> dict[str, float] | None:
    """Return the reasons if two texts, one of them Chinese, have one pinyin, official words aside; or None."""
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
    """Whether the texts have a reading in common: characters may have several."""
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
    """Whether Latin letters are a reading of the characters."""
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
            # Another Chinese character makes another word: 南京 is not 北京.
            return None
        if all(map(str.isdecimal, changed)):
            return {"one_edit": (_ONE_EDIT - _ONE_EDIT_OF_ONE_LETTER / length) * _OTHER_NUMBER}
    return {"one_edit": _ONE_EDIT - _ONE_EDIT_OF_ONE_LETTER / length}

"""How Chinese texts are read: pinyin of every character, with all its readings."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache

from pypinyin import Style, lazy_pinyin, pinyin

from tests.search.evaluation.texts import is_han


@dataclass(frozen=True)
class Spelling:
    """A text as it is spelled in Latin letters: for each character its readings, the initials of them, and both."""

    full: tuple[frozenset[str], ...]
    initials: tuple[frozenset[str], ...]
    mixed: tuple[frozenset[str], ...]


@cache
def spell(text: str) -> Spelling:
    """Return the readings of each character of a folded text without tones; what is not Chinese reads as itself.

    `ü` is both `v`, as keyboards have it, and `u`, as it is without its mark.
    """
    full = tuple(_readings(character) if is_han(character) else frozenset(character) for character in text)
    first = tuple(frozenset(reading[:1] for reading in options) for options in full)
    return Spelling(full, first, tuple(either | initial for either, initial in zip(full, first, strict=True)))


@cache
def _readings(character: str) -> frozenset[str]:
    found = pinyin(character, style=Style.NORMAL, heteronym=True, v_to_u=True)[0]
    return frozenset(reading.replace("ü", u) for reading in found for u in "uv")


def syllables(text: str, *, style: Style = Style.NORMAL) -> list[str]:
    """Return the syllables of a Chinese text as one reads it: 重庆 is `chong qing`, 旅游 is `lv you`."""
    return lazy_pinyin(text, style=style, v_to_u=style is Style.TONE)


def initials(text: str) -> str:
    """Return the first letter of each syllable: 北京急救中心 is `bjjjzx`."""
    return "".join(syllable[0] for syllable in syllables(text))


def find_reading(text: str, letters: str) -> tuple[int, bool] | None:
    """Find where `letters` are read in a text: the first place, and whether they end where the text ends.

    All syllables are whole but for the last, or all are initials.
    """
    spelling = spell(text)
    for start, first in enumerate(spelling.initials):
        if letters[0] not in first:
            continue
        for options in (spelling.full, spelling.initials):
            ends = _follow(options[start:], letters)
            if ends:
                return start, start + max(ends) == len(text)
    return None


def has_mixed_reading(text: str, letters: str) -> bool:
    """Whether `letters` are read in a text with some syllables whole and some as initials."""
    mixed = spell(text).mixed
    return any(letters[0] in options and _follow(mixed[start:], letters) for start, options in enumerate(mixed))


def _follow(options: Sequence[frozenset[str]], letters: str) -> set[int]:
    """Return after how many characters `letters` can end; one that is read in part does not count as the end."""
    if not letters:
        return {0}
    if not options:
        return set()
    found: set[int] = set()
    for reading in options[0]:
        if letters.startswith(reading):
            found |= {1 + end for end in _follow(options[1:], letters[len(reading) :])}
        elif reading.startswith(letters):
            # Behind the last of a text there is no end to reach.
            found.add(0)
    return found

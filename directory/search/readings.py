"""How Chinese characters are read: pinyin without tones, of each character every reading that it has.

Source of the readings: pypinyin, which takes them from the Unihan database and pinyin-data.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from functools import lru_cache
from itertools import islice, product
from math import prod
from typing import Final

from pypinyin import Style, pinyin

from directory.search.folding import fold

# Rarer readings than these make more noise than they find.
_MOST_READINGS: Final = 4
_MOST_SPELLINGS: Final = 8
_MOST_SEGMENTATIONS: Final = 6
_LONGEST_SYLLABLE: Final = 6
_LONGEST_LETTERS: Final = 60
_TONE: Final = re.compile(r"(?<=[a-z])[1-5](?=[a-z]|$)")
_VOWEL: Final = re.compile("[aeiou]")
_ALL_HAN: Final = re.compile("[\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff\U00020000-\U000323af]+")


@lru_cache(maxsize=32_768)
def readings(character: str) -> tuple[str, ...]:
    """Give the readings of one character, the most frequent first; none if it is not Chinese."""
    if not _ALL_HAN.match(character):
        return ()
    (found,) = pinyin(character, style=Style.NORMAL, heteronym=True, errors="ignore") or [[]]
    return tuple(dict.fromkeys(fold_syllable(each) for each in found))[:_MOST_READINGS]


def fold_syllable(syllable: str) -> str:
    """Give a syllable as it is compared: `lü` and `lv`, which keyboards write for it, are `lu`."""
    return fold(syllable).replace("v", "u")


@lru_cache(maxsize=65_536)
def pair_readings(pair: str) -> tuple[str, ...]:
    """Give the readings of two characters, a blank between the syllables; none if one of them is not Chinese."""
    first, second = readings(pair[0]), readings(pair[1])
    return tuple(f"{one} {other}" for one in first for other in second)


def spellings(run: str) -> list[str]:
    """Give whole readings of a run of characters, syllables parted by blanks; none if one of them is not Chinese.

    At most eight. Where there would be more, the first is the reading in context (重庆银行 is chong qing yin hang).
    """
    if not _ALL_HAN.fullmatch(run):
        return []
    choices = [readings(character) for character in run]
    told: dict[str, None] = {}
    if prod(map(len, choices)) > _MOST_SPELLINGS:
        told[" ".join(fold_syllable(each) for (each, *_) in pinyin(run, style=Style.NORMAL))] = None
    told |= dict.fromkeys(map(" ".join, islice(product(*choices), _MOST_SPELLINGS)))
    return list(told)[:_MOST_SPELLINGS]


@lru_cache(maxsize=32_768)
def initials(character: str) -> str:
    """Give the different first letters of a character's readings, the most frequent first."""
    return "".join(dict.fromkeys(reading[0] for reading in readings(character)))


def initial_spellings(run: str) -> list[str]:
    """Give the initials of a run of characters, at most eight; none if one of them is not Chinese."""
    if not _ALL_HAN.fullmatch(run):
        return []
    return list(map("".join, islice(product(*map(initials, run)), _MOST_SPELLINGS)))


@lru_cache(maxsize=1)
def syllables() -> frozenset[str]:
    """Give every syllable that a common character has (the 20,992 of the block CJK Unified Ideographs)."""
    found = (reading for code in range(0x4E00, 0xA000) for reading in readings.__wrapped__(chr(code)))
    # Interjections without a vowel (hm, ng) would part every word that has such letters.
    return frozenset(reading for reading in found if _VOWEL.search(reading))


@lru_cache(maxsize=1)
def _beginnings() -> frozenset[str]:
    return frozenset(syllable[:length] for syllable in syllables() for length in range(1, len(syllable)))


def segment(letters: str) -> list[tuple[str, ...]]:
    """Give the ways in which letters can be read as pinyin, the fewest syllables first; the last may be a beginning.

    Tones written as digits are passed over: `bei3jing1` is (bei, jing), and `beij` is (bei, j).
    """
    plain = _TONE.sub("", letters).replace("v", "u")
    if not plain.isascii() or not plain.isalpha() or len(plain) > _LONGEST_LETTERS:
        return []
    ways: list[list[tuple[str, ...]]] = [[()]] + [[] for _ in plain]
    known, begun = syllables(), _beginnings()
    for start in range(len(plain)):
        if not ways[start]:
            continue
        for end in range(start + 1, min(start + _LONGEST_SYLLABLE, len(plain)) + 1):
            piece = plain[start:end]
            if piece in known or (end == len(plain) and start and piece in begun):
                ways[end] += [(*way, piece) for way in ways[start]]
        for way in ways:
            del way[_MOST_SEGMENTATIONS:]
    return sorted(ways[-1], key=lambda way: (way[-1] not in known, len(way)))[:_MOST_SEGMENTATIONS]


def pairs_of(way: Sequence[str]) -> list[str]:
    """Give the readings of the neighbours in a segmentation: `bei jing`, `jing ji`."""
    return [f"{first} {second}" for first, second in zip(way, way[1:], strict=False)]

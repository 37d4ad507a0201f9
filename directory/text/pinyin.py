"""Pinyin of Chinese characters, without tones: every common reading of each character.

Source of the readings: pypinyin, which takes them from the Unihan database and pinyin-data.
"""

from __future__ import annotations

import json
import os
import re
from collections import Counter
from collections.abc import Sequence
from functools import cache, lru_cache
from importlib.resources import files
from itertools import islice, pairwise, product
from typing import Final

from directory.text.normalization import fold

# Further readings are so rare that they find more wrong accounts than right ones.
_MAX_READINGS: Final = 3
# One reading in so many phrases with the character, at most, is a rare one.
_RARE_PART: Final = 25
_MAX_SPELLINGS: Final = 8
# Their number may double with each syllable: `xian` is one and two (xi an).
_MAX_SEGMENTATIONS: Final = 6
# The longest are zhuang, chuang and shuang.
_MAX_SYLLABLE_LENGTH: Final = 6
_MAX_LETTERS_LENGTH: Final = 60
_TONE: Final = re.compile(r"(?<=[a-z])[1-5](?=[a-z]|$)")
# A phrase and its syllables in pypinyin's file.
_PHRASE: Final = re.compile(r'"([^"]+)":\s*(\[\s*\[.*?\]\s*\])', re.DOTALL)
_VOWEL: Final = re.compile("[aeiou]")
_ALL_HAN: Final = re.compile("[\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff\U00020000-\U000323af]+")


# pypinyin is imported where it is needed: its dictionaries take 0.2 s of the processor and 26 MB, which commands save
# that read no Chinese.


@cache
def _load_pypinyin() -> dict[str, list[list[str]]]:
    """Return pypinyin's readings of phrases; to be called before anything else of pypinyin is imported.

    By itself pypinyin takes 55 MB instead of 26: it copies its dictionaries, and has an object for each of the 144,000
    syllables of its phrases, of which 1,400 differ. It copies a reading before it changes it, so equal syllables can be
    shared.
    """
    settings = {"PYPINYIN_NO_PHRASES": "1", "PYPINYIN_NO_DICT_COPY": "1"}
    os.environ.update(settings)
    try:
        import pypinyin  # noqa: PLC0415
        from pypinyin import constants  # noqa: PLC0415
    finally:
        for name in settings:
            os.environ.pop(name, None)
    shared: dict[str, list[str]] = {}
    # Phrase by phrase: memory that the whole document has taken stays with the process, in pieces.
    text = (files("pypinyin") / "phrases_dict.json").read_text("utf-8")
    phrases = {
        match[1]: [shared.setdefault("/".join(each), each) for each in json.loads(match[2])]
        for match in _PHRASE.finditer(text)
    }
    pypinyin.load_phrases_dict(phrases)
    return constants.PHRASES_DICT


def _pinyin(text: str, *, heteronym: bool = False) -> list[list[str]]:
    _load_pypinyin()
    from pypinyin import Style, pinyin  # noqa: PLC0415

    return pinyin(text, style=Style.NORMAL, heteronym=heteronym, errors="ignore" if heteronym else "default")


def syllables_in_context(text: str) -> list[str]:
    """Return the syllables of a text, each in the reading that it has there; what is not Chinese as it is."""
    _load_pypinyin()
    from pypinyin import Style, lazy_pinyin  # noqa: PLC0415

    return lazy_pinyin(text, style=Style.NORMAL)


def split_chinese(text: str) -> list[tuple[str, bool]]:
    """Return the runs of Chinese characters and of others in a text, and whether each is Chinese."""
    _load_pypinyin()
    from pypinyin.constants import RE_HANS  # noqa: PLC0415
    from pypinyin.seg.simpleseg import simple_seg  # noqa: PLC0415

    return [(run, RE_HANS.match(run) is not None) for run in simple_seg(text)]


@lru_cache(maxsize=32_768)
def readings(character: str) -> tuple[str, ...]:
    """Return the readings of one character, the most frequent first; none if it is not Chinese.

    A reading that at most one in twenty-five phrases with the character has is left out.
    """
    if not _ALL_HAN.match(character):
        return ()
    (toned,) = _pinyin(character, heteronym=True) or [[]]
    known = list(dict.fromkeys(map(fold_syllable, toned)))
    if len(known) == 1:
        return tuple(known)
    frequent = _frequent_readings().get(character)
    if frequent is None:
        return tuple(known[:_MAX_READINGS])
    return tuple([reading for reading in frequent if reading in known][:_MAX_READINGS])


@lru_cache(maxsize=1)
def _frequent_readings() -> dict[str, tuple[str, ...]]:
    """Return the readings of ambiguous characters in the phrases that pypinyin knows, the most frequent first."""
    phrases = _load_pypinyin()
    from pypinyin.pinyin_dict import pinyin_dict  # noqa: PLC0415

    ambiguous = {chr(code) for code, toned in pinyin_dict.items() if "," in toned}
    toned_counts = Counter(
        (character, toned)
        for phrase, syllables in phrases.items()
        for character, (toned, *_) in zip(phrase, syllables, strict=False)
        if character in ambiguous
    )
    counts: dict[str, Counter[str]] = {}
    for (character, toned), count in toned_counts.items():
        counts.setdefault(character, Counter())[fold_syllable(toned)] += count
    return {
        character: tuple(reading for reading, count in each.most_common() if count * _RARE_PART > each.total())
        for character, each in counts.items()
    }


def fold_syllable(syllable: str) -> str:
    """Return a syllable folded: `lü`, and `lv` as keyboards write it, are `lu`."""
    return fold(syllable).replace("v", "u")


@lru_cache(maxsize=65_536)
def pair_readings(pair: str) -> tuple[str, ...]:
    """Return the readings of two characters, a blank between the syllables; none if one of them is not Chinese.

    A pair that is a word also has the reading of that word, however rare for its characters (六安 is lu an).
    """
    first, second = readings(pair[0]), readings(pair[1])
    known = [f"{one} {other}" for one in first for other in second]
    if known and (word := _load_pypinyin().get(pair)):
        known.append(" ".join(fold_syllable(toned) for (toned, *_) in word))
    return tuple(dict.fromkeys(known))


def spellings(run: str) -> list[str]:
    """Return whole readings of a run of characters, blanks between syllables; none if one of them is not Chinese.

    At most eight, of which the first is the reading in context (重庆银行 is chong qing yin hang).
    """
    if not _ALL_HAN.fullmatch(run):
        return []
    choices = [readings(character) for character in run]
    whole: dict[str, None] = {}
    if any(len(pair_readings(run[at : at + 2])) > 1 for at in range(len(run) - 1)):
        whole[" ".join(fold_syllable(each) for (each, *_) in _pinyin(run))] = None
    whole |= dict.fromkeys(map(" ".join, islice(product(*choices), _MAX_SPELLINGS)))
    return list(whole)[:_MAX_SPELLINGS]


@lru_cache(maxsize=32_768)
def initials(character: str) -> str:
    """Return the different first letters of a character's readings, the most frequent first."""
    return "".join(dict.fromkeys(reading[0] for reading in readings(character)))


def initial_spellings(run: str) -> list[str]:
    """Return the initials of a run of characters in at most eight spellings; none if one of them is not Chinese."""
    if not _ALL_HAN.fullmatch(run):
        return []
    return list(map("".join, islice(product(*map(initials, run)), _MAX_SPELLINGS)))


@lru_cache(maxsize=1)
def syllables() -> frozenset[str]:
    """Return every syllable that a common character has (the 20,992 of the block CJK Unified Ideographs)."""
    _load_pypinyin()
    from pypinyin.pinyin_dict import pinyin_dict  # noqa: PLC0415

    toned = {reading for code in range(0x4E00, 0xA000) for reading in pinyin_dict.get(code, "").split(",")}
    # Interjections without a vowel (hm, ng) would split every word that has such letters.
    return frozenset(reading for reading in map(fold_syllable, toned) if _VOWEL.search(reading))


@lru_cache(maxsize=1)
def _syllable_prefixes() -> frozenset[str]:
    return frozenset(syllable[:length] for syllable in syllables() for length in range(1, len(syllable)))


@lru_cache(maxsize=4_096)
def segment(letters: str) -> tuple[tuple[str, ...], ...]:
    """Return the segmentations of letters into syllables of pinyin, the fewest first; the last one may be a prefix.

    Tones written as digits are ignored: `bei3jing1` is (bei, jing), and `beij` is (bei, j).
    """
    plain = _TONE.sub("", letters).replace("v", "u")
    if not plain.isascii() or not plain.isalpha() or len(plain) > _MAX_LETTERS_LENGTH:
        return ()
    ways: list[list[tuple[str, ...]]] = [[()], *([] for _ in plain)]
    known, prefixes = syllables(), _syllable_prefixes()
    for start in range(len(plain)):
        if not ways[start]:
            continue
        for end in range(start + 1, min(start + _MAX_SYLLABLE_LENGTH, len(plain)) + 1):
            piece = plain[start:end]
            if piece in known or (end == len(plain) and start and piece in prefixes):
                ways[end] += [(*way, piece) for way in ways[start]]
        for way in ways:
            del way[_MAX_SEGMENTATIONS:]
    return tuple(sorted(ways[-1], key=lambda way: (way[-1] not in known, len(way)))[:_MAX_SEGMENTATIONS])


def pairs_of(way: Sequence[str]) -> list[str]:
    """Return the readings of the neighbours in a segmentation: `bei jing`, `jing ji`."""
    return [f"{first} {second}" for first, second in pairwise(way)]

"""Normalization: one form for every way of writing the same text, which search and look-alikes compare.

Width and ligatures (NFKC), case, accents, traditional, simplified and Japanese forms of Chinese characters, hiragana
and katakana, large and small kana, and the vowel signs and letter variants of Arabic are folded; words are separated as
a reader would.
"""

from __future__ import annotations

import re
import unicodedata
from functools import lru_cache
from typing import Final

from directory.text.ideographs import folded_forms

# Letters that Unicode does not decompose, though people type them without the mark.
_PLAIN: Final = {
    "æ": "ae", "œ": "oe", "ø": "o", "đ": "d", "ð": "d", "þ": "th", "ł": "l", "ħ": "h", "ı": "i", "ŋ": "n", "ŧ": "t",
    "ƒ": "f", "ə": "e", "ʻ": "", "ʼ": "", "ʿ": "", "ʾ": "",
}  # fmt: skip
# Letters of Arabic that writers interchange: the forms of alef, final ya, ta marbuta, the Persian kaf and ya.
_ARABIC: Final = {"أ": "ا", "إ": "ا", "آ": "ا", "ٱ": "ا", "ى": "ي", "ة": "ه", "ک": "ك", "ی": "ي", "ؤ": "و", "ئ": "ي"}
# It stretches a word to justify a line, and is no letter.
_TATWEEL: Final = 0x640
_KATAKANA: Final = (0x30A1, 0x30F6)
# Unicode has both syllabaries in the same order.
_TO_HIRAGANA: Final = -0x60
# Small kana, and the large ones used for them in names: 茅ケ崎 and 茅ヶ崎, 四ツ谷 and 四ッ谷.
_SMALL: Final = dict(zip("ぁぃぅぇぉっゃゅょゎゕゖ", "あいうえおつやゆよわかけ", strict=True))
# Combining marks are accents in these scripts; elsewhere (Thai, Devanagari, kana) they are letters.
_ACCENTED: Final = re.compile("[a-z\u0370-\u052f\u0590-\u06ff\u1e00-\u1fff][\u0300-\u036f\u0591-\u05c7\u064b-\u065f]+")
# Within a word these separate nothing: O'Brien, d’Azur, U.S., ·.
_SILENT: Final = re.compile(
    r"(?<=\w)['’‘`´＇ʹ״׳](?=\w)|(?<=\b\w)\.(?=\w\b)|[\u00ad\u200b-\u200f\u202a-\u202e\u2060-\u2064\ufeff]"
)
# Scripts written without blanks between words, and Korean, in which words stand inside longer ones.
UNSPACED: Final = "\u0e00-\u0eff\u1000-\u109f\u1100-\u11ff\u1780-\u17ff\u3005-\u3007\u3040-\u30ff\u3130-\u318f\u31f0-\u31ff\u3400-\u4dbf\u4e00-\u9fff\ua960-\ua97f\uac00-\ud7ff\uf900-\ufaff\U00020000-\U000323af"  # noqa: E501 - ranges of one class
# `\w` of Python leaves out combining marks (Mn, Mc), at which words of Devanagari and its relatives would be split.
_WORD: Final = re.compile(f"[{UNSPACED}]+|[^\\W_{UNSPACED}]+(?:[\u0300-\u036f\u0900-\u0d7f]+[^\\W_{UNSPACED}]*)*")
_IS_UNSPACED: Final = re.compile(f"[{UNSPACED}]")
_CACHED: Final = 65_536


@lru_cache(maxsize=1)
def _letters() -> dict[int, str | int | None]:
    """Return what each single character becomes, as a table of `str.translate`."""
    table: dict[int, str | int | None] = {ord(letter): plain for letter, plain in (_PLAIN | _ARABIC).items()}
    table[_TATWEEL] = None
    first, last = _KATAKANA
    for code in range(first, last + 1):
        hiragana = chr(code + _TO_HIRAGANA)
        table[code] = _SMALL.get(hiragana, hiragana)
    table |= {ord(small): large for small, large in _SMALL.items()}
    table |= {ord(form): character for form, character in folded_forms().items()}
    return table


@lru_cache(maxsize=_CACHED)
def fold(text: str) -> str:
    """Return `text` folded, with one blank between words; folding is idempotent."""
    if text.isascii():
        # Letters, digits and blanks: most names in ASCII. The two expressions below take ten times as long.
        if text.replace(" ", "").isalnum():
            return " ".join(text.lower().split())
    else:
        # Casefolding and decomposing can break NFKC again (UAX 15: it is not closed under them).
        text = unicodedata.normalize("NFKC", text).casefold().translate(_letters())
        text = _ACCENTED.sub(_first, unicodedata.normalize("NFD", text))
        text = unicodedata.normalize("NFKC", text).translate(_letters())
    text = _SILENT.sub("", text.lower())
    return " ".join(_WORD.findall(text))


def _first(match: re.Match[str]) -> str:
    return match[0][0]


def words(text: str) -> list[str]:
    """Return the words of a text, folded; a run of an unspaced script is one word, apart from Latin next to it."""
    folded = fold(text)
    return folded.split(" ") if folded else []


def compact(text: str) -> str:
    """Return the folded text without blanks: the same for `Met Police`, `met-police` and `MetPolice`."""
    return fold(text).replace(" ", "")


def is_unspaced(word: str) -> bool:
    """Whether a folded word is of a script without blanks between words, where a word is found inside longer runs."""
    return _IS_UNSPACED.match(word) is not None

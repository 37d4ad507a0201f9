"""What a text says once the ways of writing it are put aside: the reference that the evaluation set is made by.

Written for clarity, and independent of `directory.search`, which it is there to judge.
"""

import re
import unicodedata
from dataclasses import dataclass
from functools import cache, cached_property

import opencc

# As Hong Kong writes and as Taiwan writes; each leaves characters that the other has a simplified form for.
_TO_SIMPLIFIED = (opencc.OpenCC("hk2s"), opencc.OpenCC("t2s"))
# Letters that Unicode does not take apart, as they are written without their sign.
_PLAIN = str.maketrans({"æ": "ae", "œ": "oe", "ø": "o", "ł": "l", "đ": "d", "ð": "d", "þ": "th", "ı": "i"})
_APOSTROPHES = re.compile("['’‘ʼ`´]")
# Han, kana and Hangul: scripts in which a word is found inside a run of letters.
_EASTERN = "\u3005\u3040-\u30ff\u31f0-\u31ff\u3400-\u4dbf\u4e00-\u9fff\uac00-\ud7af\uf900-\ufaff"
_RUN = re.compile(f"[{_EASTERN}]+")
_HAN = re.compile("[\u3400-\u4dbf\u4e00-\u9fff]")
_ACCENTED = ("LATIN", "GREEK", "CYRILLIC", "ARABIC")


@cache
def fold(text: str) -> str:
    """Return `text` in one width, one case, simplified, without accents and ligatures."""
    wide = unicodedata.normalize("NFKC", unicodedata.normalize("NFKC", text).casefold())
    plain = _strip_accents(wide).translate(_PLAIN)
    for table in _TO_SIMPLIFIED:
        plain = table.convert(plain)
    return plain


def _strip_accents(text: str) -> str:
    """Leave out the marks of letters that are read without them; a kana's or a Thai letter's mark is part of it."""
    kept: list[str] = []
    accented = False
    for character in unicodedata.normalize("NFD", text):
        if not unicodedata.combining(character):
            accented = unicodedata.name(character, "").startswith(_ACCENTED)
        elif accented:
            continue
        kept.append(character)
    return unicodedata.normalize("NFC", "".join(kept))


def is_eastern(text: str) -> bool:
    """Whether all of `text` is Han, kana or Hangul."""
    return _RUN.fullmatch(text) is not None


def is_han(text: str) -> bool:
    """Whether all of `text` is Chinese characters."""
    return bool(text) and all(map(_HAN.match, text))


def is_hangul(text: str) -> bool:
    """Whether all of `text` is Hangul."""
    return bool(text) and all("\uac00" <= letter <= "\ud7af" for letter in text)


def has_han(text: str) -> bool:
    """Whether any of `text` is a Chinese character."""
    return _HAN.search(text) is not None


@dataclass(frozen=True)
class Text:
    """A text as it is compared: its words, and all its letters without what stands between them."""

    written: str

    @cached_property
    def words(self) -> tuple[str, ...]:
        """Return the words in their order; a run of Han, kana or Hangul is one."""
        joined = _APOSTROPHES.sub("", fold(self.written))
        # Vowels that are written as marks (Thai, Devanagari) belong to their word, though they are no letters.
        spaced = "".join(c if c.isalnum() or unicodedata.category(c).startswith("M") else " " for c in joined)
        return tuple(word for part in spaced.split() for word in _cut(part))

    @cached_property
    def word_set(self) -> frozenset[str]:
        """Return the words without their order."""
        return frozenset(self.words)

    @cached_property
    def compact(self) -> str:
        """Return the letters of all words in one."""
        return "".join(self.words)


def _cut(part: str) -> list[str]:
    """Cut where Latin letters and Han meet."""
    return [piece for piece in re.split(f"([{_EASTERN}]+)", part) if piece]

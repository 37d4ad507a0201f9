"""The skeleton of a text: the same for texts that look the same, as Unicode Technical Standard #39 defines it.

The characters that look alike are those of Unicode 17, in confusables.txt: which letters do moves from year to year.
`python -m tests.lookalikes.confusables` regenerates it. Of Chinese characters Unicode has 59; alike_han.txt has those
that readers take for each other, and says how they were chosen.
Source: https://www.unicode.org/reports/tr39/#Confusable_Detection
"""

from __future__ import annotations

import re
import unicodedata
from functools import lru_cache
from importlib.resources import files
from typing import Final

# Characters that show nothing (the default ignorables that can stand in a text).
INVISIBLE: Final = (
    "\u00ad\u034f\u061c\u115f\u1160\u17b4\u17b5\u180b-\u180f\u200b-\u200f\u202a-\u202e\u2060-\u206f\u3164\ufe00-\ufe0f\ufeff"
    "\uffa0\ufff0-\ufff8\U0001bca0-\U0001bca3\U0001d173-\U0001d17a\U000e0000-\U000e0fff"
)
_INVISIBLE: Final = re.compile(f"[{INVISIBLE}]")
# Capitals in a black circle or square, which Unicode decomposes no more than it calls them confusable.
_WHITE_ON_BLACK: Final = (0x1F150, 0x1F170)
_CACHED: Final = 16_384


@lru_cache(maxsize=1)
def prototypes() -> dict[int, str]:
    """Return the character or characters that stand for each character that looks like them, for `str.translate`."""
    # One prototype holds a tab itself.
    rows = (line.rpartition("\t") for line in _read_lines("confusables.txt"))
    table = {ord(letter): prototype for prototype, _, letters in rows for letter in letters}
    groups = [line.partition("\t")[0] for line in _read_lines("alike_han.txt")]
    han = {ord(member): group[0] for group in groups for member in group}
    table |= {first + at: letter for first in _WHITE_ON_BLACK for at, letter in enumerate("ABCDEFGHlJKLMNOPQRSTUVWXYZ")}
    # What stands for a whole group stands for itself, though Unicode has Hangul for some of them (今, 合).
    return {code: prototype.translate(han) for code, prototype in table.items()} | han


def _read_lines(name: str) -> list[str]:
    text = (files("directory.lookalikes") / name).read_text(encoding="utf-8")
    return [line for line in text.split("\n") if line and not line.startswith("# ")]


def skeleton(text: str) -> str:
    """Return the skeleton of a text; two texts with one skeleton are confusable. Letter case matters."""
    if not text.isascii():
        return _skeleton(text)
    table, longer = _ascii()
    plain = text.encode().translate(table).decode()
    for letter, prototype in longer:
        plain = plain.replace(letter, prototype)
    return plain


@lru_cache(maxsize=_CACHED)
def _skeleton(text: str) -> str:
    visible = _INVISIBLE.sub("", unicodedata.normalize("NFD", text))
    return unicodedata.normalize("NFD", visible.translate(prototypes()))


@lru_cache(maxsize=1)
def _ascii() -> tuple[bytes, list[tuple[str, str]]]:
    """Return the prototypes of ASCII, which is asked for most: a table of bytes, and what looks like other than one."""
    ascii_ = {chr(code): prototype for code, prototype in prototypes().items() if code < 0x80}  # noqa: PLR2004 - ASCII
    single = {letter: prototype for letter, prototype in ascii_.items() if prototype.isascii() and len(prototype) == 1}
    table = bytes.maketrans("".join(single).encode(), "".join(single.values()).encode())
    return table, [(letter, prototype) for letter, prototype in ascii_.items() if letter not in single]

"""The skeleton of a text: the same for texts that look the same, as Unicode Technical Standard #39 defines it.

The characters that look alike are those of Unicode's `confusables.txt`, as PyPI `confusable-homoglyphs` carries them.
Source: https://www.unicode.org/reports/tr39/#Confusable_Detection
"""

from __future__ import annotations

import json
import re
import unicodedata
from functools import lru_cache
from importlib.resources import files
from typing import Final

# The package writes this mark around letters that are read from right to left.
_MARK: Final = "\u200e"
# Characters that show nothing (the default ignorables that can stand in a text).
_INVISIBLE: Final = re.compile(
    "[\u00ad\u034f\u061c\u115f\u1160\u17b4\u17b5\u180b-\u180f\u200b-\u200f\u202a-\u202e\u2060-\u206f\u3164\ufe00-\ufe0f\ufeff"
    "\uffa0\U000e0000-\U000e0fff]"
)
_CACHED: Final = 16_384


@lru_cache(maxsize=1)
def _prototypes() -> dict[int, str]:
    """Give the character or characters that stand for each character that looks like them, for `str.translate`."""
    text = (files("confusable_homoglyphs") / "confusables.json").read_text(encoding="utf-8")
    alike: dict[str, list[str]] = {
        character.replace(_MARK, ""): [other["c"].replace(_MARK, "") for other in others]
        for character, others in json.loads(text).items()
    }
    return {
        ord(character): others[0]
        for character, others in alike.items()
        if len(character) == len(others) == 1
        and not (alike.get(others[0]) == [character] and _oddness(character) < _oddness(others[0]))
    }


def _oddness(character: str) -> tuple[bool, str]:
    """Give the order by which one of two characters that look only like each other stands for both.

    A prototype lists all that look like it, the others list their prototype; of a pair the data do not say which is
    which. It makes no difference to what is confusable.
    """
    return not unicodedata.is_normalized("NFKC", character), character


def skeleton(text: str) -> str:
    """Give the skeleton of a text; two texts with one skeleton are confusable. Letter case matters."""
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
    return unicodedata.normalize("NFD", visible.translate(_prototypes()))


@lru_cache(maxsize=1)
def _ascii() -> tuple[bytes, list[tuple[str, str]]]:
    """Give the prototypes of ASCII, which is asked for most: a table of bytes, and what looks like other than one."""
    prototypes = {chr(code): prototype for code, prototype in _prototypes().items() if code < 0x80}  # noqa: PLR2004 - ASCII
    single = {
        letter: prototype for letter, prototype in prototypes.items() if prototype.isascii() and len(prototype) == 1
    }
    table = bytes.maketrans("".join(single).encode(), "".join(single.values()).encode())
    return table, [(letter, prototype) for letter, prototype in prototypes.items() if letter not in single]

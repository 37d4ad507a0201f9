"""Full-width and half-width letters, which are the same letters in another width, and what is not the same at all.

Input methods of Chinese, Japanese and Korean write them. Unicode's other compatibility forms (bold,
circled, Kangxi radicals) are forms of their own: a name in them is another name that looks like it.
"""

from __future__ import annotations

import re
import unicodedata
from functools import lru_cache
from typing import Final

from directory.lookalikes.skeletons import INVISIBLE, skeleton

# The block Halfwidth and Fullwidth Forms without what shows nothing, and the blank of that width.
_WIDE: Final = re.compile("[\u3000\uff01-\uff9f\uffa1-\uffee]+")
_INVISIBLE: Final = re.compile(f"[{INVISIBLE}]")
_EDGES: Final = re.compile(f"^[{INVISIBLE}\\s]+|[{INVISIBLE}\\s]+$")
# Between letters of Arabic and of the scripts of India joiners are part of the spelling.
_JOINERS: Final = re.compile("(?<=[\u0600-\u08ff\u0900-\u0dff])[\u200c\u200d]+(?=[\u0600-\u08ff\u0900-\u0dff])")
# A symbol may ask for its picture.
_PICTURE: Final = re.compile("(?<=[\u2000-\u33ff\U0001f000-\U0001faff])\ufe0f")
# Letters of Thai and Lao that everybody types so, though Unicode has them for two.
_ORDINARY: Final = "\u0e33\u0eb3"
_SIGNS: Final = frozenset({"So", "Cf", "Co", "Cn", "Me"})
_CACHED: Final = 16_384


def fold_width(text: str) -> str:
    """Return a text with its full-width and half-width letters in their ordinary width, and nothing else changed."""
    return text if text.isascii() else _WIDE.sub(_fold, text)


def _fold(found: re.Match[str]) -> str:
    return unicodedata.normalize("NFKC", found[0])


def trim(text: str) -> str:
    """Return a text without blanks and without what shows nothing at its ends, as it comes along when pasted."""
    return text.strip() if text.isascii() else _EDGES.sub("", text)


@lru_cache(maxsize=_CACHED)
def signs(text: str) -> str:
    """Return what is in a text, in its order, that only looks like letters, or is none: empty for an ordinary text.

    These are compatibility forms of letters, digits and characters (width aside), what shows nothing, and symbols.
    """
    if text.isascii():
        return ""
    text = _PICTURE.sub("", _JOINERS.sub("", trim(fold_width(text))))
    return "".join(filter(_is_sign, text))


def has_disguise(text: str) -> bool:
    """Whether a text has characters that pass for letters, or show nothing; other symbols are no disguise."""
    return any(map(_is_disguise, signs(text)))


@lru_cache(maxsize=_CACHED)
def _is_disguise(character: str) -> bool:
    plain = unicodedata.normalize("NFKC", character)
    if plain == character:
        plain = skeleton(character)
    return _INVISIBLE.match(character) is not None or (plain != character and any(map(str.isalnum, plain)))


@lru_cache(maxsize=_CACHED)
def _is_sign(character: str) -> bool:
    if character.isascii() or character in _ORDINARY:
        return False
    if unicodedata.category(character) in _SIGNS or _INVISIBLE.match(character):
        return True
    # One that decomposes into several is a letter with its accent.
    made_of = unicodedata.decomposition(character)
    return (character.isalnum() and bool(made_of) and (made_of[0] == "<" or " " not in made_of)) or (
        unicodedata.category(character) == "Sk" and character > "\U0000ffff"
    )

"""Skeletons (UTS 39, section 4): the same for texts that look the same; and what is no letter but looks like one.

The confusable characters are those of Unicode 17, in confusables.txt; each version changes some.
`python -m tests.lookalikes.confusables` regenerates the file. Of Chinese characters Unicode has 59 only; alike_han.txt
has those that readers take for each other, and says how each group was chosen. Both tables are part of the stored keys,
so after a change of one all accounts must be indexed again.

Full-width and half-width letters are the same letters in another width: input methods of Chinese, Japanese and Korean
write them. Unicode's other compatibility forms (bold, circled, Kangxi radicals) are forms of their own: a name in them
is another name that looks like it.

Source: https://www.unicode.org/reports/tr39/#Confusable_Detection
"""

from __future__ import annotations

import re
import unicodedata
from functools import lru_cache
from importlib.resources import files
from typing import Final

from directory.text.normalization import compact

# Characters that show nothing (Unicode's Default_Ignorable_Code_Point, those that can stand in a text).
_INVISIBLE_RANGES: Final = (
    "\u00ad\u034f\u061c\u115f\u1160\u17b4\u17b5\u180b-\u180f\u200b-\u200f\u202a-\u202e\u2060-\u206f\u3164\ufe00-\ufe0f\ufeff"
    "\uffa0\ufff0-\ufff8\U0001bca0-\U0001bca3\U0001d173-\U0001d17a\U000e0000-\U000e0fff"
)
_INVISIBLE: Final = re.compile(f"[{_INVISIBLE_RANGES}]")
# Capitals in a black circle or square: Unicode neither decomposes them nor calls them confusable.
_WHITE_ON_BLACK: Final = (0x1F150, 0x1F170)
# The block Halfwidth and Fullwidth Forms without invisible characters, and the blank of that width.
_WIDE: Final = re.compile("[\u3000\uff01-\uff9f\uffa1-\uffee]+")
_EDGES: Final = re.compile(f"^[{_INVISIBLE_RANGES}\\s]+|[{_INVISIBLE_RANGES}\\s]+$")
# Between letters of Arabic and of Indic scripts joiners are part of the spelling.
_JOINERS: Final = re.compile("(?<=[\u0600-\u08ff\u0900-\u0dff])[\u200c\u200d]+(?=[\u0600-\u08ff\u0900-\u0dff])")
# The variation selector that requests the emoji form of a symbol.
_EMOJI_SELECTOR: Final = re.compile("(?<=[\u2000-\u33ff\U0001f000-\U0001faff])\ufe0f")
# Vowels of Thai and Lao that are always typed so, though Unicode decomposes them into two.
_ORDINARY: Final = "\u0e33\u0eb3"
_SYMBOL_CATEGORIES: Final = frozenset({"So", "Cf", "Co", "Cn", "Me"})
_CACHED: Final = 16_384


@lru_cache(maxsize=1)
def prototypes() -> dict[int, str]:
    """Return the prototype of each confusable character, for `str.translate`."""
    # One prototype holds a tab itself.
    rows = (line.rpartition("\t") for line in _read_lines("confusables.txt"))
    table = {ord(letter): prototype for prototype, _, letters in rows for letter in letters}
    groups = [line.partition("\t")[0] for line in _read_lines("alike_han.txt")]
    han = {ord(member): group[0] for group in groups for member in group}
    table |= {first + at: letter for first in _WHITE_ON_BLACK for at, letter in enumerate("ABCDEFGHlJKLMNOPQRSTUVWXYZ")}
    # The first of a group is its own prototype, though Unicode has Hangul for some of them (今, 合).
    return {code: prototype.translate(han) for code, prototype in table.items()} | han


def _read_lines(name: str) -> list[str]:
    text = (files("directory.lookalikes") / name).read_text(encoding="utf-8")
    return [line for line in text.split("\n") if line and not line.startswith("# ")]


def skeleton(text: str) -> str:
    """Return the skeleton of a text; two texts with one skeleton are confusable. Letter case matters."""
    if not text.isascii():
        return _skeleton(text)
    table, longer = _ascii_prototypes()
    plain = text.encode().translate(table).decode()
    for letter, prototype in longer:
        plain = plain.replace(letter, prototype)
    return plain


@lru_cache(maxsize=_CACHED)
def _skeleton(text: str) -> str:
    visible = _INVISIBLE.sub("", unicodedata.normalize("NFD", text))
    return unicodedata.normalize("NFD", visible.translate(prototypes()))


@lru_cache(maxsize=1)
def _ascii_prototypes() -> tuple[bytes, list[tuple[str, str]]]:
    """Return the prototypes of ASCII, the most frequent case: a table of bytes, and the letters with longer ones."""
    ascii_ = {chr(code): prototype for code, prototype in prototypes().items() if code < 0x80}  # noqa: PLR2004 - ASCII
    single = {letter: prototype for letter, prototype in ascii_.items() if prototype.isascii() and len(prototype) == 1}
    table = bytes.maketrans("".join(single).encode(), "".join(single.values()).encode())
    return table, [(letter, prototype) for letter, prototype in ascii_.items() if letter not in single]


def fold_width(text: str) -> str:
    """Return a text with full-width and half-width letters in ordinary width, and nothing else changed."""
    return text if text.isascii() else _WIDE.sub(_normalize, text)


def _normalize(match: re.Match[str]) -> str:
    return unicodedata.normalize("NFKC", match[0])


def trim(text: str) -> str:
    """Return a text without blanks and invisible characters at its ends, as they come with pasted text."""
    return text.strip() if text.isascii() else _EDGES.sub("", text)


@lru_cache(maxsize=_CACHED)
def special_characters(text: str) -> str:
    """Return the characters of a text, in order, that are none of an ordinary name; empty for most texts.

    These are compatibility forms of letters, digits and characters (width aside), invisible characters, and symbols.
    """
    if text.isascii():
        return ""
    text = _EMOJI_SELECTOR.sub("", _JOINERS.sub("", trim(fold_width(text))))
    return "".join(filter(_is_special, text))


def has_disguised_letters(text: str) -> bool:
    """Whether a text has special characters that look like letters, or are invisible; other symbols are no disguise."""
    return any(map(_is_disguised_letter, special_characters(text)))


@lru_cache(maxsize=_CACHED)
def _is_disguised_letter(character: str) -> bool:
    plain = unicodedata.normalize("NFKC", character)
    if plain == character:
        plain = skeleton(character)
    return _INVISIBLE.match(character) is not None or (plain != character and any(map(str.isalnum, plain)))


@lru_cache(maxsize=_CACHED)
def _is_special(character: str) -> bool:
    if character.isascii() or character in _ORDINARY:
        return False
    if unicodedata.category(character) in _SYMBOL_CATEGORIES or _INVISIBLE.match(character):
        return True
    # A canonical decomposition into several characters is that of a letter with its accent.
    decomposition = unicodedata.decomposition(character)
    return (character.isalnum() and bool(decomposition) and (decomposition[0] == "<" or " " not in decomposition)) or (
        unicodedata.category(character) == "Sk" and character > "\U0000ffff"
    )


@lru_cache(maxsize=_CACHED)
def ascii_readings(name: str) -> tuple[str, ...]:
    """Return a name, folded, as a reader takes it: with the ASCII letters that its other letters look like."""
    if name.isascii():
        return (compact(name),)
    as_i, as_l = _ascii_letters()
    wide = unicodedata.normalize("NFKC", name)
    plain = wide.translate(as_i)
    return (compact(plain),) if plain == wide else tuple(dict.fromkeys(map(compact, (plain, wide.translate(as_l)))))


@lru_cache(maxsize=1)
def _ascii_letters() -> tuple[dict[int, str], dict[int, str]]:
    """Return the ASCII letters that other letters look like; what looks like a capital I is read as i, and as l."""
    as_l = {code: skeleton(chr(code)) for code in prototypes() if code >= 0x80}  # noqa: PLR2004 - ASCII
    lowered = {code: skeleton(chr(code).lower()) for code in as_l}
    as_l = {code: plain if plain.isascii() else lowered[code] for code, plain in as_l.items()}
    as_l = {code: plain for code, plain in as_l.items() if plain.isascii()}
    return {code: "i" if plain == "l" else plain for code, plain in as_l.items()}, as_l

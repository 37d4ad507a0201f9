"""Folding of region names for comparisons and prefix search; the folded names are stored with the region.

Each character is folded by itself, so that a prefix of a name folds to a prefix of the folded name.
"""

import re
import unicodedata
from functools import cache
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from directory.regions.reference import Region

# Accents of Latin, Greek and Cyrillic letters, points of Hebrew and Arabic.
_MARKS: Final = re.compile("[\u0300-\u036f\u0591-\u05c7\u064b-\u065f]")
_HAN: Final = re.compile("[\u3400-\u9fff]")
_ARABIC: Final = str.maketrans("أإآٱىةیک", "اااايهيك")
_OTHERS: Final = str.maketrans(
    {"ø": "o", "æ": "ae", "œ": "oe", "đ": "d", "ð": "d", "þ": "th", "ł": "l", "ı": "i", "ə": "e"}
)
_QUOTES: Final = str.maketrans("", "", "‘’ʻʼ`´")


def fold(text: str) -> str:
    """Return `text` folded: without case and accents, with simplified Han characters."""
    plain = unicodedata.normalize("NFD", unicodedata.normalize("NFKC", text).casefold())
    plain = _MARKS.sub("", plain).translate(_ARABIC).translate(_OTHERS).translate(_QUOTES)
    # NFC, as NFD has taken Korean syllables apart.
    return _HAN.sub(lambda match: _simplify(match[0]), unicodedata.normalize("NFC", plain)).strip()


def keys_of(region: "Region") -> list[str]:
    """Return the folded names of a region, and the endings of a local name of several words."""
    keys: dict[str, None] = {}
    for name in filter(None, (region.name, region.name_local, *region.other_names)):
        keys[fold(name)] = None
    for name in filter(None, (region.name_local,)):
        # People search for Татарстан, not for Республика Татарстан.
        keys |= dict.fromkeys(_ends(fold(name)))
    return list(keys)


def _ends(folded: str) -> "Iterator[str]":
    for blank in re.finditer(" ", folded):
        yield folded[blank.end() :]


@cache
def _simplify(character: str) -> str:
    """Return the simplified form of one Han character; the Japanese 広 and the traditional 廣 are the simplified 广."""
    return _converter("t2s")(_converter("jp2t")(character))


@cache
def _converter(name: str) -> "Callable[[str], str]":
    # Imported at the first Han character: it reads its tables from disk.
    from opencc import OpenCC  # noqa: PLC0415

    return OpenCC(name).convert

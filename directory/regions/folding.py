"""One form for the ways of writing a region's name, kept beside it: what begins with the folded words is found.

A character becomes what it becomes alone, so that the beginning of a name folds to the beginning of the folded name.
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
    """Return the form of `text` in which names are compared: no case, no accents, simplified Han characters."""
    plain = unicodedata.normalize("NFD", unicodedata.normalize("NFKC", text).casefold())
    plain = _MARKS.sub("", plain).translate(_ARABIC).translate(_OTHERS).translate(_QUOTES)
    return _HAN.sub(lambda found: _simplify(found[0]), unicodedata.normalize("NFC", plain)).strip()


def keys_of(region: "Region") -> list[str]:
    """Return all that a region is found by, folded: its names, and each word of a local name that has several."""
    found: dict[str, None] = {}
    for name in filter(None, (region.name, region.name_local, *region.other_names)):
        found[fold(name)] = None
    for name in filter(None, (region.name_local,)):
        # Республика Татарстан is looked for as Татарстан, not by its kind.
        found |= dict.fromkeys(_ends(fold(name)))
    return list(found)


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

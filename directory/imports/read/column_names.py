"""What the headings of published lists mean, in the languages in which bodies publish them.

A heading is compared without case, accents, spaces and marks, and without the difference of traditional and simplified
Chinese. What is not in `headings.csv` is left to the person who imports: it is told, not guessed.
"""

import csv
import re
import unicodedata
from functools import lru_cache
from importlib.resources import files
from typing import Final

from directory.imports.values import known_names
from directory.regions.folding import fold

LEVELS: Final = ("city", "county", "state", "country")
# Words in a heading of which the cells decide: a handle, or a name where they cannot be one.
_DOUBTFUL: Final = frozenset(
    {"account", "social media account", "账号", "账户", "アカウント", "compte", "konto", "cuenta", "conta", "profilo"}
    | {"perfil", "계정", "аккаунт"}
)
_SCALE: Final = re.compile(
    r"[(（\[]\s*(?:单位[:：]\s*)?(万|千|k|thousands?|in thousands|mille|tsd\.?)\s*[人个]?\s*[)）\]]", re.IGNORECASE
)
_BRACKETS: Final = re.compile(r"[(（\[【].*?[)）\]】]|[*＊]")
_SIGNS: Final = re.compile(r"[\s_\-–—./:：,，、;；'’\"“”*＊&|()（）\[\]【】]+")
_BETWEEN: Final = re.compile(r"\s*[/|／]\s*|\s+[-–—]\s+")
_COMMAS: Final = re.compile("[，；、｜,;]")
_HAN_WORDS: Final = re.compile("[\u3040-\u30ff\u3400-\u9fff]+")
_LATIN_WORDS: Final = re.compile("[A-Za-z]+")
_MAX_LENGTH: Final = 200
_CAMEL: Final = re.compile(r"(?<=[a-z0-9])(?=[A-Z])")
_LANGUAGES: Final = frozenset(
    {"en", "fr", "de", "es", "it", "pt", "zh", "ja", "ko", "nl", "ru", "ar", "cy", "ga", "gd", "eu", "ca", "gl", "lb"}
    | {"rm", "sv", "fi", "da", "el", "pl", "tr", "hi", "mi", "sr"}
)
_LANGUAGE_WORDS: Final = {
    "中文": "zh",
    "英文": "en",
    "eng": "en",
    "fra": "fr",
    "fre": "fr",
    "deu": "de",
    "ger": "de",
    "spa": "es",
    "cn": "zh",
}


@lru_cache(maxsize=4_096)
def spell(heading: str) -> str:
    """Return the form in which headings are compared: letters and digits alone, folded."""
    return _SIGNS.sub("", fold(heading[:_MAX_LENGTH].strip("\ufeff"))).replace("帐", "账")


@lru_cache(maxsize=1_024)
def words_of(heading: str) -> tuple[str, ...]:
    """Return the words of a heading as written, folded: those of `twitterHandle` and `twitter_handle` are the same."""
    parted = _CAMEL.sub(" ", unicodedata.normalize("NFKC", heading[:_MAX_LENGTH].strip("\ufeff")))
    return tuple(word for word in _SIGNS.split(fold(parted)) if word)


def _read() -> tuple[dict[str, str], dict[str, str], frozenset[str]]:
    """Return columns by the headings that mean them, levels of places by theirs, and headings of numbers of rows."""
    columns: dict[str, str] = {}
    levels: dict[str, str] = {}
    counters: set[str] = {"#", "№"}
    text = (files("directory.imports.read") / "headings.csv").read_text(encoding="utf-8")
    for row in csv.DictReader(text.splitlines()):
        keys = {spell(heading) for heading in row["headings"].split("|")} - {""}
        if row["level"] == "counter":
            counters |= keys
        elif row["level"]:
            levels |= dict.fromkeys(keys, row["level"])
        else:
            columns |= dict.fromkeys([spell(row["column"]), *keys], row["column"])
    return columns, levels, frozenset(counters)


_COLUMNS, _LEVEL_OF, _COUNTED = _read()
_DOUBTED: Final = frozenset(map(spell, _DOUBTFUL))
SPELLINGS: Final = (*_COLUMNS, *_LEVEL_OF)


def find_column(heading: str) -> str | None:
    """Return the column that a whole heading names, None if there is none."""
    key = spell(heading)
    return _COLUMNS.get(key) or ("region" if key in _LEVEL_OF else None)


def find_level(heading: str) -> str | None:
    """Return how large the places are that stand under a heading, one of LEVELS; None if it does not say."""
    return _LEVEL_OF.get(spell(heading))


def is_counter(heading: str) -> bool:
    """Whether a column has the numbers of the rows."""
    return spell(heading) in _COUNTED


def is_doubtful(heading: str) -> bool:
    """Whether a heading of handles may as well stand above displayed names."""
    return spell(heading) in _DOUBTED


def find_scale(heading: str) -> str:
    """Return the unit in which a heading says that its numbers are (万, k), "" if it says none."""
    found = _SCALE.search(heading)
    unit = found[1].lower() if found else ""
    return unit if unit in {"万", "千", ""} else "k"


def strip_brackets(heading: str) -> str:
    """Return a heading without what stands in brackets, and without asterisks."""
    return _BRACKETS.sub(" ", heading).strip()


def split(heading: str) -> list[str]:
    """Return the parts of a heading in two languages: `Platform / Plateforme`, `单位名称 Department`."""
    parts = [part for part in _BETWEEN.split(heading) if part.strip()]
    # Full-width commas are perhaps meant between columns, and are told where they are.
    if len(parts) == 1 and not _COMMAS.search(heading) and _HAN_WORDS.search(heading) and _LATIN_WORDS.search(heading):
        parts = [" ".join(_HAN_WORDS.findall(heading)), " ".join(_LATIN_WORDS.findall(heading))]
    return parts if len(parts) > 1 else []


def part_language(heading: str) -> tuple[str, str | None]:
    """Return a heading without the language that it ends or begins with (`name_fr`, `Nom (anglais)`), and that."""
    words = words_of(heading)
    for place in (-1, 0) if len(words) > 1 else ():
        language = find_language(words[place])
        if language:
            return " ".join(words[:-1] if place else words[1:]), language
    joined = "".join(words)
    for word, language in (("中文", "zh"), ("英文", "en")):
        if joined.startswith(word) and len(joined) > len(word):
            return joined[len(word) :], language
    return heading, None


def find_language(word: str) -> str | None:
    """Return the language that a word of a heading names: a common code, or a name of four letters or more."""
    if word in _LANGUAGES:
        return word
    if word in _LANGUAGE_WORDS:
        return _LANGUAGE_WORDS[word]
    return known_names.find_language(word) if len(word) > 3 or not word.isascii() else None  # noqa: PLR2004 - a code

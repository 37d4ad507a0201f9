"""Languages and countries by the names and codes that lists write, read from tables made of CLDR and iso-codes.

`languages.csv` and `countries.csv` have the codes of ISO 639 and ISO 3166-1 alpha-3, English names, each place's own
and those in other major languages, from Unicode CLDR 47 (Unicode-3.0) and iso-codes (LGPL-2.1-or-later); how they are
made is in `tests/imports/compiling/names.py`. A name that means two of them is in neither table.
"""

import csv
import re
import unicodedata
from collections.abc import Mapping
from functools import cache, lru_cache
from importlib.resources import files
from typing import Final

from directory.regions.folding import fold

_APOSTROPHES: Final = str.maketrans(dict.fromkeys("'`\u2018\u2019", " "))
_NO_SIGNS: Final = str.maketrans("", "", ".\u30fb\u00b7")
_GAPS: Final = re.compile(r"[\s(),_\u2010-\u2015-]+")
_LETTERS: Final = re.compile("[A-Z]{3}|[a-z]{3}")
_WITH_COUNTRY: Final = re.compile(r"([^()]+)\(([^()]+)\)")
_HAS_COUNTRY: Final = re.compile("-[A-Z]{2}$")
# A cell may hold prose: no name is as long.
_MAX_LENGTH: Final = 100

# Names that mean two places, so that only a fuller name or a code says which: a country and a state of the United
# States, the two at one river, the two on one peninsula, the two groups of islands; and places in other countries
# that are better known than what is called so in another language (Norfolk, Granada, Alba, Santa Elena).
AMBIGUOUS: Final = frozenset(
    {"Georgia", "Géorgie", "Geórgia", "ジョージア", "조지아", "جورجيا", "Джорджия", "乔治亚"}
    | {"Congo", "Kongo", "コンゴ", "콩고", "Конго", "الكونغو", "刚果"}
    | {"Korea", "Corée", "Corea", "Coreia", "朝鲜半岛", "Корея", "كوريا"}
    | {"Virgin Islands", "Îles Vierges", "Jungferninseln", "Islas Vírgenes", "Isole Vergini", "Maagdeneilanden"}
    | {"Saint Martin", "St. Martin", "San Martín", "Norfolk", "Granada", "Santa Elena", "Alba"}
)


def key(written: str) -> str:
    """Return the form in which names are compared: no case, accents, stops, brackets, hyphens or leading "the"."""
    # 敘 becomes 叙 the first time and 敍 the second, as 叙 does.
    folded = fold(fold(written.translate(_APOSTROPHES))).replace("&", " and ").translate(_NO_SIGNS)
    return _GAPS.sub(" ", folded).strip().removeprefix("the ")


@lru_cache(maxsize=4_096)
def find_country(written: str) -> str | None:
    """Return the ISO 3166 code of the country that a name or an alpha-3 code means; None if there is none or two.

    The countries that the United Kingdom consists of are found too, as GB-ENG and the like. A code is in capitals or
    small letters throughout: `EST` is Estonia, and `Est` a region of several countries.
    """
    if len(written) > _MAX_LENGTH:
        return None
    codes, names = _read("countries.csv")
    code = codes.get(written.lower()) if _LETTERS.fullmatch(written) else None
    return code or names.get(key(written))


def is_ambiguous(written: str) -> bool:
    """Whether a name means two places at least."""
    return len(written) <= _MAX_LENGTH and key(written) in _ambiguous()


@lru_cache(maxsize=4_096)
def find_language(written: str) -> str | None:
    """Return the BCP 47 tag of the language that a name or a code of three letters means; None if there is none or two.

    `Français (Canada)` is fr-CA.
    """
    if len(written) > _MAX_LENGTH:
        return None
    codes, names = _read("languages.csv")
    tag = codes.get(written.casefold()) or names.get(key(written))
    if tag is None and (parted := _WITH_COUNTRY.fullmatch(unicodedata.normalize("NFKC", written))):
        language, country = names.get(key(parted[1])), _country_of(parted[2].strip())
        if language and country and not _HAS_COUNTRY.search(language):
            return f"{language}-{country}"
    return tag


def _country_of(written: str) -> str | None:
    """Return the subtag for a country that stands behind a language; England and its like have none."""
    code = written.upper()
    country = code if code in _read("countries.csv")[1].values() else find_country(written)
    return country if country and len(country) == len("GB") else None


@cache
def _ambiguous() -> frozenset[str]:
    return frozenset(map(key, AMBIGUOUS))


@cache
def _read(file: str) -> tuple[Mapping[str, str], Mapping[str, str]]:
    """Return the codes of a table by their codes of three letters, and by their names."""
    text = (files("directory.imports.values") / file).read_text(encoding="utf-8")
    rows = list(csv.DictReader(text.splitlines()))
    codes = {alpha_3: row["code"] for row in rows for alpha_3 in row["alpha_3"].split()}
    return codes, {name: row["code"] for row in rows for name in row["names"].split("|") if name}

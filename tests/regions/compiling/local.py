"""Compile `directory/regions/local.csv`: names of countries and subdivisions in their own script.

Read from PyPI `iso3166-2` 1.8.4 (MIT), which has the names in the languages of each place, next to the translations
of iso-codes in PyPI `pycountry` 26.2.16 (LGPL-2.1-or-later); the project depends on neither:
`uv run --with iso3166-2==1.8.4 --with pycountry==26.2.16 --with anyascii python -m tests.regions.compiling.local`.

The one is taken where iso-codes has the same name or none, the other where they differ: a difference was an error or a
matter of spelling of the first, wherever it was looked at. What one list alone has and what does not sound like the
Latin name was reviewed one by one (`PREFERRED`); what another place of the country is called too is left out.
CLDR has no such names, and its two Chiayi are exchanged.
"""

import csv
import difflib
import gettext
import re
import unicodedata
from collections import Counter
from collections.abc import Iterator
from importlib import import_module
from pathlib import Path
from typing import Final

pycountry, anyascii, iso3166_2 = map(import_module, ("pycountry", "anyascii", "iso3166_2"))

TARGET: Final = Path(__file__).parents[3] / "directory" / "regions" / "local.csv"
# The language of a country's own list of places, as iso-codes and as ISO 639-3 call it.
LANGUAGES: Final = (
    {"JP": ("ja", "jpn"), "KR": ("ko", "kor"), "KP": ("ko", "kor"), "TW": ("zh_TW", "zho"), "TH": ("th", "tha")}
    | {"RU": ("ru", "rus"), "UA": ("uk", "ukr"), "BY": ("be", "bel"), "BG": ("bg", "bul"), "MK": ("mk", "mkd")}
    | {"RS": ("sr", "srp"), "GR": ("el", "ell"), "CY": ("el", "ell"), "GE": ("ka", "kat"), "AM": ("hy", "hye")}
    | {"IL": ("he", "heb"), "IR": ("fa", "fas"), "PK": ("ur", "urd"), "BD": ("bn_BD", "ben"), "NP": ("ne", "nep")}
    | {"LK": ("si", "sin"), "MM": ("my", "mya"), "KH": ("km", "khm"), "LA": ("lo", "lao"), "MN": ("mn", "mon")}
    | {"KZ": ("kk", "kaz"), "KG": ("ky", "kir"), "TJ": ("tg", "tgk"), "ET": ("am", "amh")}
    | dict.fromkeys(("EG", "SA", "AE", "IQ", "SY", "JO", "LB", "YE", "OM", "KW"), ("ar", "ara"))
    | dict.fromkeys(("QA", "BH", "LY", "TN", "DZ", "MA", "SD", "MR", "PS"), ("ar", "ara"))
)
# Countries whose own name iso-codes does not translate into their language, or not as they write it themselves.
COUNTRIES: Final = {
    "JP": "日本", "KR": "대한민국", "KP": "조선민주주의인민공화국", "TH": "ประเทศไทย", "RU": "Россия", "UA": "Україна",
    "BY": "Беларусь", "BG": "България", "MK": "Северна Македонија", "RS": "Србија", "GR": "Ελλάδα", "CY": "Κύπρος",
    "GE": "საქართველო", "AM": "Հայաստան", "IL": "ישראל", "IR": "ایران", "PK": "پاکستان", "BD": "বাংলাদেশ", "NP": "नेपाल",
    "IN": "भारत", "LK": "ශ්‍රී ලංකාව", "MM": "မြန်မာ", "KH": "កម្ពុជា", "LA": "ລາວ", "MN": "Монгол Улс", "KZ": "Қазақстан",
    "KG": "Кыргызстан", "TJ": "Тоҷикистон", "ET": "ኢትዮጵያ", "ER": "ኤርትራ",
    "AF": "افغانستان", "BT": "འབྲུག་ཡུལ", "MV": "ދިވެހިރާއްޖެ",
    "EG": "مصر", "SA": "السعودية", "AE": "الإمارات العربية المتحدة", "IQ": "العراق", "SY": "سوريا", "JO": "الأردن",
    "LB": "لبنان", "YE": "اليمن", "OM": "عُمان", "KW": "الكويت", "QA": "قطر", "BH": "البحرين", "LY": "ليبيا",
    "TN": "تونس",
    "DZ": "الجزائر", "MA": "المغرب", "SD": "السودان", "MR": "موريتانيا", "PS": "فلسطين",
}  # fmt: skip
# Reviewed one by one: other than the rule would have it.
PREFERRED: Final = {
    # The list gives them a neighbour's name, or no name of a place.
    "BH-13": "العاصمة", "BH-14": "الجنوبية", "BH-15": "المحرق", "BH-17": "الشمالية", "SD-KH": "الخرطوم",
    "NP-P5": "लुम्बिनी",
    "YE-SA": "أمانة العاصمة", "YE-SN": "صنعاء", "ET-SI": "ሲዳማ", "ET-SW": "ደቡብ ምዕራብ ኢትዮጵያ ሕዝቦች", "PK-IS": "اسلام آباد",
    # As their neighbours are written.
    "IL-M": "מחוז המרכז", "IL-TA": "מחוז תל אביב", "BG-22": "София (столица)",
}  # fmt: skip
_NAME: Final = re.compile(r"'?([^,()']+(?:\([^()]*\)[^,()']*)?) \(([a-z0-9-]+)\)'?")
_POINTS: Final = re.compile("[\u0591-\u05c7]")
_LEAST_ALIKE: Final = 0.5


def _stated(entry: str | None, language: str) -> list[str]:
    names = [name.strip(" '") for name, of in _NAME.findall(entry or "") if of == language]
    return [name for name in names if not re.search("[A-Za-z]", name)]


def _is_newer(country: str, stated: str, second: str) -> bool:
    """Whether the list is to be followed and not iso-codes: Gangwon and Jeonbuk are special provinces since 2023."""
    return country in {"JP", "RU"} or (country != "KR" and second in stated) or "특별자치도" in stated


def _write(code: str, kind: str, name: str) -> str:
    """Return a name as its country writes it in full."""
    name = _POINTS.sub("", unicodedata.normalize("NFC", name)).strip()
    if code.startswith("GE-"):
        return name.lower()  # capitals of Georgian are for headlines
    if code.startswith("JP-") and name != "北海道":
        return (
            name + {"JP-13": "都", "JP-26": "府", "JP-27": "府"}.get(code, "県") if name[-1] not in "都府県" else name
        )
    if code.startswith("TW-"):
        name = name.replace("台", "臺").rstrip("市縣县")
        return name + ("縣" if kind == "County" else "市")
    return name


def _likeness(local: str, latin: str) -> float:
    """Return how alike two names sound, by their consonants."""
    plain = [
        "".join(c for c in anyascii.anyascii(text).lower() if c.isalpha() and c not in "aeiouyhw")
        for text in (local, latin)
    ]
    return difflib.SequenceMatcher(None, plain[0], plain[1], autojunk=False).ratio()


def subdivisions(report: list[str]) -> Iterator[tuple[str, str]]:
    """Return code and local name; add to `report` what was not taken."""
    folder = Path(str(pycountry.__file__)).parent / "locales"
    everywhere = iso3166_2.Subdivisions().all
    for country, (language, other) in sorted(LANGUAGES.items()):
        translate = gettext.translation("iso3166-2", folder, [language], fallback=True).gettext
        found: dict[str, tuple[str, bool]] = {}
        latin: dict[str, str] = {}
        for place in pycountry.subdivisions.get(country_code=country):
            entry = everywhere[country].get(place.code, {})
            stated = _stated(entry.get("localOtherName"), other)
            translated = translate(place.name)
            second = translated if translated != place.name and country != "TW" else None
            latin[place.code] = place.name
            if place.code in PREFERRED:
                found[place.code] = PREFERRED[place.code], True
            elif stated and (second is None or _is_newer(country, stated[0], second)):
                found[place.code] = _write(place.code, place.type, stated[0]), second is not None
            elif second is not None:
                found[place.code] = _write(place.code, place.type, second), True
        times = Counter((name, latin[code]) for code, (name, _) in found.items())
        holders = Counter(name for name, _ in times)
        for code, (name, is_checked) in sorted(found.items()):
            # A division and its chief district have one name in both scripts; other places have not.
            alone = holders[name] == 1
            if not alone or not (is_checked or _likeness(name, latin[code]) >= _LEAST_ALIKE):
                report.append(f"{code}\t{latin[code]}\t{name}\t{'' if alone else 'twice'}")
            if alone:
                yield code, name


if __name__ == "__main__":
    notes: list[str] = []
    rows = sorted([*COUNTRIES.items(), *subdivisions(notes)])
    with TARGET.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow(("code", "name_local"))
        writer.writerows(rows)
    print("\n".join(notes))  # noqa: T201 - for who reviews them

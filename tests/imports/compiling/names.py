"""Compile `directory/imports/values/languages.csv` and `countries.csv`: by which names and codes lists call them.

Read from Unicode CLDR 47 (Unicode-3.0) in PyPI `babel` 2.18.0, and from iso-codes in PyPI `pycountry` 26.2.16
(LGPL-2.1-or-later), which alone has codes of three letters and official names; the project depends on neither:
`uv run --with babel==2.18.0 --with pycountry==26.2.16 python -m tests.imports.compiling.names`.

A name that two languages or two countries bear is left out and printed, unless one bears it in English: the others
are of one language that calls another thing so.
"""

import csv
import gettext
from collections.abc import Callable, Iterable, Iterator, Mapping
from importlib import import_module
from pathlib import Path
from typing import Any, Final

from directory.imports.values.known_names import AMBIGUOUS, key

babel, babel_languages, localedata, pycountry = map(
    import_module, ("babel", "babel.languages", "babel.localedata", "pycountry")
)
_official_languages = babel_languages.get_official_languages

TARGET: Final = Path(__file__).parents[3] / "directory" / "imports" / "values"
# The languages of which all names are taken; English is first, as it decides.
MAJOR: Final = ("en", "fr", "de", "es", "zh_Hans", "zh_Hant", "ja", "ko", "ru", "ar", "pt", "pt_PT", "it", "nl")
# As iso-codes calls the same.
TRANSLATED: Final = ("fr", "de", "es", "zh_CN", "zh_TW", "ja", "ko", "ru", "ar", "pt", "it", "nl")
# Usual names that neither list has, reviewed one by one: short forms, former names, what a body calls itself.
COUNTRIES: Final = {
    "US": ("U.S.", "U.S.A.", "US of A", "United States of America (USA)"),
    "GB": ("U.K.", "Great Britain", "Britain", "United Kingdom (UK)", "Grande-Bretagne", "Großbritannien"),
    "AE": ("UAE", "U.A.E.", "Emirates", "United Arab Emirates (UAE)"),
    "KR": ("한국", "ROK", "Republic of Korea"),
    "KP": ("DPRK", "북한", "Democratic People's Republic of Korea"),
    "CD": ("DRC", "DR Congo", "D.R. Congo", "Congo-Kinshasa", "Democratic Republic of Congo", "RDC", "RD Congo"),
    "CG": ("Congo-Brazzaville", "Republic of Congo", "Republic of the Congo"),
    "CN": ("PRC", "P.R. China", "PR China", "Mainland China", "中国大陆"),
    "CI": ("Ivory Coast", "Elfenbeinküste"),
    "CZ": ("Czech Rep.",),
    "TR": ("Turkey", "Turquie", "Turquía"),
    "MM": ("Burma", "Birmanie", "Birma"),
    "SZ": ("Swaziland",),
    "CV": ("Cape Verde",),
    "TL": ("East Timor", "Osttimor"),
    "VA": ("Vatican", "Holy See", "Vatican City State"),
    "IE": ("Republic of Ireland",),
    "SA": ("KSA", "Kingdom of Saudi Arabia"),
    "BA": ("Bosnia",),
    "BN": ("Brunei Darussalam",),
    "FM": ("Federated States of Micronesia",),
    "MO": ("Macau", "Macao", "Macau SAR", "Macao SAR"),
    "HK": ("Hong Kong", "Hongkong", "Hong Kong SAR"),
    "PS": ("Palestine", "State of Palestine"),
    "MK": ("North Macedonia", "FYROM"),
    "NZ": ("Aotearoa", "Aotearoa New Zealand"),
    "GE": ("Republic of Georgia", "Country of Georgia", "Sakartvelo"),
    "GB-ENG": ("England", "Angleterre", "Inglaterra", "Inghilterra", "Engeland", "英格兰", "イングランド", "잉글랜드",
               "Англия", "إنجلترا", "إنكلترا", "Lloegr"),
    "GB-SCT": ("Scotland", "Écosse", "Schottland", "Escocia", "Escócia", "Scozia", "Schotland", "苏格兰", "蘇格蘭",
               "スコットランド", "스코틀랜드", "Шотландия", "إسكتلندا", "اسكتلندا"),
    "GB-WLS": ("Wales", "Pays de Galles", "Gales", "País de Gales", "Galles", "威尔士", "威爾斯", "ウェールズ",
               "웨일스", "Уэльс", "ويلز", "Cymru"),
    "GB-NIR": ("Northern Ireland", "Irlande du Nord", "Nordirland", "Irlanda del Norte", "Irlanda do Norte",
               "Irlanda del Nord", "Noord-Ierland", "北爱尔兰", "北愛爾蘭", "北アイルランド", "북아일랜드",
               "Северная Ирландия", "أيرلندا الشمالية", "Tuaisceart Éireann"),
}  # fmt: skip
LANGUAGES: Final = {
    "zh": ("汉语", "中文", "华语", "國語", "国语", "普通话", "Mandarin", "Mandarin Chinese", "Putonghua"),
    "zh-Hans": ("Simplified Chinese", "Chinese (Simplified)", "中文（简体）", "简体", "简中", "Chinese Simplified Han"),
    "zh-Hant": ("Traditional Chinese", "Chinese (Traditional)", "中文（繁體）", "繁体", "繁中", "正體中文", "正体中文"),
    "yue": ("粤语", "廣東話"),
    "en": ("英语", "英文"),
    "fr": ("法文",),
    "ja": ("日文",),
    "ko": ("韩文", "韓文", "한국말"),
    "de": ("德文",),
    "es": ("Castellano", "Castilian", "Castilian Spanish", "西班牙文"),
    "ru": ("俄文",),
    "fa": ("Farsi",),
    "el": ("Modern Greek",),
    "nl": ("Flemish/Dutch",),
    "ms": ("Bahasa Melayu", "Bahasa Malaysia"),
    "id": ("Bahasa Indonesia",),
    "ca": ("Valencian", "Valencià"),
    "si": ("Sinhalese",),
    "or": ("Oriya",),
    "ps": ("Pushto",),
    "nb": ("Bokmål",),
    "nn": ("Nynorsk",),
    "ga": ("Irish Gaelic",),
    "gd": ("Scots Gaelic",),
    "sr-Cyrl": ("Serbian (Cyrillic)",),
    "sr-Latn": ("Serbian (Latin)",),
}
# What these would mean is no language.
_NO_LANGUAGE: Final = frozenset({"und", "mis", "zxx", "root"})


def _language_codes() -> dict[str, str]:
    found: dict[str, str] = {}
    for entry in pycountry.languages:
        if hasattr(entry, "alpha_2"):
            found |= {entry.alpha_3: entry.alpha_2, getattr(entry, "bibliographic", entry.alpha_3): entry.alpha_2}
    return found


def _is_code(name: str) -> bool:
    """Whether a name of a language is a code of one too, so that it is read as that: `Ga` is not Irish."""
    by_length = {2: {"alpha_2": name}, 3: {"alpha_3": name}}.get(len(name))
    return by_length is not None and pycountry.languages.get(**by_length) is not None


def _gather(found: Iterable[tuple[str, str, int]]) -> dict[str, dict[str, int]]:
    """Return the names by code, each with how sure it is (0 the most)."""
    table: dict[str, dict[str, int]] = {}
    for code, written, rank in found:
        name = key(written)
        if name and "|" not in name:
            names = table.setdefault(code, {})
            names[name] = min(rank, names.get(name, rank))
    return table


def _country_names() -> Iterator[tuple[str, str, int]]:
    for code, names in COUNTRIES.items():
        yield from ((code, name, 0) for name in names)
    yield from _names_of_iso_codes()
    known = {country.alpha_2 for country in pycountry.countries}
    for language in MAJOR:
        for code, name in babel.Locale.parse(language).territories.items():
            if code in known or code in {"XK", "EU"}:
                yield code, name, 1 if language == "en" else 3
    for locale in _locales():
        if locale.territory in known:
            yield locale.territory, locale.territories.get(locale.territory, ""), 2
    for code in known:
        # What a country's official languages call it, where CLDR has no locale of the two together.
        for language in filter(localedata.exists, _official_languages(code, regional=True, de_facto=True)):
            yield code, babel.Locale.parse(language).territories.get(code, ""), 2


def _names_of_iso_codes() -> Iterator[tuple[str, str, int]]:
    folder = Path(str(pycountry.__file__)).parent / "locales"
    translations = [gettext.translation("iso3166-1", folder, [language]).gettext for language in TRANSLATED]
    for country in pycountry.countries:
        for field in ("name", "common_name", "official_name"):
            name = getattr(country, field, None)
            if name:
                yield country.alpha_2, name, 1
                yield from ((country.alpha_2, translate(name), 3) for translate in translations)


def _language_names() -> Iterator[tuple[str, str, int]]:
    short = {entry.alpha_2: entry for entry in pycountry.languages if hasattr(entry, "alpha_2")}
    for code, names in LANGUAGES.items():
        yield from ((code, name, 0) for name in names)
    for code, entry in short.items():
        yield code, entry.name, 1
    own: Mapping[str, Any] = {str(locale): locale for locale in _locales()}
    for language in MAJOR:
        for code, name in babel.Locale.parse(language).languages.items():
            # All in English; in others those that a body is likely to write in.
            if code not in _NO_LANGUAGE and (language == "en" or code in own or code in short or "_" in code):
                yield code.replace("_", "-"), name, 1 if language == "en" else 3
    for code, locale in own.items():
        if locale.territory is None and locale.variant is None:
            yield code.replace("_", "-"), locale.languages.get(code, ""), 2


def _locales() -> Iterator[Any]:
    return map(babel.Locale.parse, sorted(localedata.locale_identifiers()))


def _write(
    file: str, table: Mapping[str, Mapping[str, int]], codes: Mapping[str, str], is_left_out: Callable[[str], bool]
) -> None:
    holders: dict[str, dict[str, int]] = {}
    for code, names in table.items():
        for name, rank in names.items():
            holders.setdefault(name, {})[code] = rank
    chosen: dict[str, list[str]] = {}
    for name, ranks in sorted(holders.items()):
        # English decides; between others there is no telling.
        best = min(ranks.values())
        leading = [code for code, rank in ranks.items() if rank == best]
        if is_left_out(name) or len(leading) > 1 or (len(ranks) > 1 and best > 1):
            print(f"{file}: {name} is left out: {ranks}")  # noqa: T201 - for who reviews them
            continue
        if len(ranks) > 1:
            print(f"{file}: {name} is {leading[0]}: {ranks}")  # noqa: T201
        chosen.setdefault(leading[0], []).append(name)
    letters: dict[str, list[str]] = {}
    for alpha_3, code in sorted(codes.items()):
        letters.setdefault(code, []).append(alpha_3.lower())
    with (TARGET / file).open("w", encoding="utf-8", newline="") as stream:
        writer = csv.writer(stream, lineterminator="\n")
        writer.writerow(("code", "alpha_3", "names"))
        for code in sorted({*chosen, *letters}):
            writer.writerow((code, " ".join(letters.get(code, ())), "|".join(chosen.get(code, ()))))


if __name__ == "__main__":
    _write("languages.csv", _gather(_language_names()), _language_codes(), _is_code)
    _write(
        "countries.csv",
        _gather(_country_names()),
        {country.alpha_3: country.alpha_2 for country in pycountry.countries},
        frozenset(map(key, AMBIGUOUS)).__contains__,
    )

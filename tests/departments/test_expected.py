import datetime as dt
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


def test_every_count_names_its_source_a_day_and_a_known_region_and_type() -> None:
    for count in COUNTS.values():
        assert count.region_code in regions()
        assert count.kind in KINDS
        assert count.department_type in {kind.slug for kind in DEPARTMENT_TYPES}
        assert count.source
        assert dt.date(2020, 1, 1) <= count.counted_on <= dt.date(2026, 12, 31)
        assert count.expected == (len(count.regions) or len(count.bodies) or count.expected)


def test_a_ministry_is_known_by_any_of_its_names() -> None:
    ministries = COUNTS["US", "ministry"]
    assert ministries.expected == 15
    (health,) = (body for body in ministries.bodies if "Health" in body.name)
    assert {"department of health & human services", "united states department of health and human services"} <= {
        *health.keys
    }

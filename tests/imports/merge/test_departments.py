from collections.abc import Callable
from typing import Any

import psycopg
import pytest

from directory.imports.report import Report

Load = Callable[..., Report]


def row(number: int, **given: object) -> dict[str, Any]:
    return {"platform": "x", "handle": f"h{number}", "source": "s", **given}


@pytest.fixture
def departments(conn: psycopg.Connection) -> Callable[[], list[tuple[Any, ...]]]:
    def read() -> list[tuple[Any, ...]]:
        return conn.execute("SELECT name, region_code, type FROM departments ORDER BY name_key, region_code").fetchall()

    return read


Departments = Callable[[], list[tuple[Any, ...]]]


def test_bodies_of_one_name_are_told_apart_by_where_they_govern(load: Load, departments: Departments) -> None:
    regions = ["US", "US-OH", "US-TX", "PH"]
    report = load(
        row(place, department="Department of  Education", department_type="education", region=region)
        for place, region in enumerate([*regions, "US"])
    )
    assert report.departments_created == 4
    assert departments() == [("Department of Education", region, "education") for region in sorted(regions)]


def test_names_are_compared_without_case_and_width(load: Load, departments: Departments) -> None:
    load([row(1, department="ＮＡＳＡ", region="US"), row(2, department="Nasa", region="US")])
    assert departments() == [("ＮＡＳＡ", "US", "other")]


def test_members_of_a_legislature_sit_in_the_chamber_of_all_their_constituencies(
    load: Load, departments: Departments
) -> None:
    member = {"department": "House of Commons", "department_type": "legislature", "subject": "person"}
    load(row(place, **member, region=region) for place, region in enumerate(["CA-ON", "CA-QC", "GB-SCT", "GB-WLS"]))
    assert departments() == [("House of Commons", "CA", "legislature"), ("House of Commons", "GB", "legislature")]
    load([row(9, **member, region="CA-BC")])
    assert len(departments()) == 2


def test_a_row_without_a_region_means_the_only_body_of_its_name(load: Load, departments: Departments) -> None:
    load([row(1, department="Metro", region="US-NE"), row(2, department="Metro"), row(3, department="Coast Guard")])
    assert departments() == [("Coast Guard", None, "other"), ("Metro", "US-NE", "other")]
    load([row(4, department="Coast Guard"), row(5, department="Metro", region="US-OH")])
    assert len(departments()) == 3
    load([row(6, department="Metro")])
    assert departments()[-1] == ("Metro", None, "other")


def test_the_type_is_the_most_frequent_one_and_other_is_filled_in(load: Load, departments: Departments) -> None:
    load([row(1, department="A", department_type="police"), row(2, department="A", department_type="health")])
    load([row(3, department="B")])
    load([row(4, department="A", department_type="sport"), row(5, department="B", department_type="tax")])
    assert departments() == [("A", None, "health"), ("B", None, "tax")]


def test_the_website_is_filled_in_where_it_lacks(conn: psycopg.Connection, load: Load) -> None:
    load([row(1, department="A")])
    load([row(2, department="A", department_url="https://a.gov")])
    load([row(3, department="A", department_url="https://b.gov")])
    assert conn.execute("SELECT website FROM departments").fetchall() == [("https://a.gov",)]


def test_a_new_department_has_the_type_that_its_name_tells_and_a_stated_type_wins(
    load: Load, departments: Departments
) -> None:
    load(
        [
            row(1, department="双流区应急管理局", region="CN-510116"),
            row(2, department="双流区教育局", department_type="publicity", region="CN-510116"),
            row(3, department="双流区教育局", region="CN-510116"),
            row(4, department="双流区公安分局", department_type="other", region="CN-510116"),
        ]
    )
    assert sorted(kind for _, _, kind in departments()) == ["emergency", "other", "publicity"]

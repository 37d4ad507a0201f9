"""Regions of a list by name and by codes of few letters, read with the heading and the other rows."""

import psycopg
import pytest

from directory.imports.errors import InvalidValue
from directory.imports.merge.staging import select_regions
from directory.imports.values.regions import Regions
from directory.regions.queries import select_region_names


@pytest.fixture
def regions(module_database_url: str) -> Regions:
    """Return all regions: the database of `conn` has a few of them."""
    with psycopg.connect(module_database_url) as conn:
        return Regions(select_regions(conn), select_region_names(conn))


def test_names_paths_and_what_lies_around_are_read(regions: Regions) -> None:
    assert regions.code("四川省成都市双流区") == "CN-510116"
    assert regions.code("Bayern, Deutschland") == "DE-BY"
    assert regions.warning("Bayern, Deutschland") == ""
    assert regions.code("Cook County, Illinois") == "US-IL"
    assert "taken as US-IL (Illinois)" in regions.warning("Cook County, Illinois")


@pytest.mark.parametrize(
    ("written", "code", "words"),
    [
        ("朝阳区", "ambiguous-region", "CN-110105 (朝阳区, 北京市) or CN-220104"),
        ("Georgia", "ambiguous-region", "GE (Georgia) or US-GA (Georgia)"),
        ("成都市双刘区", "unknown-region", "did you mean CN-510116 (双流区, 成都市, 四川省)?"),
    ],
)
def test_what_means_several_or_is_misspelt_is_asked_back(regions: Regions, written: str, code: str, words: str) -> None:
    with pytest.raises(InvalidValue) as raised:
        regions.code(written)
    assert raised.value.code == code
    assert words in raised.value.remedy


@pytest.mark.parametrize(
    ("values", "level", "expected"),
    [
        (["IL", "Illinois"], "state", ["US-IL", "US-IL"]),
        (["IL", "NY", "TX"], None, ["US-IL", "US-NY", "US-TX"]),
        (["BY", "BW"], "state", ["DE-BY", "DE-BW"]),
        (["IL", "DE", "FR"], None, ["IL", "DE", "FR"]),
        (["IL", "CA"], "country", ["IL", "CA"]),
    ],
)
def test_codes_of_two_letters_are_parts_or_countries_by_the_heading_and_the_others(
    regions: Regions, values: list[str], level: str | None, expected: list[str]
) -> None:
    regions.learn(values, level)
    assert [regions.code(value) for value in values] == expected
    assert ("not as the country" in regions.warning(values[0])) == (expected[0] != values[0])


def test_a_code_that_parts_of_several_countries_have_is_asked_back(regions: Regions) -> None:
    regions.learn(["IL"], "state")
    with pytest.raises(InvalidValue) as raised:
        regions.code("IL")
    assert "US-IL (Illinois)" in raised.value.remedy
    assert "IL (Israel)" in raised.value.remedy

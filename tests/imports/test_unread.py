import json
from typing import Any

import pytest

from directory.imports.errors import RowRejected
from directory.imports.validate.rows import NO_DEPARTMENT, OPTIONAL, OTHER_REGIONS, UNREAD_MAX, Validator
from directory.imports.values.regions import Regions
from directory.regions.name_matching import NamedRegion

REGIONS = Regions([("CN", "China", "中国", [], "country"), ("CN-510100", "Chengdu", "成都市", [], "prefecture")])


def normalize(*, strict: bool = False, **record: object) -> dict[str, Any]:
    return dict(json.loads(Validator(REGIONS, default_source="file", strict=strict).normalize(record).statement))


def errors(*, strict: bool = False, **record: object) -> list[tuple[str, str]]:
    with pytest.raises(RowRejected) as raised:
        normalize(strict=strict, **record)
    return [(error.field, error.code) for error in raised.value.errors]


UNREAD = {
    "language": "Bilingual",
    "region": "Ruritania",
    "status": "odd",
    "subject": "thing",
    "department_type": "polise",
    "department_url": "see our website",
    "external_ids": "lei:5493001KJTIIGC8Y1R21",
    "followers": "many",
    "posts": "1.5",
    "followers_at": "03/04/2011",
    "listed_from": "03/04/2011",
    "last_post_at": "yesterday",
    "opened_on": "soon",
    "closed_on": "1970-01-01",
    "tags": "[broken",
    "names": "[broken",
    "description": "x" * 5_001,
}


def warnings(validator: Validator | None = None, **record: object) -> tuple[str, ...]:
    return (validator or Validator(REGIONS, default_source="file")).normalize(record).warnings


def test_every_field_that_an_account_can_be_without_is_tried_here() -> None:
    assert UNREAD.keys() == OPTIONAL


@pytest.mark.parametrize(("field", "value"), UNREAD.items())
def test_a_row_is_loaded_without_an_optional_field_that_is_not_understood_and_rejected_if_strict(
    field: str, value: str
) -> None:
    record: dict[str, Any] = {"platform": "x", "handle": "a", "name": "A", field: value}
    assert normalize(**record) == normalize(platform="x", handle="a", name="A")
    noted = warnings(**record)
    assert len(noted) == 1
    assert noted[0].startswith(f"left out: {field} {value[:79]!r}"[:90])
    assert [given for given, _ in errors(strict=True, **record)] == [field]


@pytest.mark.parametrize(
    ("field", "value"),
    [("platform_user_id", "1.00065E+14"), ("status", "a\x00b")],
)
def test_what_shows_that_the_file_is_damaged_rejects_the_row_in_an_optional_field_too(
    field: str, value: object
) -> None:
    assert [given for given, _ in errors(**dict[str, Any]({"platform": "x", "handle": "a", field: value}))] == [field]


@pytest.mark.parametrize(
    ("field", "value", "meant"), [("opened_on", "40861", "2011-11-14"), ("last_post_at", 1321228800, "2011-11-14")]
)
def test_a_day_that_a_spreadsheet_has_made_a_number_is_left_out_with_the_day_that_may_be_meant(
    field: str, value: object, meant: str
) -> None:
    record: dict[str, Any] = {"platform": "x", "handle": "a", field: value}
    assert field not in normalize(**record)
    (noted,) = warnings(**record)
    assert meant in noted


def test_a_field_that_is_left_out_of_a_row_that_is_rejected_anyway_is_told_and_stops_nothing() -> None:
    record = {"platform": "linkedin", "handle": "login", "url": "https://www.linkedin.com/uas/login", "status": "odd"}
    with pytest.raises(RowRejected) as rejection:
        Validator(REGIONS, default_source="file").normalize(record)
    assert [(error.code, error.stops) for error in rejection.value.errors] == [
        ("unknown-status", False),
        ("login-page", False),
    ]


def test_a_department_is_left_out_where_the_region_that_tells_it_apart_is_not_understood() -> None:
    record: dict[str, Any] = {"platform": "x", "handle": "a", "name": "A"}
    record |= {"department": "Ministry", "department_url": "a.example"}
    assert normalize(**record)["department"] == "Ministry"
    assert normalize(**record, region="Ruritania") == normalize(platform="x", handle="a", name="A")
    assert NO_DEPARTMENT in warnings(**record, region="Ruritania")


def test_a_name_in_a_language_that_is_not_understood_is_kept_without_it() -> None:
    listed = [{"name": "B", "language": "Bilingual"}, {"name": "C", "language": "Français"}]
    statement = normalize(platform="x", handle="a", names=listed)
    assert [(name["name"], name.get("language")) for name in statement["names"]] == [("B", None), ("C", "fr")]
    assert [warning[:29] for warning in warnings(platform="x", handle="a", names=listed)] == [
        "left out: names 'Bilingual': "
    ]
    assert errors(strict=True, platform="x", handle="a", names=listed) == [("names", "unknown-language")]


def test_a_list_with_another_value_in_each_row_has_a_bounded_number_of_remarks() -> None:
    validator = Validator(REGIONS, default_source="file")
    noted = {
        warning
        for number in range(1_000)
        for warning in warnings(validator, platform="x", handle="a", status=f"odd {number}", language="English/French")
    }
    assert len(noted) == UNREAD_MAX + 2
    assert "left out: other values of status that are not understood" in noted


def test_a_remark_shows_signs_that_turn_text_around_by_their_numbers() -> None:
    assert "'odd\\u202eddo'" in warnings(platform="x", handle="a", status="odd\u202eddo")[-1]


def test_a_list_of_towns_has_no_remark_for_each_of_them() -> None:
    places = [
        (NamedRegion("US", "US/", "United States", None), ["united states"]),
        (NamedRegion("US-OH", "US/US-OH/", "Ohio", None), ["ohio"]),
    ]
    regions = Regions([("US", "United States", None, [], "country"), ("US-OH", "Ohio", None, [], "province")], places)
    validator = Validator(regions, default_source="file")
    warnings = {
        warning
        for number in range(UNREAD_MAX * 3)
        for warning in validator.normalize(
            {"platform": "x", "handle": "town", "region": f"Town{number}, Ohio"}
        ).warnings
    }
    assert len(warnings) == UNREAD_MAX + 1
    assert OTHER_REGIONS in warnings

import pytest

from directory.imports.errors import InvalidValue
from directory.imports.values.dates import parse_day, parse_timestamp


@pytest.mark.parametrize(
    "given",
    [
        "2011-11-14",
        "2011/11/14",
        "2011.11.14",
        "2011/11/4",
        "20111114",
        "2011年11月14日",
        "2011-11-14T00:00:00",
        "2011-11-14 08:30:00.123",
        "2011-11-14T08:30:00+08:00",
        "14/11/2011",
        "11/14/2011",
        "14.11.2011",
        "14 Nov 2011",
        "November 14, 2011",
    ],
)
def test_days_are_read_in_the_ways_that_exports_write_them(given: str) -> None:
    assert parse_day(given) == ("2011-11-04" if given == "2011/11/4" else "2011-11-14")


@pytest.mark.parametrize(
    ("given", "code"),
    [
        ("03/04/2011", "ambiguous-day"),
        ("2011", "not-a-day"),
        ("2011-11", "not-a-day"),
        ("2011-02-30", "not-a-day"),
        ("soon", "not-a-day"),
        ("40861", "not-a-day"),
        ("1970-01-01", "too-early"),
        ("2999-01-01", "in-the-future"),
        ("2011-11-14 25:00", "not-a-time"),
    ],
)
def test_days_that_cannot_be_told_are_refused(given: str, code: str) -> None:
    with pytest.raises(InvalidValue) as raised:
        parse_timestamp(given)
    assert raised.value.code == code


@pytest.mark.parametrize(
    ("given", "at"),
    [
        ("2011-11-14", "2011-11-14T00:00:00+00:00"),
        ("2011-11-14T08:30:00+08:00", "2011-11-14T00:30:00+00:00"),
        ("2011-11-14 08:30", "2011-11-14T08:30:00+00:00"),
        ("2011-11-14T08:30:00Z", "2011-11-14T08:30:00+00:00"),
        ("2011-11-14T23:30:00-0330", "2011-11-15T03:00:00+00:00"),
        ("2011年11月14日 08:30", "2011-11-14T08:30:00+00:00"),
        (None, None),
        ("N/A", None),
    ],
)
def test_times_are_in_utc_unless_they_say_otherwise(given: object, at: str | None) -> None:
    assert parse_timestamp(given) == at


@pytest.mark.parametrize(
    ("given", "days"),
    [
        ("40861", ["2011-11-14 where the workbook counts from 1900", "2015-11-15 where the workbook counts from 1904"]),
        (40861, ["2011-11-14", "2015-11-15"]),
        ("40861.5", ["2011-11-14T12:00:00", "2015-11-15T12:00:00"]),
        ("40,861.00", ["2011-11-14", "2015-11-15"]),
        ("32000", ["1991-08-12 where the workbook counts from 1904"]),
        ("1321228800", ["seconds since 1970: 2011-11-14"]),
        (1321228800000, ["milliseconds since 1970: 2011-11-14"]),
    ],
)
def test_a_programs_count_of_days_or_seconds_is_refused_with_the_days_it_may_be(given: object, days: list[str]) -> None:
    for read in (parse_day, parse_timestamp):
        with pytest.raises(InvalidValue) as raised:
            read(given)
        assert all(found in raised.value.message for found in days)
        assert days[0].split()[-1 if "since" in days[0] else 0] in raised.value.remedy


@pytest.mark.parametrize("given", ["25000", "99999", "0", "1", "999999999", "9999999999999"])
def test_other_numbers_are_no_days(given: str) -> None:
    with pytest.raises(InvalidValue) as raised:
        parse_day(given)
    assert "serial" not in raised.value.message


def test_a_spreadsheets_apostrophe_before_a_day_is_none_of_it() -> None:
    assert parse_day("'2011-11-14") == "2011-11-14"

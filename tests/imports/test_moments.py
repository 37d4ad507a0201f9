import pytest

from directory.imports.faults import Invalid
from directory.imports.moments import day, moment


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
    assert day(given) == ("2011-11-04" if given == "2011/11/4" else "2011-11-14")


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
    with pytest.raises(Invalid) as raised:
        moment(given)
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
    assert moment(given) == at

import pytest

from directory.http.files.ranges import parse_range_header
from directory.http.problems import RangeNotSatisfiable


@pytest.mark.parametrize(
    ("header", "parts"),
    [
        ("bytes=0-0", [range(1)]),
        ("bytes=10-19", [range(10, 20)]),
        ("bytes=90-", [range(90, 100)]),
        ("bytes=90-1000", [range(90, 100)]),
        ("bytes=-10", [range(90, 100)]),
        ("bytes=-1000", [range(100)]),
        ("BYTES = 5-9", [range(5, 10)]),
        ("bytes=20-29, 0-9", [range(20, 30), range(10)]),
        ("bytes=0-9,500-", [range(10)]),
        ("lines=0-9", []),
        ("", []),
    ],
)
def test_a_header_is_parsed_as_the_ranges_that_it_requests(header: str, parts: list[range]) -> None:
    assert parse_range_header(header, 100) == parts


@pytest.mark.parametrize(
    "header",
    ["100-", "-0", "9-5", "", "-", "x-y", "5", "0-9,", ",0-9", "1-2-3", "٥-٩", "0 - 9", "9" * 5000 + "-"],
)
def test_what_the_file_has_not_and_what_is_no_range_is_refused_with_the_length(header: str) -> None:
    with pytest.raises(RangeNotSatisfiable) as caught:
        parse_range_header(f"bytes={header}", 100)
    assert ("Content-Range", "bytes */100") in caught.value.headers


def test_of_an_empty_file_there_is_a_beginning_and_nothing_else() -> None:
    assert parse_range_header("bytes=0-", 0) == parse_range_header("bytes=-5", 0) == []
    with pytest.raises(RangeNotSatisfiable):
        parse_range_header("bytes=1-", 0)

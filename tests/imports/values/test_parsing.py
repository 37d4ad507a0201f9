import pytest
from hypothesis import given
from hypothesis import strategies as st

from directory.imports.errors import InvalidValue
from directory.imports.values.parsing import parse_count, parse_handle_text, parse_text, parse_user_id


@pytest.mark.parametrize(
    ("given", "number"),
    [
        ("1234", 1234),
        ("1,234", 1234),
        ("1,234,567", 1_234_567),
        ("1 234", 1234),
        ("1\u202f234", 1234),
        ("1'234", 1234),
        ("1.234.567", 1_234_567),
        ("1.2万", 12_000),
        ("3亿", 300_000_000),
        ("12.5K", 12_500),
        ("1.5m", 1_500_000),
        ("10万+", 100_000),
        ("１２３", 123),
        ("1234.0", 1234),
        (1234, 1234),
        (1234.0, 1234),
        (0, 0),
    ],
)
def test_numbers_are_read_as_people_write_them(given: object, number: int) -> None:
    assert parse_count(given) == number


@pytest.mark.parametrize("given", ["1.234", "1,5", "-3", -3, "many", "1,23", "1e6", 1.5, True, [1], "9" * 30, 10**12])
def test_numbers_that_may_mean_something_else_are_refused(given: object) -> None:
    with pytest.raises(InvalidValue):
        parse_count(given)


@pytest.mark.parametrize("given", ["", "  ", "NULL", "N/A", "n/a", "-", "—", "\\N", "nan", None, float("nan"), "无"])
def test_what_exports_write_for_not_known_is_not_known(given: object) -> None:
    assert parse_count(given) is None
    if not isinstance(given, float):
        assert parse_text(given) is None


def test_line_breaks_and_padding_go_out_of_names() -> None:
    assert parse_text(" \u00a0Chengdu\r\n   Release\u3000\t") == "Chengdu Release"
    assert parse_text("Two\nlines", lines=True) == "Two\nlines"


def test_names_are_in_the_composed_normal_form_without_invisible_characters() -> None:
    assert parse_text("Re\u0301gion\u200b") == "Région"


@pytest.mark.parametrize("given", ["a\x00b", "a\x1bb", "a\ud800b", "a\ufffeb", "a\x85b" + "\x9f"])
def test_control_characters_are_refused(given: str) -> None:
    with pytest.raises(InvalidValue) as raised:
        parse_text(given)
    assert raised.value.code == "control-character"


def test_a_text_that_is_too_long_is_refused() -> None:
    with pytest.raises(InvalidValue) as raised:
        parse_text("x" * 501)
    assert raised.value.code == "too-long"


def test_an_id_that_a_spreadsheet_rounded_is_refused_and_one_that_it_padded_is_mended() -> None:
    assert parse_user_id("2679652763.0") == parse_user_id(2679652763.0) == parse_user_id(2679652763) == "2679652763"
    with pytest.raises(InvalidValue) as raised:
        parse_user_id("2.67965E+09")
    assert raised.value.code == "rounded-id"


@pytest.mark.parametrize("written", ["100.000", "100,000", "1.5", "0012345", "'s", "1,00,000"])
def test_an_id_that_may_mean_something_else_stays(written: str) -> None:
    assert parse_user_id(written) == parse_handle_text(written) == written


@given(
    st.integers(1_000_000, 10**15 - 1),
    st.sampled_from(["{}", "'{}", "{}.0", "{}.00", "{:,}", "{:,}.00", "\u00a0{}\u00a0"]),
)
def test_an_id_comes_out_of_a_spreadsheets_dress_digit_by_digit(number: int, dress: str) -> None:
    assert parse_user_id(dress.format(number)) == parse_handle_text(dress.format(number)) == str(number)


@given(st.integers(0, 10**30))
def test_an_id_held_as_a_number_comes_back_whole_or_is_refused(number: int) -> None:
    assert parse_user_id(number) == str(number)
    for held in (float(number), f"{float(number):.1f}"):
        if float(number) < 2**53:
            assert parse_user_id(held) == str(number)
        else:
            with pytest.raises(InvalidValue, match="lost"):
                parse_user_id(held)

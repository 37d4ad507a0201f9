import pytest
from hypothesis import given
from hypothesis import strategies as st

from directory.http.parameters import canonical_query, encode_pairs, parse_pairs
from directory.http.problems import InvalidParameters


def test_names_and_values_keep_their_order() -> None:
    assert parse_pairs(b"b=2&a=1&b=3") == (("b", "2"), ("a", "1"), ("b", "3"))


def test_a_plus_is_a_space_and_an_escaped_plus_is_a_plus() -> None:
    assert parse_pairs(b"q=a+b%2Bc") == (("q", "a b+c"),)


def test_chinese_is_read_escaped_and_bare() -> None:
    assert parse_pairs(b"q=%E6%88%90%E9%83%BD") == parse_pairs("q=成都".encode()) == (("q", "成都"),)


@pytest.mark.parametrize(
    ("query", "parameter", "detail"),
    [
        (b"q=%FF", "q", "the value is not UTF-8"),
        (b"q=%ED%A0%80", "q", "the value is not UTF-8"),
        (b"q=a%00b", "q", "the value holds a control character"),
        (b"q=%1F", "q", "the value holds a control character"),
        (b"q=%7F", "q", "the value holds a control character"),
        (b"q=%C2%85", "q", "the value holds a control character"),
        (b"%0A=1", "\N{REPLACEMENT CHARACTER}", "the name holds a control character"),
        (b"=1", "", "the name is empty"),
        (b"q=100%", "q", "the value has a % that is not followed by two hexadecimal digits"),
        (b"q=%zz", "q", "the value has a % that is not followed by two hexadecimal digits"),
    ],
)
def test_what_cannot_be_read_is_refused(query: bytes, parameter: str, detail: str) -> None:
    with pytest.raises(InvalidParameters) as caught:
        parse_pairs(query)
    (error,) = caught.value.errors
    assert error["parameter"] == parameter
    assert error["detail"].startswith(detail)


def test_all_faults_are_listed_at_once() -> None:
    with pytest.raises(InvalidParameters) as caught:
        parse_pairs(b"a=%FF&b=1&c=%00")
    assert [error["parameter"] for error in caught.value.errors] == ["a", "c"]


def test_equal_requests_have_one_canonical_query() -> None:
    one = canonical_query(parse_pairs(b"region=CN&limit=5&region=FR"))
    assert one == canonical_query(parse_pairs(b"limit=5&region=CN%2CFR")) == "limit=5&region=CN,FR"


def test_a_canonical_query_can_leave_parameters_out() -> None:
    assert canonical_query(parse_pairs(b"cursor=x&q=a"), exclude=frozenset({"cursor"})) == "q=a"


@given(
    st.lists(
        st.tuples(
            st.text(st.characters(exclude_categories=["C"]), min_size=1),
            st.text(st.characters(exclude_categories=["C"])),
        )
    )
)
def test_any_printable_pairs_survive_being_encoded(pairs: list[tuple[str, str]]) -> None:
    assert parse_pairs(encode_pairs(tuple(pairs)).encode()) == tuple(pairs)

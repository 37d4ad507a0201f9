import datetime as dt
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from marshmallow import ValidationError, validates_schema

from directory.http.fields import Date, DateTime, Enum, EnumList, Integer, Selection, String, ValueList
from directory.http.parameters import QuerySchema, canonical_query, encode_pairs, parse_pairs
from directory.http.problems import InvalidParameters


def _upper(text: str) -> str:
    if not text.isalpha():
        raise ValueError(f"{text} is no code")
    return text.upper()


class ExampleSchema(QuerySchema):
    """One parameter of each kind."""

    min_max_pairs = (("low", "high"),)

    limit = Integer("How many.", minimum=1, maximum=1000, load_default=25)
    low = Integer("From.", minimum=0, maximum=10**15)
    high = Integer("To.", minimum=0, maximum=10**15)
    day = Date("A day.")
    moment = DateTime("A time.")
    count = Enum("How to count.", ("exact", "none"))
    q = String("A name.", max_length=5)
    status = ValueList("Statuses.", ("active", "closed"))
    region = ValueList("Regions.", _upper)
    country = ValueList("Countries.", str.upper, pattern="[A-Za-z]{2}")
    tag = ValueList("Tags.")
    sort = EnumList("Order.", ("name", "followers"), descending=True)
    fields_ = EnumList("Keys.", ("id", "name"), data_key="fields")


def read(query: str) -> Any:  # noqa: ANN401 - a dict of any values
    return ExampleSchema().parse(parse_pairs(query.encode()))


def faults(query: str) -> dict[str, str]:
    with pytest.raises(InvalidParameters) as caught:
        read(query)
    return {error["parameter"]: error["detail"] for error in caught.value.errors}


def test_defaults_stand_where_nothing_is_given() -> None:
    values = read("")
    assert values["limit"] == 25
    assert values["status"] == Selection()
    assert not values["status"]
    assert values["sort"] == ()


@pytest.mark.parametrize(
    "text",
    ["0", "1001", "10000000000000000000000", "３", "1_0", "+5", "%205", "5.0", "1e1", "0x1", "-1", "٣", "five"],
)
def test_a_number_is_in_its_range_and_in_plain_digits(text: str) -> None:
    assert faults(f"limit={text}") == {
        "limit": "expected a whole number from 1 to 1000, in the digits 0 to 9",
    }


def test_the_ends_of_a_range_are_allowed() -> None:
    assert read("limit=1")["limit"] == 1
    assert read("limit=1000")["limit"] == 1000


@pytest.mark.parametrize("text", ["2023-02-29", "20240630", "2024-6-3", "2024-W26-7", "２０２４-06-30", "yesterday"])
def test_a_day_that_is_not_in_the_calendar_is_refused(text: str) -> None:
    assert "YYYY-MM-DD" in faults(f"day={text}")["day"]


def test_a_day_is_read() -> None:
    assert read("day=2024-02-29")["day"] == dt.date(2024, 2, 29)


@pytest.mark.parametrize(
    "text",
    [
        "2024-06-30T12:00:00",
        "2024-06-30T25:00:00Z",
        "2024-13-01",
        "12:00",
        "0001-01-01T00:00:00%2B14:00",
        "2024-06-30T12:00:00 01:00",
    ],
)
def test_a_time_without_its_offset_or_beyond_the_calendar_is_refused(text: str) -> None:
    assert "with its offset" in faults(f"moment={text}")["moment"]


@pytest.mark.parametrize(
    ("text", "moment"),
    [
        ("2024-06-30", dt.datetime(2024, 6, 30, tzinfo=dt.UTC)),
        ("2024-06-30T12:00:00Z", dt.datetime(2024, 6, 30, 12, tzinfo=dt.UTC)),
        ("2024-06-30t12:00:00.25z", dt.datetime(2024, 6, 30, 12, 0, 0, 250_000, tzinfo=dt.UTC)),
        ("2024-06-30T12:00:00%2B08:00", dt.datetime(2024, 6, 30, 4, tzinfo=dt.UTC)),
    ],
)
def test_a_time_is_given_in_utc(text: str, moment: dt.datetime) -> None:
    assert read(f"moment={text}")["moment"] == moment
    assert read(f"moment={text}")["moment"].tzinfo is dt.UTC


def test_a_choice_is_one_of_those_offered() -> None:
    assert read("count=exact")["count"] == "exact"
    assert faults("count=EXACT") == {"count": "expected one of exact, none"}


def test_a_text_is_trimmed_bounded_and_not_blank() -> None:
    assert read("q=%20 成都 ")["q"] == "成都"
    assert set(faults("q=%20%20")) == {"q"}
    assert set(faults("q=123456")) == {"q"}


def test_terms_are_comma_separated_repeated_or_both() -> None:
    wanted = Selection(("a", "b", "c"), ("d",))
    assert read("tag=a,b&tag=c,-d")["tag"] == read("tag=a&tag=-d&tag=b,c")["tag"] == wanted


def test_a_term_given_twice_counts_once() -> None:
    assert read("region=cn,CN")["region"] == Selection(("CN",))


@pytest.mark.parametrize(
    ("query", "detail"),
    [
        ("status=open", "open is not known; expected any of active, closed"),
        ("status=active,-active", "active is both included and excluded"),
        ("region=cn,-CN", "CN is both included and excluded"),
        ("region=1", "1 is no code"),
        ("country=èS", "èS is not of the form expected, [A-Za-z]{2}"),
        ("tag=a,,b", "has an empty value between commas"),
        ("tag=-", "has a - without a value behind it"),
        ("tag=" + ",".join(map(str, range(201))), "has 201 values; at most 200 are taken"),
        ("tag=" + "x" * 201, "has a value of more than 200 characters"),
        ("sort=-name,name", "names name more than once"),
        ("sort=size", "size is not offered; expected any of name, followers"),
        ("fields=-id", "-id is not offered; expected any of id, name"),
        ("fields=id,id", "names id more than once"),
    ],
)
def test_terms_and_names_say_what_is_wrong(query: str, detail: str) -> None:
    assert list(faults(query).values()) == [detail]


def test_the_order_of_names_is_kept() -> None:
    assert read("sort=-followers,name")["sort"] == ("-followers", "name")
    assert read("fields=name&fields=id")["fields_"] == ("name", "id")


def test_an_unknown_name_is_refused_with_a_guess() -> None:
    assert faults("regoin=CN") == {"regoin": "there is no such parameter here; did you mean region?"}


def test_one_value_given_twice_is_refused() -> None:
    assert faults("limit=5&limit=5") == {"limit": "is given 2 times; give it once"}


@pytest.mark.parametrize("name", ["limit", "day", "moment", "count", "q", "tag", "sort"])
def test_an_empty_value_is_refused(name: str) -> None:
    assert faults(f"{name}=") == {name: "is empty; leave the parameter out instead"}


def test_a_range_upside_down_is_refused() -> None:
    assert faults("low=5&high=4") == {"low": "is above high; nothing can match both"}
    assert read("low=5&high=5")["low"] == 5


def test_all_faults_are_listed_with_their_values() -> None:
    with pytest.raises(InvalidParameters) as caught:
        read("limit=x&day=y&nonsense=z")
    assert {(error["parameter"], error.get("value")) for error in caught.value.errors} == {
        ("limit", "x"),
        ("day", "y"),
        ("nonsense", "z"),
    }


def test_a_hook_that_would_never_be_called_is_refused() -> None:
    class HookedSchema(QuerySchema):
        @validates_schema
        def refuse(self, data: object, **_: object) -> None:  # noqa: ARG002 - the signature is marshmallow's
            raise ValidationError("is never right")

    with pytest.raises(TypeError, match="HookedSchema has a hook"):
        HookedSchema()


def test_a_parameter_that_has_to_be_given_is_missed() -> None:
    class RequiredSchema(QuerySchema):
        q = String("A name.", required=True)

    with pytest.raises(InvalidParameters) as caught:
        RequiredSchema().parse(())
    assert caught.value.errors == ({"parameter": "q", "detail": "Missing data for required field."},)


def test_faults_come_in_the_order_of_the_parameters_and_unknown_names_last() -> None:
    assert list(faults("nonsense=z&day=y&limit=x")) == ["limit", "day", "nonsense"]


def test_what_was_perhaps_meant_is_looked_for_a_few_times_alone() -> None:
    found = faults("&".join(f"regio{number}=x" for number in range(2000)))
    assert len(found) == 100
    assert sum("did you mean" in detail for detail in found.values()) == 5
    assert len(faults("&".join(["=x"] * 2000))) == 1


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
def test_a_query_string_that_cannot_be_decoded_is_refused(query: bytes, parameter: str, detail: str) -> None:
    with pytest.raises(InvalidParameters) as caught:
        parse_pairs(query)
    (error,) = caught.value.errors
    assert error["parameter"] == parameter
    assert error["detail"].startswith(detail)


def test_all_errors_of_a_query_string_are_listed_at_once() -> None:
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

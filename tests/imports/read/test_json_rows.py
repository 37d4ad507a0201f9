import io
import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from directory.imports.errors import RowError, UnreadableFile
from directory.imports.read.headings import Headings
from directory.imports.read.json_rows import JsonReader, annotate, find_list, is_wrapped
from directory.imports.read.records import ReadOptions, WarningCounts

FAULT = RowError("handle", "a b", "malformed", "it is wrong", "correct it")


def test_a_line_that_is_no_object_is_rejected_and_the_others_are_read() -> None:
    lines = [
        '{"platform": "x", "handle": "nasa"}\n',
        "\n",
        '{"platform": \n',
        "[1]\n",
        '{"PLATFORM": "x", "Handle": "esa"}',
    ]
    records = list(JsonReader(Headings()).lines(lines))
    assert [record.line for record in records] == [1, 3, 4, 5]
    assert [[error.code for error in record.errors] for record in records] == [[], ["not-json"], ["not-an-object"], []]
    assert records[3].values == {"platform": "x", "handle": "esa"}


def test_an_unknown_key_is_a_fault_of_its_row() -> None:
    (record,) = JsonReader(Headings()).lines(['{"platform": "x", "handel": "nasa"}'])
    assert [(error.field, error.code) for error in record.errors] == [("handel", "unknown-column")]
    (record,) = JsonReader(Headings(ignore_unknown=True)).lines(['{"platform": "x", "handel": "nasa"}'])
    assert not record.errors


@given(
    st.lists(
        st.dictionaries(
            st.sampled_from(["name", "description"]), st.text(st.characters(exclude_categories=["Cs"]))
        ).map(lambda row: row | {"handle": "h"})
    )
)
def test_an_array_is_read_as_its_elements_whatever_its_layout(rows: list[dict[str, str]]) -> None:
    for indent in (None, 2):
        stream = io.StringIO(json.dumps(rows, ensure_ascii=False, indent=indent))
        assert [record.values for record in JsonReader(Headings()).array(stream)] == rows


ROWS = [{"handle": "a", "names": [{"name": "A", "language": "en"}]}, {"handle": "b"}]


META = {"page": {"size": 2}, "tags": ["a"]}


@pytest.mark.parametrize("indent", [None, 1])
@pytest.mark.parametrize(
    ("before", "keys", "after"),
    [
        ({}, ["registry"], {}),
        ({"meta": META, "ok": True, "n": None}, ["results"], {"total": 2}),
        ({"help": 'a "quoted\\" [{', "meta": {"fields": []}}, ["result", "records"], {"meta": META}),
    ],
)
def test_rows_in_a_list_within_an_object_are_read_and_the_rest_is_named(
    before: dict[str, object], keys: list[str], after: dict[str, object], indent: int | None
) -> None:
    wrapped: object = ROWS
    for key in reversed(keys[1:]):
        wrapped = {"count": 2, key: wrapped}
    text = json.dumps({**before, keys[0]: wrapped, **after}, indent=indent)
    assert is_wrapped(text)
    warnings = WarningCounts()
    assert [record.values for record in JsonReader(Headings(), warnings).array(io.StringIO(text))] == ROWS
    assert any(f"the rows are those of {'.'.join(keys)!r}" in line for line in warnings.lines())


@pytest.mark.parametrize(
    "text", [json.dumps(ROWS[0]), "\n".join(map(json.dumps, ROWS)), '{"a": 1}', '{"a": [1]}', "[]", "{"]
)
def test_rows_one_a_line_are_not_taken_for_one_object_around_them(text: str) -> None:
    assert not is_wrapped(text)


VALUES = st.recursive(
    st.none() | st.text(max_size=5) | st.integers(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=3), inner, max_size=3),
    max_leaves=10,
)


@given(VALUES, st.integers(0, 200))
def test_whatever_stands_at_the_beginning_a_list_is_found_or_not(value: object, end: int) -> None:
    text = json.dumps({"a": value, "rows": [{}]})
    found = find_list(text[:end])
    assert found is None or text[found.start] == "["
    assert find_list(text) is not None


def test_objects_without_an_account_are_a_note_and_a_file_of_nothing_else_is_an_error() -> None:
    warnings = WarningCounts()
    lines = ['{"name": "A", "social": {"twitter": "a"}}', '{"name": "B", "social": {}}', '{"name": "C"}']
    records = list(JsonReader(Headings(), warnings).lines(lines))
    assert [record.values["handle"] for record in records] == ["a"]
    assert any("rows that name no account" in line and ": 2 (first on line 2)" in line for line in warnings.lines())
    with pytest.raises(UnreadableFile, match="no object says which account"):
        list(JsonReader(Headings()).lines(lines[1:]))


def test_an_array_that_is_longer_than_a_piece_is_read_whole() -> None:
    rows = [{"handle": f"h{number}", "name": "x" * 1000} for number in range(600)]
    records = list(JsonReader(Headings()).array(io.StringIO(json.dumps(rows, indent=1))))
    assert [record.values for record in records] == rows
    assert records[-1].line == 2 + 599 * 4


@pytest.mark.parametrize("text", ['[{"handle": "a"}', '[{"handle": "a"}, {"han', "[nonsense]"])
def test_an_array_that_breaks_off_is_an_error(text: str) -> None:
    with pytest.raises(UnreadableFile):
        list(JsonReader(Headings()).array(io.StringIO(text)))


def test_an_annotated_row_is_otherwise_byte_for_byte_what_it_was() -> None:
    text = '{"a":1,  "b": "é\\u00e9"}'
    annotated = annotate(text, [FAULT])
    assert annotated.startswith('{"a":1,  "b": "é\\u00e9", "_errors": [')
    assert json.loads(annotate(annotated, []))["_errors"] == []
    assert annotate("{broken", [FAULT]) == "{broken"


@pytest.mark.parametrize(
    "text", ['{"handle": "nasa", "handle": "esa"}', '{"followers": NaN}', '{"followers": -Infinity}']
)
def test_what_json_does_not_know_is_no_row(text: str) -> None:
    (record,) = JsonReader(Headings()).lines([text])
    assert [error.code for error in record.errors] == ["not-json"]


def test_a_key_that_is_not_known_is_left_out_and_told_with_how_often() -> None:
    warnings = WarningCounts()
    lines = ['{"platform": "x", "handle": "a", "fax": 1}', '{"platform": "x", "fax": 2, "handle": "b"}']
    records = list(JsonReader(Headings(), warnings).lines(lines))
    assert [dict(record.values) for record in records] == [
        {"platform": "x", "handle": "a"},
        {"platform": "x", "handle": "b"},
    ]
    assert warnings.lines() == [
        "the key 'fax' is not known, left out; --column 'fax'=COLUMN takes it: 2 (first on line 1)"
    ]


def test_objects_within_objects_and_keys_of_platforms_are_accounts() -> None:
    text = '{"id": {"bioguide": "D1"}, "social": {"twitter": "doe", "youtube_id": "UCabcdefghijklmnopqrstuv"}}'
    assert [dict(record.values) for record in JsonReader(Headings()).lines([text])] == [
        {"platform": "x", "handle": "doe"},
        {"platform": "youtube", "platform_user_id": "UCabcdefghijklmnopqrstuv"},
    ]


def test_constants_fill_what_an_object_has_not() -> None:
    options = ReadOptions(constants={"platform": "x", "region": "DE"})
    records = JsonReader(Headings(), WarningCounts(), options).lines(
        ['{"handle": "a", "region": "FR"}', '{"handle": "b"}']
    )
    assert [dict(record.values) for record in records] == [
        {"handle": "a", "region": "FR", "platform": "x"},
        {"handle": "b", "platform": "x", "region": "DE"},
    ]


def test_a_count_of_our_own_records_keeps_the_moment_at_which_it_was_observed() -> None:
    line = '{"platform": "x", "handle": "nasa", "followers": {"count": 7, "observed_at": "2011-11-14T00:00:00+00:00"}}'
    (record,) = JsonReader(Headings()).lines([line])
    assert record.values["followers"] == 7
    assert record.values["followers_at"] == "2011-11-14T00:00:00+00:00"

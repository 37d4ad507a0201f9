import pytest

from directory.imports.errors import UnreadableFile
from directory.imports.read.delimited import DelimitedTable
from directory.imports.read.headings import Headings
from directory.imports.read.records import Record, WarningCounts


def read(text: str, *, ignore_unknown: bool = False) -> tuple[list[Record], WarningCounts]:
    warnings = WarningCounts()
    table = DelimitedTable(text.splitlines(keepends=True), Headings(ignore_unknown=ignore_unknown), warnings)
    return list(table), warnings


@pytest.mark.parametrize("mark", [",", ";", "\t", "|"])
def test_the_delimiter_is_found_by_the_names_of_the_columns(mark: str) -> None:
    records, _ = read(f"Platform{mark} HANDLE {mark}display-name\nx{mark}nasa{mark}NASA\n")
    assert [record.values for record in records] == [{"platform": "x", "handle": "nasa", "name": "NASA"}]


def test_excels_line_that_names_the_delimiter_is_no_header() -> None:
    records, _ = read("sep=;\nplatform;handle\nx;nasa\n")
    assert records[0].values == {"platform": "x", "handle": "nasa"}
    assert records[0].line == 3


def test_a_quoted_value_may_hold_delimiters_quotes_and_line_breaks() -> None:
    records, _ = read('platform,name,handle\nx,"A, ""B""\nC",nasa\nx,D,esa\n')
    assert [dict(record.values)["name"] for record in records] == ['A, "B"\nC', "D"]
    assert [record.line for record in records] == [2, 4]


def test_a_quote_that_is_not_closed_takes_no_other_row_with_it() -> None:
    records, warnings = read('platform\thandle\tname\nx\tnasa\t"Space\nx\tesa\tEurope\nx\tjaxa\tJapan\n')
    assert [dict(record.values)["name"] for record in records] == ['"Space', "Europe", "Japan"]
    assert any("quotes" in line for line in warnings.lines())


def test_quotes_inside_a_value_and_backslashes_before_them_are_met() -> None:
    records, _ = read('platform,handle,name\nx,a,The "Office" of X\nx,b,"The \\"Office\\", again"\n')
    assert [dict(record.values)["name"] for record in records] == ['The "Office" of X', 'The "Office", again']


def test_a_row_with_too_many_cells_is_rejected_and_a_short_one_is_filled_up() -> None:
    records, warnings = read("platform,handle,name\nx,nasa,A,B\nx,esa\nx,jaxa,C,,\n")
    assert [[error.code for error in record.errors] for record in records] == [["too-many-cells"], [], []]
    assert records[1].values == {"platform": "x", "handle": "esa"}
    assert any("fewer cells" in line for line in warnings.lines())


def test_blank_rows_and_repeated_headers_are_no_rows() -> None:
    records, _ = read("platform,handle\n\n,\nx,nasa\nplatform,handle\nx,esa\n")
    assert [record.line for record in records] == [4, 6]


def test_an_unknown_column_is_an_error_that_names_the_nearest_and_the_remedy() -> None:
    with pytest.raises(UnreadableFile) as raised:
        read("platform,handle,folowers\nx,nasa,3\n")
    assert "'folowers'" in str(raised.value)
    assert "'followers'" in str(raised.value)
    assert "--ignore-unknown" in str(raised.value)


def test_unknown_columns_can_be_left_out() -> None:
    records, _ = read("platform,handle,folowers\nx,nasa,3\n", ignore_unknown=True)
    assert records[0].values == {"platform": "x", "handle": "nasa"}


def test_two_columns_of_one_meaning_are_an_error() -> None:
    with pytest.raises(UnreadableFile, match="both stand for 'handle'"):
        read("platform,handle,username\nx,a,b\n")


@pytest.mark.parametrize("text", ["", "\n\n", "1,2,3\n4,5,6\n"])
def test_a_table_without_a_header_is_an_error(text: str) -> None:
    with pytest.raises(UnreadableFile):
        read(text)


def test_a_value_under_no_heading_is_an_error_of_its_row() -> None:
    records, _ = read("platform,handle,\nx,nasa,\nx,esa,stray\n")
    assert [len(record.errors) for record in records] == [0, 1]


def test_columns_that_begin_with_an_underscore_are_our_own() -> None:
    records, _ = read("platform,handle,_errors\nx,nasa,what was wrong\n")
    assert records[0].values == {"platform": "x", "handle": "nasa"}


@pytest.mark.parametrize(
    ("header", "place", "mark"),
    [
        ("platform，handle，name", "line 1, character 9: a full-width comma (“，”, U+FF0C)", "“,”"),
        ("platform；handle；name", "line 1, character 9: a full-width semicolon (“；”, U+FF1B)", "“;”"),
        ("平台、账号、名称", "line 1, character 3: an ideographic comma (“、”, U+3001)", "“,”"),
        ("platform,handle，name", "line 1, character 16: a full-width comma", "“,”"),
        ("platform;handle，name", "line 1, character 16: a full-width comma", "“;”"),
        ("“platform”，“handle”", "line 1, character 11: a full-width comma", "“,”"),
        ("platform,备注，name", "line 1, character 12: a full-width comma", "“,”"),
    ],
)
@pytest.mark.parametrize("ignore_unknown", [False, True])
def test_full_width_marks_between_the_columns_are_named_with_their_place(
    header: str, place: str, mark: str, *, ignore_unknown: bool
) -> None:
    with pytest.raises(UnreadableFile) as raised:
        read(f"{header}\nx，nasa，NASA\n", ignore_unknown=ignore_unknown)
    assert place in str(raised.value)
    assert f"write {mark} in the header" in str(raised.value)


def test_a_heading_with_a_full_width_comma_of_its_own_can_be_left_out() -> None:
    records, _ = read("platform,handle,备注，其他\nx,nasa,一，二\n", ignore_unknown=True)
    assert records[0].values == {"platform": "x", "handle": "nasa"}


def test_a_full_width_comma_between_the_cells_of_a_row_is_a_fault_or_remarked() -> None:
    records, warnings = read("platform,handle,name\nx，nasa,NASA\nx,esa，Europe\nx,jaxa,甲，乙\n")
    assert [[error.code for error in record.errors] for record in records] == [
        ["full-width-delimiter"],
        ["full-width-delimiter"],
        [],
    ]
    assert warnings.lines() == []
    records, warnings = read("platform,handle,name,description\nx,esa,甲，乙\n")
    assert records[0].values == {"platform": "x", "handle": "esa", "name": "甲，乙"}
    assert any("full-width comma" in line for line in warnings.lines())

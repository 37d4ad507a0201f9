"""Workbooks: what their cells say, merge, link to and claim."""

import datetime as dt
import io
import zipfile
from collections.abc import Callable
from typing import Any

import pytest
import xlsxwriter  # type: ignore[import-untyped]
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from directory.imports.errors import UnreadableFile
from directory.imports.read.files import InputFile, Reader
from directory.imports.read.headings import Headings
from directory.imports.read.records import ReadOptions

Write = Callable[[Any], None]
Read = tuple[list[tuple[int, dict[str, object]]], list[str]]


def workbook(*sheets: tuple[str, Write]) -> bytes:
    file = io.BytesIO()
    with xlsxwriter.Workbook(file) as book:
        for name, write in sheets:
            write(book.add_worksheet(name))
    return file.getvalue()


def rows(*given: list[object]) -> Write:
    def write(sheet: Any) -> None:  # noqa: ANN401 - xlsxwriter has no types
        for number, row in enumerate(given):
            sheet.write_row(number, 0, row)

    return write


def read(content: bytes, **options: Any) -> Read:  # noqa: ANN401 - of ReadOptions
    file = InputFile(io.BytesIO(content), "list.xlsx")
    try:
        reader = Reader(file, Headings(), ReadOptions(**options))
        with reader.open() as reading:
            found = [(record.line, dict(record.values)) for record in reading.records]
        return found, [*reader.notes, *reader.warnings.lines()]
    finally:
        file.close()


def test_cells_are_texts_whole_numbers_days_and_truth_values() -> None:
    def write(sheet: Any) -> None:  # noqa: ANN401 - xlsxwriter has no types
        rows(["platform", "handle", "followers", "opened_on", "description"], ["x", "a", 12345, None, True])(sheet)
        sheet.write_datetime(1, 3, dt.datetime(2019, 3, 5))  # noqa: DTZ001 - a day of a workbook has no zone
        sheet.write_number(2, 0, 7)

    file = io.BytesIO()
    with xlsxwriter.Workbook(file, {"default_date_format": "yyyy-mm-dd"}) as book:
        write(book.add_worksheet("a"))
    found, _ = read(file.getvalue())
    assert found[0] == (
        2,
        {"platform": "x", "handle": "a", "followers": "12345", "opened_on": "2019-03-05", "description": "TRUE"},
    )


def test_an_id_of_more_digits_than_a_workbook_keeps_is_seen_as_rounded() -> None:
    found, _ = read(workbook(("a", rows(["platform", "platform_user_id"], ["x", 1589692776577146881], ["x", 783214]))))
    assert [values["platform_user_id"] for _, values in found] == ["1.58969277657715E+18", "783214"]


def test_merged_cells_are_filled_and_a_title_and_a_header_of_two_lines_are_read() -> None:
    def write(sheet: Any) -> None:  # noqa: ANN401 - xlsxwriter has no types
        sheet.merge_range(0, 0, 0, 4, "备案表")
        sheet.merge_range(1, 0, 2, 0, "单位名称")
        sheet.merge_range(1, 1, 1, 2, "抖音")
        sheet.write_row(2, 1, ["账号", "粉丝数"])
        sheet.merge_range(1, 3, 2, 3, "备注")
        sheet.write_row(3, 0, ["甲局", "jia_one", 1])
        sheet.write_row(4, 1, ["jia_two", 2])
        sheet.merge_range(3, 0, 4, 0, "甲局")

    found, notes = read(workbook(("a", write)))
    assert found == [
        (4, {"department": "甲局", "platform": "douyin", "handle": "jia_one", "followers": "1"}),
        (5, {"department": "甲局", "platform": "douyin", "handle": "jia_two", "followers": "2"}),
    ]
    assert any("merged cells" in note for note in notes)


def test_an_address_behind_a_cell_counts_and_not_what_the_cell_shows() -> None:
    def write(sheet: Any) -> None:  # noqa: ANN401 - xlsxwriter has no types
        rows(["platform", "url"])(sheet)
        sheet.write_url(1, 1, "https://x.com/one", string="link")
        sheet.write_formula(2, 1, '=HYPERLINK("https://x.com/two","link")', value="link")
        sheet.write_url(3, 1, "https://other.example/", string="https://x.com/three")
        sheet.write_url(4, 1, "https://matrix.example/#/four", string="link")

    found, notes = read(workbook(("a", write)))
    assert [values["url"] for _, values in found] == [
        "https://x.com/one",
        "https://x.com/two",
        "https://x.com/three",
        "https://matrix.example/#/four",
    ]
    assert any("lead to another address" in note for note in notes)


def test_a_name_that_leads_to_the_account_names_it_where_no_column_does() -> None:
    def write(sheet: Any) -> None:  # noqa: ANN401 - xlsxwriter has no types
        rows(["Agency", "Account name"], ["Health"])(sheet)
        sheet.write_url(1, 1, "https://x.com/health", string="Health Agency")

    found, _ = read(workbook(("a", write)))
    assert found == [(2, {"department": "Health", "name": "Health Agency", "url": "https://x.com/health"})]


def test_the_first_sheet_with_values_is_read_or_the_one_that_is_wanted() -> None:
    content = workbook(
        ("empty", rows()), ("one", rows(["name", "twitter"], ["A", "aa"])), ("two", rows(["name", "x"], ["B", "bb"]))
    )
    found, notes = read(content)
    assert found[0][1]["handle"] == "aa"
    assert any("'two'" in note and "--sheet" in note for note in notes)
    assert read(content, sheet="two")[0][0][1]["handle"] == read(content, sheet="3")[0][0][1]["handle"] == "bb"
    with pytest.raises(UnreadableFile, match="--sheet four"):
        read(content, sheet="four")
    with pytest.raises(UnreadableFile, match="--sheet one"):
        read(b"platform,handle\n", sheet="one")


def archive(**parts: bytes) -> bytes:
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as made:
        for name, content in parts.items():
            made.writestr({"book": "xl/workbook.xml", "ods": "content.xml"}.get(name, name), content)
    return file.getvalue()


def far(sheet: Any) -> None:  # noqa: ANN401 - xlsxwriter has no types
    rows(["platform", "handle"])(sheet)
    sheet.write(1_048_575, 16_383, "x")


_ODS = (
    '<office:document-content xmlns:office="o" xmlns:table="t" xmlns:text="x" xmlns:xlink="l"><office:body>'
    '<office:spreadsheet><table:table table:name="a">%s</table:table></office:spreadsheet></office:body>'
    "</office:document-content>"
)
_REPEATED = '<table:table-row table:number-rows-repeated="1000000">%s</table:table-row>'
_CELL = (
    '<table:table-cell office:value-type="string" table:number-columns-repeated="10000"><text:p>x</text:p>'
    "</table:table-cell>"
)


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (archive(book=b"<workbook/>", bomb=b" " * 150_000_000), "unpacks to"),
        (workbook(("a", far)), "delete what stands far off"),
        (archive(ods=(_ODS % (_REPEATED % _CELL)).encode()), "delete what stands far off"),
        (archive(ods=b'<!DOCTYPE a [<!ENTITY b "cc">]><a>&b;</a>'), "entities"),
        (archive(readme=b"text"), "a zip archive"),
        (archive(book=b"no xml"), "cannot be read as a workbook"),
        (b"PK\x03\x04rest", "cannot be read as a workbook"),
        (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1rest", r"old form \(\.xls\)"),
    ],
    ids=["bomb", "far", "repeated", "entities", "zip", "xml", "cut", "xls"],
)
def test_what_is_no_workbook_or_claims_to_be_huge_is_refused_with_a_reason(content: bytes, words: str) -> None:
    with pytest.raises(UnreadableFile, match=words):
        read(content)


_WHOLE = workbook(("a", rows(["platform", "handle"], ["x", "nasa"])))


@settings(suppress_health_check=[HealthCheck.too_slow], max_examples=50)
@given(st.integers(0, len(_WHOLE) - 1), st.binary(min_size=1, max_size=8))
def test_a_damaged_workbook_is_read_or_refused(place: int, damage: bytes) -> None:
    try:
        found, _ = read(_WHOLE[:place] + damage + _WHOLE[place + len(damage) :])
    except UnreadableFile as error:
        refusal = str(error)
        assert refusal.startswith(("list.xlsx", "--", "standard"))
    else:
        assert len(found) <= 1

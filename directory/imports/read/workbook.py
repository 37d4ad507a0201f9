"""Workbooks (XLSX, ODS): a sheet as rows of texts, with merged cells filled, dates as dates, and links; and as a table.

A workbook is a zip archive of XML, and a small one can claim any size: what it unpacks to, and how far its cells
reach, is bounded before its reader sees it.
"""

import datetime as dt
import lzma
import struct
import zipfile
import zlib
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from typing import BinaryIO, Final, NoReturn

from python_calamine import CalamineError, CalamineSheet, CalamineWorkbook, PasswordError, SheetVisibleEnum

from directory.imports.errors import UnreadableFile
from directory.imports.read.columns import LOOKED_AT, find_header, read_header
from directory.imports.read.headings import Headings
from directory.imports.read.record_builder import build_records
from directory.imports.read.records import ReadOptions, Record, WarningCounts
from directory.imports.read.sheet_xml import UsedRange, read_ods_used_ranges, read_sheet_paths, read_used_range
from directory.platforms.addresses import Address, parse_url
from directory.platforms.grammar.links import is_address

# What a workbook may unpack to, in bytes, and the cells of the rectangle that has all values of a sheet.
UNPACKED_MAX: Final = 128 * 1024 * 1024
CELLS_MAX: Final = 5_000_000
_ENTRIES_MAX: Final = 10_000
_SHEETS_MAX: Final = 200
# A number of so many digits is not the one that was typed: workbooks keep fifteen.
_EXACT_MAX: Final = 10**15


@dataclass(slots=True)
class Sheet:
    """One sheet: its rows of texts from the first line down, the addresses to which cells lead, and notes."""

    name: str
    rows: list[list[str]]
    links: dict[tuple[int, int], str] = field(default_factory=dict)
    notes: list[str] = field(default_factory=list)


def read_sheet(content: BinaryIO, name: str, wanted: str | None = None) -> Sheet:
    """Return the sheet that is `wanted` by name or number, else the first visible one with values.

    Raises UnreadableFile for what is no workbook, is protected by a password, or is larger than it should be.
    """
    try:
        with zipfile.ZipFile(content) as archive:
            _check(archive, name)
            found = _Workbook(archive, name)
            content.seek(0)
            found.open(content)
            return found.read(wanted)
    except UnreadableFile:
        raise
    except PasswordError as error:
        raise UnreadableFile(f"{name} is protected by a password; save it without one") from error
    except (
        # zipfile: RuntimeError for an encrypted part, NotImplementedError for a compression that it does not know.
        *(zipfile.BadZipFile, NotImplementedError, RuntimeError, EOFError, OSError, CalamineError),
        *(ValueError, LookupError, OverflowError, zlib.error, lzma.LZMAError, struct.error),
    ) as error:
        _refuse_damaged(name, error)
    except BaseException as error:
        # A panic of the library is no Exception.
        if type(error).__name__ == "PanicException":
            _refuse_damaged(name, error)
        raise


def _refuse_damaged(name: str, error: BaseException) -> NoReturn:
    raise UnreadableFile(f"{name} cannot be read as a workbook ({error}); save it again, or as CSV") from error


def _check(archive: zipfile.ZipFile, name: str) -> None:
    """Raise UnreadableFile for an archive that is no workbook, or unpacks to more than one should."""
    entries = archive.infolist()
    names = {entry.filename for entry in entries}
    if not names & {"xl/workbook.xml", "content.xml"}:
        kind = "a workbook in a binary form (.xlsb)" if "xl/workbook.bin" in names else "a zip archive"
        raise UnreadableFile(f"{name} is {kind}, which is not read; save its sheet as XLSX, or as CSV in UTF-8")
    unpacked = sum(entry.file_size for entry in entries)
    if unpacked > UNPACKED_MAX or len(entries) > _ENTRIES_MAX:
        raise UnreadableFile(
            f"{name} unpacks to {unpacked:,} bytes in {len(entries):,} parts; up to {UNPACKED_MAX:,} bytes in "
            f"{_ENTRIES_MAX:,} parts are read of a workbook; save its sheet as CSV in UTF-8"
        )


class _Workbook:
    """A workbook whose sheets are looked at before they are read."""

    def __init__(self, archive: zipfile.ZipFile, name: str) -> None:
        self._archive = archive
        self._name = name
        self._is_ods = "content.xml" in archive.namelist()
        self._used_ranges: dict[str, UsedRange] = read_ods_used_ranges(archive) if self._is_ods else {}
        self._paths = {} if self._is_ods else read_sheet_paths(archive)
        for sheet, used_range in self._used_ranges.items():
            # The library writes all sheets of an ODS out when it opens it.
            self._bound(sheet, used_range)
        self._workbook: CalamineWorkbook

    def open(self, content: BinaryIO) -> None:
        """Open the workbook, whose size has been checked."""
        self._workbook = CalamineWorkbook.from_filelike(content)

    def read(self, wanted: str | None) -> Sheet:
        """Return the sheet that is wanted."""
        chosen = self._choose(wanted)
        used_range = self._used_range(chosen)
        sheet = self._workbook.get_sheet_by_name(chosen)
        # python-calamine leaves out leading empty rows and columns; without them lines would have other numbers.
        first_row, first_column = sheet.start or (0, 0)
        rows: list[list[str]] = [[] for _ in range(first_row)] + [
            [""] * first_column + [_write(cell) for cell in row] for row in sheet.iter_rows()
        ]
        found = Sheet(chosen, rows, used_range.links)
        count = _fill_merged(rows, used_range.merged if self._is_ods else _merged(sheet))
        if count:
            found.notes.append(f"merged cells, each taken for all lines that it spans: {count:,}")
        others = [other for other in self._workbook.sheet_names if other != chosen]
        if others and wanted is None:
            shown = ", ".join(map(repr, others[:20])) + (" …" if len(others) > 20 else "")  # noqa: PLR2004
            found.notes.append(f"the sheet {chosen!r} was read, and not {shown}; --sheet NAME reads another")
        return found

    def _choose(self, wanted: str | None) -> str:
        sheets = self._workbook.sheet_names[:_SHEETS_MAX]
        if wanted is not None:
            if wanted in sheets:
                return wanted
            if wanted.isdecimal() and 0 < int(wanted) <= len(sheets):
                return sheets[int(wanted) - 1]
            raise UnreadableFile(f"--sheet {wanted}: {self._name} has {', '.join(map(repr, sheets))}")
        hidden = {each.name for each in self._workbook.sheets_metadata if each.visible != SheetVisibleEnum.Visible}
        for sheet in sheets:
            if sheet not in hidden and self._used_range(sheet).cells:
                return sheet
        raise UnreadableFile(f"{self._name} has no visible sheet with values; --sheet NAME reads a hidden one")

    def _used_range(self, sheet: str) -> UsedRange:
        if sheet not in self._used_ranges:
            path = self._paths.get(sheet, "")
            self._used_ranges[sheet] = used_range = read_used_range(self._archive, path)
            self._bound(sheet, used_range)
        return self._used_ranges[sheet]

    def _bound(self, sheet: str, used_range: UsedRange) -> None:
        if used_range.cells > CELLS_MAX:
            raise UnreadableFile(
                f"{self._name}: the values of sheet {sheet!r} reach to line {used_range.rows:,} and column "
                f"{used_range.columns:,}, more than {CELLS_MAX:,} cells; delete what stands far off, or save it as CSV"
            )


def _merged(sheet: CalamineSheet) -> list[tuple[int, int, int]]:
    ranges = sheet.merged_cell_ranges or []
    return [(first[0], last[0], first[1]) for first, last in ranges if last[0] > first[0]]


def _fill_merged(rows: list[list[str]], merged: Iterable[tuple[int, int, int]]) -> int:
    """Write the value of each cell that spans lines into all of them; return how many there were."""
    count = 0
    for first, last, column in merged:
        if first >= len(rows) or column >= len(rows[first]) or not rows[first][column]:
            continue
        count += 1
        for row in rows[first + 1 : last + 1]:
            # Of two ranges over one cell, as only a damaged file has, the first counts.
            if column < len(row) and not row[column]:
                row[column] = rows[first][column]
    return count


def _write(cell: object) -> str:
    """Return what a cell says as text: whole numbers without a fraction, days without the time of midnight."""
    if isinstance(cell, str):
        return cell
    if isinstance(cell, bool):
        return "TRUE" if cell else "FALSE"
    if isinstance(cell, int | float):
        if abs(cell) >= _EXACT_MAX:
            # With an exponent, so that the parsers of ids refuse it as rounded.
            return f"{cell:.14E}"
        return str(int(cell)) if cell == int(cell) else repr(cell)
    # python-calamine knows the date formats of Chinese Excel (27 to 36, 50 to 58); openpyxl gives serial numbers.
    if isinstance(cell, dt.datetime):
        return cell.date().isoformat() if cell.time() == dt.time() else cell.isoformat(sep=" ", timespec="seconds")
    return str(cell)


LINKS: Final = "cells that lead to another address than they show, of which the address was taken"
_URL: Final = "url"


class SheetTable:
    """A sheet with a header: the `header` as it stands, its `mapping`, and an iterator of its records."""

    def __init__(self, sheet: Sheet, headings: Headings, warnings: WarningCounts, options: ReadOptions) -> None:
        """Find the header; raise UnreadableFile if there is no readable one."""
        self._sheet = sheet
        self._warnings = warnings
        self.notes = list(sheet.notes)
        filled = [number for number, row in enumerate(sheet.rows) if any(map(str.strip, row))]
        if options.header_line is not None:
            filled = [number for number in filled if number + 1 >= options.header_line]
        looked_at = filled[:LOOKED_AT]
        if not looked_at:
            raise UnreadableFile(f"the sheet {sheet.name!r} has no line that could name the columns")
        rows = [sheet.rows[number] for number in looked_at]
        at = 0 if options.header_line is not None else find_header(rows, headings)
        found = read_header(rows, at, [number + 1 for number in looked_at], headings)
        self.notes += found.notes
        self._numbers = filled[found.last + 1 :]
        self._header_rows = [list(row) for row in found.rows]
        self.header = list(found.headings)
        self._places = self._find_links(headings)
        self._builder = build_records(headings, self.header, warnings, options)
        self.mapping = self._builder.mapping
        self.notes += self.mapping.notes

    def _find_links(self, headings: Headings) -> set[int]:
        """Return the columns whose links count; where none holds addresses, links to accounts become one that does."""
        meanings = [headings.find(heading) for heading in self.header]
        places = {place for place, each in enumerate(meanings) if each.column == _URL or each.account is not None}
        if places or not self._sheet.links:
            return places
        first = self._numbers[0] if self._numbers else 0
        if any(row >= first and isinstance(parse_url(link), Address) for (row, _), link in self._sheet.links.items()):
            self.header.append(_URL)
        return places

    def __iter__(self) -> Iterator[Record]:
        width = len(self.header)
        for number in self._numbers:
            cells = [*self._sheet.rows[number][:width]]
            cells += [""] * (width - len(cells))
            if cells in self._header_rows or not any(map(str.strip, cells)):
                continue
            if self._sheet.links:
                self._follow(number, cells)
            yield from self._builder.records(number + 1, cells, cells)

    def _follow(self, number: int, cells: list[str]) -> None:
        """Replace cells that show no URL by the URL of their link."""
        for place in range(len(cells)):
            link = self._sheet.links.get((number, place))
            if link is None or is_address(cells[place].strip()):
                continue
            if place in self._places:
                cells[place] = link
                self._warnings.add(LINKS, number + 1)
            elif not self._places and self.header[-1] == _URL and isinstance(parse_url(link), Address):
                cells[-1] = cells[-1] or link

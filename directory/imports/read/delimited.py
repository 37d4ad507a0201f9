"""Delimited text (CSV, TSV, …) with the quoting of real exports: one broken row does not affect the others."""

import csv
import re
from collections import deque
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Final

from directory.imports.errors import RowError, UnreadableFile
from directory.imports.read.columns import LOOKED_AT, find_header, read_header
from directory.imports.read.headings import IDENTIFYING, Headings
from directory.imports.read.record_builder import build_records
from directory.imports.read.records import ANY, ReadOptions, Record, WarningCounts

DELIMITERS: Final = (",", ";", "\t", "|")
# A quotation mark that is not closed within so many lines is an ordinary character.
LINES_MAX: Final = 100
_NAMES: Final = {",": "commas", ";": "semicolons", "\t": "tabs", "|": "bars"}
# What input methods for Chinese write where a delimiter is meant, and the delimiter.
_WIDE: Final = {
    "\uff0c": ("a full-width comma", ","),
    "\uff1b": ("a full-width semicolon", ";"),
    "\u3001": ("an ideographic comma", ","),
    "\uff5c": ("a full-width bar", "|"),
    "\uff64": ("a half-width ideographic comma", ","),
    "\ufe50": ("a small comma", ","),
    "\u060c": ("an Arabic comma", ","),
    "\u061b": ("an Arabic semicolon", ";"),
}
_WIDE_QUOTES: Final = ' \t\u3000“”\uff02"'
# A line with nothing but marks between empty cells, as table programs write for a blank row.
_NOTHING: Final = ' \t\r\n,;|"\u3000\ufeff'
_WIDE_MARK: Final = re.compile(f"[{''.join(_WIDE)}]")


class DelimitedTable:
    """A table with a header: `delimiter`, the `header` as it stands, and an iterator of its records."""

    def __init__(
        self, lines: Iterable[str], headings: Headings, warnings: WarningCounts, options: ReadOptions = ANY
    ) -> None:
        """Parse the header; raise UnreadableFile if it has no known column, or a wrong one."""
        self._lines = _Lines(lines)
        self._warnings = warnings
        self._header_rows: tuple[tuple[str, ...], ...] = ()
        self.notes: list[str] = []
        self.header, first = self._read_header(headings, options.header_line)
        self._refuse_wide_marks(first, headings)
        self._builder = build_records(headings, self.header, warnings, options)
        self.mapping = self._builder.mapping
        self._columns = self.mapping.columns
        self._has_unnamed = not all(map(str.strip, self.header))
        self.notes += self.mapping.notes

    def _read_header(self, headings: Headings, header_line: int | None) -> tuple[list[str], str]:
        """Return the headings, and the text of their line; find the delimiter by them."""
        starts: list[_Start] = []
        while len(starts) < LOOKED_AT and (start := self._take_start()) is not None:
            if header_line is not None and start.line < header_line:
                continue
            starts.append(start)
            if header_line is not None and len(starts) > 1:
                break
        if not starts:
            missing = f"--header-line {header_line}: there is no line of that number with text in it"
            raise UnreadableFile(
                missing if header_line is not None else "the file is empty; its first line must name the columns"
            )
        # A delimiter that no line has makes one heading of each: if another one makes two, it need not be tried.
        marks = [mark for mark in DELIMITERS if any(mark in start.text for start in starts)]
        candidates = {mark: self._split_by(mark, starts, headings, header_line) for mark in marks}
        if max((known for _, _, known in candidates.values()), default=0) <= 1:
            candidates = {mark: self._split_by(mark, starts, headings, header_line) for mark in DELIMITERS}
        self.delimiter = max(candidates, key=lambda mark: candidates[mark][2])
        rows, at, _ = candidates[self.delimiter]
        found = read_header(rows, at, [start.line for start in starts], headings)
        self._header_rows = found.rows
        self.notes += found.notes
        for start in reversed(starts[found.last + 1 :]):
            self._lines.give_back([*start.blank, *start.lines])
        return list(found.headings), starts[at].text

    @staticmethod
    def _split_by(
        delimiter: str, starts: Sequence["_Start"], headings: Headings, header_line: int | None
    ) -> tuple[list[list[str]], int, int]:
        """Return the first rows as a delimiter splits them, which of them is the header, and its known headings."""
        rows = [_parse(start.text, delimiter) or start.text.split(delimiter) for start in starts]
        at = 0 if header_line is not None else find_header(rows, headings)
        return rows, at, headings.count_known(rows[at])

    def _take_start(self) -> "_Start | None":
        """Return the next line at the beginning that is not blank, with the lines that its quoted cells span."""
        blank: list[str] = []
        while (text := self._lines.take()) is not None:
            # Excel's own way to tell a delimiter.
            is_mark = text.strip().lower().startswith("sep=") and len(text.strip()) <= len("sep=;")
            if text.strip(_NOTHING) and not is_mark:
                break
            blank.append(text)
        if text is None:
            self._lines.give_back(blank)
            return None
        line, lines = self._lines.number, [text]
        # An odd number of quotes: a quoted cell goes on in the next line.
        if text.count('"') % 2:
            more: list[str] = []
            while len(more) < LOOKED_AT and (next_line := self._lines.take()) is not None:
                more.append(next_line)
                if next_line.count('"') % 2:
                    return _Start(line, [*lines, *more], blank)
            self._lines.give_back(more)
        return _Start(line, lines, blank)

    def __iter__(self) -> Iterator[Record]:
        width = len(self.header)
        is_direct = self._builder.is_direct
        repeated = [list(row) for row in self._header_rows]
        while (text := self._lines.take()) is not None:
            line = self._lines.number
            cells = self._cells(text)
            # Tables that were printed on several pages repeat their header.
            if not any(map(str.strip, cells)) or cells in repeated:
                continue
            # Table programs end each row with the delimiters of columns that were once filled.
            if len(cells) > width and not any(map(str.strip, cells[width:])):
                cells = cells[:width]
            if (len(cells) != width or self._has_unnamed) and (errors := self._misfit(cells)):
                yield Record(line, {}, cells, errors)
            elif not is_direct:
                yield from self._builder.records(line, cells, cells)
            elif (record := self._builder.read_plain(line, cells)) is not None:
                yield record

    def _misfit(self, cells: Sequence[str]) -> tuple[RowError, ...]:
        """Return what is wrong with a row that does not fit the header, if it cannot be taken as it is."""
        if len(cells) > len(self.header):
            return (self._overfull(cells),)
        if len(cells) < len(self.header):
            if error := self._misdelimited(cells):
                return (error,)
            # A footnote has one cell, and is remarked as that.
            if sum(map(bool, cells)) > 1:
                what = "rows with fewer cells than the header, the rest taken as not known"
                self._warnings.add(what, self._lines.number)
        return self._unnamed(cells)

    def _refuse_wide_marks(self, first: str, headings: Headings) -> None:
        """Raise UnreadableFile for a header with full-width marks between the names of columns.

        They are not taken for the delimiter, though all of the file may have them: in Chinese values they are what
        punctuates, so that cells would be cut in the middle, and a row that lacks others would seem whole.
        """
        for heading in self.header:
            parts = [part.strip(_WIDE_QUOTES) for part in _WIDE_MARK.split(heading)]
            # A heading of a meaning of its own, stated by --column, may have a mark in it.
            if len(parts) < 2 or headings.count_known([heading]) or not headings.count_known(parts):  # noqa: PLR2004 - two parts
                continue
            found = _WIDE_MARK.search(first, max(first.find(heading), 0))
            place, mark = (found.start() + 1, found[0]) if found else (1, "\uff0c")
            name, plain = _WIDE[mark]
            plain = self.delimiter if len(self.header) > 1 else plain
            raise UnreadableFile(
                f"line {self._lines.number}, character {place}: {name} (“{mark}”, U+{ord(mark):04X}) stands between "
                f"the columns instead of “{plain}”, so {heading!r} is read as one heading; write “{plain}” in the "
                "header and between the cells of all rows, with values that contain it in double quotes"
            )

    def _misdelimited(self, cells: Sequence[str]) -> RowError | None:
        """Return what is wrong with a row that lacks as many cells as it has full-width marks, if that is sure.

        In a name or a description such a mark may be meant, so there it is remarked alone.
        """
        marks = [_WIDE_MARK.findall(cell) for cell in cells]
        if sum(map(len, marks)) != len(self.header) - len(cells):
            return None
        place = next(place for place, found in enumerate(marks) if found)
        if self._columns[place] not in IDENTIFYING:
            what = "rows with fewer cells than the header and a full-width comma or its like in one; look at them"
            self._warnings.add(what, self._lines.number)
            return None
        name, _ = _WIDE[marks[place][0]]
        message = f"{name} (“{marks[place][0]}”) stands in it, and the row has too few cells"
        remedy = f"write “{self.delimiter}” between the cells"
        return RowError(self._columns[place] or "row", cells[place], "full-width-delimiter", message, remedy)

    def _cells(self, text: str) -> list[str]:
        """Return the cells of the row that begins with the line `text`, and take the further lines that it spans."""
        # Most rows have no quotes, and need no parser.
        if '"' not in text:
            return text.rstrip("\r\n").split(self.delimiter)
        cells = _parse(text, self.delimiter)
        if cells is None and text.count('"') % 2:
            cells = self._span(text)
        if cells is not None and len(cells) <= len(self.header):
            return cells
        # Not quoted by the rules: of the ways in which it may have been meant, the first that fits the header.
        ways = (
            _parse(text, self.delimiter, escapechar="\\", doublequote=False),
            _parse(text, self.delimiter, quoting=csv.QUOTE_NONE),
            _parse(text, self.delimiter, strict=False),
        )
        fitting = next((way for way in ways if way is not None and len(way) == len(self.header)), None)
        if fitting is not None:
            self._warnings.add("rows with unusual quotes, read by what fits the header", self._lines.number)
        return fitting or cells or text.rstrip("\r\n").split(self.delimiter)

    def _span(self, text: str) -> list[str] | None:
        """Join the lines up to the closing quote; give None, and the lines back, if that makes no row of this table."""
        taken: list[str] = []
        while len(taken) < LINES_MAX and (more := self._lines.take()) is not None:
            taken.append(more)
            if more.count('"') % 2:
                cells = _parse(text + "".join(taken), self.delimiter)
                if cells is not None and len(cells) == len(self.header):
                    return cells
                break
        self._lines.give_back(taken)
        return None

    def _overfull(self, cells: Sequence[str]) -> RowError:
        message = f"it has {len(cells)} cells, the header {len(self.header)}"
        remedy = f"put values that contain {_NAMES[self.delimiter]} in double quotes"
        return RowError("row", self.delimiter.join(cells), "too-many-cells", message, remedy)

    def _unnamed(self, cells: Sequence[str]) -> tuple[RowError, ...]:
        return tuple(
            RowError(f"column {place}", cell, "unnamed-column", "its column has no heading", "name the column")
            for place, (heading, cell) in enumerate(zip(self.header, cells, strict=False), 1)
            # Programs write numbers of rows into a first column without a name.
            if not heading.strip() and cell.strip() and not (place == 1 and cell.strip().isdecimal())
        )


@dataclass(frozen=True, slots=True)
class _Start:
    """A line at the beginning of a table, from 1, with the further lines that it spans, and blank ones before it."""

    line: int
    lines: list[str]
    blank: list[str]

    @property
    def text(self) -> str:
        """The lines as one text."""
        return "".join(self.lines)


class _Lines:
    """Lines that can be given back; `number` is that of the last one taken, from 1."""

    def __init__(self, lines: Iterable[str]) -> None:
        self._lines = iter(lines)
        self._back: deque[str] = deque()
        self._read = 0

    @property
    def number(self) -> int:
        return self._read - len(self._back)

    def take(self) -> str | None:
        if self._back:
            return self._back.popleft()
        line = next(self._lines, None)
        self._read += line is not None
        return line

    def give_back(self, lines: Sequence[str]) -> None:
        self._back.extendleft(reversed(lines))


def _parse(
    text: str,
    delimiter: str,
    *,
    quoting: int = csv.QUOTE_MINIMAL,
    escapechar: str | None = None,
    doublequote: bool = True,
    strict: bool = True,
) -> list[str] | None:
    """Return the cells of one row, None if it breaks the rules of its quoting."""
    try:
        rows = list(
            csv.reader(
                [text],
                delimiter=delimiter,
                quoting=quoting,  # type: ignore[arg-type]
                escapechar=escapechar,
                doublequote=doublequote,
                strict=strict,
            )
        )
    except csv.Error:
        return None
    return rows[0] if len(rows) == 1 else None

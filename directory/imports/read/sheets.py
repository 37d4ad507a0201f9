"""A sheet of a workbook as a table: its header, and a record for each account of its rows."""

from collections.abc import Iterator
from typing import Final

from directory.imports.errors import UnreadableFile
from directory.imports.read.columns import Headings
from directory.imports.read.file_options import Shape
from directory.imports.read.header_detection import LOOKED_AT, find_header, read_header
from directory.imports.read.records import Record, Remarks
from directory.imports.read.row_layouts import make_shapes
from directory.imports.read.workbook import Sheet
from directory.platforms.addresses import Address, parse_url
from directory.platforms.grammar.links import is_address

LINKS: Final = "cells that lead to another address than they show, of which the address was taken"
_URL: Final = "url"


class SheetTable:
    """A sheet with a header: the `header` as it stands, its `plan`, and an iterator of its records."""

    def __init__(self, sheet: Sheet, headings: Headings, remarks: Remarks, shape: Shape) -> None:
        """Find the header; raise UnreadableFile if there is none that can be read."""
        self._sheet = sheet
        self._remarks = remarks
        self.notes = list(sheet.notes)
        filled = [number for number, row in enumerate(sheet.rows) if any(map(str.strip, row))]
        if shape.header_line is not None:
            filled = [number for number in filled if number + 1 >= shape.header_line]
        looked_at = filled[:LOOKED_AT]
        if not looked_at:
            raise UnreadableFile(f"the sheet {sheet.name!r} has no line that could name the columns")
        rows = [sheet.rows[number] for number in looked_at]
        at = 0 if shape.header_line is not None else find_header(rows, headings)
        found = read_header(rows, at, [number + 1 for number in looked_at], headings)
        self.notes += found.notes
        self._numbers = filled[found.last + 1 :]
        self._header_rows = [list(row) for row in found.rows]
        self.header = list(found.headings)
        self._places = self._find_links(headings)
        self._shapes = make_shapes(headings, self.header, remarks, shape)
        self.plan = self._shapes.plan
        self.notes += self.plan.notes

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
            yield from self._shapes.records(number + 1, cells, cells)

    def _follow(self, number: int, cells: list[str]) -> None:
        """Put the address to which a cell leads in its place, where it shows no address itself."""
        for place in range(len(cells)):
            link = self._sheet.links.get((number, place))
            if link is None or is_address(cells[place].strip()):
                continue
            if place in self._places:
                cells[place] = link
                self._remarks.add(LINKS, number + 1)
            elif not self._places and self.header[-1] == _URL and isinstance(parse_url(link), Address):
                cells[-1] = cells[-1] or link

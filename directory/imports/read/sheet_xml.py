"""What a workbook's XML says that its reader does not: how far the cells of a sheet reach, and where they lead.

The XML is read as a stream; nothing but bounds and links is kept of it.
"""

import posixpath
import re
import zipfile
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Final
from xml.parsers import expat

_CELL: Final = re.compile("([A-Z]{1,3})([0-9]{1,7})")
# XLSX has the English name of a function, whatever the language of the program.
_FORMULA_LINK: Final = re.compile(r'\s*HYPERLINK\s*\(\s*"((?:[^"]|"")+)"', re.IGNORECASE)
_RELATION: Final = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
_PIECE: Final = 256 * 1024
_LINKS_MAX: Final = 1_000_000
# The limits of a sheet in Excel: column XFD and 2**20 lines.
_COLUMNS_MAX: Final = 16_384
_ROWS_MAX: Final = 1_048_576


@dataclass(slots=True)
class UsedRange:
    """How far the values of a sheet reach, from 0; its links by row and column, and its merged cells in ODS."""

    rows: int = 0
    columns: int = 0
    links: dict[tuple[int, int], str] = field(default_factory=dict)
    merged: list[tuple[int, int, int]] = field(default_factory=list)

    @property
    def cells(self) -> int:
        """The cells of the rectangle that has all values."""
        return self.rows * self.columns

    def reach(self, row: int, column: int) -> None:
        """Extend the range by a cell with a value."""
        self.rows, self.columns = max(self.rows, row + 1), max(self.columns, column + 1)

    def link(self, row: int, column: int, target: str) -> None:
        """Keep the address to which a cell leads."""
        if len(self.links) < _LINKS_MAX:
            self.links.setdefault((row, column), target)


def read_sheet_paths(archive: zipfile.ZipFile) -> dict[str, str]:
    """Return the sheets of an XLSX by name, each with its path in the archive."""
    targets = _relations(archive, "xl/workbook.xml")
    result: dict[str, str] = {}

    def start(tag: str, attributes: Mapping[str, str]) -> None:
        if tag == "sheet":
            target = targets.get(_relation_id(attributes), "")
            result[attributes.get("name", "")] = posixpath.normpath(posixpath.join("xl", target)).lstrip("/")

    _parse(archive, "xl/workbook.xml", start)
    return {
        # Some writers give the target from the root of the archive, without a slash before it.
        name: path[3:] if path.startswith("xl/xl/") and path not in archive.namelist() else path
        for name, path in result.items()
    }


def read_used_range(archive: zipfile.ZipFile, path: str) -> UsedRange:
    """Return how far the cells of the XLSX's sheet at `path` reach, and their links."""
    used_range, reading = UsedRange(), _SheetReading(_relations(archive, path))
    reading.used_range = used_range
    _parse(archive, path, reading.start, reading.end, reading.text)
    return used_range


def read_ods_used_ranges(archive: zipfile.ZipFile) -> dict[str, UsedRange]:
    """Return how far the cells of each sheet of an ODS reach, with their links and merged cells."""
    reading = _OdsReading()
    _parse(archive, "content.xml", reading.start)
    return reading.found


class _SheetReading:
    """Where the reading of a sheet of an XLSX is."""

    def __init__(self, targets: Mapping[str, str]) -> None:
        self.used_range = UsedRange()
        self._targets = targets
        self._row, self._column = -1, -1
        self._formula: list[str] | None = None

    def start(self, tag: str, attributes: Mapping[str, str]) -> None:
        if tag == "row":
            # ECMA-376 part 1, 18.3.1: `r` is optional; a row or cell without it follows the one before.
            number = attributes.get("r", "")
            self._row = min(int(number) - 1 if number.isdecimal() else self._row + 1, _ROWS_MAX)
            self._column = -1
        elif tag == "c":
            place = _place(attributes.get("r", ""))
            self._row, self._column = place or (self._row, self._column + 1)
        # `is` has a text that stands in the cell itself, `v` every other value.
        elif tag in {"v", "is"}:
            self.used_range.reach(self._row, self._column)
        elif tag == "f":
            self._formula = []
            self.used_range.reach(self._row, self._column)
        elif tag == "hyperlink":
            target = self._targets.get(_relation_id(attributes), "")
            # A link of a range stands at its first cell.
            place = _place(attributes.get("ref", "").partition(":")[0])
            if place is not None and target:
                # The format lets a writer put what stands behind # in an attribute of its own.
                location = attributes.get("location", "")
                self.used_range.link(*place, f"{target}#{location}" if location and "#" not in target else target)

    def text(self, data: str) -> None:
        if self._formula is not None and len(self._formula) < _COLUMNS_MAX:
            self._formula.append(data)

    def end(self, tag: str) -> None:
        if tag == "f" and self._formula is not None:
            result = _FORMULA_LINK.match("".join(self._formula))
            if result:
                self.used_range.link(self._row, self._column, result[1].replace('""', '"'))
            self._formula = None


class _OdsReading:
    """Where the reading of an ODS is: rows and cells are written once with how often they are repeated."""

    def __init__(self) -> None:
        self.found: dict[str, UsedRange] = {}
        self._used_range = UsedRange()
        self._row, self._column, self._next_row, self._next_column = 0, 0, 0, 0
        self._repeated = 1

    def start(self, tag: str, attributes: Mapping[str, str]) -> None:
        if tag == "table":
            self._used_range = self.found.setdefault(attributes.get("table:name", ""), UsedRange())
            self._next_row = 0
        elif tag == "table-row":
            self._row, self._next_column = self._next_row, 0
            self._repeated = _count(attributes, "table:number-rows-repeated")
            self._next_row += self._repeated
        elif tag in {"table-cell", "covered-table-cell"}:
            self._column = self._next_column
            repeated = _count(attributes, "table:number-columns-repeated")
            self._next_column += repeated
            # LibreOffice repeats empty cells to the end of the sheet; only those with a type have a value.
            if "office:value-type" in attributes or "table:formula" in attributes:
                self._used_range.reach(self._row + self._repeated - 1, self._column + repeated - 1)
            spanned = _count(attributes, "table:number-rows-spanned")
            if spanned > 1 and len(self._used_range.merged) < _LINKS_MAX:
                self._used_range.merged.append((self._row, self._row + spanned - 1, self._column))
        elif tag == "a" and "xlink:href" in attributes:
            self._used_range.link(self._row, self._column, attributes["xlink:href"])


def _count(attributes: Mapping[str, str], name: str) -> int:
    number = attributes.get(name, "1")
    return int(number) if number.isdecimal() and len(number) < len(str(10**12)) else 1


def _place(reference: str) -> tuple[int, int] | None:
    """Return row and column of a cell such as `B12`, from 0."""
    result = _CELL.fullmatch(reference)
    if result is None:
        return None
    column = 0
    for letter in result[1]:
        column = column * 26 + ord(letter) - ord("A") + 1
    return int(result[2]) - 1, column - 1


def _relation_id(attributes: Mapping[str, str]) -> str:
    return next((value for name, value in attributes.items() if name.rpartition(":")[2] == "id" and ":" in name), "")


def _relations(archive: zipfile.ZipFile, path: str) -> dict[str, str]:
    """Return the targets of a part's relations by their ids."""
    folder, name = posixpath.split(path)
    result: dict[str, str] = {}

    def start(tag: str, attributes: Mapping[str, str]) -> None:
        if tag == "Relationship" and len(result) < _LINKS_MAX:
            result[attributes.get("Id", "")] = attributes.get("Target", "")

    _parse(archive, f"{folder}/_rels/{name}.rels", start)
    return result


def _parse(
    archive: zipfile.ZipFile,
    path: str,
    start: Callable[[str, Mapping[str, str]], None],
    end: Callable[[str], None] | None = None,
    text: Callable[[str], None] | None = None,
) -> None:
    """Read a part of the archive, if it is there; what is no XML raises zipfile.BadZipFile."""
    parser = expat.ParserCreate()
    # Fewer calls: without it expat passes a text in several pieces.
    parser.buffer_text = True
    # Writers choose the prefixes of namespaces freely, so only the local name counts.
    parser.StartElementHandler = lambda tag, attributes: start(tag.rpartition(":")[2], attributes)
    if end is not None:
        parser.EndElementHandler = lambda tag: end(tag.rpartition(":")[2])
    if text is not None:
        parser.CharacterDataHandler = text

    def refuse(*_given: object) -> None:
        message = f"{path} declares entities"
        raise zipfile.BadZipFile(message)

    # No writer of workbooks declares entities; they serve to expand a small file to a large one (billion laughs).
    parser.EntityDeclHandler = refuse
    try:
        for piece in _pieces(archive, path):
            parser.Parse(piece)
    except expat.ExpatError as error:
        message = f"{path}: {error}"
        raise zipfile.BadZipFile(message) from error


def _pieces(archive: zipfile.ZipFile, path: str) -> Iterator[bytes]:
    if path not in archive.NameToInfo:
        return
    with archive.open(path) as part:
        while piece := part.read(_PIECE):
            yield piece

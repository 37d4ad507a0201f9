"""From a file to its records: encoding and format are found out, unless they are stated."""

import io
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Final

from directory.imports.errors import UnreadableFile
from directory.imports.read.columns import Headings
from directory.imports.read.delimited import Table
from directory.imports.read.encoding import detect
from directory.imports.read.file_options import Format, Shape
from directory.imports.read.input_files import Input
from directory.imports.read.json_rows import Objects
from directory.imports.read.nested_json import is_wrapped
from directory.imports.read.records import Record, Remarks
from directory.imports.read.sheets import SheetTable
from directory.imports.read.workbook import Sheet, read_sheet

LINE_MAX: Final = 1_000_000
# So much of a file, in characters, tells its format.
LOOKED_AT: Final = 64 * 1024


@dataclass(frozen=True, slots=True)
class Reading:
    """A file that is being read: its format, its records, and for a table its header and delimiter."""

    form: Format
    records: Iterator[Record]
    header: tuple[str, ...] = ()
    delimiter: str = ","
    # How large the places are that the heading of the regions names, if it does.
    level: str | None = None


class Reader:
    """Reads one file, as often as asked for; `remarks` tell what was put right, `notes` what is worth knowing."""

    def __init__(self, file: Input, headings: Headings, shape: Shape) -> None:
        """Find out the encoding; raise UnreadableFile if it cannot be found out."""
        self.file = file
        self._headings = headings
        self._shape = shape
        self._sheet: Sheet | None = None
        if file.is_archive:
            with file.open_archive() as content:
                self._sheet = read_sheet(content, file.name, shape.sheet)
            self.encoding, note = "utf-8", None
        elif shape.sheet is not None:
            raise UnreadableFile(f"--sheet {shape.sheet}: {file.name} is no workbook; leave the option out")
        else:
            self.encoding, note = detect(file, shape.encoding)
        self._own_notes = [note] if note else []
        self.notes = list(self._own_notes)
        self.remarks = Remarks()

    @contextmanager
    def open(self) -> Iterator[Reading]:
        """Yield the reading from the file's beginning; raise UnreadableFile if it has not the form it should have."""
        self.remarks = Remarks()
        self.notes = list(self._own_notes)
        if self._sheet is not None:
            yield self._begin_sheet(self._sheet)
            return
        with self.file.open() as content:
            # Line ends as they are: the csv rules need them, and JSON lines do not care.
            stream = io.TextIOWrapper(io.BufferedReader(content, 1024 * 1024), self.encoding, newline="")  # type: ignore[type-var]
            try:
                yield self._begin(stream)
            except UnicodeDecodeError as error:
                raise UnreadableFile(
                    f"{self.file.name} is not {self.encoding} throughout: {error.reason} at byte "
                    f"0x{error.object[error.start]:02X}; state another --encoding, or save it as UTF-8"
                ) from error
            except UnreadableFile as error:
                name = self.file.name
                raise error if str(error).startswith((name, "--")) else UnreadableFile(f"{name}: {error}") from error

    def _begin_sheet(self, sheet: Sheet) -> Reading:
        try:
            table = SheetTable(sheet, self._headings, self.remarks, self._shape)
        except UnreadableFile as error:
            raise error if str(error).startswith("--") else UnreadableFile(f"{self.file.name}: {error}") from error
        self.notes += [f"{self.file.name}: {note}" for note in table.notes]
        return Reading("csv", iter(table), tuple(table.header), level=table.plan.level)

    def _begin(self, stream: io.TextIOWrapper) -> Reading:
        form: Format = _recognise(stream) if self._shape.form is None else self._shape.form
        if form == "csv":
            table = Table(_bounded(stream), self._headings, self.remarks, self._shape)
            self.notes += [f"{self.file.name}: {note}" for note in table.notes]
            return Reading(form, iter(table), tuple(table.header), table.delimiter, table.plan.level)
        objects = Objects(self._headings, self.remarks, self._shape)
        return Reading(form, objects.lines(_bounded(stream)) if form == "ndjson" else objects.array(stream))


def _bounded(stream: io.TextIOWrapper) -> Iterator[str]:
    """Yield the lines one by one; raise UnreadableFile for one that no row could fill, before memory does."""
    number = 0
    while line := stream.readline(LINE_MAX):
        number += 1
        if len(line) >= LINE_MAX:
            raise UnreadableFile(f"line {number} is longer than {LINE_MAX:,} characters: no row of accounts is")
        yield line


def _recognise(stream: io.TextIOWrapper) -> Format:
    """Tell the format by the first character that is not white space."""
    start = stream.read(LOOKED_AT).lstrip()
    stream.seek(0)
    if start.startswith("[") or (start.startswith("{") and is_wrapped(start)):
        return "json"
    return "ndjson" if start.startswith("{") else "csv"

"""The rows of an import as they stand in its file, with what becomes of each: for its author to correct."""

from __future__ import annotations

import csv
import io
from itertools import groupby, islice
from typing import TYPE_CHECKING, Final

from directory.accounts.csv import escape_formulas

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from directory.accounts.downloads import Sink
    from directory.http.csv_options import CsvOptions
    from directory.imports.read.files import Reader, Reading
    from directory.imports.read.records import Record

ADDED: Final = ("line", "verdict", "remedy")
_MARK: Final = b"\xef\xbb\xbf"
_AT_ONCE: Final = 1_000


def write_annotated_rows(
    target: Sink, reader: Reader, verdicts: Iterable[tuple[int, str, str]], options: CsvOptions
) -> None:
    """Write the rows of a file as CSV with `line`, `verdict` and `remedy` behind; objects of JSON are one cell.

    `verdicts` has these three of each row, by line. What the file has twice under one of these names stays there.
    """
    if options.has_bom:
        target.write(_MARK)
    with reader.open() as reading:
        header = list(reading.header) or ["row"]
        waiting = _rows(header, reading, verdicts)
        while rows := list(islice(waiting, _AT_ONCE)):
            text = io.StringIO()
            csv.writer(text).writerows([_escaped(row, options) for row in rows])
            target.write(text.getvalue().encode("utf-8", "backslashreplace"))


def _rows(header: Sequence[str], reading: Reading, verdicts: Iterable[tuple[int, str, str]]) -> Iterator[Sequence[str]]:
    yield [*header, *ADDED]
    for cells, added in _join(reading, verdicts):
        # A row with too many cells keeps them all, behind what is added.
        padded = [*cells[: len(header)], *[""] * (len(header) - len(cells))]
        yield [*padded, *added, *cells[len(header) :]]


def _join(
    reading: Reading, verdicts: Iterable[tuple[int, str, str]]
) -> Iterator[tuple[Sequence[str], tuple[str, str, str]]]:
    """Yield the cells of each row with what is added to it."""
    following = iter(verdicts)
    verdict = next(following, None)
    for line, records in groupby(reading.records, _line_of):
        while verdict is not None and verdict[0] < line:
            verdict = next(following, None)
        is_known = verdict is not None and verdict[0] == line
        # All accounts of a row have its cells.
        raw = next(records).raw
        cells = [raw] if isinstance(raw, str) else [*raw]
        yield cells, (str(line), verdict[1] if is_known and verdict else "", verdict[2] if is_known and verdict else "")


def _line_of(record: Record) -> int:
    return record.line


def _escaped(cells: Sequence[str], options: CsvOptions) -> Sequence[str]:
    return [escape_formulas(cell) for cell in cells] if options.escapes_formulas else cells

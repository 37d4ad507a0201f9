"""Whether all formats of a table have the same content: its NDJSON is read line by line and the others compared.

Columns and keys are those that the snapshot itself declares, so that one of another version can be verified too.
"""

from __future__ import annotations

import csv
import hashlib
import json
import unicodedata
from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack
from dataclasses import dataclass, field
from itertools import zip_longest
from pathlib import Path
from typing import Any, Final

from directory.snapshots.contents.tables import TABLES
from directory.snapshots.contents.text_formats import read_lines
from directory.snapshots.verify.csv_reference import flatten

# The number of errors after which a table is given up.
_MAX_ERRORS: Final = 10
# csv's default limit of 128 KiB is lower than the longest text.
csv.field_size_limit(16 * 1024 * 1024)


@dataclass(slots=True)
class TableReport:
    """The number of records of a table, its errors, and notes on what could not be compared."""

    rows: int = 0
    errors: list[str] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)


def compare_formats(folder: Path, table: str, key: Sequence[str], names: Sequence[str], revision: int) -> TableReport:
    """Compare the files `names` of a table with its NDJSON, whose records must be in the order of their `key`."""
    report = TableReport()
    # The JSON file is not parsed: its bytes follow from the lines of the NDJSON.
    digest = hashlib.sha256(b'{"data":[\n')
    previous: tuple[Any, ...] | None = None
    with ExitStack() as stack:
        lines = stack.enter_context((folder / f"{table}.ndjson").open("rb"))
        csv_rows = _open_csv(folder / f"{table}.csv", stack) if f"{table}.csv" in names else None
        for number, line in enumerate(read_lines(lines), start=1):
            if len(report.errors) >= _MAX_ERRORS:
                break
            location = f"{table}.ndjson, line {number}"
            digest.update(b"," + line if number > 1 else line)
            record = _parse_record(line, location, report)
            if record is None:
                continue
            current = tuple(record.get(name) for name in key)
            if previous is not None and not current > previous:
                report.errors.append(f"{location}: {current} does not sort after {previous}")
            previous = current
            if csv_rows is not None:
                _compare_csv_row(record, csv_rows, location, report)
            report.rows = number
        if csv_rows is not None and not report.errors and next(csv_rows.rows, None) is not None:
            report.errors.append(f"{table}.csv has more rows than {table}.ndjson")
    digest.update(b'],"revision":%d}\n' % revision)
    if not report.errors and f"{table}.json" in names:
        with (folder / f"{table}.json").open("rb") as file:
            if hashlib.file_digest(file, "sha256").hexdigest() != digest.hexdigest():
                report.errors.append(f"{table}.json does not have the records of {table}.ndjson")
    if not report.errors and f"{table}.parquet" in names:
        _compare_parquet(folder, table, report)
    return report


@dataclass(slots=True)
class _CsvRows:
    paths: list[tuple[str, ...]]
    rows: Iterator[list[str]]


def _open_csv(path: Path, stack: ExitStack) -> _CsvRows:
    rows = csv.reader(stack.enter_context(path.open(encoding="utf-8", newline="")))
    return _CsvRows([tuple(name.split(".")) for name in next(rows, [])], rows)


def _compare_csv_row(record: Mapping[str, Any], cells: _CsvRows, location: str, report: TableReport) -> None:
    row = next(cells.rows, None)
    if row is None:
        report.errors.append(f"{location}: the CSV has no such row")
        return
    try:
        is_same = row == flatten(record, cells.paths)
    except (KeyError, TypeError):
        # A key is missing, or its parent is not an object.
        is_same = False
    if not is_same:
        report.errors.append(f"{location}: the CSV differs")


def _parse_record(line: bytes, location: str, report: TableReport) -> dict[str, Any] | None:
    """Return the record of a line; None after reporting why there is none."""
    try:
        text = line.decode()
        record = json.loads(text)
    except (ValueError, RecursionError) as error:
        report.errors.append(f"{location}: {error}")
        return None
    if not isinstance(record, dict) or not line.endswith(b"\n"):
        report.errors.append(f"{location}: not a JSON object and a line feed")
        return None
    if not unicodedata.is_normalized("NFC", text):
        report.errors.append(f"{location}: not in Unicode normal form C")
    return record


def _compare_parquet(folder: Path, table: str, report: TableReport) -> None:
    tables = {known.name: known for known in TABLES}
    # Only this needs pyarrow, which takes 40 MB: see directory.snapshots.publish.build.
    from directory.snapshots.contents import parquet  # noqa: PLC0415

    path = folder / f"{table}.parquet"
    if table not in tables or not parquet.has_schema_of(path, tables[table]):
        report.notes.append(f"{table}.parquet was not compared: it has the columns of another version")
        return
    with (folder / f"{table}.ndjson").open("rb") as lines:
        for expected, actual in zip_longest(parquet.read_ndjson(tables[table], lines), parquet.read_row_groups(path)):
            if expected is None or actual is None or not expected.equals(actual):
                report.errors.append(f"{table}.parquet does not have the records of {table}.ndjson")
                return

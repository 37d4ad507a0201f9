"""Whether the formats of a table say the same: its NDJSON is read line by line, and the others are held to it.

What the records look like is taken from the snapshot itself, so that one of another version can be checked too.
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

# Of a table that is damaged throughout nobody wants to read every line.
_MAX: Final = 10
# A cell is as long as a text may be; the library's own bound is lower.
csv.field_size_limit(16 * 1024 * 1024)


@dataclass(slots=True)
class Found:
    """How many records a table has, what is wrong with it, and what could not be told."""

    rows: int = 0
    faults: list[str] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)


def disagreements(folder: Path, table: str, key: Sequence[str], names: Sequence[str], revision: int) -> Found:
    """Hold the files `names` of a table to its NDJSON, whose records are to be in the order of their `key`."""
    found = Found()
    digest = hashlib.sha256(b'{"data":[\n')
    before: tuple[Any, ...] | None = None
    with ExitStack() as stack:
        lines = stack.enter_context((folder / f"{table}.ndjson").open("rb"))
        cells = _cells(folder / f"{table}.csv", stack) if f"{table}.csv" in names else None
        for number, line in enumerate(read_lines(lines), start=1):
            if len(found.faults) >= _MAX:
                break
            where = f"{table}.ndjson, line {number}"
            digest.update(b"," + line if number > 1 else line)
            record = _read(line, where, found)
            if record is None:
                continue
            at = tuple(record.get(name) for name in key)
            if before is not None and not at > before:
                found.faults.append(f"{where}: {at} does not come after {before}")
            before = at
            if cells is not None:
                _compare_cells(record, cells, where, found)
            found.rows = number
        if cells is not None and not found.faults and next(cells.rows, None) is not None:
            found.faults.append(f"{table}.csv has more rows than {table}.ndjson")
    digest.update(b'],"revision":%d}\n' % revision)
    if not found.faults and f"{table}.json" in names:
        with (folder / f"{table}.json").open("rb") as file:
            if hashlib.file_digest(file, "sha256").hexdigest() != digest.hexdigest():
                found.faults.append(f"{table}.json does not hold the records of {table}.ndjson")
    if not found.faults and f"{table}.parquet" in names:
        _compare_parquet(folder, table, found)
    return found


@dataclass(slots=True)
class _Cells:
    paths: list[tuple[str, ...]]
    rows: Iterator[list[str]]


def _cells(path: Path, stack: ExitStack) -> _Cells:
    rows = csv.reader(stack.enter_context(path.open(encoding="utf-8", newline="")))
    return _Cells([tuple(name.split(".")) for name in next(rows, [])], rows)


def _compare_cells(record: Mapping[str, Any], cells: _Cells, where: str, found: Found) -> None:
    row = next(cells.rows, None)
    if row is None:
        found.faults.append(f"{where}: the CSV has no such row")
        return
    try:
        is_same = row == flatten(record, cells.paths)
    except (KeyError, TypeError):
        # A key is missing, or there is no object where keys are to be.
        is_same = False
    if not is_same:
        found.faults.append(f"{where}: the CSV says otherwise")


def _read(line: bytes, where: str, found: Found) -> dict[str, Any] | None:
    """Return the record of a line, and say what is wrong with the line."""
    try:
        text = line.decode()
        record = json.loads(text)
    except (ValueError, RecursionError) as error:
        found.faults.append(f"{where}: {error}")
        return None
    if not isinstance(record, dict) or not line.endswith(b"\n"):
        found.faults.append(f"{where}: it is no line of one JSON object")
        return None
    if not unicodedata.is_normalized("NFC", text):
        found.faults.append(f"{where}: it is not in Unicode's normal form C")
    return record


def _compare_parquet(folder: Path, table: str, found: Found) -> None:
    known = {known.name: known for known in TABLES}
    # Only this needs pyarrow, which takes 40 MB: see directory.snapshots.publish.build.
    from directory.snapshots.contents import parquet  # noqa: PLC0415

    path = folder / f"{table}.parquet"
    if table not in known or not parquet.has_columns(path, known[table]):
        found.notes.append(f"{table}.parquet was not compared with the rest: its columns are of another version")
        return
    with (folder / f"{table}.ndjson").open("rb") as lines:
        for ours, theirs in zip_longest(parquet.arrow_tables(known[table], lines), parquet.read_tables(path)):
            if ours is None or theirs is None or not ours.equals(theirs):
                found.faults.append(f"{table}.parquet does not hold the records of {table}.ndjson")
                return

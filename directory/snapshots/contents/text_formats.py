"""The canonical text files of a table: NDJSON, JSON and CSV as PostgreSQL writes them.

The same revision yields the same bytes on every machine: records in the order of their key, keys in the order of the
documentation, numbers as PostgreSQL writes them, UTF-8 in NFC, a line feed at the end of every line.
"""

from __future__ import annotations

import json
import unicodedata
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any, BinaryIO, Final

from directory.snapshots.contents.copy_queries import copy_csv, copy_ndjson
from directory.snapshots.contents.digests import BLOCK, FileInfo, open_hashing

if TYPE_CHECKING:
    from psycopg import Connection, sql

    from directory.snapshots.contents.tables import SnapshotTable

# Bytes of a line, which readers hold in memory. A line of a delta has two records, and each text in them is bounded.
MAX_LINE_LENGTH: Final = 16 * 1024 * 1024


class NotNormalizedError(Exception):
    """A record cannot be published because its text is not in NFC; the message names the record."""


def write_ndjson_and_json(
    conn: Connection[Any], table: SnapshotTable, folder: Path, revision: int
) -> tuple[FileInfo, FileInfo]:
    """Write `{table}.ndjson` and `{table}.json` in one pass over the table; raise NotNormalizedError."""
    rows = 0
    with open_hashing(folder / f"{table.name}.ndjson") as ndjson, open_hashing(folder / f"{table.name}.json") as array:
        array.write(b'{"data":[\n')
        for block in _read_copy(conn, copy_ndjson(table)):
            _require_nfc(block, table)
            ndjson.write(block)
            # RFC 8259, section 7: a line feed within a string is escaped, so each one here is the end of a record.
            array.write((b"," if rows else b"") + block[:-1].replace(b"\n", b"\n,") + b"\n")
            rows += block.count(b"\n")
        array.write(b'],"revision":%d}\n' % revision)
    return ndjson.info(rows), array.info(rows)


def write_ndjson(conn: Connection[Any], table: SnapshotTable, folder: Path) -> FileInfo:
    """Write `{table}.ndjson`; raise NotNormalizedError."""
    rows = 0
    with open_hashing(folder / f"{table.name}.ndjson") as file:
        for block in _read_copy(conn, copy_ndjson(table)):
            _require_nfc(block, table)
            file.write(block)
            rows += block.count(b"\n")
    return file.info(rows)


def write_csv(conn: Connection[Any], table: SnapshotTable, folder: Path, rows: int) -> FileInfo:
    """Write `{table}.csv`, which has `rows` rows below its header."""
    # A second COPY takes 0.7 s for 40,000 accounts; flattening their JSON in Python took 2.4 s.
    with open_hashing(folder / f"{table.name}.csv") as file:
        for block in _read_copy(conn, copy_csv(table)):
            file.write(block)
    return file.info(rows)


def read_lines(file: BinaryIO) -> Iterator[bytes]:
    """Yield the lines of a file, each with its line feed; raise ValueError for one longer than MAX_LINE_LENGTH."""
    while line := file.readline(MAX_LINE_LENGTH + 1):
        check_line_length(line)
        yield line


def check_line_length(line: bytes) -> None:
    """Raise ValueError for a line longer than MAX_LINE_LENGTH."""
    if len(line) > MAX_LINE_LENGTH:
        message = f"a line has more than {MAX_LINE_LENGTH:,} bytes"
        raise ValueError(message)


def _read_copy(conn: Connection[Any], statement: sql.Composed | sql.SQL) -> Iterator[bytes]:
    """Yield the output of a COPY in blocks of about 1 MiB, each of which ends with a line feed."""
    # psycopg yields one row at a time; blocks save a system call and two hash updates per row.
    rows: list[memoryview] = []
    size = 0
    with conn.cursor() as cursor, cursor.copy(statement) as copy:
        for row in copy:
            rows.append(memoryview(row))
            size += rows[-1].nbytes
            if size >= BLOCK:
                yield b"".join(rows)
                rows.clear()
                size = 0
    if rows:
        yield b"".join(rows)


def _require_nfc(block: bytes, table: SnapshotTable) -> None:
    """Raise NotNormalizedError for a record whose text is not in Unicode normalization form C."""
    text = block.decode()
    # A block at once: a line feed composes with nothing, so a block is in NFC if each of its lines is.
    if unicodedata.is_normalized("NFC", text):
        return
    line = next(line for line in text.split("\n") if not unicodedata.is_normalized("NFC", line))
    record = json.loads(line)
    key = " ".join(str(record[name]) for name in table.primary_key)
    message = f"{table.name}: the record {key} has text that is not in Unicode's normal form C; correct it by an import"
    raise NotNormalizedError(message)

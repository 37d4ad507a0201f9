"""Deltas: the change feed between an earlier snapshot and the one that is built now.

`delta-from-{A}.ndjson` in the folder of revision B is byte for byte `/v1/changes.ndjson?since=A&until=B`. Replacing
each record by its `after` turns the tables of A into those of B: see docs/mirroring.md.
"""

from __future__ import annotations

import json
import re
import shutil
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from psycopg import sql

from directory.accounts.downloads import join_rows
from directory.changes.queries import ChangeRange, copy_changes
from directory.snapshots.contents.digests import BLOCK, FileInfo, HashingFile, open_hashing
from directory.snapshots.contents.tables import LATEST_FOLLOWERS
from directory.snapshots.contents.text_formats import read_lines

if TYPE_CHECKING:
    from psycopg import Connection

# The size of all deltas of a snapshot together, as a multiple of its NDJSON. A change contains the record twice, before
# and after, so a registry of which 1 % changes every day reaches about four over a year of retained snapshots.
_MAX_TOTAL_RATIO: Final = 4

# Neither character is in JSON, so that each record is on a line as it is.
_COUNTS: Final = sql.SQL("COPY ({}) TO STDOUT (FORMAT csv, QUOTE E'\\x01', DELIMITER E'\\x02')").format(
    LATEST_FOLLOWERS.format(sql.Placeholder("since"))
)


class _TooLargeError(Exception):
    """A delta has more bytes than the tables that it would save."""


def delta_file_name(since: int) -> str:
    """Return the file name of the delta that begins at a revision."""
    return f"delta-from-{since}.ndjson"


def counts_file_name(since: int) -> str:
    """Return the file name of the counts of followers that changed since a revision, which belongs to its delta."""
    return f"followers-from-{since}.ndjson"


def is_table(name: str) -> bool:
    """Whether a file with this name is the NDJSON of a table, and no delta."""
    return name.endswith(".ndjson") and delta_base(name) is None and counts_base(name) is None


def delta_base(name: str) -> int | None:
    """Return the revision at which a delta with this file name begins, None if it is not the name of a delta."""
    match = re.fullmatch(r"delta-from-([1-9][0-9]{0,17})\.ndjson", name)
    return int(match[1]) if match else None


def counts_base(name: str) -> int | None:
    """Return the revision since which a file with this name has the counts, None if it is not the name of one."""
    match = re.fullmatch(r"followers-from-([1-9][0-9]{0,17})\.ndjson", name)
    return int(match[1]) if match else None


def write_deltas(
    conn: Connection[Any], folder: Path, revision: int, earlier: Sequence[int], ndjson_size: int
) -> list[FileInfo]:
    """Write the delta from each `earlier` revision (ascending) to `revision`, unless it is too large to be useful.

    `ndjson_size` is the size of all tables as NDJSON, in bytes. A delta of that size is not written, nor one with which
    all deltas together would exceed four times that size; nor any delta from before it, which would be larger still.
    Returns the files written, the latest start first.
    """
    deltas: list[FileInfo] = []
    available = _MAX_TOTAL_RATIO * ndjson_size
    # Each change is read once: a delta is the changes up to the next snapshot, followed by the delta from there. So
    # this goes back from the newest snapshot and appends what it has already written.
    until, later = revision, None
    for since in reversed(earlier):
        path = folder / delta_file_name(since)
        try:
            # A savepoint: the COPY of a delta that grows too large is cancelled, and the build's transaction goes on.
            with conn.transaction(), open_hashing(path) as file:
                rows = _copy(conn, ChangeRange.of(since, until), file, min(ndjson_size, available))
                if later is not None:
                    rows += later.rows or 0
                    _append(folder / later.name, file, min(ndjson_size, available))
                later = file.info(rows)
        except _TooLargeError:
            path.unlink()
            break
        deltas.append(later)
        available -= later.bytes
        until = since
    return deltas


def write_counts(conn: Connection[Any], folder: Path, starts: Sequence[int], table_size: int) -> list[FileInfo]:
    """Write the counts that changed since each of `starts` (descending), the revisions at which deltas begin.

    No change of the feed states them. All of them together have at most four times the size of the table of counts as
    NDJSON; where those of an earlier start are missing, a client downloads the table.
    """
    counts: list[FileInfo] = []
    available = _MAX_TOTAL_RATIO * table_size
    for since in starts:
        path = folder / counts_file_name(since)
        try:
            with (
                conn.transaction(),
                open_hashing(path) as file,
                conn.cursor() as cursor,
                cursor.copy(_COUNTS, {"since": since}) as copy,
            ):
                rows = _write_rows(copy, file, available)
                counts.append(file.info(rows))
        except _TooLargeError:
            path.unlink()
            break
        available -= counts[-1].bytes
    return counts


def check_delta(path: Path, since: int, revision: int, rows: int | None) -> Iterator[str]:
    """Yield errors in a delta: a malformed line, changes out of order or out of range, a wrong number of lines."""
    # Behind all changes of `since`: no sequence number is as large.
    previous, number = (since, 2**63), 0
    with path.open("rb") as lines:
        for number, line in enumerate(read_lines(lines), start=1):
            try:
                change = json.loads(line)
                position = (int(change["revision"]), int(change["sequence"]))
            except (ValueError, TypeError, KeyError, RecursionError, OverflowError):
                yield f"{path.name}, line {number}: not a change"
                return
            if not (previous < position and since < position[0] <= revision):
                yield f"{path.name}, line {number}: {position} is out of order or range"
                return
            previous = position
    if number != rows:
        yield f"{path.name} has {number} lines instead of {rows}"


def check_counts(path: Path, since: int, revision: int, rows: int | None) -> Iterator[str]:
    """Yield errors in counts: a malformed line, accounts out of order, a revision out of range, a wrong number."""
    previous, number = "", 0
    with path.open("rb") as lines:
        for number, line in enumerate(read_lines(lines), start=1):
            try:
                counts = json.loads(line)
                account, changed = str(counts["account"]), int(counts["revision"])
            except (ValueError, TypeError, KeyError, RecursionError, OverflowError):
                yield f"{path.name}, line {number}: no counts of an account"
                return
            if not (previous < account and since < changed <= revision):
                yield f"{path.name}, line {number}: {account} is out of order, or its revision {changed} out of range"
                return
            previous = account
    if number != rows:
        yield f"{path.name} has {number} lines instead of {rows}"


def _copy(conn: Connection[Any], changes: ChangeRange, file: HashingFile, max_size: int) -> int:
    with conn.cursor() as cursor, copy_changes(cursor, changes) as copy:
        return _write_rows(copy, file, max_size)


def _write_rows(copy: Iterable[bytes | bytearray | memoryview], file: HashingFile, max_size: int) -> int:
    """Write the rows of a COPY, and return how many there are; raise _TooLargeError where they have so many bytes."""
    rows = size = 0
    for block in join_rows(copy):
        size += file.write(block)
        if size >= max_size:
            raise _TooLargeError
        rows += block.count(b"\n")
    return rows


def _append(path: Path, file: HashingFile, max_size: int) -> None:
    if file.size + path.stat().st_size >= max_size:
        raise _TooLargeError
    with path.open("rb") as later:
        shutil.copyfileobj(later, file, BLOCK)

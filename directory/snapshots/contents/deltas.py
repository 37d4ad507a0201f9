"""Deltas: what leads from a snapshot that is kept to the one that is built now, as the change feed tells it.

`delta-from-{A}.ndjson` in the folder of revision B is byte for byte `/v1/changes.ndjson?since=A&until=B`. Whoever puts
each `after` in the place of its record has the tables of B: see docs/mirroring.md.
"""

from __future__ import annotations

import json
import re
import shutil
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from directory.accounts.downloads import join_rows
from directory.changes.queries import ChangeRange, copy_changes
from directory.snapshots.contents.text_formats import BLOCK, Digest, Written, digested, read_lines

if TYPE_CHECKING:
    from psycopg import Connection

# All deltas of a snapshot together, in parts of its NDJSON. A change has the record twice, before and after, so a
# registry of which a hundredth changes every day comes to some four over a year of kept snapshots.
_ALL_DELTAS: Final = 4


class _TooLongError(Exception):
    """A delta has more bytes than it is worth."""


def delta_name(since: int) -> str:
    """Return the name of the delta that begins at a revision."""
    return f"delta-from-{since}.ndjson"


def delta_start(name: str) -> int | None:
    """Return the revision that a delta of this name begins at, None for the name of something else."""
    found = re.fullmatch(r"delta-from-([1-9][0-9]{0,17})\.ndjson", name)
    return int(found[1]) if found else None


def write_deltas(
    conn: Connection[Any], folder: Path, revision: int, earlier: Sequence[int], whole: int
) -> list[Written]:
    """Write the delta from each `earlier` revision, in ascending order, to `revision`, as long as it is worth it.

    `whole` is what the tables have as NDJSON, in bytes. A delta as large as that is not written, nor one with which all
    together would have more than four times as much: then from there on back there is none. Each change is read once,
    for a delta begins with the changes up to the next snapshot and goes on as the delta from there.
    """
    written: list[Written] = []
    left = _ALL_DELTAS * whole
    until, later = revision, None
    for since in reversed(earlier):
        path = folder / delta_name(since)
        try:
            # Within the transaction of the build, which goes on if this is given up midway.
            with conn.transaction(), digested(path) as file:
                rows = _copy(conn, ChangeRange.of(since, until), file, min(whole, left))
                if later is not None:
                    rows += later.rows or 0
                    _append(folder / later.name, file, min(whole, left))
                later = file.written(rows)
        except _TooLongError:
            path.unlink()
            break
        written.append(later)
        left -= later.bytes
        until = since
    return written


def faults_of_delta(path: Path, since: int, revision: int, rows: int | None) -> Iterator[str]:
    """Yield what is wrong with the order of the changes in a delta, with their range or number."""
    before, number = (since, 2**63), 0
    with path.open("rb") as lines:
        for number, line in enumerate(read_lines(lines), start=1):
            try:
                change = json.loads(line)
                place = (int(change["revision"]), int(change["sequence"]))
            except (ValueError, TypeError, KeyError, RecursionError, OverflowError):
                yield f"{path.name}, line {number}: it is no change"
                return
            if not (before < place and since < place[0] <= revision):
                yield f"{path.name}, line {number}: {place} is out of its place"
                return
            before = place
    if number != rows:
        yield f"{path.name} has {number} lines and not {rows}"


def _copy(conn: Connection[Any], stretch: ChangeRange, file: Digest, most: int) -> int:
    rows = size = 0
    with conn.cursor() as cursor, copy_changes(cursor, stretch) as changes:
        for block in join_rows(changes):
            size += file.write(block)
            if size >= most:
                raise _TooLongError
            rows += block.count(b"\n")
    return rows


def _append(path: Path, file: Digest, most: int) -> None:
    if file.size + path.stat().st_size >= most:
        raise _TooLongError
    with path.open("rb") as later:
        shutil.copyfileobj(later, file, BLOCK)

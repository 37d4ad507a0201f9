"""Observations in files of a year each, and of a month each in the year of the snapshot: `observations-2025.parquet`.

Nothing else in a registry grows as much and changes as little, so a later snapshot shares the files in which nothing
changed. They are never plain: as text they are some ten times as large as in the database.
"""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Iterator
from concurrent.futures import Executor
from dataclasses import dataclass, replace
from itertools import groupby
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from psycopg import sql

from directory.snapshots.contents.compression import compress
from directory.snapshots.contents.digests import FileInfo
from directory.snapshots.contents.file_names import ENCODINGS
from directory.snapshots.contents.tables import ObservationRecordSchema, SnapshotTable
from directory.snapshots.contents.text_formats import write_csv, write_ndjson

if TYPE_CHECKING:
    from psycopg import Connection

NAME: Final = "observations"
# Each sort of a part spills to the disk beyond this.
_SORT_MEMORY: Final = "64MB"
_PART: Final = re.compile(r"(observations-[0-9]{4}(?:-[0-9]{2})?)\.(?:parquet|(?:csv|ndjson)\.(?:gz|zst))")
# `month` spares the packed months of other parts, and `observed_at` the partitions.
_ROWS: Final = sql.SQL("""
      FROM observation_series AS s
     WHERE s.month >= {begin} AND s.month < {end} AND s.observed_at >= {first} AND s.observed_at < {behind}
     ORDER BY s.account_id, s.observed_at, s.source""")
_LINES: Final = sql.SQL("""
    SELECT row_to_json(o)::text AS document
      FROM (SELECT s.account_id AS account, s.observed_at, s.source, s.revision, s.followers, s.following, s.posts,
                   s.last_post_at, s.verified, s.stated{rows}) AS o""")
# to_json writes times as in the lines; a text of null is null.
_CELLS: Final = sql.SQL("""
    SELECT s.account_id AS account, to_json(s.observed_at) #>> '{{}}' AS observed_at, s.source, s.revision, s.followers,
           s.following, s.posts, to_json(s.last_post_at) #>> '{{}}' AS last_post_at, s.verified::text AS verified,
           s.stated::text AS stated{rows}""")
_TABLE: Final = SnapshotTable(
    NAME,
    sql.SQL(""),
    ObservationRecordSchema,
    ("account", "observed_at", "source"),
    {"account": "accounts", "source": "sources"},
)


@dataclass(frozen=True, slots=True)
class ObservationPart:
    """The observations of a year or a month (UTC): the name of its files without suffixes, and from when to when.

    `rows` is their number, `revision` the latest that wrote one of them.
    """

    name: str
    begin: dt.date
    # Exclusive.
    end: dt.date
    rows: int
    revision: int

    @property
    def file_names(self) -> tuple[str, ...]:
        """The names of its files."""
        texts = (f"{self.name}.{form}{suffix}" for form in ("csv", "ndjson") for suffix in ENCODINGS)
        return (f"{self.name}.parquet", *texts)

    @property
    def table(self) -> SnapshotTable:
        """The part as a table."""
        first, behind = (dt.datetime.combine(day, dt.time(), dt.UTC) for day in (self.begin, self.end))
        rows = _ROWS.format(begin=self.begin, end=self.end, first=first, behind=behind)
        return replace(table_of(self.name), query=_LINES.format(rows=rows), csv_query=_CELLS.format(rows=rows))


def table_of(part: str) -> SnapshotTable:
    """Return the table of a part by its name, without its queries."""
    return replace(_TABLE, name=part)


def part_of(name: str) -> str | None:
    """Return the name of the part that a file belongs to, None for a file of anything else."""
    match = _PART.fullmatch(name)
    return match[1] if match else None


def select_parts(conn: Connection[Any], year: int) -> list[ObservationPart]:
    """Return the parts that have observations: the months of a year and later ones, else whole years."""
    months: list[tuple[dt.date, int, int]] = conn.execute(
        """
        SELECT month, sum(rows)::bigint, max(revision)
          FROM (SELECT date_trunc('month', observed_at AT TIME ZONE 'UTC')::date AS month, count(*) AS rows,
                       max(revision) AS revision
                  FROM observations GROUP BY 1
                 UNION ALL
                SELECT month, sum(cardinality(observed_at)), max(revision)
                  FROM observation_blocks GROUP BY 1) AS counted
         GROUP BY month ORDER BY month
        """
    ).fetchall()
    return list(_parts_of(months, year))


def _parts_of(months: list[tuple[dt.date, int, int]], year: int) -> Iterator[ObservationPart]:
    for begin, group in groupby(months, lambda row: row[0] if row[0].year >= year else row[0].replace(month=1)):
        counted = list(group)
        is_month = begin.year >= year
        end = (begin + dt.timedelta(days=32)).replace(day=1) if is_month else begin.replace(year=begin.year + 1)
        yield ObservationPart(
            f"{NAME}-{begin:%Y-%m}" if is_month else f"{NAME}-{begin:%Y}",
            begin,
            end,
            sum(rows for _, rows, _ in counted),
            max(revision for _, _, revision in counted),
        )


def write_part(conn: Connection[Any], part: ObservationPart, folder: Path, pool: Executor) -> list[FileInfo]:
    """Write the files of a part; of its plain texts there is one at a time, until it is compressed."""
    table = part.table
    conn.execute(sql.SQL("SET LOCAL work_mem = {}").format(_SORT_MEMORY))
    rows = write_csv(conn, table, folder, part.rows)
    jobs = [pool.submit(_write_parquet, table, folder), *_submit_compression(pool, folder / rows.name, part.rows)]
    files = [job.result() for job in jobs]
    (folder / rows.name).unlink()
    lines = write_ndjson(conn, table, folder)
    files += [job.result() for job in _submit_compression(pool, folder / lines.name, part.rows)]
    (folder / lines.name).unlink()
    return files


def _submit_compression(pool: Executor, path: Path, rows: int) -> list[Any]:
    return [pool.submit(compress, path, encoding, rows) for encoding in ENCODINGS.values()]


def _write_parquet(table: SnapshotTable, folder: Path) -> FileInfo:
    # Only a build needs pyarrow: see directory.snapshots.publish.build.
    from directory.snapshots.contents.parquet import write_parquet_from_csv  # noqa: PLC0415

    return write_parquet_from_csv(table, folder)

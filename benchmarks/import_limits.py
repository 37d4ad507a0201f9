"""The limits of an import: the same rows through plain COPY, and through staging and upsert by SQL alone.

Nothing is checked, matched, versioned or cut for a search there: a table of texts with a key and five indexes.
"""

import json
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import psycopg
from psycopg import sql

from benchmarks import machine

_FIELDS: Final = (
    *("platform", "platform_user_id", "handle", "url", "name", "names", "description", "department"),
    *("department_type", "region", "subject", "status", "followers", "followers_at", "posts", "last_post_at"),
    *("opened_on", "closed_on", "language", "tags", "source", "source_id"),
)
_INDEXES: Final = (
    ("region", "platform", "followers"),
    ("department",),
    ("followers",),
    ("name",),
    ("status", "platform"),
)
_ESCAPES: Final = str.maketrans({"\\": r"\\", "\t": r"\t", "\n": r"\n", "\r": r"\r"})


@dataclass(frozen=True, slots=True)
class Files:
    """What is imported: all rows, the same with some changed, and one row."""

    rows: Path
    changed: Path
    one: Path


def measure(url: str, files: Files) -> Iterator[tuple[str, machine.Cost]]:
    """Yield the name and the cost of each way into the empty database at `url`."""
    rows, changed = _copied(files.rows), _copied(files.changed)
    columns = sql.SQL(", ").join(map(sql.Identifier, (*_FIELDS, "key")))
    texts = sql.SQL(", ").join(sql.SQL("{} text").format(sql.Identifier(name)) for name in (*_FIELDS, "key"))
    with psycopg.connect(url, autocommit=True) as conn:
        conn.execute(sql.SQL("CREATE TABLE bare ({})").format(texts))
        conn.execute(sql.SQL("CREATE UNLOGGED TABLE stage ({})").format(texts))
        conn.execute(sql.SQL("CREATE TABLE target ({}, PRIMARY KEY (key))").format(texts))
        for index in _INDEXES:
            conn.execute(sql.SQL("CREATE INDEX ON target ({})").format(sql.SQL(", ").join(map(sql.Identifier, index))))
        upsert = _upsert(columns)

        def copy(table: str, data: bytes) -> None:
            statement = sql.SQL("COPY {} ({}) FROM STDIN").format(sql.Identifier(table), columns)
            with conn.cursor() as cursor, cursor.copy(statement) as copied:
                copied.write(data)

        def merge(data: bytes) -> None:
            with conn.transaction():
                conn.execute("TRUNCATE stage")
                copy("stage", data)
                conn.execute("ANALYZE stage")
                conn.execute(upsert)

        yield "plain COPY", _time(conn, lambda: copy("bare", rows))
        yield "SQL, empty", _time(conn, lambda: merge(rows))
        yield "SQL, unchanged", _time(conn, lambda: merge(rows))
        yield "SQL, changed", _time(conn, lambda: merge(changed))


def _time(conn: psycopg.Connection[Any], work: Callable[[], None]) -> machine.Cost:
    pids = [conn.info.backend_pid]
    python, postgres, wall = time.process_time(), machine.spent(pids), time.perf_counter()
    work()
    wall, postgres = time.perf_counter() - wall, machine.spent(pids) - postgres
    return machine.Cost(wall, time.process_time() - python, postgres / 1e9)


def _upsert(columns: sql.Composed) -> sql.Composed:
    fields = [sql.Identifier(name) for name in _FIELDS]
    comma = sql.SQL(", ")
    return sql.SQL(
        "INSERT INTO target ({columns}) SELECT {columns} FROM stage ON CONFLICT (key)"
        " DO UPDATE SET ({fields}) = ({new}) WHERE ({old}) IS DISTINCT FROM ({new})"
    ).format(
        columns=columns,
        fields=comma.join(fields),
        old=comma.join(sql.SQL("target.{}").format(name) for name in fields),
        new=comma.join(sql.SQL("excluded.{}").format(name) for name in fields),
    )


def _copied(path: Path) -> bytes:
    """Return the rows of a file in COPY's text format; of rows with one key the last, as an upsert takes only one."""
    found: dict[str, Sequence[str]] = {}
    with path.open(encoding="utf-8") as file:
        for row in map(json.loads, file):
            place = row.get("handle") or row.get("platform_user_id") or row.get("url") or ""
            key = f"{row.get('platform')} {str(place).lower()}"
            found[key] = [*(_cell(row.get(name)) for name in _FIELDS), _cell(key)]
    return "".join("\t".join(cells) + "\n" for cells in found.values()).encode()


def _cell(value: object) -> str:
    if value is None or value in ("", []):
        return r"\N"
    text = json.dumps(value, ensure_ascii=False) if isinstance(value, list | dict) else str(value)
    return text.translate(_ESCAPES)

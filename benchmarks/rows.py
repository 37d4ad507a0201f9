"""The measured rows: accounts of the service, and the same in the forms that its peers read."""

import contextlib
import json
import re
import sqlite3
from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any, TypeAlias
from urllib.request import urlopen

import psycopg
from psycopg import sql

Document: TypeAlias = Mapping[str, Any]
Row: TypeAlias = tuple[object, ...]

COLUMNS = (
    "id TEXT PRIMARY KEY",
    "platform TEXT",
    "platform_user_id TEXT",
    "handle TEXT",
    "url TEXT",
    "name TEXT",
    "names TEXT",
    "description TEXT",
    "department_id TEXT",
    "department TEXT",
    "department_type TEXT",
    "division TEXT",
    "region TEXT",
    "region_name TEXT",
    "region_name_local TEXT",
    "subject TEXT",
    "status TEXT",
    "verification TEXT",
    "followers BIGINT",
    "followers_at TEXT",
    "opened_on TEXT",
    "closed_on TEXT",
    "last_post_at TEXT",
    "language TEXT",
    "tags TEXT",
    "sources TEXT",
    "revision BIGINT",
    "created_at TEXT",
    "updated_at TEXT",
)
NAMES = tuple(column.split()[0] for column in COLUMNS)
# Indexes that a capable operator adds for these questions.
INDEXES = (
    "division, platform, followers DESC, id",
    "followers DESC, id",
    "platform, followers DESC, id",
    "division, department_type, platform",
)
# By trigrams: FTS5's other tokenizers take a Chinese name for one word. Datasette finds the table of a search by these
# double quotes, or by brackets; without them it ignores `_search` and returns the first page of all rows.
SEARCH = (
    """CREATE VIRTUAL TABLE accounts_fts USING fts5(name, handle, content="accounts", tokenize='trigram')""",
    "INSERT INTO accounts_fts(accounts_fts) VALUES ('rebuild')",
)
_DIVISION = re.compile("CN-[0-9]{2}")


def fetch(base: str, path: Path) -> list[Document]:
    """Return all accounts of the service by descending followers, and write them to the file `path`."""
    with urlopen(f"{base}/v1/accounts.ndjson?sort=-followers", timeout=120) as answer:  # noqa: S310 - our own server
        path.write_bytes(answer.read())
    return list(read(path))


def read(path: Path) -> Iterator[Document]:
    """Yield the accounts of an NDJSON file one by one."""
    with path.open("rb") as file:
        yield from map(json.loads, file)


def division(document: Document) -> str:
    """Return the province of China or the country that an account belongs to, empty where it has no region."""
    code = (document["region"] or {}).get("code") or ""
    found = _DIVISION.match(code)
    return f"{found[0]}0000" if found else code.partition("-")[0]


def write_sqlite(path: Path, rows: Sequence[Row]) -> None:
    """Write rows into a new SQLite file with indexes and a search for Datasette."""
    path.unlink(missing_ok=True)
    with contextlib.closing(sqlite3.connect(path)) as database, database:
        database.execute(f"CREATE TABLE accounts ({', '.join(COLUMNS)})")
        places = ", ".join("?" * len(COLUMNS))
        database.executemany(f"INSERT INTO accounts VALUES ({places})", rows)  # noqa: S608 - a number of places
        for number, columns in enumerate(INDEXES):
            database.execute(f"CREATE INDEX accounts_{number} ON accounts ({columns})")
        for statement in SEARCH:
            database.execute(statement)
        database.execute("ANALYZE")


def write_postgres(url: str, rows: Sequence[Row]) -> None:
    """Write rows into a table of the empty database at `url`, with indexes and trigrams for Platformatic DB."""
    with psycopg.connect(url, autocommit=True) as conn:
        conn.execute("CREATE EXTENSION pg_trgm")
        # By some locales no letter of Chinese is one, and what is searched would be read as a whole.
        if conn.execute("SELECT FROM unnest(show_trgm('急救中心'))").fetchone() is None:
            raise RuntimeError("pg_trgm makes no trigrams of Chinese by the locale of this database")
        conn.execute(sql.SQL("CREATE TABLE accounts ({})").format(sql.SQL(", ".join(COLUMNS))))
        columns = sql.SQL(", ").join(map(sql.Identifier, NAMES))
        with conn.cursor() as cursor, cursor.copy(sql.SQL("COPY accounts ({}) FROM STDIN").format(columns)) as copy:
            for row in rows:
                copy.write_row(row)
        for index in INDEXES:
            conn.execute(sql.SQL("CREATE INDEX ON accounts ({})").format(sql.SQL(index)))
        for column in ("name", "handle"):
            conn.execute(sql.SQL("CREATE INDEX ON accounts USING gin ({} gin_trgm_ops)").format(sql.Identifier(column)))
        conn.execute("VACUUM ANALYZE accounts")


def write_ndjson(path: Path, rows: Sequence[Row]) -> None:
    """Write rows as NDJSON for ROAPI; it takes a column's type from the first rows, so nothing in it is null."""
    with path.open("w", encoding="utf-8") as file:
        for row in rows:
            line = {name: "" if value is None else value for name, value in zip(NAMES, row, strict=True)}
            file.write(json.dumps(line, ensure_ascii=False) + "\n")


def flatten(document: Document) -> Row:
    """Return an account as a row of the peers; without followers it has 0, so that all of them sort it alike."""
    department, region = document["department"] or {}, document["region"] or {}
    followers = document["followers"] or {}
    found: dict[str, object] = {
        **document,
        "names": json.dumps(document["names"], ensure_ascii=False),
        "department_id": department.get("id"),
        "department": department.get("name"),
        "department_type": department.get("type"),
        "division": division(document),
        "region": region.get("code"),
        "region_name": region.get("name"),
        "region_name_local": region.get("name_local"),
        "verification": document["verification"]["level"],
        "followers": followers.get("count") or 0,
        "followers_at": followers.get("observed_at"),
        "tags": json.dumps(document["tags"], ensure_ascii=False),
        "sources": json.dumps(document["sources"]),
    }
    return tuple(found[name] for name in NAMES)


def write_import(path: Path, accounts: Iterable[Document]) -> None:
    """Write accounts as import rows in NDJSON."""
    with path.open("w") as file:
        for row in map(_row, accounts):
            file.write(json.dumps({key: value for key, value in row if value}, ensure_ascii=False) + "\n")


def _row(document: Document) -> Iterator[tuple[str, object]]:
    department, region = document["department"] or {}, document["region"] or {}
    followers = document["followers"] or {}
    copied = "platform platform_user_id handle name subject status opened_on closed_on last_post_at language"
    yield from ((key, document[key]) for key in copied.split())
    yield from (("department", department.get("name")), ("department_type", department.get("type")))
    yield from (("region", region.get("code")), ("followers", followers.get("count")))
    yield from (("followers_at", followers.get("observed_at")), ("source", "benchmark"), ("source_id", document["id"]))

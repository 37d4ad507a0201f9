"""The measured rows: synthetic accounts of the service, and the same in SQLite."""

import contextlib
import json
import sqlite3
import time
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any
from urllib.request import urlopen

Document = Mapping[str, Any]

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
    "followers INTEGER",
    "followers_at TEXT",
    "opened_on TEXT",
    "closed_on TEXT",
    "last_post_at TEXT",
    "language TEXT",
    "tags TEXT",
    "sources TEXT",
    "revision INTEGER",
    "created_at TEXT",
    "updated_at TEXT",
)
# Indexes that a capable operator adds for these requests.
INDEXES = (
    "CREATE INDEX by_division ON accounts (division, platform, followers DESC, id)",
    "CREATE INDEX by_followers ON accounts (followers DESC, id)",
    "CREATE INDEX by_division_status ON accounts (division, status, platform)",
    "CREATE INDEX by_division_type ON accounts (division, status, department_type)",
)
# Its search, by trigrams: FTS5's other tokenizers take a Chinese name for one word.
SEARCH = (
    """CREATE VIRTUAL TABLE accounts_fts
       USING fts5(name, names, handle, department, content='accounts', tokenize='trigram')""",
    "INSERT INTO accounts_fts(accounts_fts) VALUES ('rebuild')",
)
NATIONAL = "CN-000000"


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
    """Return the province that an account belongs to."""
    code = (document["region"] or {}).get("code", NATIONAL)
    return f"{code[:5]}0000"


def write_sqlite(path: Path, accounts: Iterable[Document]) -> float:
    """Write accounts into a new SQLite file with its indexes and return the seconds it took."""
    begin = time.perf_counter()
    path.unlink(missing_ok=True)
    with contextlib.closing(sqlite3.connect(path)) as database, database:
        database.execute(f"CREATE TABLE accounts ({', '.join(COLUMNS)})")
        places = ", ".join("?" * len(COLUMNS))
        database.executemany(f"INSERT INTO accounts VALUES ({places})", map(_flat, accounts))  # noqa: S608 - a number of places
        for statement in (*INDEXES, *SEARCH):
            database.execute(statement)
        database.execute("ANALYZE")
    return time.perf_counter() - begin


def _flat(document: Document) -> tuple[object, ...]:
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
        "followers": followers.get("count"),
        "followers_at": followers.get("observed_at"),
        "tags": json.dumps(document["tags"], ensure_ascii=False),
        "sources": json.dumps(document["sources"]),
    }
    return tuple(found[column.split()[0]] for column in COLUMNS)


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

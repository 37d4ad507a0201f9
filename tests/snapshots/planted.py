"""A snapshot whose bytes tests know, in the database and on disk, written without the build."""

import gzip
import hashlib
import json
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import psycopg
import zstandard
from flask import Flask
from psycopg import Connection

from directory.app import create_app
from directory.config import Config
from directory.database.connections import Database
from directory.snapshots.contents.file_names import content_type_of, encoding_of

BUILT_AT = datetime(2025, 6, 1, 3, 0, 0, 250_000, tzinfo=UTC)
LINES = b"".join(
    b'{"id":%d,"name":"\xe6\x88\x90\xe9\x83\xbd\xe5\x8f\x91\xe5\xb8\x83"}\n' % number for number in range(2000)
)
FILES = {
    "accounts.ndjson": LINES,
    "accounts.ndjson.gz": gzip.compress(LINES, mtime=0),
    "accounts.ndjson.zst": zstandard.compress(LINES),
    "accounts.csv": b"id,name\n1,a\n",
    "accounts.parquet": b"PAR1" + bytes(100) + b"PAR1",
    "accounts.parquet.gz": gzip.compress(bytes(100), mtime=0),
    "empty.ndjson": b"",
}
MANIFEST = {
    "format_version": "1.0",
    "schema_version": "1.0",
    "at": BUILT_AT.isoformat(),
    "previous": None,
    "title": "Directory",
    "description": None,
    "publisher": None,
    "contact": None,
    "licence": None,
    "licence_url": None,
    "counts": {"accounts": 2000},
    "sources": [{"id": "test", "title": "Test", "licence": "CC0-1.0"}],
    "public_key": "RWQ",
}


def plant(
    conn: Connection[Any],
    storage: Path,
    revision: int,
    files: Mapping[str, bytes | Path] = FILES,
    **about: Any,  # noqa: ANN401 - columns of a snapshot
) -> None:
    """Register a snapshot of `revision` with these files and put them into the folder `storage`; once is enough.

    Of a file that is given as a path only the name and size are taken: it is linked, and its digest is made up.
    """
    conn.execute(
        "INSERT INTO revisions VALUES (%s, %s, 'test', 'A snapshot is to be had.') ON CONFLICT DO NOTHING",
        (revision, BUILT_AT),
    )
    folder = storage / str(revision)
    folder.mkdir(parents=True, exist_ok=True)
    rows = [_put(folder, name, content) for name, content in files.items()]
    manifest = json.dumps({**MANIFEST, "revision": revision, "files": rows}, separators=(",", ":"))
    rows.append(_put(folder, "manifest.json", manifest.encode()))
    conn.execute(
        "INSERT INTO snapshots VALUES (%s, %s, %s) ON CONFLICT DO NOTHING",
        (revision, about.get("built_at", BUILT_AT), manifest),
    )
    with conn.cursor() as cursor:
        cursor.executemany(
            """INSERT INTO snapshot_files (revision, name, media_type, encoding, bytes, rows, sha256)
               VALUES (%(revision)s, %(name)s, %(media_type)s, %(encoding)s, %(bytes)s, %(rows)s, %(sha256)s)
               ON CONFLICT DO NOTHING""",
            [{"revision": revision, **row} for row in rows],
        )


@contextmanager
def planted_everywhere(url: str, storage: Path) -> Iterator[None]:
    """Register a snapshot of each revision of the registry at `url`, until the block ends: other tests share it."""
    with psycopg.connect(url, autocommit=True) as conn:
        for (revision,) in conn.execute("SELECT revision FROM revisions ORDER BY revision").fetchall():
            plant(conn, storage, revision)
        try:
            yield
        finally:
            conn.execute("DELETE FROM snapshots")


@contextmanager
def application(url: str, storage: Path, **settings: Any) -> Iterator[Flask]:  # noqa: ANN401 - of Config
    """Yield the application on the registry at `url`, with a snapshot of revision 1000 in the folder `storage`."""
    with psycopg.connect(url) as conn:
        plant(conn, storage, 1000)
    named = {"title": "Directory of accounts", "storage_url": storage.as_uri(), **settings}
    database = Database(url, statement_timeout_ms=5000)
    yield create_app(Config(data_dir=storage, download_cache_dir=storage, **named), database)
    database.close()


def digest(content: bytes) -> str:
    """Return the ETag of a file."""
    return f'"{hashlib.sha256(content).hexdigest()}"'


def _put(folder: Path, name: str, content: bytes | Path) -> dict[str, Any]:
    path = folder / name
    if isinstance(content, Path):
        path.hardlink_to(content)
        size, sha256 = content.stat().st_size, hashlib.sha256(name.encode()).hexdigest()
    else:
        path.write_bytes(content)
        size, sha256 = len(content), hashlib.sha256(content).hexdigest()
    return {
        "name": name,
        "table": None,
        "media_type": content_type_of(name),
        "encoding": encoding_of(name),
        "bytes": size,
        "rows": None,
        "sha256": sha256,
    }

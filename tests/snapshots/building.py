"""A small registry with a published snapshot, and functions that read the snapshot."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import psycopg

from directory.database.revisions import begin_revision
from directory.search.indexing import index_pending
from directory.snapshots.publish.build import BuildReport, OnStep, build
from directory.snapshots.publish.manifest import PublicationMetadata
from directory.snapshots.publish.signature import SigningKey
from directory.snapshots.storage.local import LocalStorage
from tests.accounts.conftest import insert_account

EDITION = PublicationMetadata(
    title="名录",
    description="A registry for tests.",
    publisher="The testers",
    contact="test@example.org",
    licence="CC-BY-4.0",
    licence_url="https://spdx.org/licenses/CC-BY-4.0.html",
)
KEY = SigningKey(b"12345678", bytes(range(32)))


def add_accounts(url: str, *names: str) -> int:
    """Insert an account of each name in one revision and return its number."""
    with psycopg.connect(url, autocommit=True) as conn, conn.transaction():
        revision = begin_revision(conn, actor="test", reason="new accounts")
        conn.execute("INSERT INTO sources (id, title, licence) VALUES ('s1', 'One', 'CC0-1.0') ON CONFLICT DO NOTHING")
        for name in names:
            insert_account(conn, revision, {"name": name, "handle": f"{name}{revision}", "sources": ["s1"]})
        index_pending(conn)
    return revision


def publish(url: str, root: Path, step: OnStep = lambda _: None) -> BuildReport:
    """Build a snapshot into the folder `root`."""
    return build(url, LocalStorage(root), EDITION, KEY, step)


def known(url: str) -> dict[int, set[str]]:
    """Return the revisions with a snapshot in the database, with the names of their files."""
    with psycopg.connect(url) as conn:
        rows = conn.execute("SELECT revision, name FROM snapshots LEFT JOIN snapshot_files USING (revision)").fetchall()
    return {revision: {name for number, name in rows if number == revision} for revision, _ in rows}


def records(folder: Path, table: str) -> list[dict[str, Any]]:
    """Return the records of a table of the snapshot in a folder."""
    return [json.loads(line) for line in (folder / f"{table}.ndjson").read_bytes().splitlines()]


def contents(folder: Path) -> dict[str, bytes]:
    """Return the bytes of all files of a snapshot."""
    return {path.name: path.read_bytes() for path in folder.iterdir()}


def hidden(root: Path) -> list[Path]:
    """Return the files in the storage besides snapshots and the owner file."""
    return [path for path in root.rglob("*") if path.name.startswith(".")]

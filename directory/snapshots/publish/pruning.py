"""Remove snapshots, those that are no longer kept or that are named: from readers' sight first, then their files."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from psycopg import Connection

from directory.database.connections import connect
from directory.snapshots import queries
from directory.snapshots.publish.build import building
from directory.snapshots.publish.retention import kept
from directory.snapshots.storage.interface import Storage


def prune(url: str, storage: Storage) -> list[int]:
    """Return the revisions whose snapshots were removed; raise BuildError and StorageError."""
    with connect(url) as writer, building(writer, storage):
        built = queries.select_built(writer)
        gone = sorted({revision for revision, _ in built} - kept(built, queries.select_now(writer)))
        _remove(writer, storage, gone)
    return gone


def drop(url: str, storage: Storage, revisions: Iterable[int]) -> list[int]:
    """Remove the snapshots of these revisions, as far as there are any, and return which; raise as `prune` does."""
    with connect(url) as writer, building(writer, storage):
        gone = sorted({revision for revision, _ in queries.select_built(writer)} & set(revisions))
        _remove(writer, storage, gone)
    return gone


def _remove(writer: Connection[Any], storage: Storage, revisions: Iterable[int]) -> None:
    for revision in revisions:
        queries.delete_snapshot(writer, revision)
        storage.delete(revision)

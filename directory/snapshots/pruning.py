"""Remove the snapshots that are no longer kept: from readers' sight first, then their files."""

from __future__ import annotations

from directory.database import connect
from directory.snapshots import queries
from directory.snapshots.build import building
from directory.snapshots.retention import kept
from directory.snapshots.storage import Storage


def prune(url: str, storage: Storage) -> list[int]:
    """Give the revisions whose snapshots were removed; raise BuildError and StorageError."""
    with connect(url) as writer, building(writer, storage):
        built = queries.select_built(writer)
        gone = sorted({revision for revision, _ in built} - kept(built, queries.select_now(writer)))
        for revision in gone:
            queries.delete_snapshot(writer, revision)
            storage.delete(revision)
    return gone

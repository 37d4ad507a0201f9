"""The files of observations of a snapshot: taken from the snapshot before it where nothing changed, else written."""

from __future__ import annotations

import hashlib
from concurrent.futures import Executor
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Self

from directory.snapshots import queries
from directory.snapshots.contents.digests import FileInfo
from directory.snapshots.contents.observations import ObservationPart, select_parts, write_part
from directory.snapshots.contents.tables import SCHEMA_VERSION
from directory.snapshots.publish.manifest import ManifestEntry, ManifestError, SnapshotRevision, parse_manifest
from directory.snapshots.storage.interface import Storage

if TYPE_CHECKING:
    from psycopg import Connection


@dataclass(frozen=True, slots=True)
class EarlierFiles:
    """The files of an earlier snapshot by name."""

    revision: int
    entries: dict[str, ManifestEntry]

    @classmethod
    def load(cls, conn: Connection[Any]) -> Self | None:
        """Return the files of the latest snapshot, None unless its records are of this version."""
        snapshot = queries.select_snapshot(conn)
        if snapshot is None:
            return None
        try:
            content, entries = parse_manifest(snapshot.manifest)
        except ManifestError:
            return None
        if content.get("schema_version") != SCHEMA_VERSION:
            return None
        return cls(snapshot.revision, {entry.name: entry for entry in entries})

    def find(self, part: ObservationPart) -> list[ManifestEntry]:
        """Return the files of a part if it had the same observations; none if it had others."""
        # What was written since has a later revision, also where a merge gave it to another account. Otherwise
        # observations only go, so as many are the same.
        if part.revision > self.revision:
            return []
        entries = [self.entries[name] for name in part.file_names if name in self.entries]
        is_same = len(entries) == len(part.file_names) and all(entry.rows == part.rows for entry in entries)
        return entries if is_same else []


def write_observations(
    conn: Connection[Any],
    storage: Storage,
    revision: SnapshotRevision,
    earlier: EarlierFiles | None,
    folder: Path,
    pool: Executor,
) -> list[FileInfo]:
    """Write the files of all observations that `conn` sees into a folder, and return them."""
    files: list[FileInfo] = []
    for part in select_parts(conn, int(revision.at[:4])):
        shared = _share(part, storage, earlier, folder) if earlier is not None else []
        files += shared or write_part(conn, part, folder, pool)
    return files


def _share(part: ObservationPart, storage: Storage, earlier: EarlierFiles, folder: Path) -> list[FileInfo]:
    """Put the files of a part from an earlier snapshot into a folder; return none if they cannot be had, or changed."""
    files: list[FileInfo] = []
    for entry in earlier.find(part):
        path = folder / entry.name
        if storage.link(earlier.revision, entry.name, folder):
            files.append(FileInfo(entry.name, entry.bytes, entry.sha256, entry.rows))
        # Damage of a file that is shared would pass into every later snapshot.
        if not path.exists() or _digest(path) != entry.sha256:
            for file in files:
                (folder / file.name).unlink()
            return []
    return files


def _digest(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()

"""The interface of a storage, which has each file at `{revision}/{name}`, and the choice of one by its URL."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import AbstractContextManager
from pathlib import Path
from typing import Protocol
from urllib.parse import unquote, urlsplit

from directory.snapshots.storage.errors import StorageError
from directory.snapshots.storage.local import LocalStorage

__all__ = ["Storage", "StorageError", "open_storage"]


class Storage(Protocol):
    """A storage of snapshots. What it has under a revision is a complete snapshot."""

    def scratch_folder(self) -> AbstractContextManager[Path]:
        """Yield an empty local folder to write a snapshot into, removed when the block ends."""
        ...

    def publish(self, folder: Path, revision: int) -> None:
        """Store all files of a folder from `scratch_folder` as the snapshot of a revision, replacing existing ones."""

    def add(self, path: Path, revision: int) -> None:
        """Add a copy of a file to an existing snapshot, atomically."""

    def link(self, revision: int, name: str, folder: Path) -> bool:
        """Put a file of a snapshot into a folder from `scratch_folder` without copying it; return whether it is there.

        Neither of the two is ever written to again.
        """
        ...

    def sizes(self, revision: int) -> dict[str, int]:
        """Return the names and sizes in bytes of a snapshot's files; empty if there is no such snapshot."""
        ...

    def revisions(self) -> set[int]:
        """Return the revisions that have files."""
        ...

    def read(self, revision: int, name: str) -> Iterator[bytes]:
        """Yield the bytes of a file in blocks; raise FileNotFoundError."""
        ...

    def delete(self, revision: int) -> None:
        """Remove a snapshot's files, if there are any."""

    def remove_leftovers(self) -> None:
        """Remove scratch folders of killed processes; call it only while no other process writes."""

    def claim(self, registry_id: str) -> None:
        """Mark the storage as this registry's; raise StorageError if it belongs to another one."""

    def local_path(self, revision: int, name: str) -> Path | None:
        """Return the path of a file on this machine, None for a remote storage."""

    def presign(self, revision: int, name: str) -> str | None:
        """Return a presigned URL that allows anybody to read a file for an hour, None for a local storage."""


def open_storage(url: str, scratch: Path | None = None) -> Storage:
    """Return the storage at `file:///folder` or `s3://bucket/prefix?endpoint=https://host&region=…`.

    A remote storage writes files to the folder `scratch` first, or to the system's folder for temporary files. Raises
    StorageError if the storage cannot be used.
    """
    parts = urlsplit(url)
    if parts.scheme == "file":
        return LocalStorage(Path(unquote(parts.path)))
    try:
        # obstore is an optional dependency.
        from directory.snapshots.storage.s3 import S3Storage  # noqa: PLC0415
    except ImportError as error:
        message = "S3 storage needs an extra library: run `pip install '.[s3]'` in the clone of this program"
        raise StorageError(message) from error
    return S3Storage(url, scratch)

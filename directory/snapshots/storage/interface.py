"""Where the files of snapshots lie, each at `{revision}/{name}`: what a storage does, which one is meant."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import AbstractContextManager
from pathlib import Path
from typing import Protocol
from urllib.parse import unquote, urlsplit

from directory.snapshots.storage.errors import StorageError
from directory.snapshots.storage.local import Folder

__all__ = ["Storage", "StorageError", "open_storage"]


class Storage(Protocol):
    """A place for snapshots. What it holds of a snapshot is whole, or does not bear the snapshot's revision."""

    def aside(self) -> AbstractContextManager[Path]:
        """Return an empty local folder to write a snapshot into; it is gone when the block ends."""
        ...

    def publish(self, folder: Path, revision: int) -> None:
        """Take all files of a folder from `aside` for the snapshot of a revision, in place of any that are there."""

    def add(self, path: Path, revision: int) -> None:
        """Take a copy of one more file for a snapshot that is there, under its own name, whole or not at all."""

    def sizes(self, revision: int) -> dict[str, int]:
        """Return the names of a snapshot's files with their sizes in bytes; none where there is no such snapshot."""
        ...

    def revisions(self) -> set[int]:
        """Return the revisions of which there are files."""
        ...

    def read(self, revision: int, name: str) -> Iterator[bytes]:
        """Return the bytes of a file, block by block; raise FileNotFoundError."""
        ...

    def delete(self, revision: int) -> None:
        """Remove a snapshot's files, if there are any."""

    def remove_leftovers(self) -> None:
        """Remove what was written aside by processes that ended; for when no other one is writing."""

    def claim(self, mark: str) -> None:
        """Keep the storage for the registry that `mark` names; raise StorageError if it is another one's."""

    def local_path(self, revision: int, name: str) -> Path | None:
        """Return where a file lies on this machine, None for a storage elsewhere."""

    def presign(self, revision: int, name: str) -> str | None:
        """Return an address from which anybody can read a file for the next hour, None for a local storage."""


def open_storage(url: str, scratch: Path | None = None) -> Storage:
    """Return the storage at `file:///folder` or `s3://bucket/prefix?endpoint=https://host&region=…`.

    A storage elsewhere takes files that are written into `scratch`, else into the system's folder for temporary files.
    Raises StorageError for one that cannot be had.
    """
    parts = urlsplit(url)
    if parts.scheme == "file":
        return Folder(Path(unquote(parts.path)))
    try:
        # Only who has a bucket needs the library for it.
        from directory.snapshots.storage.s3 import Bucket  # noqa: PLC0415
    except ImportError as error:
        message = "a bucket needs one more library: pip install '.[s3]' in the clone of this program"
        raise StorageError(message) from error
    return Bucket(url, scratch)

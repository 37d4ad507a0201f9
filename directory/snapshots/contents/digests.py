"""Files that are hashed and counted while they are written, and what a manifest states about each of them."""

from __future__ import annotations

import hashlib
import io
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from _typeshed import ReadableBuffer

BLOCK: Final = 1024 * 1024


@dataclass(frozen=True, slots=True)
class FileInfo:
    """A complete file: its name, size in bytes, SHA-256 in lower-case hexadecimal, and number of records, if any."""

    name: str
    bytes: int
    sha256: str
    rows: int | None = None


class HashingFile(io.RawIOBase):
    """A new file whose SHA-256 and size are computed while it is written."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._file = path.open("xb", buffering=0)
        self._hash = hashlib.sha256()
        self._bytes = 0

    def writable(self) -> bool:
        """Whether it can be written to: always."""
        return True

    def write(self, data: ReadableBuffer, /) -> int:
        """Write all of `data`, or raise OSError."""
        view = memoryview(data)
        size = view.nbytes
        self._hash.update(view)
        self._bytes += size
        while view.nbytes:
            # An unbuffered write may be partial; in return it reports a full disk here and not at close().
            view = view[self._file.write(view) :]
        return size

    def close(self) -> None:
        """Close the file."""
        self._file.close()
        super().close()

    @property
    def size(self) -> int:
        """The bytes written so far."""
        return self._bytes

    def info(self, rows: int | None = None) -> FileInfo:
        """Return name, size and digest of what was written; call it after the last write."""
        return FileInfo(self._path.name, self._bytes, self._hash.hexdigest(), rows)


@contextmanager
def open_hashing(path: Path) -> Iterator[HashingFile]:
    """Yield a new file to write to, closed when the block ends; raise FileExistsError."""
    file = HashingFile(path)
    try:
        yield file
    finally:
        file.close()


def read_blocks(read: Callable[[int], bytes]) -> Iterator[bytes]:
    """Yield what `read` returns, in blocks of up to 1 MiB, until it returns nothing."""
    while block := read(BLOCK):
        yield block

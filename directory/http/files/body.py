"""A file, or a range of one, as the body of a response."""

from __future__ import annotations

import contextlib
from typing import TYPE_CHECKING, Final, Self

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path
    from types import TracebackType
    from typing import BinaryIO

_BLOCK: Final = 256 * 1024
_SUFFIXES: Final = (".ndjson", ".json", ".csv")
_SLASHES_OF_LISTS: Final = 2


def is_download(path: str) -> bool:
    """Whether a path is that of a whole list as a file, which takes longer to answer than a page.

    Deeper paths, such as those of snapshots, are files that already exist, but for the rows of an import.
    """
    is_list = path.count("/") == _SLASHES_OF_LISTS or (path.startswith("/v1/imports/") and path.endswith("/rows.csv"))
    return path.startswith("/v1/") and path.endswith(_SUFFIXES) and is_list


class FileBody:
    """A WSGI iterable of a file's bytes; a server that can send a file by itself takes `path` instead.

    The owner closes it when the bytes are sent or the client is gone. `size` is in bytes; `start` is the offset of a
    range in the file, None for the whole file.
    """

    def __init__(
        self, path: Path, *, size: int, start: int | None = None, release: Callable[[], None] | None = None
    ) -> None:
        """Send `size` bytes of `path`; the first close calls `release`."""
        self.path = path
        self.size = size
        self.start = start
        self._left = size
        self._release = release
        self._file: BinaryIO | None = None

    @property
    def has_release(self) -> bool:
        """Whether closing it calls a function."""
        return self._release is not None

    def __iter__(self) -> Self:
        """Return the body itself: it can be read once."""
        return self

    def __next__(self) -> bytes:
        """Return the next bytes of the file, at most 256 KiB."""
        if self._file is None:
            self._file = self.path.open("rb")
            self._file.seek(self.start or 0)
        block = self._file.read(min(_BLOCK, self._left))
        if not block:
            raise StopIteration
        self._left -= len(block)
        return block

    def close(self) -> None:
        """Close the file and call `release`; a second call does nothing."""
        if self._file is not None:
            self._file.close()
        release, self._release = self._release, None
        if release is not None:
            release()

    def __enter__(self) -> Self:
        """Return the body, which the end of the block closes."""
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Close the body."""
        self.close()

    def __del__(self) -> None:
        """Close the file even if a server forgot to close its body."""
        # __init__ may have failed before it set an attribute.
        with contextlib.suppress(AttributeError):
            self.close()


class UnwrittenFileBody(FileBody):
    """A file that is still to be written: by the server, which may send it meanwhile, else before it is read.

    If it is closed before that, it is never written.
    """

    def __init__(
        self, path: Path, write: Callable[[Callable[[int], None]], int], *, release: Callable[[], None]
    ) -> None:
        """Take `write`, which writes `path`, calls its argument with the size so far, and returns the whole size."""
        super().__init__(path, size=0, release=release)
        self._write: Callable[[Callable[[int], None]], int] | None = write

    def write(self, on_growth: Callable[[int], None] = lambda _: None) -> None:
        """Write the file unless that was done; raise what the writer raises."""
        write, self._write = self._write, None
        if write is not None:
            self.size = self._left = write(on_growth)

    def __next__(self) -> bytes:
        """Return the next bytes of the file, which is written before the first ones."""
        self.write()
        return super().__next__()

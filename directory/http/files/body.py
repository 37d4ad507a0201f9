"""A finished file as the body of an answer."""

from __future__ import annotations

import contextlib
from typing import TYPE_CHECKING, Final, Self

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path
    from types import TracebackType
    from typing import BinaryIO

_BLOCK: Final = 256 * 1024
_FORMS: Final = (".ndjson", ".json", ".csv")
_DEPTH_OF_LISTS: Final = 2


def is_download(path: str) -> bool:
    """Tell whether the path of a request is that of a whole list, which takes longer to answer than a page.

    Files further down, as those of snapshots are, lie ready.
    """
    return path.startswith("/v1/") and path.endswith(_FORMS) and path.count("/") == _DEPTH_OF_LISTS


class FileBody:
    """A WSGI iterable of a file's bytes; a server that can send a file by itself takes `path` instead.

    Whoever has it closes it, once the bytes are sent or given up. `size` is in bytes; `start` is where they begin in
    the file, None where they are all of it.
    """

    def __init__(
        self, path: Path, *, size: int, start: int | None = None, release: Callable[[], None] | None = None
    ) -> None:
        """Send `size` bytes of `path`; call `release` at the first close."""
        self.path = path
        self.size = size
        self.start = start
        self._left = size
        self._release = release
        self._file: BinaryIO | None = None

    @property
    def is_awaited(self) -> bool:
        """Tell whether somebody is to be told when it is sent."""
        return self._release is not None

    def __iter__(self) -> Self:
        """Give the body itself: it is read once."""
        return self

    def __next__(self) -> bytes:
        """Give the next bytes of the file, at most 256 KiB."""
        if self._file is None:
            self._file = self.path.open("rb")
            self._file.seek(self.start or 0)
        block = self._file.read(min(_BLOCK, self._left))
        if not block:
            raise StopIteration
        self._left -= len(block)
        return block

    def close(self) -> None:
        """Give the file back; a second call does nothing."""
        if self._file is not None:
            self._file.close()
        release, self._release = self._release, None
        if release is not None:
            release()

    def __enter__(self) -> Self:
        """Give the body, to be closed at the end of the block."""
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Close the body."""
        self.close()

    def __del__(self) -> None:
        """Give the file back even if a server forgot to close its body."""
        with contextlib.suppress(AttributeError):
            self.close()

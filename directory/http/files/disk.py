"""Writing downloads to a disk that may become full: idle files make room, and a part of it stays free."""

from __future__ import annotations

import errno
import io
import logging
import os
import shutil
from typing import TYPE_CHECKING, BinaryIO, Final

from directory.http.problems import NoRoomForDownloads

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from _typeshed import ReadableBuffer

# The part of the disk that stays free, since the registry may be on it: one twentieth, at most so many bytes.
_RESERVED_PART: Final = 20
_MAX_RESERVED: Final = 256 * 1024 * 1024
# A quota and RLIMIT_FSIZE count as a full disk.
_FULL: Final = frozenset({errno.ENOSPC, errno.EDQUOT, errno.EFBIG})

logger = logging.getLogger(__name__)


class EvictingFile(io.RawIOBase):
    """A new file that calls `drop_idle` where the disk is full, and writes again as long as that frees space.

    After each write it calls `on_growth` with its size.
    """

    def __init__(self, file: io.FileIO, drop_idle: Callable[[], bool], on_growth: Callable[[int], None]) -> None:
        self._file = file
        self._drop_idle = drop_idle
        self._on_growth = on_growth
        self._size = 0

    def writable(self) -> bool:
        """Whether it accepts writes: always."""
        return True

    def write(self, data: ReadableBuffer, /) -> int:
        """Write some of `data` and return how many bytes; raise NoRoomForDownloads."""
        while True:
            try:
                written = self._file.write(data)
            except OSError as error:
                if error.errno not in _FULL or not self._drop_idle():
                    raise no_room(error) from error
            else:
                self._size += written
                self._on_growth(self._size)
                return written

    def close(self) -> None:
        """Close the file."""
        self._file.close()
        super().close()


class MeteredFile(io.RawIOBase):
    """A file that calls `before` with the number of bytes ahead of each write."""

    def __init__(self, file: BinaryIO, before: Callable[[int], None]) -> None:
        self._file = file
        self._before = before

    def writable(self) -> bool:
        """Whether it accepts writes: always."""
        return True

    def write(self, data: ReadableBuffer, /) -> int:
        """Write all of `data`, or raise before any of it."""
        view = memoryview(data)
        self._before(view.nbytes)
        self._file.write(view)
        return view.nbytes


def open_for_writing(path: Path) -> io.FileIO:
    """Open a new file; raise NoRoomForDownloads."""
    try:
        return path.open("wb", buffering=0)
    except OSError as error:
        raise no_room(error) from error


def is_disk_short(directory: Path, amount: int) -> bool:
    """Whether writing `amount` bytes would use the reserved part of the disk."""
    usage = shutil.disk_usage(directory)
    return usage.free - amount < min(usage.total // _RESERVED_PART, _MAX_RESERVED)


def no_room(error: OSError) -> NoRoomForDownloads:
    """Return the problem of a disk that cannot be written to, and tell the operator."""
    logger.error("downloads cannot be written (%s): make room, or set DIRECTORY_DOWNLOAD_CACHE_DIR", error)
    state = "is full" if error.errno in _FULL else "cannot be written to"
    return NoRoomForDownloads(f"The disk of downloads {state} ({os.strerror(error.errno or 0)}).")

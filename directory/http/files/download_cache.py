"""Downloads on disk: each is written whole before it is sent, shared by equal requests, and bounded in bytes.

A process has a folder of its own, named by a lock that it holds: what a process that died left behind is known by
the lock being free, and removed when the next one starts.

The disk may be full before the room is: then files that nobody reads give way, and some of the disk is left to others.
"""

from __future__ import annotations

import contextlib
import errno
import fcntl
import io
import logging
import os
import shutil
import tempfile
import threading
import time
from collections import OrderedDict
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, BinaryIO, Final, cast

from directory.http.files.body import FileBody
from directory.http.problems import NoRoomForDownloads, TooManyDownloads

if TYPE_CHECKING:
    from collections.abc import Callable, Hashable, Iterator

    from _typeshed import ReadableBuffer

_BUFFER: Final = 1024 * 1024
_LOCK: Final = "lock"
_PREFIX: Final = "downloads-"
_MAKING: Final = "new-"
# A folder is under that name for an instant, unless who made it died at it.
_MADE_SECONDS: Final = 60.0
# What is left free of the disk, on which the registry itself may lie: a part of it, and of a large one so much.
_RESERVED_PART: Final = 20
_MAX_RESERVED: Final = 256 * 1024 * 1024
# A quota and a process's own bound are as a disk that is full.
_FULL: Final = frozenset({errno.ENOSPC, errno.EDQUOT, errno.EFBIG})

logger = logging.getLogger(__name__)


@dataclass(slots=True)
class _Entry:
    """One download: being written (`ready` unset), then read by `readers`, then idle until its room is needed."""

    path: Path
    ready: threading.Event = field(default_factory=threading.Event)
    size: int = 0
    readers: int = 0
    failed: bool = False


class DownloadCache:
    """The downloads of one process."""

    def __init__(self, directory: Path, max_bytes: int, max_writers: int) -> None:
        """Take room for `max_bytes` bytes under `directory`; write at most `max_productions` files at a time."""
        self.max_bytes = max_bytes
        self.max_writers = max_writers
        self._lock = threading.Lock()
        # In the order of last use, so the first idle one is the first to go.
        self._entries: OrderedDict[Hashable, _Entry] = OrderedDict()
        self._bytes = 0
        self._writers = 0
        self._made = 0
        self._directory = directory
        # Made by the first download: whoever only describes the service leaves the disk alone.
        self._folder: Path | None = None
        self._held: int | None = None
        remove_leftovers(directory)

    def get_or_write(self, key: Hashable, write: Callable[[BinaryIO], None]) -> FileBody:
        """Return the file of `key`, from `write` or from an equal request before.

        Raises TooManyDownloads and NoRoomForDownloads. `write` gets a binary file. What it raises is raised here, and
        nothing of the file stays.
        """
        while True:
            entry, is_ours = self._claim(key)
            if is_ours:
                self._write(key, entry, write)
                return self._body(entry)
            entry.ready.wait()
            if not entry.failed:
                return self._body(entry)

    def close(self) -> None:
        """Remove all files; for when no thread is writing or sending one."""
        if self._folder is not None:
            shutil.rmtree(self._folder, ignore_errors=True)
        if self._held is not None:
            os.close(self._held)
        self._folder = self._held = None

    def _claim(self, key: Hashable) -> tuple[_Entry, bool]:
        """Return the entry of `key` with one more reader, and whether this thread has to write it."""
        with self._lock:
            entry = self._entries.get(key)
            if entry is not None and entry.ready.is_set() and not entry.path.exists():
                # Somebody has tidied up.
                del self._entries[key]
                self._bytes -= entry.size
                entry = None
            if entry is not None:
                entry.readers += 1
                self._entries.move_to_end(key)
                return entry, False
            if self._writers >= self.max_writers:
                raise TooManyDownloads(f"{self._writers} downloads are being prepared; that is as many as may be.")
            try:
                folder = self._folder if self._folder is not None and self._folder.exists() else self._make_folder()
            except OSError as error:
                raise _no_room(error) from error
            self._writers += 1
            self._made += 1
            entry = self._entries[key] = _Entry(folder / str(self._made), readers=1)
            return entry, True

    def _make_folder(self) -> Path:
        """Make this process's folder and hold its lock for as long as the process lives."""
        if self._held is not None:
            os.close(self._held)
            self._held = None
        self._directory.mkdir(parents=True, exist_ok=True)
        made = Path(tempfile.mkdtemp(prefix=_MAKING, dir=self._directory))
        try:
            self._held = os.open(made / _LOCK, os.O_CREAT | os.O_RDWR, 0o600)
            fcntl.flock(self._held, fcntl.LOCK_EX | fcntl.LOCK_NB)
            # Under a name that others look at only now that the lock is held.
            self._folder = made.rename(made.with_name(made.name.replace(_MAKING, _PREFIX, 1)))
        except OSError:
            shutil.rmtree(made, ignore_errors=True)
            raise
        return self._folder

    def _write(self, key: Hashable, entry: _Entry, write: Callable[[BinaryIO], None]) -> None:
        try:
            with io.BufferedWriter(_Yielding(_open(entry.path), self._drop_idle), _BUFFER) as file:
                write(cast("BinaryIO", _Metered(file, lambda amount: self._take(entry, amount))))
        except BaseException:
            with self._lock:
                entry.failed = True
                del self._entries[key]
                self._bytes -= entry.size
            with contextlib.suppress(OSError):
                entry.path.unlink(missing_ok=True)
            raise
        finally:
            with self._lock:
                self._writers -= 1
            entry.ready.set()

    def _take(self, entry: _Entry, amount: int) -> None:
        """Count bytes that are about to be written, idle files giving way.

        Raises TooManyDownloads where their room is taken, NoRoomForDownloads where the disk's is.
        """
        while _is_short(self._directory, amount):
            if not self._drop_idle():
                raise NoRoomForDownloads("What is left of the disk of downloads is kept for the registry itself.")
        while True:
            with self._lock:
                if self._bytes + amount <= self.max_bytes:
                    self._bytes += amount
                    entry.size += amount
                    return
            if not self._drop_idle():
                raise TooManyDownloads(f"The room for downloads, {self.max_bytes} bytes, is taken.")

    def _drop_idle(self) -> bool:
        """Remove the file that was read longest ago and is not being read; tell whether there was one."""
        with self._lock:
            key = next((key for key, entry in self._entries.items() if entry.readers == 0), None)
            if key is None:
                return False
            gone = self._entries.pop(key)
            self._bytes -= gone.size
            gone.path.unlink(missing_ok=True)
            return True

    def _body(self, entry: _Entry) -> FileBody:
        return FileBody(entry.path, size=entry.size, release=lambda: self._release(entry))

    def _release(self, entry: _Entry) -> None:
        with self._lock:
            entry.readers -= 1


class _Yielding(io.RawIOBase):
    """A new file; where the disk has no room for what is written, others give way by `drop_idle` as long as it can."""

    def __init__(self, file: io.FileIO, drop_idle: Callable[[], bool]) -> None:
        self._file = file
        self._drop_idle = drop_idle

    def writable(self) -> bool:
        """Tell that it takes writes."""
        return True

    def write(self, data: ReadableBuffer, /) -> int:
        """Write some of `data` and tell how much; raise NoRoomForDownloads."""
        while True:
            try:
                return self._file.write(data)
            except OSError as error:
                if error.errno not in _FULL or not self._drop_idle():
                    raise _no_room(error) from error

    def close(self) -> None:
        """Close the file."""
        self._file.close()
        super().close()


class _Metered(io.RawIOBase):
    """A file to write to that asks before each write."""

    def __init__(self, file: BinaryIO, before: Callable[[int], None]) -> None:
        self._file = file
        self._before = before

    def writable(self) -> bool:
        """Tell that it takes writes."""
        return True

    def write(self, data: ReadableBuffer, /) -> int:
        """Write all of `data`, or raise before any of it."""
        view = memoryview(data)
        self._before(view.nbytes)
        self._file.write(view)
        return view.nbytes


def _open(path: Path) -> io.FileIO:
    try:
        return path.open("wb", buffering=0)
    except OSError as error:
        raise _no_room(error) from error


def _is_short(directory: Path, amount: int) -> bool:
    """Whether the disk would have less left than is kept for others."""
    usage = shutil.disk_usage(directory)
    return usage.free - amount < min(usage.total // _RESERVED_PART, _MAX_RESERVED)


def _no_room(error: OSError) -> NoRoomForDownloads:
    logger.error("downloads cannot be written (%s): make room, or set DIRECTORY_DOWNLOAD_CACHE_DIR", error)
    state = "is full" if error.errno in _FULL else "cannot be written to"
    return NoRoomForDownloads(f"The disk of downloads {state} ({os.strerror(error.errno or 0)}).")


def remove_leftovers(directory: Path) -> None:
    """Remove the folders of processes that ended without doing so."""
    for folder in directory.glob(f"{_MAKING}*"):
        with contextlib.suppress(OSError):
            if folder.stat().st_mtime < time.time() - _MADE_SECONDS:
                shutil.rmtree(folder, ignore_errors=True)
    for folder in directory.glob(f"{_PREFIX}*"):
        # Another process may remove it at the same time, or it is another user's.
        with contextlib.suppress(OSError), _alone(folder):
            shutil.rmtree(folder, ignore_errors=True)
            logger.info("removed the downloads that an earlier process left in %s", folder)


@contextlib.contextmanager
def _alone(folder: Path) -> Iterator[None]:
    """Hold the folder's lock; raise BlockingIOError if its process lives, another OSError if there is no lock."""
    held = os.open(folder / _LOCK, os.O_RDWR)
    try:
        fcntl.flock(held, fcntl.LOCK_EX | fcntl.LOCK_NB)
        yield
    finally:
        os.close(held)

"""A cache of generated downloads on disk, which equal requests share.

A download is written as a whole before it is sent, or by the server, which sends what there is meanwhile.

Its size in bytes is bounded; the files that were used longest ago are evicted. Each process has a folder with a lock on
a file in it: a free lock shows that the process died, and the next start removes the folder.

The disk may be full before the cache is: then idle files are evicted too, and a part of the disk stays reserved.
"""

from __future__ import annotations

import contextlib
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

from directory.http.files.body import FileBody, UnwrittenFileBody
from directory.http.files.disk import EvictingFile, MeteredFile, is_disk_short, no_room, open_for_writing
from directory.http.problems import NoRoomForDownloads, TooManyDownloads

if TYPE_CHECKING:
    from collections.abc import Callable, Hashable, Iterator

# Larger writes pass it, so what was copied can be sent at once.
_BUFFER: Final = 64 * 1024
_LOCK: Final = "lock"
_PREFIX: Final = "downloads-"
_NEW_PREFIX: Final = "new-"
# A folder has that name for an instant, unless its process died meanwhile.
_NEW_SECONDS: Final = 60.0

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
    """The cached downloads of one process."""

    def __init__(self, directory: Path, max_bytes: int, max_writers: int) -> None:
        """Use at most `max_bytes` bytes in `directory`, and write at most `max_writers` files at a time."""
        self.max_bytes = max_bytes
        self.max_writers = max_writers
        self._lock = threading.Lock()
        # In the order of last use, so the first idle one is the first to go.
        self._entries: OrderedDict[Hashable, _Entry] = OrderedDict()
        self._bytes = 0
        self._writers = 0
        self._made = 0
        self._directory = directory
        # The first download creates it: a process that only writes the OpenAPI document leaves the disk alone.
        self._folder: Path | None = None
        self._lock_fd: int | None = None
        remove_leftovers(directory)

    def get_or_write(self, key: Hashable, write: Callable[[BinaryIO], None], *, is_deferred: bool = False) -> FileBody:
        """Return the file of `key`, from `write` or from an equal request before.

        Raises TooManyDownloads and NoRoomForDownloads. `write` gets a binary file. What it raises is raised here, and
        nothing of the file stays. If `is_deferred`, it is called, and raises, where the body is written.
        """
        while True:
            entry, is_writer = self._claim(key)
            if is_writer and is_deferred:
                return self._unwritten_body(key, entry, write)
            if is_writer:
                self._write(key, entry, write)
                return self._body(entry)
            entry.ready.wait()
            # Its writer has raised the error in its own request; of those that waited, one writes next.
            if not entry.failed:
                return self._body(entry)

    def close(self) -> None:
        """Remove all files; call it when no thread is writing or sending one."""
        if self._folder is not None:
            shutil.rmtree(self._folder, ignore_errors=True)
        if self._lock_fd is not None:
            os.close(self._lock_fd)
        self._folder = self._lock_fd = None

    def _claim(self, key: Hashable) -> tuple[_Entry, bool]:
        """Return the entry of `key` with one more reader, and whether this thread has to write it."""
        with self._lock:
            entry = self._entries.get(key)
            if entry is not None and entry.ready.is_set() and not entry.path.exists():
                # Something else, such as a tmp cleaner, removed the file.
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
                raise no_room(error) from error
            self._writers += 1
            self._made += 1
            entry = self._entries[key] = _Entry(folder / str(self._made), readers=1)
            return entry, True

    def _make_folder(self) -> Path:
        """Create the folder of this process, and hold its lock as long as the process lives."""
        if self._lock_fd is not None:
            os.close(self._lock_fd)
            self._lock_fd = None
        self._directory.mkdir(parents=True, exist_ok=True)
        made = Path(tempfile.mkdtemp(prefix=_NEW_PREFIX, dir=self._directory))
        try:
            self._lock_fd = os.open(made / _LOCK, os.O_CREAT | os.O_RDWR, 0o600)
            fcntl.flock(self._lock_fd, fcntl.LOCK_EX | fcntl.LOCK_NB)
            # Other processes look at folders of this name, so it gets the name only after the lock.
            self._folder = made.rename(made.with_name(made.name.replace(_NEW_PREFIX, _PREFIX, 1)))
        except OSError:
            shutil.rmtree(made, ignore_errors=True)
            raise
        return self._folder

    def _write(
        self,
        key: Hashable,
        entry: _Entry,
        write: Callable[[BinaryIO], None],
        on_growth: Callable[[int], None] = lambda _: None,
    ) -> int:
        try:
            with io.BufferedWriter(
                EvictingFile(open_for_writing(entry.path), self._drop_idle, on_growth), _BUFFER
            ) as file:
                write(cast("BinaryIO", MeteredFile(file, lambda amount: self._reserve(entry, amount))))
        except BaseException:
            self._fail(key, entry)
            raise
        self._finish(entry)
        return entry.size

    def _fail(self, key: Hashable, entry: _Entry) -> None:
        """Remove what there is of a file."""
        with self._lock:
            entry.failed = True
            del self._entries[key]
            self._bytes -= entry.size
        with contextlib.suppress(OSError):
            entry.path.unlink(missing_ok=True)
        self._finish(entry)

    def _finish(self, entry: _Entry) -> None:
        with self._lock:
            self._writers -= 1
        entry.ready.set()

    def _reserve(self, entry: _Entry, amount: int) -> None:
        """Reserve bytes that are about to be written, and evict idle files for them.

        Raises TooManyDownloads where the cache is full, NoRoomForDownloads where the disk is.
        """
        while is_disk_short(self._directory, amount):
            if not self._drop_idle():
                raise NoRoomForDownloads("The rest of the disk of downloads is reserved for the registry itself.")
        while True:
            with self._lock:
                if self._bytes + amount <= self.max_bytes:
                    self._bytes += amount
                    entry.size += amount
                    return
            if not self._drop_idle():
                raise TooManyDownloads(f"The room for downloads, {self.max_bytes} bytes, is taken.")

    def _drop_idle(self) -> bool:
        """Remove the file that was read longest ago and is not being read; return whether there was one."""
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

    def _unwritten_body(self, key: Hashable, entry: _Entry, write: Callable[[BinaryIO], None]) -> FileBody:
        def release() -> None:
            if not entry.ready.is_set():
                self._fail(key, entry)
            self._release(entry)

        return UnwrittenFileBody(
            entry.path, lambda on_growth: self._write(key, entry, write, on_growth), release=release
        )

    def _release(self, entry: _Entry) -> None:
        with self._lock:
            entry.readers -= 1


def remove_leftovers(directory: Path) -> None:
    """Remove the folders of processes that ended without removing them."""
    for folder in directory.glob(f"{_NEW_PREFIX}*"):
        with contextlib.suppress(OSError):
            if folder.stat().st_mtime < time.time() - _NEW_SECONDS:
                shutil.rmtree(folder, ignore_errors=True)
    for folder in directory.glob(f"{_PREFIX}*"):
        # Another process may remove it at the same time, or it is another user's.
        with contextlib.suppress(OSError), _lock_of(folder):
            shutil.rmtree(folder, ignore_errors=True)
            logger.info("removed the downloads that an earlier process left in %s", folder)


@contextlib.contextmanager
def _lock_of(folder: Path) -> Iterator[None]:
    """Hold the lock of a folder; raise BlockingIOError if its process lives, another OSError if there is no lock."""
    # A lock of flock(2) belongs to the open file, so this fails within its own process, too.
    lock_fd = os.open(folder / _LOCK, os.O_RDWR)
    try:
        fcntl.flock(lock_fd, fcntl.LOCK_EX | fcntl.LOCK_NB)
        yield
    finally:
        os.close(lock_fd)

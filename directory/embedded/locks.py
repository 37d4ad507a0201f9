"""Locks of the data folder, which the kernel releases however their holder ends, `kill -9` included.

- start.lock: exclusive for the process that starts or stops PostgreSQL, and inherited by initdb.
- users.lock: shared by every process that uses it; the one that can lock it exclusively is the last.
- server.lock: inherited by PostgreSQL's processes; while it is locked, at least one of them lives.
"""

import fcntl
import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path


def open_owned(path: Path, flags: int) -> int:
    """Return a descriptor of the file `path`, created if missing, never opened through a symlink."""
    descriptor = os.open(path, flags | os.O_CREAT | os.O_NOFOLLOW | os.O_CLOEXEC, 0o600)
    if os.geteuid() == 0:
        # In the folder of an ordinary user, root must not leave files that this user cannot open.
        folder = path.parent.stat()
        os.fchown(descriptor, folder.st_uid, folder.st_gid)
    return descriptor


@contextmanager
def open_lock_file(path: Path) -> Iterator[int]:
    """Yield a descriptor of the lock file `path`; a lock on it is released with its last descriptor."""
    descriptor = open_owned(path, os.O_RDWR)
    try:
        yield descriptor
    finally:
        os.close(descriptor)


@contextmanager
def lock_exclusive(path: Path, on_wait: Callable[[], None]) -> Iterator[int]:
    """Hold the lock exclusively while the block runs and yield its descriptor; call `on_wait` before waiting."""
    with open_lock_file(path) as descriptor:
        if not try_lock_exclusive(descriptor):
            on_wait()
            fcntl.flock(descriptor, fcntl.LOCK_EX)
        yield descriptor


def lock_shared(descriptor: int) -> None:
    """Take the lock in shared mode, waiting if necessary."""
    fcntl.flock(descriptor, fcntl.LOCK_SH)


def try_lock_exclusive(descriptor: int) -> bool:
    """Whether nobody else holds the lock; if so, this process now holds it exclusively."""
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True

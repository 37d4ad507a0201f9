"""Locks of the data folder that the system lets go of however their holder ends, `kill -9` included.

- start.lock: held by whoever starts or stops PostgreSQL, and by initdb.
- users.lock: shared by every process that uses it; who can have it alone is the last.
- server.lock: held by PostgreSQL's own processes; as long as it is held, one of them lives.
"""

import fcntl
import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path


def open_ours(path: Path, flags: int) -> int:
    """Give a descriptor of the file `path`, made if need be, never through a link."""
    descriptor = os.open(path, flags | os.O_CREAT | os.O_NOFOLLOW | os.O_CLOEXEC, 0o600)
    if os.geteuid() == 0:
        # In a folder of an ordinary user, root leaves nothing that this user could not open.
        folder = path.parent.stat()
        os.fchown(descriptor, folder.st_uid, folder.st_gid)
    return descriptor


@contextmanager
def lock_file(path: Path) -> Iterator[int]:
    """Give a descriptor of the lock file `path`; a lock on it ends with its last descriptor."""
    descriptor = open_ours(path, os.O_RDWR)
    try:
        yield descriptor
    finally:
        os.close(descriptor)


@contextmanager
def alone(path: Path, waiting: Callable[[], None]) -> Iterator[int]:
    """Keep all others out, and give the lock's descriptor; calls `waiting` if somebody else has it."""
    with lock_file(path) as descriptor:
        if not try_alone(descriptor):
            waiting()
            fcntl.flock(descriptor, fcntl.LOCK_EX)
        yield descriptor


def share(descriptor: int) -> None:
    """Be one of those who hold the lock together."""
    fcntl.flock(descriptor, fcntl.LOCK_SH)


def try_alone(descriptor: int) -> bool:
    """Tell whether nobody else holds the lock; then it is ours alone."""
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True

"""Connections of a worker: a bound on them, and nobody keeps others out by opening many and saying nothing.

granian accepts no more connections than it is told, and ends those that send no whole request within a time. Until
then they would hold all places. So where places get scarce, connections on which nothing is under way are closed
early, first those of the client that has most. (Behind a proxy all are the proxy's; it opens new ones.)
"""

from __future__ import annotations

import contextlib
import os
import resource
import socket
import struct
import sys
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Final, NamedTuple

from directory.telemetry import logger

DEFAULT: Final = 8192
# Of the places of a worker: from this part on connections are closed early, until only that part is taken.
_SCARCE: Final = 0.75
_ENOUGH: Final = 0.6
_PAUSE_SECONDS: Final = 1.0
# A connection that was used just now is left alone.
_QUIET_SECONDS: Final = 2.0
# Beside a connection, the file that is sent on it; beside all of them, the database, the loop, the program's files.
_EACH: Final = 2
_BESIDE: Final = 256
# In Linux's struct tcp_info: what is not acknowledged, milliseconds since data were sent and received.
_TCP_INFO_BYTES: Final = 104
_UNACKED, _SENT, _RECEIVED = 24, 44, 52
_log = logger("connections")


class OpenFilesError(Exception):
    """The system lets this process open too few files; the message names the remedy."""


class _Connection(NamedTuple):
    descriptor: int
    host: str
    name: str
    quiet_seconds: float


def allow_open_files(wanted: int | None, workers: int) -> int:
    """Return how many connections the workers may have together, and let the processes started from now on have them.

    `wanted` None: as many as usual, or as the system allows; raise OpenFilesError where it does not allow `wanted`.
    """
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    connections = wanted or DEFAULT
    needed = _EACH * -(-connections // workers) + _BESIDE
    if soft != resource.RLIM_INFINITY and soft < needed:
        with contextlib.suppress(ValueError, OSError):
            limit = needed if hard == resource.RLIM_INFINITY else min(needed, hard)
            resource.setrlimit(resource.RLIMIT_NOFILE, (limit, hard))
            soft = limit
    if soft == resource.RLIM_INFINITY or soft >= needed:
        return connections
    fit = (soft - _BESIDE) // _EACH * workers
    if wanted is not None or fit < workers:
        message = (
            f"{connections} connections need {needed} open files a worker, and the system allows {soft}: "
            f"raise its limit (ulimit -Hn, LimitNOFILE= of systemd), or set DIRECTORY_CONNECTIONS to {max(fit, 16)}"
        )
        raise OpenFilesError(message)
    _log.warning("%d connections at a time: the system allows %d open files a process", fit, soft)
    return fit


def places_of_worker(connections: int | None, workers: int) -> int:
    """Return how many connections one of the workers may have."""
    return max(1, (connections or DEFAULT) // workers)


def bound(connections: int, idle_seconds: int, busy: Callable[[], set[str]]) -> None:
    """Begin to keep places free among `connections`; to be called once this process listens.

    A client that takes nothing of what it is sent is cut off after `idle_seconds`. `busy` gives the clients
    ("host:port") whose requests are under way.
    """
    if sys.platform != "linux":
        return
    ports = set()
    for listener in _sockets():
        with listener:
            if listener.getsockopt(socket.SOL_SOCKET, socket.SO_ACCEPTCONN):
                ports.add(listener.getsockname()[1])
                # Those that are accepted have it from here.
                listener.setsockopt(socket.IPPROTO_TCP, socket.TCP_USER_TIMEOUT, idle_seconds * 1000)
    threading.Thread(target=_keep_free, args=(connections, ports, busy), name="connections", daemon=True).start()


def _keep_free(connections: int, ports: set[int], busy: Callable[[], set[str]]) -> None:
    while True:
        time.sleep(_PAUSE_SECONDS)
        if len(os.listdir("/proc/self/fd")) > _SCARCE * connections:  # noqa: PTH208 - names are all that is wanted
            closed = close_quiet(connections, ports, busy)
            if closed:
                _log.warning("closed %d connections on which nothing was under way: places are scarce", closed)


def close_quiet(connections: int, ports: set[int], busy: Callable[[], set[str]]) -> int:
    """Close quiet connections to `ports` until places are free again, and return how many: of who has most first."""
    found = [*_connections(ports)]
    excess = len(found) - int(_ENOUGH * connections)
    if len(found) <= _SCARCE * connections:
        return 0
    shares = Counter(connection.host for connection in found)
    # Asked for after them: whatever was begun meanwhile is in it.
    names = busy()
    quiet = [found for found in found if found.quiet_seconds >= _QUIET_SECONDS and found.name not in names]
    quiet.sort(key=lambda connection: (shares[connection.host], connection.quiet_seconds), reverse=True)
    return sum(_close(connection) for connection in quiet[:excess])


def _close(connection: _Connection) -> bool:
    """Close a connection under the server, which takes it for one that the client left; whether it was still there."""
    with contextlib.suppress(OSError), socket.socket(fileno=os.dup(connection.descriptor)) as shared:
        if _name(shared.getpeername()) == connection.name:
            shared.shutdown(socket.SHUT_RDWR)
            return True
    return False


def _connections(ports: set[int]) -> Iterator[_Connection]:
    for number, shared in _numbered():
        with shared, contextlib.suppress(OSError):
            # Those that this process opened itself, to the database or a storage, are nobody's place.
            if shared.getsockname()[1] not in ports:
                continue
            address = shared.getpeername()
            told = shared.getsockopt(socket.IPPROTO_TCP, socket.TCP_INFO, _TCP_INFO_BYTES)
            unacked, sent, received = (struct.unpack_from("I", told, at)[0] for at in (_UNACKED, _SENT, _RECEIVED))
            quiet_seconds = 0.0 if unacked else min(sent, received) / 1000
            yield _Connection(number, address[0], _name(address), quiet_seconds)


def _sockets() -> Iterator[socket.socket]:
    return (shared for _, shared in _numbered())


def _numbered() -> Iterator[tuple[int, socket.socket]]:
    """Yield this process's sockets of TCP with their numbers; whoever takes one closes it."""
    for name in os.listdir("/proc/self/fd"):  # noqa: PTH208 - names are all that is wanted
        with contextlib.suppress(OSError):
            if str(Path(f"/proc/self/fd/{name}").readlink()).startswith("socket:"):
                shared = socket.socket(fileno=os.dup(int(name)))
                if shared.family in {socket.AF_INET, socket.AF_INET6} and shared.type == socket.SOCK_STREAM:
                    yield int(name), shared
                else:
                    shared.close()


def _name(address: tuple[str, int]) -> str:
    """Return a client's address as granian writes it."""
    host = f"[{address[0]}]" if ":" in address[0] else address[0]
    return f"{host}:{address[1]}"

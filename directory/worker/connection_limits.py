"""A limit on the connections of a worker, under which idle clients cannot keep others out.

A matter of robustness: granian accepts a fixed number of connections, and closes those that send no whole request
within a time limit. Until then 1,024 silent connections excluded all other clients. So above a high-water mark
connections on which nothing happens are closed early, first those of the client that has most. (Behind a proxy all are
the proxy's, which opens new ones.)
"""

from __future__ import annotations

import contextlib
import os
import resource
import socket
import sys
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator
from typing import Final, NamedTuple

from directory.telemetry import logger
from directory.worker.tcp_sockets import open_tcp_sockets, read_tcp_info

DEFAULT_CONNECTIONS: Final = 8192
# Parts of a worker's limit: above the first, idle connections are closed until the second is reached.
_HIGH_WATER_MARK: Final = 0.75
_LOW_WATER_MARK: Final = 0.6
_PAUSE_SECONDS: Final = 1.0
# A connection that was used more recently is left alone.
_MIN_IDLE_SECONDS: Final = 2.0
# The connection, and the file that is sent on it.
_FILES_PER_CONNECTION: Final = 2
# Connections to the database, the event loop, the program's own files.
_OTHER_FILES: Final = 256
_log = logger("connections")


class OpenFilesError(Exception):
    """The system lets this process open too few files; the message names the remedy."""


class _Connection(NamedTuple):
    descriptor: int
    host: str
    peer: str
    idle_seconds: float


def allow_open_files(requested: int | None, workers: int) -> int:
    """Return how many connections the workers may have together; raise the limit of open files of later processes.

    `requested` None: as many as DEFAULT_CONNECTIONS, or as the system allows. Raise OpenFilesError where it does not
    allow `requested`.
    """
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    connections = requested or DEFAULT_CONNECTIONS
    needed = _FILES_PER_CONNECTION * -(-connections // workers) + _OTHER_FILES
    if soft != resource.RLIM_INFINITY and soft < needed:
        with contextlib.suppress(ValueError, OSError):
            limit = needed if hard == resource.RLIM_INFINITY else min(needed, hard)
            resource.setrlimit(resource.RLIMIT_NOFILE, (limit, hard))
            soft = limit
    if soft == resource.RLIM_INFINITY or soft >= needed:
        return connections
    fit = (soft - _OTHER_FILES) // _FILES_PER_CONNECTION * workers
    if requested is not None or fit < workers:
        message = (
            f"{connections} connections need {needed} open files a worker, and the system allows {soft}: "
            f"raise its limit (ulimit -Hn, LimitNOFILE= of systemd), or set DIRECTORY_CONNECTIONS to {max(fit, 16)}"
        )
        raise OpenFilesError(message)
    _log.warning("%d connections at a time: the system allows %d open files a process", fit, soft)
    return fit


def connections_per_worker(connections: int | None, workers: int) -> int:
    """Return how many connections one of the workers may have."""
    return max(1, (connections or DEFAULT_CONNECTIONS) // workers)


def start_limiting(connections: int, idle_seconds: int, active_clients: Callable[[], set[str]]) -> None:
    """Start the thread that closes idle connections; to be called once this process listens.

    A client that does not acknowledge what it is sent is disconnected after `idle_seconds`. `active_clients` returns
    those ("host:port") whose requests are queued or running.
    """
    if sys.platform != "linux":
        return
    ports = set()
    for _, listener in open_tcp_sockets():
        if listener.getsockopt(socket.SOL_SOCKET, socket.SO_ACCEPTCONN):
            ports.add(listener.getsockname()[1])
            # Accepted connections inherit it.
            listener.setsockopt(socket.IPPROTO_TCP, socket.TCP_USER_TIMEOUT, idle_seconds * 1000)
    arguments = (connections, ports, active_clients)
    threading.Thread(target=_enforce_limit, args=arguments, name="connections", daemon=True).start()


def _enforce_limit(connections: int, ports: set[int], active_clients: Callable[[], set[str]]) -> None:
    while True:
        time.sleep(_PAUSE_SECONDS)
        # Counting descriptors is cheap, looking at each socket is not.
        if len(os.listdir("/proc/self/fd")) > _HIGH_WATER_MARK * connections:  # noqa: PTH208 - a count alone
            closed = close_idle(connections, ports, active_clients)
            if closed:
                _log.warning("closed %d idle connections: the limit of connections was near", closed)


def close_idle(connections: int, ports: set[int], active_clients: Callable[[], set[str]]) -> int:
    """Close idle connections to `ports` down to the low-water mark; return how many. The largest client's go first."""
    open_connections = [*_connections(ports)]
    excess = len(open_connections) - int(_LOW_WATER_MARK * connections)
    if len(open_connections) <= _HIGH_WATER_MARK * connections:
        return 0
    per_host = Counter(connection.host for connection in open_connections)
    # Called after the connections were listed, so that requests that started meanwhile are among these.
    active = active_clients()
    idle = [
        connection
        for connection in open_connections
        if connection.idle_seconds >= _MIN_IDLE_SECONDS and connection.peer not in active
    ]
    idle.sort(key=lambda connection: (per_host[connection.host], connection.idle_seconds), reverse=True)
    return sum(_close(connection) for connection in idle[:excess])


def _close(connection: _Connection) -> bool:
    """Shut a connection down, which granian takes for a client that left; return whether it was still open."""
    with contextlib.suppress(OSError), socket.socket(fileno=os.dup(connection.descriptor)) as duplicate:
        # The descriptor may belong to another connection by now.
        if _peer_name(duplicate.getpeername()) == connection.peer:
            duplicate.shutdown(socket.SHUT_RDWR)
            return True
    return False


def _connections(ports: set[int]) -> Iterator[_Connection]:
    for descriptor, connection in open_tcp_sockets():
        # OSError: a listening socket has no peer.
        with contextlib.suppress(OSError):
            # Not those that this process opened itself, to the database or a storage.
            if connection.getsockname()[1] in ports:
                address = connection.getpeername()
                idle_seconds = read_tcp_info(connection).idle_seconds
                yield _Connection(descriptor, address[0], _peer_name(address), idle_seconds)


def _peer_name(address: tuple[str, int]) -> str:
    """Return a client's address as granian writes it."""
    host = f"[{address[0]}]" if ":" in address[0] else address[0]
    return f"{host}:{address[1]}"

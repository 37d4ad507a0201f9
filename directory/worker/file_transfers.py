"""Files that the server is sending: granian sends them without Python, and does not say when it is done.

Nor does it ever give a reader up that takes no more. So the system is asked how far each reader is, and the connection
of one that does not go on is ended: its file takes room that others wait for.
"""

import asyncio
import contextlib
import ipaddress
import os
import socket
import stat
import struct
import sys
import time
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Final, Protocol

from directory.telemetry import logger

# Until granian has surely opened a file, it is not missed among the open ones.
GRACE_SECONDS: Final = 10.0
_PAUSE_SECONDS: Final = 1.0
# A reader that took less than this in so many seconds, though there was more for it, has stopped reading.
STALLED_SECONDS: Final = 30.0
_LEAST_BYTES: Final = 30_000
# Looking at every connection costs some 5 microseconds for each.
_LOOK_SECONDS: Final = 5.0
# In `struct tcp_info` of Linux (linux/tcp.h): bytes that the other side has acknowledged.
_ACKNOWLEDGED: Final = 120
_INFO_BYTES: Final = 256

_Peer = tuple[str, int]
_log = logger("transfers")


class Body(Protocol):
    """A file that is kept until `close`."""

    def close(self) -> None:
        """Let the file go."""


class Transfers:
    """The files being sent by this process: each is closed once its process no longer has it open."""

    def __init__(
        self,
        open_files: Callable[[], Counter[str]],
        grace_seconds: float = GRACE_SECONDS,
        stalled_seconds: float = STALLED_SECONDS,
    ) -> None:
        """Look at `open_files`, the names of this process's open files, with how often each is open."""
        self._readers = Readers(stalled_seconds)
        self._open_files = open_files
        self._grace_seconds = grace_seconds
        self._begun: dict[str, list[tuple[float, Body]]] = {}
        self._watch: asyncio.Task[None] | None = None

    def __len__(self) -> int:
        """Return the number of transfers that may still go on."""
        return sum(len(transfers) for transfers in self._begun.values())

    def add(self, path: str, body: Body, client: str = "") -> None:
        """Begin the transfer of `path` to the client at this address and port; on the event loop."""
        self._readers.add(client)
        self._begun.setdefault(os.path.realpath(path), []).append((time.monotonic(), body))
        if self._watch is None or self._watch.done():
            self._watch = asyncio.get_running_loop().create_task(self._look())

    async def _look(self) -> None:
        while self._begun:
            await asyncio.sleep(_PAUSE_SECONDS)
            self.release()
            self._readers.cut_stalled()
        self._readers.clear()

    def release(self) -> None:
        """Close the bodies of transfers that are over: of one file, as many as it is no longer open, oldest first."""
        still_open = self._open_files()
        before = time.monotonic() - self._grace_seconds
        for path, transfers in list(self._begun.items()):
            over = min(len(transfers) - still_open[path], sum(begun < before for begun, _ in transfers))
            for _, body in transfers[: max(0, over)]:
                body.close()
            del transfers[: max(0, over)]
            if not transfers:
                del self._begun[path]


def open_files() -> Counter[str]:
    """Return the names of this process's open files, with how often each is open."""
    found: Counter[str] = Counter()
    for descriptor in Path("/dev/fd").iterdir():
        with contextlib.suppress(OSError):
            found[_name(int(descriptor.name))] += 1
    return found


def _name(descriptor: int) -> str:
    if sys.platform == "darwin":
        import fcntl  # noqa: PLC0415 - its constant is there on macOS only

        return fcntl.fcntl(descriptor, fcntl.F_GETPATH, bytes(1024)).rstrip(b"\0").decode()
    return str(Path(f"/proc/self/fd/{descriptor}").readlink())


@dataclass(slots=True)
class _Progress:
    """How much a client had taken, and since when it has not gone on."""

    acknowledged: int
    since: float


class Readers:
    """The clients of transfers under way."""

    def __init__(self, stalled_seconds: float) -> None:
        self._stalled_seconds = stalled_seconds
        self._progress: dict[_Peer, _Progress | None] = {}
        self._looked = 0.0

    def add(self, client: str) -> None:
        """Look after the client at an address with its port, as `127.0.0.1:50000` or `[::1]:50000`."""
        peer = _parse(client)
        if peer is not None and sys.platform == "linux":
            self._progress.setdefault(peer, None)

    def clear(self) -> None:
        """Look after nobody any more."""
        self._progress.clear()

    def cut_stalled(self) -> None:
        """End the connections of clients that have stopped reading; forget those that went."""
        now = time.monotonic()
        if not self._progress or now < self._looked + min(_LOOK_SECONDS, self._stalled_seconds / 4):
            return
        self._looked = now
        here = set()
        for peer, connection in _connections():
            if peer in self._progress:
                here.add(peer)
                self._look(peer, connection, now)
        for peer in self._progress.keys() - here:
            del self._progress[peer]

    def _look(self, peer: _Peer, connection: socket.socket, now: float) -> None:
        acknowledged = _acknowledged(connection)
        before = self._progress[peer]
        has_more = _waiting(connection) > 0
        if before is None or not has_more or acknowledged - before.acknowledged >= _LEAST_BYTES:
            self._progress[peer] = _Progress(acknowledged, now)
        elif now - before.since >= self._stalled_seconds:
            _log.info("a client that read nothing for %.0f seconds is cut off", now - before.since)
            with contextlib.suppress(OSError):
                connection.shutdown(socket.SHUT_RDWR)


def _connections() -> Iterator[tuple[_Peer, socket.socket]]:
    """Yield this process's connections with their peers; each is good until the next is asked for."""
    for name in os.listdir("/dev/fd"):  # noqa: PTH208 - of thousands, names alone
        with contextlib.suppress(OSError):
            if not stat.S_ISSOCK(os.fstat(int(name)).st_mode):
                continue
            # A descriptor of our own: the server may close its meanwhile, and give the number to another.
            with socket.socket(fileno=os.dup(int(name))) as connection:
                if connection.family in {socket.AF_INET, socket.AF_INET6}:
                    host, port, *_ = connection.getpeername()
                    yield (_plain(host), port), connection


def _acknowledged(connection: socket.socket) -> int:
    info = connection.getsockopt(socket.IPPROTO_TCP, socket.TCP_INFO, _INFO_BYTES)
    # An older kernel does not say: then nobody is cut, as everybody seems to go on.
    return struct.unpack_from("=Q", info, _ACKNOWLEDGED)[0] if len(info) >= _ACKNOWLEDGED + 8 else time.monotonic_ns()


def _waiting(connection: socket.socket) -> int:
    """Return the bytes that were handed to the system and not acknowledged."""
    import fcntl  # noqa: PLC0415 - with termios, of Unix alone
    import termios  # noqa: PLC0415

    return int(struct.unpack("=i", fcntl.ioctl(connection, termios.TIOCOUTQ, bytes(4)))[0])


def _parse(client: str) -> _Peer | None:
    host, _, port = client.rpartition(":")
    return (_plain(host.strip("[]")), int(port)) if port.isdecimal() and host else None


def _plain(host: str) -> str:
    """Return an address, one of version 4 within version 6 as itself."""
    with contextlib.suppress(ValueError):
        address = ipaddress.ip_address(host)
        mapped = address.ipv4_mapped if isinstance(address, ipaddress.IPv6Address) else None
        return str(mapped or address)
    return host

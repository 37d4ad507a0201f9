"""Files that granian is sending: when each is done, and which clients have stopped reading.

granian sends a file without Python and in constant memory. Where Python reads it, a download takes 1.26 times the
processor time, and on a busy machine 3.7 times as long. But granian does not report the end, and waits without a time
limit for a client that takes no more. To deal with that is a matter of robustness: the download cache may delete a file
only when nobody reads it, and a client that has stopped reading would occupy its disk space for as long as it likes. So
this process looks up which of its files are open, and how far each client is.
"""

import asyncio
import contextlib
import os
import socket
import struct
import sys
import time
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Final, Protocol

from directory.telemetry import logger
from directory.worker.tcp_sockets import normalize_host, open_tcp_sockets, read_tcp_info

# Until granian has surely opened a file, it is not missed among the open ones.
GRACE_SECONDS: Final = 10.0
_PAUSE_SECONDS: Final = 1.0
# A client that has received less than this for so long, though there was more to send, has stopped reading.
STALLED_SECONDS: Final = 30.0
_MIN_BYTES: Final = 30_000
_CHECK_SECONDS: Final = 5.0

_Peer = tuple[str, int]
_log = logger("file-transfers")


class TransferredFile(Protocol):
    """A file that stays on the disk until `close`."""

    def close(self) -> None:
        """Release the file."""


def count_open_files() -> Counter[str]:
    """Return the paths of this process's open files, with how often each is open."""
    counts: Counter[str] = Counter()
    for descriptor in Path("/dev/fd").iterdir():
        # OSError: it was closed since it was listed.
        with contextlib.suppress(OSError):
            counts[_path_of_descriptor(int(descriptor.name))] += 1
    return counts


def _path_of_descriptor(descriptor: int) -> str:
    if sys.platform == "darwin":
        import fcntl  # noqa: PLC0415 - F_GETPATH exists on macOS only

        return fcntl.fcntl(descriptor, fcntl.F_GETPATH, bytes(1024)).rstrip(b"\0").decode()
    return str(Path(f"/proc/self/fd/{descriptor}").readlink())


class FileTransfers:
    """The files that this process is sending: each is closed once the process no longer has it open."""

    def __init__(
        self,
        grace_seconds: float = GRACE_SECONDS,
        stalled_seconds: float = STALLED_SECONDS,
        *,
        count_open: Callable[[], Counter[str]] = count_open_files,
    ) -> None:
        """Close no file before `grace_seconds`; disconnect clients that stop reading for `stalled_seconds`."""
        self._clients = StalledClients(stalled_seconds)
        self._count_open = count_open
        self._grace_seconds = grace_seconds
        self._transfers: dict[str, list[tuple[float, TransferredFile]]] = {}
        self._monitor_task: asyncio.Task[None] | None = None

    def __len__(self) -> int:
        """Return the number of transfers that may not be finished."""
        return sum(len(transfers) for transfers in self._transfers.values())

    def add(self, path: str, file: TransferredFile, client: str = "") -> None:
        """Note the transfer of `path` to `client` ("host:port"); on the event loop."""
        self._clients.add(client)
        self._transfers.setdefault(os.path.realpath(path), []).append((time.monotonic(), file))
        if self._monitor_task is None or self._monitor_task.done():
            self._monitor_task = asyncio.get_running_loop().create_task(self._monitor())

    async def _monitor(self) -> None:
        while self._transfers:
            await asyncio.sleep(_PAUSE_SECONDS)
            self.close_finished()
            self._clients.disconnect_stalled()
        self._clients.clear()

    def close_finished(self) -> None:
        """Close the files of finished transfers: of one path, the oldest, until as many are left as it is open."""
        still_open = self._count_open()
        before = time.monotonic() - self._grace_seconds
        for path, transfers in list(self._transfers.items()):
            finished = min(len(transfers) - still_open[path], sum(started < before for started, _ in transfers))
            for _, file in transfers[: max(0, finished)]:
                file.close()
            del transfers[: max(0, finished)]
            if not transfers:
                del self._transfers[path]


@dataclass(slots=True)
class _Progress:
    """How many bytes a client had received when it last made progress, and when that was."""

    acknowledged_bytes: int
    at: float


class StalledClients:
    """The clients of unfinished transfers, of which those that stop reading are disconnected (Linux only)."""

    def __init__(self, stalled_seconds: float) -> None:
        self._stalled_seconds = stalled_seconds
        self._progress: dict[_Peer, _Progress | None] = {}
        self._checked_at = 0.0

    def add(self, client: str) -> None:
        """Watch a client, as granian writes it: `127.0.0.1:50000` or `[::1]:50000`."""
        host, _, port = client.rpartition(":")
        if host and port.isdecimal() and sys.platform == "linux":
            self._progress.setdefault((normalize_host(host.strip("[]")), int(port)), None)

    def clear(self) -> None:
        """Stop watching all clients."""
        self._progress.clear()

    def disconnect_stalled(self) -> None:
        """Disconnect clients that have stopped reading; forget those that are not connected any more."""
        now = time.monotonic()
        if not self._progress or now < self._checked_at + min(_CHECK_SECONDS, self._stalled_seconds / 4):
            return
        self._checked_at = now
        connected = set()
        for _, connection in open_tcp_sockets():
            # OSError: a listening socket has no peer.
            with contextlib.suppress(OSError):
                host, port, *_ = connection.getpeername()
                peer = (normalize_host(host), port)
                if peer in self._progress:
                    connected.add(peer)
                    self._check(peer, connection, now)
        for peer in self._progress.keys() - connected:
            del self._progress[peer]

    def _check(self, peer: _Peer, connection: socket.socket, now: float) -> None:
        acknowledged = read_tcp_info(connection).acknowledged_bytes
        last = self._progress[peer]
        has_more = _unacknowledged_bytes(connection) > 0
        if last is None or not has_more or acknowledged - last.acknowledged_bytes >= _MIN_BYTES:
            self._progress[peer] = _Progress(acknowledged, now)
        elif now - last.at >= self._stalled_seconds:
            _log.info("disconnected a client that read nothing for %.0f seconds", now - last.at)
            with contextlib.suppress(OSError):
                connection.shutdown(socket.SHUT_RDWR)


def _unacknowledged_bytes(connection: socket.socket) -> int:
    """Return the bytes in the kernel's send queue."""
    import fcntl  # noqa: PLC0415 - with termios, Unix only
    import termios  # noqa: PLC0415

    return int(struct.unpack("=i", fcntl.ioctl(connection, termios.TIOCOUTQ, bytes(4)))[0])

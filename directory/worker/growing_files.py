"""Files that are sent while they are written, each through a named pipe that granian sends as a file.

granian sends a file in constant memory, as fast as its client reads, but would end at what is written so far. Its
streaming interface has no backpressure: memory would hold whatever a client has not read. So the event loop passes the
file on to a pipe, as much as the pipe takes (`splice`, without copies). The writer never waits for the client, which
only takes room on the disk.

The end of the pipe is the end of the response, and a file that could not be completed must not look whole. Then the
client's connection is shut down before the pipe is closed, so that the last chunk of the body never comes: this process
holds a duplicate of the socket for that. Where the whole process ends, the kernel closes both only when no thread of
granian is left.
"""

import asyncio
import contextlib
import errno
import fcntl
import os
import socket
import sys
import time
from pathlib import Path
from typing import Final

from directory.telemetry import logger
from directory.worker.rsgi import Scope

# As much as Linux lets an unprivileged process have: 46 MB are passed on in 50 turns of the event loop instead of 700.
_PIPE_BYTES: Final = 1024 * 1024
# Less is passed on only at the beginning and at the end: granian reads 128 KiB at a time, in another thread each time.
_STEP_BYTES: Final = 512 * 1024
_OPEN_SECONDS: Final = 10.0
_RETRY_SECONDS: Final = 0.001
_log = logger("growing-files")


def can_send_growing_file(scope: Scope) -> bool:
    """Whether the client of a request would notice the end of a response that was cut off.

    In HTTP/1.0 every body of unknown length ends with the connection.
    """
    return sys.platform == "linux" and scope.method == "GET" and scope.http_version == "1.1"


class GrowingFile:
    """A file that is being written, and its transfer to one client; methods without a note are of the event loop."""

    def __init__(self, loop: asyncio.AbstractEventLoop, path: Path, connection: socket.socket) -> None:
        """Make the pipe; raise OSError. `connection` is a duplicate of the client's socket, which is closed at the end.

        In any thread.
        """
        self._loop = loop
        self._connection = connection
        self.pipe_path = f"{path}.pipe"
        self._file = os.open(path, os.O_RDONLY)
        self._pipe: int | None = None
        try:
            os.mkfifo(self.pipe_path, 0o600)
        except OSError:
            os.close(self._file)
            raise
        self._open_before = time.monotonic() + _OPEN_SECONDS
        self._size = 0
        self._sent = 0
        self._is_complete = False
        self._is_closed = False
        # Whether `pump` is to be called when there is more to send; whether the event loop watches the pipe.
        self._is_waiting = True
        self._is_watched = False

    def grow(self, size: int) -> None:
        """Note that `size` bytes are written; in the thread of the writer."""
        self._size = size
        if self._is_waiting and self._is_worth_a_turn():
            self._is_waiting = False
            self._call_on_loop()

    def complete(self) -> None:
        """Note that the file is complete; in the thread of the writer."""
        self._is_complete = True
        self._call_on_loop()

    def abort(self) -> None:
        """Break the transfer where the client sees it; in the thread of the writer."""
        # OSError: the client is gone.
        with contextlib.suppress(OSError):
            self._connection.shutdown(socket.SHUT_RDWR)
        with contextlib.suppress(RuntimeError):
            self._loop.call_soon_threadsafe(self._close)

    def _call_on_loop(self) -> None:
        # RuntimeError: the loop is closed, as the process is exiting.
        with contextlib.suppress(RuntimeError):
            self._loop.call_soon_threadsafe(self._pump)

    def _pump(self) -> None:
        """Pass on what there is, and go on when there is more or the pipe has room."""
        if self._is_closed or (pipe := self._open_pipe()) is None:
            return
        try:
            while self._sent < self._size:
                size = min(self._size - self._sent, _PIPE_BYTES)
                self._sent += os.splice(self._file, pipe, size, offset_src=self._sent, flags=os.SPLICE_F_NONBLOCK)
        except BlockingIOError:
            if not self._is_watched:
                self._is_watched = True
                self._loop.add_writer(pipe, self._pump)
            return
        except BrokenPipeError:
            self._close()
            return
        except OSError:
            _log.exception("a file could not be passed on while it is written")
            self.abort()
            return
        self._unwatch()
        # In this order: the writer sets them the other way round.
        if self._is_complete and self._sent == self._size:
            self._close()
            return
        self._is_waiting = True
        if self._is_complete or self._is_worth_a_turn():
            self._is_waiting = False
            self._loop.call_soon(self._pump)

    def _is_worth_a_turn(self) -> bool:
        return self._size - self._sent >= (_STEP_BYTES if self._sent else 1)

    def _open_pipe(self) -> int | None:
        """Return the pipe, which is opened once granian has; None until then."""
        if self._pipe is None:
            try:
                self._pipe = os.open(self.pipe_path, os.O_WRONLY | os.O_NONBLOCK)
            except OSError as error:
                if error.errno != errno.ENXIO or time.monotonic() > self._open_before:
                    self.abort()
                else:
                    self._loop.call_later(_RETRY_SECONDS, self._pump)
                return None
            # EPERM: this user has as much in pipes as Linux allows.
            with contextlib.suppress(OSError):
                fcntl.fcntl(self._pipe, fcntl.F_SETPIPE_SZ, _PIPE_BYTES)
        return self._pipe

    def _unwatch(self) -> None:
        if self._is_watched and self._pipe is not None:
            self._is_watched = False
            self._loop.remove_writer(self._pipe)

    def _close(self) -> None:
        if self._is_closed:
            return
        self._is_closed = True
        self._unwatch()
        if self._pipe is not None:
            os.close(self._pipe)
        os.close(self._file)
        self._connection.close()

"""Responses with a file: granian sends what is there, and what is still to be written while it is written."""

import asyncio
import contextlib
import os
from collections.abc import Callable
from typing import Final

from directory.http.files.body import FileBody, UnwrittenFileBody
from directory.http.problems import StorageUnavailable
from directory.telemetry import logger
from directory.worker.file_transfers import FileTransfers
from directory.worker.growing_files import GrowingFile
from directory.worker.rsgi import Headers
from directory.worker.tcp_sockets import duplicate_socket_of
from directory.worker.thread_pools import PendingRequest, reject

# A smaller file is sent when it is complete, with its length.
_MIN_BYTES: Final = 64 * 1024
_log = logger("file-responses")


class TransferBrokenError(Exception):
    """A file could not be completed after its first bytes were sent; the client has noticed."""


class FileResponses:
    """How responses with a file are sent, in the threads that make them."""

    def __init__(
        self, transfers: FileTransfers, loop: asyncio.AbstractEventLoop, call_on_loop: Callable[..., object]
    ) -> None:
        """Note in `transfers` the files that are to be released later."""
        self._transfers = transfers
        self._loop = loop
        self._call_on_loop = call_on_loop

    def send(self, request: PendingRequest, status: int, headers: Headers, body: FileBody) -> bool:
        """Send a file that is complete; return whether it was still there."""
        # The download cache may have evicted it meanwhile; granian would answer 404 with a text of its own.
        if not body.path.is_file():
            body.close()
            reject(request, StorageUnavailable("The file was removed while it was about to be sent."))
            return False
        path = str(body.path)
        # Sent from this thread and not from the loop, which would be one more switch between threads.
        if body.start is None:
            request.protocol.response_file(status, headers, path)
        else:
            request.protocol.response_file_range(status, headers, path, body.start, body.start + body.size)
        if body.has_release:
            self._call_on_loop(self._transfers.add, path, body, request.scope.client)
        return True

    def write_and_send(self, request: PendingRequest, status: int, headers: Headers, body: UnwrittenFileBody) -> bool:
        """Write a file and send it meanwhile; return whether it is sent: a small one is only written.

        Raise what the writer raises where nothing was sent before, else TransferBrokenError.
        """
        growing: GrowingFile | None = None
        is_tried = False

        def on_growth(size: int) -> None:
            nonlocal growing, is_tried
            if not is_tried and size >= _MIN_BYTES:
                is_tried = True
                growing = self._begin(request, status, headers, body)
            if growing is not None:
                growing.grow(size)

        try:
            body.write(on_growth)
        except Exception as error:
            if growing is None:
                body.close()
                raise
            growing.abort()
            raise TransferBrokenError(str(error)) from error
        if growing is not None:
            growing.complete()
        return growing is not None

    def _begin(self, request: PendingRequest, status: int, headers: Headers, body: FileBody) -> GrowingFile | None:
        """Begin to send a file that is being written; return None where it has to be complete before."""
        client = request.scope.client
        connection = duplicate_socket_of(client)
        if connection is None:
            return None
        try:
            growing = GrowingFile(self._loop, body.path, connection)
        except OSError:
            _log.exception("a file cannot be sent before it is complete")
            connection.close()
            return None
        request.protocol.response_file(status, headers, growing.pipe_path)
        self._call_on_loop(self._transfers.add, growing.pipe_path, _PipedBody(growing.pipe_path, body), client)
        return growing


class _PipedBody:
    """A file that is sent through a pipe, and stays on the disk until neither is open."""

    def __init__(self, pipe_path: str, body: FileBody) -> None:
        self._pipe_path = pipe_path
        self._body = body

    def close(self) -> None:
        """Remove the pipe, and release the file."""
        # FileNotFoundError: the cache was closed. Opening the pipe frees a thread of granian that waits for a writer.
        with contextlib.suppress(OSError):
            os.close(os.open(self._pipe_path, os.O_RDWR | os.O_NONBLOCK))
            os.unlink(self._pipe_path)  # noqa: PTH108 - a text, as granian has it
        self._body.close()

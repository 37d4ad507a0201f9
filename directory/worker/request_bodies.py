"""Reading of request bodies on the event loop, without a thread, within limits of time, memory and disk.

A matter of robustness: a client that sends its body slowly holds no thread, and all bodies together no more than
64 MiB of a worker. Files go to the disk, a few at a time.
"""

import asyncio
import tempfile
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import BinaryIO, Final, cast

from directory.http.body_limits import UPLOAD_BYTES, body_limit
from directory.worker.rsgi import HTTPProtocol, RequestHeaders, has_body

TIMEOUT_SECONDS: Final = 30.0
_MAX_TOTAL_BYTES: Final = 64 * 1024 * 1024
# Shorter bodies are read even when the total is used up: 8,192 connections with one each are 128 MiB, and most
# requests with a body are this short.
_SHORT_BYTES: Final = 16 * 1024
# 100 MiB at 3 Mbit/s.
UPLOAD_SECONDS: Final = 300.0
_MAX_UPLOADS: Final = 4
_BLOCK_BYTES: Final = 1024 * 1024


class BodyMemoryError(Exception):
    """The bodies of other requests take all the memory that bodies may take."""


class UploadsBusyError(Exception):
    """As many files are being sent as may be at a time."""


class BodyIncompleteError(Exception):
    """The client sent less than it had announced."""


class BodyReader:
    """The bodies that a worker has in memory, from the first byte until the request is answered."""

    def __init__(
        self,
        max_bytes: int,
        timeout_seconds: float = TIMEOUT_SECONDS,
        max_total_bytes: int = _MAX_TOTAL_BYTES,
    ) -> None:
        """Read bodies of up to `max_bytes` bytes, together `max_total_bytes`, each within `timeout_seconds`."""
        self._max_bytes = max_bytes
        self._max_total_bytes = max(max_total_bytes, max_bytes)
        self._timeout_seconds = timeout_seconds
        self._total_bytes = 0
        self._uploads = 0

    @asynccontextmanager
    async def read(self, protocol: HTTPProtocol, headers: RequestHeaders, path: str = "") -> AsyncIterator[bytes]:
        """Yield the body of a request to a path; raise TimeoutError, BodyMemoryError or BodyIncompleteError instead.

        Of a body that is too long it yields nothing, or one chunk more than `max_bytes`: the WSGI application refuses
        it by its length (`http/request_body.py`).
        """
        body = bytearray()
        max_bytes = body_limit(path, headers.get("authorization", ""), self._max_bytes)
        length = headers.get("content-length", "0")
        is_too_long = length.isdecimal() and int(length) > max_bytes
        try:
            if has_body(headers) and not is_too_long:
                async with asyncio.timeout(self._timeout_seconds):
                    await self._read_into(body, protocol, max_bytes)
                # granian ends a body that breaks off like a whole one.
                if length.isdecimal() and len(body) < int(length):
                    raise BodyIncompleteError
            yield bytes(body)
        finally:
            self._total_bytes -= len(body)

    @asynccontextmanager
    async def read_file(self, protocol: HTTPProtocol, headers: RequestHeaders) -> AsyncIterator[BinaryIO]:
        """Yield the body of a request as a file; raise TimeoutError, UploadsBusyError or BodyIncompleteError instead.

        One that is too long is not read: the WSGI application refuses it by its length. Nor is one whose length is not
        announced, as granian ends a chunked body that breaks off like any other.
        """
        length = headers.get("content-length", "")
        size = int(length) if length.isdecimal() else 0
        if self._uploads >= _MAX_UPLOADS:
            raise UploadsBusyError
        self._uploads += 1
        try:
            with tempfile.TemporaryFile(prefix="directory-upload-") as file:
                if 0 < size <= UPLOAD_BYTES:
                    async with asyncio.timeout(UPLOAD_SECONDS):
                        if await _write_file(cast("BinaryIO", file), protocol) < size:
                            raise BodyIncompleteError
                file.seek(0)
                yield cast("BinaryIO", file)
        finally:
            self._uploads -= 1

    async def _read_into(self, body: bytearray, protocol: HTTPProtocol, max_bytes: int) -> None:
        async for chunk in protocol:
            body += chunk
            self._total_bytes += len(chunk)
            if len(body) > max_bytes:
                return
            if self._total_bytes > self._max_total_bytes and len(body) > _SHORT_BYTES:
                raise BodyMemoryError


async def _write_file(file: BinaryIO, protocol: HTTPProtocol) -> int:
    """Write a body, no longer than is announced, to a file; return its size."""
    block = bytearray()
    size = 0
    async for chunk in protocol:
        block += chunk
        size += len(chunk)
        if len(block) >= _BLOCK_BYTES:
            # In a thread: a disk that is busy would stop all requests.
            await asyncio.to_thread(file.write, block)
            block = bytearray()
    await asyncio.to_thread(file.write, block)
    return size

"""Reading of request bodies on the event loop, without a thread, within limits of time and memory.

A matter of robustness: a client that sends its body slowly holds no thread, and all bodies together no more than
64 MiB of a worker.
"""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Final

from directory.http.body_limits import body_limit
from directory.worker.rsgi import HTTPProtocol, RequestHeaders, has_body

TIMEOUT_SECONDS: Final = 30.0
_MAX_TOTAL_BYTES: Final = 64 * 1024 * 1024
# Shorter bodies are read even when the total is used up: 8,192 connections with one each are 128 MiB, and most
# requests with a body are this short.
_SHORT_BYTES: Final = 16 * 1024


class BodyMemoryError(Exception):
    """The bodies of other requests take all the memory that bodies may take."""


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

    @asynccontextmanager
    async def read(self, protocol: HTTPProtocol, headers: RequestHeaders, path: str = "") -> AsyncIterator[bytes]:
        """Yield the body of a request to a path; raise TimeoutError or BodyMemoryError instead.

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
            yield bytes(body)
        finally:
            self._total_bytes -= len(body)

    async def _read_into(self, body: bytearray, protocol: HTTPProtocol, max_bytes: int) -> None:
        async for chunk in protocol:
            body += chunk
            self._total_bytes += len(chunk)
            if len(body) > max_bytes:
                return
            if self._total_bytes > self._max_total_bytes and len(body) > _SHORT_BYTES:
                raise BodyMemoryError

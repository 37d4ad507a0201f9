"""Bodies of requests, read on the loop of a worker: within a time, a size each, and a size of all together."""

import asyncio
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Final

from directory.worker.cached_responses import has_body
from directory.worker.rsgi import Exchange, RequestHeaders

_SECONDS: Final = 30.0
# What the bodies that are read or worked on may take together. Whoever sends them slowly holds no more than this.
_ALL_BYTES: Final = 64 * 1024 * 1024
# A short body is taken even then: as many as there may be connections do no harm.
_SHORT_BYTES: Final = 16 * 1024


class NoRoomError(Exception):
    """The bodies of other requests take all the room that there is."""


class Bodies:
    """The bodies that a worker holds."""

    def __init__(self, body_bytes: int, all_bytes: int = _ALL_BYTES, seconds: float = _SECONDS) -> None:
        """Take bodies of up to `body_bytes` bytes, `all_bytes` together, each within `seconds`."""
        self._body_bytes = body_bytes
        self._all_bytes = max(all_bytes, body_bytes)
        self._seconds = seconds
        self._taken = 0

    @contextmanager
    def reading(self, headers: RequestHeaders) -> Iterator["Body"]:
        """Yield the body of a request, whose room is given back at the end of the block."""
        body = Body(self, headers)
        try:
            yield body
        finally:
            self._taken -= len(body.contents)

    async def take(self, exchange: Exchange, into: bytearray) -> None:
        """Read a body, or a little more of it than is taken; raise TimeoutError or NoRoomError."""
        async with asyncio.timeout(self._seconds):
            async for chunk in exchange:
                into += chunk
                self._taken += len(chunk)
                if len(into) > self._body_bytes:
                    break
                if self._taken > self._all_bytes and len(into) > _SHORT_BYTES:
                    raise NoRoomError

    def is_too_long(self, declared: str) -> bool:
        """Whether a declared length is more than is taken."""
        return declared.isdecimal() and int(declared) > self._body_bytes


class Body:
    """The body of one request."""

    def __init__(self, bodies: Bodies, headers: RequestHeaders) -> None:
        self._bodies = bodies
        self._headers = headers
        self.contents = bytearray()

    async def read(self, exchange: Exchange) -> None:
        """Read it, or a little more of it than is taken: the application then refuses it."""
        headers = self._headers
        if has_body(headers) and not self._bodies.is_too_long(headers.get("content-length", "0")):
            await self._bodies.take(exchange, self.contents)

"""Connections to a registry that may be slow, broken or hostile: every step of them ends when a credit of time does.

The credit is spent from the first step of a connection on (names, TLS and headers included), bytes that arrive earn it
back, and it is never more than `CREDIT_SECONDS`: so all that is read with one credit takes at most that, a second for
each `SLOWEST_BYTES_PER_SECOND`, and `ANSWER_SECONDS` for each answer.
"""

from __future__ import annotations

import ipaddress
import socket
import ssl
import time
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from typing import Any, Final

import httpcore

CREDIT_SECONDS: Final = 20.0
ANSWER_SECONDS: Final = 5.0
SLOWEST_BYTES_PER_SECOND: Final = 8_000
# The library asks for 64 KiB at a time; with more of it a large file takes a quarter less of the processor.
_BLOCK: Final = 256 * 1024


class TransferError(Exception):
    """Something cannot be had now; the message says what, and why."""


class GoneError(TransferError):
    """There is no such thing at the address."""


class DifferentError(TransferError):
    """What is at the address is not what the manifest says."""


class SlowError(TransferError):
    """It does not come, or so slowly that it would not be here in time."""


class Credit:
    """How long may still be waited, counted in the blocks of `spending` alone."""

    def __init__(self) -> None:
        self._seconds = CREDIT_SECONDS
        # When it ends, None while it does not count.
        self._until: float | None = None

    @contextmanager
    def spending(self) -> Iterator[None]:
        """Let the time of the block count."""
        self.resume()
        try:
            yield
        finally:
            self.pause()

    def resume(self) -> None:
        """Let the time count from now on."""
        self._until = time.monotonic() + self._seconds

    def pause(self) -> None:
        """Let it count no longer."""
        if self._until is not None:
            self._seconds, self._until = max(self._until - time.monotonic(), 0.0), None

    def earn(self, seconds: float) -> None:
        """Add to what may be waited, up to all of it."""
        if self._until is not None:
            self._until = min(self._until + seconds, time.monotonic() + CREDIT_SECONDS)

    def left(self) -> float:
        """Return the seconds that may still be waited; raise httpcore.ReadTimeout where there are none."""
        seconds = self._until - time.monotonic() if self._until is not None else self._seconds
        if seconds <= 0:
            raise httpcore.ReadTimeout
        return seconds


class Network(httpcore.NetworkBackend):
    """Connections of which every step ends when the credit does.

    From a registry on the internet (`home`) no redirect leads to addresses of this machine or of a private network,
    where it could have us ask what is not open to it.
    """

    def __init__(self, credit: Credit) -> None:
        self.home: str | None = None
        self._credit = credit
        self._is_home_public = False
        self._system = httpcore.SyncBackend()

    def connect_tcp(
        self,
        host: str,
        port: int,
        timeout: float | None = None,  # noqa: ARG002 - the credit is what counts
        local_address: str | None = None,
        socket_options: Iterable[Any] | None = None,
    ) -> httpcore.NetworkStream:
        """Connect to the first address of a host that can be reached."""
        try:
            found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
        except (OSError, UnicodeError) as error:
            raise httpcore.ConnectError(f"{host} has no address ({error})") from error
        addresses = list(dict.fromkeys(str(entry[4][0]) for entry in found))
        self._refuse_inside(host, addresses)
        failure: Exception = httpcore.ConnectError(f"{host} has no address")
        for number, address in enumerate(addresses):
            # An address that says nothing leaves time for those after it.
            seconds = self._credit.left() / (len(addresses) - number)
            try:
                stream = self._system.connect_tcp(address, port, seconds, local_address, socket_options)
            except (httpcore.ConnectError, httpcore.ConnectTimeout) as error:
                failure = error
            else:
                return _Stream(stream, self._credit)
        raise failure

    def _refuse_inside(self, host: str, addresses: Iterable[str]) -> None:
        is_public = all(ipaddress.ip_address(address).is_global for address in addresses)
        if host == self.home:
            self._is_home_public = is_public
        elif self._is_home_public and not is_public:
            message = f"{self.home} sends us to {host}, which is in a private network, where we do not go"
            raise TransferError(message)


class _Stream(httpcore.NetworkStream):
    """A connection of which every step ends when the credit does."""

    def __init__(self, stream: httpcore.NetworkStream, credit: Credit) -> None:
        self._stream = stream
        self._credit = credit

    def read(self, max_bytes: int, timeout: float | None = None) -> bytes:  # noqa: ARG002 - the credit counts
        """Return what has come."""
        return self._stream.read(max(max_bytes, _BLOCK), self._credit.left())

    def write(self, buffer: bytes, timeout: float | None = None) -> None:  # noqa: ARG002 - the credit counts
        """Send all of `buffer`."""
        self._stream.write(buffer, self._credit.left())

    def close(self) -> None:
        """Close the connection."""
        self._stream.close()

    def start_tls(
        self,
        ssl_context: ssl.SSLContext,
        server_hostname: str | None = None,
        timeout: float | None = None,  # noqa: ARG002 - the credit counts
    ) -> httpcore.NetworkStream:
        """Return the same connection, encrypted."""
        return _Stream(self._stream.start_tls(ssl_context, server_hostname, self._credit.left()), self._credit)

    def get_extra_info(self, info: str) -> Any:  # noqa: ANN401 - as the library declares it
        """Return what the connection knows of itself."""
        return self._stream.get_extra_info(info)

"""A network backend of httpcore for registries that may be slow, broken or hostile: a time budget limits every step.

httpcore's timeouts limit one step each, so a server that sends a byte at a time can hold a client indefinitely. The
budget is spent from the first step of a connection (DNS, TLS and headers included), and bytes that arrive extend it, up
to `BUDGET_SECONDS`. So a transfer takes at most that, plus a second per `MIN_BYTES_PER_SECOND` bytes, plus
`RESPONSE_SECONDS` per response.
"""

from __future__ import annotations

import socket
import ssl
import time
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from typing import Any, Final

import httpcore

from directory.fetching import public_addresses

BUDGET_SECONDS: Final = 20.0
RESPONSE_SECONDS: Final = 5.0
MIN_BYTES_PER_SECOND: Final = 8_000
# httpcore reads 64 KiB at a time; with larger reads a large file takes a quarter less processor time.
_BLOCK: Final = 256 * 1024


class TransferError(Exception):
    """A transfer failed; the message says which, and why."""


class MissingError(TransferError):
    """Nothing is at the URL (404 or 410)."""


class MismatchError(TransferError):
    """The content at the URL does not match the manifest."""


class PrivateAddressError(TransferError):
    """A host is on this machine or in a private network, where nobody but this machine may ask."""


class TooSlowError(TransferError):
    """The server does not respond, or is slower than MIN_BYTES_PER_SECOND."""


class TimeBudget:
    """The time that a client may still wait; it runs only within the blocks of `running`."""

    def __init__(self, seconds: float | None = None) -> None:
        """Begin with `seconds`, by default BUDGET_SECONDS, which are also the most that it grows to."""
        self._full = BUDGET_SECONDS if seconds is None else seconds
        self._seconds = self._full
        # When it is used up, on the monotonic clock; None while it is paused.
        self._until: float | None = None

    @contextmanager
    def running(self) -> Iterator[None]:
        """Run the clock during the block."""
        self.resume()
        try:
            yield
        finally:
            self.pause()

    def resume(self) -> None:
        """Run the clock from now on."""
        self._until = time.monotonic() + self._seconds

    def pause(self) -> None:
        """Stop the clock."""
        if self._until is not None:
            self._seconds, self._until = max(self._until - time.monotonic(), 0.0), None

    def extend(self, seconds: float) -> None:
        """Add seconds, up to the full budget."""
        if self._until is not None:
            self._until = min(self._until + seconds, time.monotonic() + self._full)

    def refill(self) -> None:
        """Begin again with the full budget; the clock must be paused."""
        self._seconds = self._full

    def remaining(self) -> float:
        """Return the seconds left; raise httpcore.ReadTimeout if there are none."""
        seconds = self._until - time.monotonic() if self._until is not None else self._seconds
        if seconds <= 0:
            raise httpcore.ReadTimeout
        return seconds


class BudgetedBackend(httpcore.NetworkBackend):
    """Connections whose every step is limited by the time budget.

    A registry on the internet (`origin_host`) must not redirect to this machine or a private network: otherwise it
    could make this client request what only the client can reach (server-side request forgery).
    """

    def __init__(self, budget: TimeBudget) -> None:
        self.origin_host: str | None = None
        self._budget = budget
        self._is_origin_public = False
        self._system = httpcore.SyncBackend()

    def connect_tcp(
        self,
        host: str,
        port: int,
        timeout: float | None = None,  # noqa: ARG002 - the budget limits it
        local_address: str | None = None,
        socket_options: Iterable[Any] | None = None,
    ) -> httpcore.NetworkStream:
        """Connect to the first reachable IP address of a host."""
        try:
            # Resolved once: connecting by name could reach another address than the one checked below (DNS rebinding).
            infos = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
        except (OSError, UnicodeError) as error:
            raise httpcore.ConnectError(f"{host} cannot be resolved ({error})") from error
        addresses = list(dict.fromkeys(str(entry[4][0]) for entry in infos))
        self.check_addresses(host, addresses)
        failure: Exception = httpcore.ConnectError(f"{host} has no address")
        for number, address in enumerate(addresses):
            # An address that does not respond leaves time for those after it.
            seconds = self._budget.remaining() / (len(addresses) - number)
            try:
                stream = self._system.connect_tcp(address, port, seconds, local_address, socket_options)
            except (httpcore.ConnectError, httpcore.ConnectTimeout) as error:
                failure = error
            else:
                return _BudgetedStream(stream, self._budget)
        raise failure

    def check_addresses(self, host: str, addresses: Iterable[str]) -> None:
        """Raise TransferError for a host that must not be connected to; `addresses` are all that its name has."""
        is_public = all(map(public_addresses.is_public, addresses))
        if host == self.origin_host:
            self._is_origin_public = is_public
        elif self._is_origin_public and not is_public:
            message = f"{self.origin_host} redirects to {host}, which is in a private network; not followed"
            raise TransferError(message)


class PublicBackend(BudgetedBackend):
    """Connections to the host that is trusted, wherever it is, and to public ones.

    So nobody else can make this client ask what only the client reaches (server-side request forgery).
    """

    def __init__(self, budget: TimeBudget) -> None:
        super().__init__(budget)
        self.trusted_host: str | None = None

    def check_addresses(self, host: str, addresses: Iterable[str]) -> None:
        """Raise PrivateAddressError for another host than the trusted one in a private network."""
        if host != self.trusted_host and not all(map(public_addresses.is_public, addresses)):
            what = f"{self.trusted_host} redirects to {host}, which" if self.trusted_host else host
            message = f"{what} is in a private network; not followed"
            raise PrivateAddressError(message)


class _BudgetedStream(httpcore.NetworkStream):
    """A connection whose every step is limited by the time budget."""

    def __init__(self, stream: httpcore.NetworkStream, budget: TimeBudget) -> None:
        self._stream = stream
        self._budget = budget

    def read(self, max_bytes: int, timeout: float | None = None) -> bytes:  # noqa: ARG002 - the budget limits it
        """Return the bytes that have arrived."""
        return self._stream.read(max(max_bytes, _BLOCK), self._budget.remaining())

    def write(self, buffer: bytes, timeout: float | None = None) -> None:  # noqa: ARG002 - the budget limits it
        """Send all of `buffer`."""
        self._stream.write(buffer, self._budget.remaining())

    def close(self) -> None:
        """Close the connection."""
        self._stream.close()

    def start_tls(
        self,
        ssl_context: ssl.SSLContext,
        server_hostname: str | None = None,
        timeout: float | None = None,  # noqa: ARG002 - the budget limits it
    ) -> httpcore.NetworkStream:
        """Return the connection with TLS."""
        return _BudgetedStream(
            self._stream.start_tls(ssl_context, server_hostname, self._budget.remaining()), self._budget
        )

    def get_extra_info(self, info: str) -> Any:  # noqa: ANN401 - as in httpcore
        """Return a property of the connection."""
        return self._stream.get_extra_info(info)

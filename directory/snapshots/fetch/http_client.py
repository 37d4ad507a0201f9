"""Reading from a registry that may be slow, broken or hostile: bounded in time and size, with few redirects."""

from __future__ import annotations

import http.client
import ssl
import urllib.request
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from typing import Final, Self
from urllib.parse import quote, unquote, urljoin, urlsplit

import httpcore

from directory.snapshots.fetch.network import (
    ANSWER_SECONDS,
    CREDIT_SECONDS,
    SLOWEST_BYTES_PER_SECOND,
    Credit,
    GoneError,
    Network,
    SlowError,
    TransferError,
)

_REDIRECTS: Final = 3
_REDIRECTING: Final = frozenset({301, 302, 303, 307, 308})
_PORTS: Final = {"http": 80, "https": 443}
# An open connection would not outlive the pauses between two looks at a registry.
_KEPT_CONNECTIONS: Final = 2


@dataclass(frozen=True, slots=True)
class Answer:
    """The head of an answer, names in lower case, and its body as it comes."""

    status: int
    headers: Mapping[str, str]
    blocks: Iterator[bytes]


class Client:
    """Reads from one registry; `bytes` counts what was taken over. To be closed, as by `with`."""

    def __init__(self) -> None:
        self.bytes = 0
        self._credit = Credit()
        self._network = Network(self._credit)
        self._pools: dict[str, httpcore.ConnectionPool] = {}

    def __enter__(self) -> Self:
        """Return the client."""
        return self

    def __exit__(self, *_: object) -> None:
        """Close all connections."""
        for pool in self._pools.values():
            pool.close()

    @contextmanager
    def open(
        self, address: str, headers: Mapping[str, str] | None = None, *, may_leave: bool = False
    ) -> Iterator[Answer]:
        """Ask for what is at an address; raise TransferError.

        Redirects are followed on the same host, from `http` to its `https`, and where `may_leave` to other hosts: for
        what proves itself by its content. `If-Range` is not taken along to those, as a storage has tags of its own.
        """
        sent = {"Accept": "*/*", "Accept-Encoding": "identity", "User-Agent": "official-directory", **(headers or {})}
        target = _readable(address)
        self._network.home = self._network.home or urlsplit(target).hostname
        for _ in range(_REDIRECTS + 1):
            with self._answer(target, sent) as answer:
                if answer.status not in _REDIRECTING:
                    _require_success(address, answer.status)
                    yield answer
                    return
                location = _joined(target, answer.headers.get("location", ""))
            if _leaves(target, location):
                if not may_leave:
                    raise _refusal(target, location)
                sent.pop("If-Range", None)
            target = location
        message = f"{address} sends us on more than {_REDIRECTS} times"
        raise TransferError(message)

    @contextmanager
    def _answer(self, address: str, headers: Mapping[str, str]) -> Iterator[Answer]:
        """Ask once, without following redirects."""
        with ExitStack() as stack:
            stack.enter_context(_failures_said(address))
            stack.enter_context(self._credit.spending())
            pool, pairs = self._pool(address), list(headers.items())
            try:
                response = stack.enter_context(pool.stream("GET", address, headers=pairs))
            except (httpcore.ReadError, httpcore.RemoteProtocolError, httpcore.WriteError):
                # It may have been a connection that was kept from before and closed by the other side meanwhile.
                response = stack.enter_context(pool.stream("GET", address, headers=pairs))
            found = {name.decode("latin-1").lower(): value.decode("latin-1") for name, value in response.headers}
            yield Answer(response.status, found, self._blocks(address, response))

    def _blocks(self, address: str, response: httpcore.Response) -> Iterator[bytes]:
        size = 0
        try:
            for block in response.iter_stream():
                size += len(block)
                self._credit.earn(len(block) / SLOWEST_BYTES_PER_SECOND)
                # What is done with it here is not the registry's time.
                self._credit.pause()
                yield block
                self._credit.resume()
        except (httpcore.ReadError, httpcore.RemoteProtocolError) as error:
            raise TransferError(f"{address} broke off after {size:,} bytes") from error
        self._credit.earn(ANSWER_SECONDS)

    def _pool(self, address: str) -> httpcore.ConnectionPool:
        """Return the connections for an address: its own, or those through the proxy that the environment names."""
        parts = urlsplit(address)
        proxy = urllib.request.getproxies().get(parts.scheme, "")
        if urllib.request.proxy_bypass(parts.hostname or ""):
            proxy = ""
        if proxy not in self._pools:
            self._pools[proxy] = self._make_pool(proxy)
        return self._pools[proxy]

    def _make_pool(self, proxy: str) -> httpcore.ConnectionPool:
        # The certificates that this system trusts, those of its operator among them.
        trusted = ssl.create_default_context()
        if not proxy:
            return httpcore.ConnectionPool(
                trusted, max_keepalive_connections=_KEPT_CONNECTIONS, network_backend=self._network
            )
        parts = urlsplit(proxy if "://" in proxy else f"http://{proxy}")
        login = (unquote(parts.username), unquote(parts.password or "")) if parts.username else None
        return httpcore.HTTPProxy(
            f"{parts.scheme}://{parts.netloc.rpartition('@')[2]}",
            proxy_auth=login,
            ssl_context=trusted,
            max_keepalive_connections=_KEPT_CONNECTIONS,
            # Where a proxy leads is for the proxy to judge.
            network_backend=Network(self._credit),
        )


def _readable(address: str) -> str:
    """Return an address as it is sent, in ASCII; raise TransferError for what is none of the web."""
    try:
        parts = urlsplit(address)
        host, port = parts.hostname, parts.port
        if parts.scheme not in _PORTS or not host or parts.username is not None:
            message = f"{address} is no http or https address without a user's name"
            raise TransferError(message)
        name = f"[{host}]" if ":" in host else host.encode("idna").decode() if not host.isascii() else host
    except ValueError as error:
        raise TransferError(f"{address} is no http or https address ({error})") from error
    place = name if port is None else f"{name}:{port}"
    query = f"?{quote(parts.query, safe=_SAFE)}" if parts.query else ""
    return f"{parts.scheme}://{place}{quote(parts.path, safe=_SAFE) or '/'}{query}"


# What stands in addresses as it is, percent-encoded bytes among it.
_SAFE: Final = "%/:?@!$&'()*+,;=~-._[]"


def _joined(address: str, location: str) -> str:
    """Return where a redirect leads; raise TransferError for what is no address of the web."""
    try:
        return _readable(urljoin(address, location))
    except ValueError as error:
        raise TransferError(f"{address} sends us to {location}, which is no http or https address") from error


def _leaves(old: str, new: str) -> bool:
    """Whether a redirect leads to another host or port; raise TransferError where it is not followed at all."""
    before, after = urlsplit(old), urlsplit(new)
    if (before.scheme, after.scheme) == ("https", "http"):
        raise _refusal(old, new)
    if before.scheme != after.scheme:
        # The encrypted connection of the same host has another port.
        return before.hostname != after.hostname
    return (before.hostname, before.port or _PORTS[before.scheme]) != (
        after.hostname,
        after.port or _PORTS[after.scheme],
    )


def _refusal(old: str, new: str) -> TransferError:
    parts = urlsplit(new)
    return TransferError(f"{old} sends us to {parts.scheme}://{parts.netloc}, where we do not go")


def _require_success(address: str, status: int) -> None:
    """Raise TransferError for an answer without what was asked for."""
    if status in {200, 206, 304}:
        return
    phrase = http.client.responses.get(status, "an unknown status")
    kind = GoneError if status in {404, 410} else TransferError
    raise kind(f"{address} cannot be had: {status} {phrase}")


@contextmanager
def _failures_said(address: str) -> Iterator[None]:
    try:
        yield
    except httpcore.TimeoutException as error:
        message = (
            f"{address} comes too slowly: silent for {CREDIT_SECONDS:.0f} seconds, or less than "
            f"{SLOWEST_BYTES_PER_SECOND:,} bytes a second"
        )
        raise SlowError(message) from error
    except (httpcore.NetworkError, httpcore.ProtocolError, httpcore.ProxyError, httpcore.UnsupportedProtocol) as error:
        raise TransferError(f"{address} cannot be had: {str(error) or type(error).__name__}") from error

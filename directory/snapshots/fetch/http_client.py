"""An HTTP client for registries that may be slow, broken or hostile: limited time, size and redirects.

Connections, TLS, proxies and HTTP/1.1 are httpcore's. httpx would add redirects and proxy variables, but it accepts
no network backend, which the time budget needs, and follows redirects to any host.
"""

from __future__ import annotations

import http.client
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from typing import Final, Self
from urllib.parse import quote, urljoin, urlsplit

import httpcore

from directory.fetching.connection_pools import ConnectionPools
from directory.fetching.network import (
    BUDGET_SECONDS,
    MIN_BYTES_PER_SECOND,
    RESPONSE_SECONDS,
    BudgetedBackend,
    MissingError,
    TimeBudget,
    TooSlowError,
    TransferError,
)

_MAX_REDIRECTS: Final = 3
_REDIRECT_STATUSES: Final = frozenset({301, 302, 303, 307, 308})
_DEFAULT_PORTS: Final = {"http": 80, "https": 443}


@dataclass(frozen=True, slots=True)
class StreamedResponse:
    """Status and headers of a response, header names in lower case, and its body in blocks as it arrives."""

    status: int
    headers: Mapping[str, str]
    blocks: Iterator[bytes]


class HttpClient:
    """A client for one registry, used as a context manager; `bytes` counts the bytes that callers stored."""

    def __init__(self) -> None:
        self.bytes = 0
        self._budget = TimeBudget()
        self._backend = BudgetedBackend(self._budget)
        self._pools = ConnectionPools(self._backend, BudgetedBackend(self._budget))

    def __enter__(self) -> Self:
        """Return the client."""
        return self

    def __exit__(self, *_: object) -> None:
        """Close all connections."""
        self._pools.close()

    @contextmanager
    def stream(
        self, url: str, headers: Mapping[str, str] | None = None, *, allow_other_hosts: bool = False
    ) -> Iterator[StreamedResponse]:
        """Request a URL and yield the response; raise TransferError.

        Redirects are followed on the same host and from its `http` to its `https`. `allow_other_hosts` also follows
        them to other hosts, for content that is verified by its digest or signature. `If-Range` is not sent to those,
        as a storage has ETags of its own.
        """
        request_headers = {
            "Accept": "*/*",
            # Digests in a manifest are of files as they are stored.
            "Accept-Encoding": "identity",
            "User-Agent": "official-directory",
            **(headers or {}),
        }
        target = _normalize_url(url)
        self._backend.origin_host = self._backend.origin_host or urlsplit(target).hostname
        for _ in range(_MAX_REDIRECTS + 1):
            with self._request(target, request_headers) as response:
                if response.status not in _REDIRECT_STATUSES:
                    _require_success(url, response.status)
                    yield response
                    return
                location = _resolve_redirect(target, response.headers.get("location", ""))
            if _is_other_host(target, location):
                if not allow_other_hosts:
                    raise _redirect_error(target, location)
                request_headers.pop("If-Range", None)
            target = location
        message = f"{url} redirects more than {_MAX_REDIRECTS} times"
        raise TransferError(message)

    @contextmanager
    def _request(self, url: str, headers: Mapping[str, str]) -> Iterator[StreamedResponse]:
        """Send one request, without following redirects."""
        with ExitStack() as stack:
            stack.enter_context(_translated_errors(url))
            stack.enter_context(self._budget.running())
            pool, pairs = self._pools.find(url), list(headers.items())
            try:
                response = stack.enter_context(pool.stream("GET", url, headers=pairs))
            except (httpcore.ReadError, httpcore.RemoteProtocolError, httpcore.WriteError):
                # The server may have closed an idle connection in the meantime: GET is idempotent, so send it again.
                response = stack.enter_context(pool.stream("GET", url, headers=pairs))
            # RFC 9110, section 5.5: a field value may have any octet above 0x7F; latin-1 decodes all of them.
            response_headers = {
                name.decode("latin-1").lower(): value.decode("latin-1") for name, value in response.headers
            }
            yield StreamedResponse(response.status, response_headers, self._blocks(url, response))

    def _blocks(self, url: str, response: httpcore.Response) -> Iterator[bytes]:
        size = 0
        try:
            for block in response.iter_stream():
                size += len(block)
                self._budget.extend(len(block) / MIN_BYTES_PER_SECOND)
                # The caller's own work does not count against the registry.
                self._budget.pause()
                yield block
                self._budget.resume()
        except (httpcore.ReadError, httpcore.RemoteProtocolError) as error:
            raise TransferError(f"{url} broke off after {size:,} bytes") from error
        self._budget.extend(RESPONSE_SECONDS)


def _normalize_url(url: str) -> str:
    """Return a URL in ASCII; raise TransferError unless it is an http or https URL without credentials."""
    try:
        parts = urlsplit(url)
        # urlsplit checks a port only where it is read.
        host, port = parts.hostname, parts.port
        if parts.scheme not in _DEFAULT_PORTS or not host or parts.username is not None:
            message = f"{url} is not an http or https URL without credentials"
            raise TransferError(message)
        name = f"[{host}]" if ":" in host else host.encode("idna").decode() if not host.isascii() else host
    except ValueError as error:
        raise TransferError(f"{url} is not an http or https URL ({error})") from error
    authority = name if port is None else f"{name}:{port}"
    query = f"?{quote(parts.query, safe=_SAFE)}" if parts.query else ""
    return f"{parts.scheme}://{authority}{quote(parts.path, safe=_SAFE) or '/'}{query}"


# Characters that `quote` leaves unchanged, `%` of percent-encoded bytes among them.
_SAFE: Final = "%/:?@!$&'()*+,;=~-._[]"


def _resolve_redirect(url: str, location: str) -> str:
    """Return the absolute URL of a redirect; raise TransferError for anything but an http or https URL."""
    try:
        return _normalize_url(urljoin(url, location))
    except ValueError as error:
        raise TransferError(f"{url} redirects to {location}, which is not an http or https URL") from error


def _is_other_host(old: str, new: str) -> bool:
    """Whether a redirect leads to another host or port; raise TransferError for a downgrade to http."""
    before, after = urlsplit(old), urlsplit(new)
    if (before.scheme, after.scheme) == ("https", "http"):
        raise _redirect_error(old, new)
    if before.scheme != after.scheme:
        # https of the same host has another port.
        return before.hostname != after.hostname
    return (before.hostname, before.port or _DEFAULT_PORTS[before.scheme]) != (
        after.hostname,
        after.port or _DEFAULT_PORTS[after.scheme],
    )


def _redirect_error(old: str, new: str) -> TransferError:
    parts = urlsplit(new)
    return TransferError(f"{old} redirects to {parts.scheme}://{parts.netloc}; not followed")


def _require_success(url: str, status: int) -> None:
    """Raise TransferError unless the status is 200, 206 or 304."""
    if status in {200, 206, 304}:
        return
    phrase = http.client.responses.get(status, "an unknown status")
    kind = MissingError if status in {404, 410} else TransferError
    raise kind(f"{url} cannot be fetched: {status} {phrase}")


@contextmanager
def _translated_errors(url: str) -> Iterator[None]:
    try:
        yield
    except httpcore.TimeoutException as error:
        message = (
            f"{url} is too slow: silent for {BUDGET_SECONDS:.0f} seconds, or less than "
            f"{MIN_BYTES_PER_SECOND:,} bytes per second"
        )
        raise TooSlowError(message) from error
    except (httpcore.NetworkError, httpcore.ProtocolError, httpcore.ProxyError, httpcore.UnsupportedProtocol) as error:
        raise TransferError(f"{url} cannot be fetched: {str(error) or type(error).__name__}") from error

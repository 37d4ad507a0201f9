"""Fetch the responses of one source: one request at a time, with pauses, retries, bounds and conditional requests."""

from __future__ import annotations

import email.utils
import ipaddress
import time
import uuid
from collections.abc import Callable, Collection, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from http import HTTPStatus
from pathlib import Path
from typing import IO, Any, Final, Self, TypeVar
from urllib.parse import urlsplit

import hishel
import httpcore
import httpx
import stamina
import stamina.instrumentation
from hishel.httpx import CacheTransport

from directory.fetching.connection_pools import ConnectionPools
from directory.fetching.network import (
    MIN_BYTES_PER_SECOND,
    RESPONSE_SECONDS,
    BudgetedBackend,
    PublicBackend,
    TimeBudget,
    TransferError,
)
from directory.sync.errors import ExhaustedError, FetchError, MissingPageError, RefusedPageError
from directory.sync.fetch.pages import BoundedStream, IncomingPage, Page, PageFolder, Request

Parsed = TypeVar("Parsed")

# A request is given up after so many failures in a row, and with it the source.
FAILURES_MAX: Final = 5
# Waits double from here on, up to the maximum; a server that asks for a longer one is not asked again in this run.
FIRST_WAIT_SECONDS: Final = 2.0
WAIT_MAX_SECONDS: Final = 300.0
# Query services think for up to 60 seconds before the first byte.
BUDGET_SECONDS: Final = 75.0
_REDIRECTS_MAX: Final = 5
# A content has at most so many times the bytes that its response may have: it is read into memory as a whole.
_EXPANSION_MAX: Final = 4
_GONE: Final = frozenset({HTTPStatus.NOT_FOUND, HTTPStatus.GONE})
_TEMPORARY: Final = frozenset(
    {
        HTTPStatus.REQUEST_TIMEOUT,
        HTTPStatus.TOO_EARLY,
        HTTPStatus.TOO_MANY_REQUESTS,
        HTTPStatus.INTERNAL_SERVER_ERROR,
        HTTPStatus.BAD_GATEWAY,
        HTTPStatus.SERVICE_UNAVAILABLE,
        HTTPStatus.GATEWAY_TIMEOUT,
    }
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Limits:
    """How a source is treated, and what it may cost."""

    seconds_between_requests: float
    first_wait_seconds: float = FIRST_WAIT_SECONDS
    max_response_bytes: int
    max_run_bytes: int = 4 * 1024**3
    deadline_seconds: float = 6 * 3600.0


@dataclass(slots=True)
class Traffic:
    """What a run cost: requests that were sent, those of them answered 304, failures, and bytes received."""

    requests: int = 0
    not_modified: int = 0
    failures: int = 0
    bytes: int = 0
    reused: int = 0


class TemporaryError(Exception):
    """A request failed, and may succeed when it is repeated; `wait` is what the server asks for, in seconds."""

    def __init__(self, message: str, wait: float | None = None) -> None:
        super().__init__(message)
        self.wait = wait


class Fetcher:
    """Fetches for one run of one source; a context manager."""

    def __init__(
        self,
        pages: PageFolder,
        cache: Path,
        limits: Limits,
        user_agent: str,
        tell: Callable[[str], None],
        *,
        trusted_hosts: Collection[str] | None = None,
    ) -> None:
        """Fetch into `pages`; `cache` is the HTTP cache of all sources, and `tell` is called with each wait.

        `trusted_hosts` may be in a private network; None: every host that is asked for, as settings name them all.
        """
        self.traffic = Traffic()
        self._pages = pages
        self._limits = limits
        self._tell = tell
        self._trusted_hosts = trusted_hosts
        self._budget = TimeBudget(BUDGET_SECONDS)
        self._backend = PublicBackend(self._budget)
        self._transport = _BudgetedTransport(ConnectionPools(self._backend, BudgetedBackend(self._budget), http2=True))
        # hishel asks nobody unless the answer is stale, and takes a tenth of the age of Last-Modified for that: with
        # `no-cache` each request is sent, with If-None-Match if there is something to compare.
        self._headers = {"User-Agent": user_agent, "Accept-Encoding": "gzip", "Cache-Control": "no-cache"}
        self._client = httpx.Client(
            transport=CacheTransport(self._transport, storage=hishel.SqliteStorage(database_path=cache), rfc=True),
            follow_redirects=True,
            max_redirects=_REDIRECTS_MAX,
            event_hooks={"request": [self._check_redirect]},
        )
        self._scheme = ""
        self._last_request: dict[str, float] = {}
        self._began = time.monotonic()

    def __enter__(self) -> Self:
        """Return the fetcher."""
        return self

    def __exit__(self, *_: object) -> None:
        """Close all connections."""
        self._client.close()

    def fetch(self, request: Request, parse: Callable[[IO[bytes], int], Parsed]) -> tuple[Page, Parsed]:
        """Return a response and its parsed content; raise FetchError.

        `parse` takes the content and the status. A content that it refuses with ValueError counts as a failure, as a
        proxy or a maintenance page may have sent it. A response that an earlier, killed run has fetched is not fetched
        again.
        """
        page = self._pages.find(request)
        if page is not None:
            self.traffic.reused += 1
            return page, self._parse(page, parse)
        is_damaged = False
        try:
            # Waits are told below; stamina's own hooks would log them, too.
            stamina.instrumentation.set_on_retry_hooks(())
            for attempt in stamina.retry_context(
                on=self._decide_wait,
                attempts=FAILURES_MAX,
                timeout=None,
                wait_initial=self._limits.first_wait_seconds,
                wait_max=WAIT_MAX_SECONDS,
                wait_jitter=self._limits.first_wait_seconds / 2,
            ):
                with attempt:
                    try:
                        # A damaged content may be in the cache by now: ask for another copy, under a key of its own.
                        page = self._request(request, is_cached=not is_damaged)
                        parsed = self._parse(page, parse)
                    except ValueError as error:
                        is_damaged = True
                        raise TemporaryError(f"{request.url}: {error}") from error
                    self._pages.add(page)
                    return page, parsed
        except TemporaryError as error:
            raise FetchError(f"{error}; {self._explain_end(error)}") from error
        raise AssertionError

    def _explain_end(self, error: TemporaryError) -> str:
        """Return why a request is not repeated."""
        if error.wait is not None and error.wait > WAIT_MAX_SECONDS:
            return f"put off to the next run, as it asks for a wait of {error.wait:,.0f} seconds"
        return self._lateness if self._is_late else f"given up after {FAILURES_MAX} failures"

    @property
    def _is_late(self) -> bool:
        return time.monotonic() - self._began > self._limits.deadline_seconds

    @property
    def _lateness(self) -> str:
        return f"the source took more than {self._limits.deadline_seconds / 3600:.2g} hours"

    def _decide_wait(self, error: Exception) -> bool | float:
        """Return whether, and after how many seconds, a request is repeated: stamina's back-off hook."""
        if not isinstance(error, TemporaryError):
            return False
        self.traffic.failures += 1
        if error.wait is not None and error.wait > WAIT_MAX_SECONDS:
            return False
        if self._is_late:
            return False
        self._tell(str(error) + (f"; waiting {error.wait:,.0f} seconds" if error.wait else "; trying again"))
        # stamina takes 0 for a refusal to retry.
        return error.wait or True

    def _request(self, request: Request, *, is_cached: bool) -> Page:
        self._pause(request.url)
        host = urlsplit(request.url).hostname
        is_trusted = self._trusted_hosts is None or host in self._trusted_hosts
        self._backend.trusted_host = host if is_trusted else None
        self._scheme = urlsplit(request.url).scheme
        self.traffic.requests += 1
        extensions: dict[str, Any] = {} if is_cached else {"caching": {"key": uuid.uuid4().hex}}
        headers = {**self._headers, "Accept": request.accept}
        try:
            with (
                self._budget.running(),
                self._client.stream(
                    request.method,
                    request.url,
                    data=request.form,
                    headers=headers,
                    extensions=extensions,
                ) as response,
            ):
                self._check_status(request, response)
                incoming = self._pages.write(
                    request,
                    self._blocks(request.url, response),
                    content_type=response.headers.get("content-type", ""),
                    content_encoding=_content_encoding(response),
                    etag=response.headers.get("etag", ""),
                )
        except httpx.TooManyRedirects as error:
            raise FetchError(f"{request.url} redirects more than {_REDIRECTS_MAX} times") from error
        except httpx.TransportError as error:
            raise TemporaryError(f"{request.url}: {str(error) or type(error).__name__}") from error
        except (httpx.InvalidURL, UnicodeError) as error:
            raise FetchError(f"{request.url} is not a URL ({error})") from error
        except TransferError as error:
            raise FetchError(str(error)) from error
        self.traffic.not_modified += _is_not_modified(response)
        return _page(request, response, incoming)

    def _check_status(self, request: Request, response: httpx.Response) -> None:
        status = response.status_code
        if status == HTTPStatus.OK or (status in _GONE and request.missing_ok):
            return
        phrase = f"{request.url} is answered {status} {response.reason_phrase}".rstrip()
        if status in _TEMPORARY:
            raise TemporaryError(phrase, _retry_after(response.headers.get("retry-after")))
        raise (MissingPageError if status in _GONE else RefusedPageError)(phrase)

    def _blocks(self, url: str, response: httpx.Response) -> Iterator[bytes]:
        size, is_cached = 0, _is_not_modified(response)
        for block in response.iter_raw():
            size += len(block)
            self.traffic.bytes += 0 if is_cached else len(block)
            self._budget.extend(len(block) / MIN_BYTES_PER_SECOND)
            if size > self._limits.max_response_bytes:
                raise FetchError(f"{url} sends more than the allowed {self._limits.max_response_bytes:,} bytes")
            if self.traffic.bytes > self._limits.max_run_bytes:
                raise ExhaustedError(f"the source sends more than the allowed {self._limits.max_run_bytes:,} bytes")
            yield block
        self._budget.extend(RESPONSE_SECONDS)

    def _parse(self, page: Page, parse: Callable[[IO[bytes], int], Parsed]) -> Parsed:
        limit = self._limits.max_response_bytes * _EXPANSION_MAX
        with self._pages.open(page) as stream, BoundedStream.buffered(stream, limit) as bounded:
            return parse(bounded, page.status)

    def _pause(self, url: str) -> None:
        """Wait until the host may be asked again; raise FetchError after the deadline of the run."""
        if self._is_late:
            raise ExhaustedError(self._lateness)
        host = urlsplit(url).hostname or ""
        if not _is_loopback(host) and host in self._last_request:
            due = self._last_request[host] + self._limits.seconds_between_requests
            time.sleep(max(due - time.monotonic(), 0.0))
        self._last_request[host] = time.monotonic()
        self._budget.refill()

    def _check_redirect(self, request: httpx.Request) -> None:
        if request.url.scheme not in {"http", "https"} or (self._scheme, request.url.scheme) == ("https", "http"):
            raise FetchError(f"a redirect leads to {request.url.scheme}://{request.url.host}; not followed")


def read_all(stream: IO[bytes], _status: int) -> bytes:
    """Return the whole content; a parser for `fetch`."""
    return stream.read()


class _BudgetedTransport(httpx.HTTPTransport):
    """httpx's transport, with HTTP/2, on connections that a time budget limits."""

    # httpx accepts no network backend of httpcore: its pool is replaced, and its own, which costs 20 ms, never made.
    def __init__(self, pools: ConnectionPools) -> None:
        self._pools = pools
        self._pool = httpcore.ConnectionPool()

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        """Send a request through the pool of its URL."""
        self._pool = self._pools.find(str(request.url))
        response = super().handle_request(request)
        if not response.has_redirect_location:
            return response
        # httpx reads the content of a redirect as a whole, however large it is.
        response.close()
        return httpx.Response(response.status_code, headers={"Location": response.headers["Location"]})

    def close(self) -> None:
        """Close all connections."""
        self._pools.close()


def _page(request: Request, response: httpx.Response, incoming: IncomingPage) -> Page:
    return Page(
        key=request.key,
        url=request.url,
        status=response.status_code,
        content_type=incoming.headers["content_type"],
        content_encoding=incoming.headers["content_encoding"],
        etag=incoming.headers["etag"],
        fetched_at=datetime.now(UTC).isoformat(timespec="seconds"),
        file=incoming.path.name,
        bytes=incoming.bytes,
        sha256=incoming.sha256,
        final_url=str(response.url),
    )


def _is_not_modified(response: httpx.Response) -> bool:
    """Whether the source was asked and answered 304, so the content is that of the cache."""
    caching = response.extensions.get("caching") or {}
    return bool(caching.get("revalidated") and caching.get("from_cache"))


def _content_encoding(response: httpx.Response) -> str:
    encoding = response.headers.get("content-encoding", "").strip().lower().replace("x-gzip", "gzip")
    if encoding not in {"", "gzip", "identity"}:
        raise FetchError(f"{response.url} is encoded as {encoding}, which was not asked for")
    return "" if encoding == "identity" else encoding


def _retry_after(value: str | None) -> float | None:
    """Return the seconds of a Retry-After (RFC 9110, section 10.2.3): a whole number or a date; None for others."""
    if value is None:
        return None
    if value.strip().isdecimal():
        return float(value)
    try:
        at = email.utils.parsedate_to_datetime(value)
    except ValueError:
        return None
    # "-0000" is a time without a zone, which HTTP dates never have.
    return max((at if at.tzinfo else at.replace(tzinfo=UTC)).timestamp() - time.time(), 0.0)


def _is_loopback(host: str) -> bool:
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"

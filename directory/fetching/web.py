"""Documents at URLs that others chose: each step is checked, from the URL to the last redirect.

An address is checked after its name was resolved, and the connection goes to the address that was checked.
"""

from __future__ import annotations

import hashlib
import time
import zlib
from collections.abc import Collection, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from http import HTTPStatus
from typing import Final, Literal, Self, TypeAlias
from urllib.parse import urljoin

import can_ada
import httpcore
from protego import Protego

from directory.fetching.connection_pools import ConnectionPools
from directory.fetching.network import BudgetedBackend, PrivateAddressError, PublicBackend, TimeBudget
from directory.fetching.public_addresses import is_address, is_public
from directory.fetching.robots import ROBOT, ROBOTS_MAX, parse_robots

FailureCode: TypeAlias = Literal[
    "bad_url", "bad_status", "downgrade", "forbidden_port", "private_address", "robots", "too_large", "too_slow",
    "too_many_redirects", "unreachable", "wrong_type",
]  # fmt: skip
WEB_PORTS: Final = frozenset({80, 443})
REDIRECTS_MAX: Final = 5
BYTES_MAX: Final = 2 * 1024 * 1024
# For a document with its robots.txt and all redirects.
SECONDS_MAX: Final = 30.0
_PAUSE_SECONDS: Final = 1.0
_DEFAULT_PORTS: Final = {"http:": 80, "https:": 443}
_FOLLOWED: Final = frozenset({301, 302, 303, 307, 308})
_GONE: Final = frozenset({HTTPStatus.NOT_FOUND, HTTPStatus.GONE})
# Hosts whose rules are kept; as many as a run asks in some hours.
_HOSTS_MAX: Final = 1_000
_URL_MAX: Final = 2_048


class WebError(Exception):
    """A document cannot be had; `code` says why for programs, the message for people."""

    def __init__(self, code: FailureCode, message: str) -> None:
        super().__init__(message)
        self.code: FailureCode = code


@dataclass(frozen=True, slots=True)
class Document:
    """What is at a URL; `final_url` is where redirects led. `content` is empty where nothing is."""

    url: str
    final_url: str
    status: int
    content: bytes
    fetched_at: datetime

    @property
    def is_found(self) -> bool:
        """Whether something is there; it is not under 404 and 410."""
        return self.status == HTTPStatus.OK

    @property
    def sha256(self) -> str:
        """Return the digest of the content, without content coding, in hexadecimal digits."""
        return hashlib.sha256(self.content).hexdigest()


class WebFetcher:
    """Fetches documents one by one; a context manager.

    `servers` are the URLs to ask in place of hosts, which the operator names and may be anywhere; nothing else in a
    private network, and no port but `ports`, is ever asked.
    """

    def __init__(
        self, user_agent: str, *, servers: Mapping[str, str] | None = None, ports: Collection[int] = WEB_PORTS
    ) -> None:
        self._servers = dict(servers or {})
        self._ports = frozenset(ports)
        self._budget = TimeBudget(SECONDS_MAX)
        self._backend = PublicBackend(self._budget)
        self._pools = ConnectionPools(self._backend, BudgetedBackend(self._budget))
        # Nothing to unpack, unless a server insists.
        self._headers = [("User-Agent", user_agent), ("Accept-Encoding", "identity")]
        self._rules: dict[str, Protego] = {}
        self._last_request: dict[str, float] = {}

    def __enter__(self) -> Self:
        """Return the fetcher."""
        return self

    def __exit__(self, *_: object) -> None:
        """Close all connections."""
        self._pools.close()

    def fetch(self, url: str, types: Collection[str], *, bytes_max: int = BYTES_MAX) -> Document:
        """Return the document at a URL, of one of the media types, or that there is none; raise WebError."""
        self._pause(url)
        self._budget.refill()
        with self._budget.running():
            return self._follow(url, types, bytes_max, obeys_robots=True)

    def _follow(self, url: str, types: Collection[str], bytes_max: int, *, obeys_robots: bool) -> Document:
        where, is_encrypted = url, False
        for _ in range(REDIRECTS_MAX + 1):
            parsed = parse_web_url(where)
            require_public(parsed, self._ports)
            parsed.hash = ""
            if is_encrypted and parsed.protocol != "https:":
                raise WebError("downgrade", f"a redirect leads to {parsed.href}, which is not encrypted")
            is_encrypted = parsed.protocol == "https:"
            if obeys_robots:
                self._require_allowed(parsed)
            status, location, content = self._exchange(parsed, types, bytes_max)
            if location is None:
                return Document(url, parsed.href, status, content, datetime.now(UTC))
            where = _join(parsed.href, location)
        raise WebError("too_many_redirects", f"{url} redirects more than {REDIRECTS_MAX} times")

    def _require_allowed(self, parsed: can_ada.URL) -> None:
        """Raise WebError where the robots.txt of a host forbids the URL, or cannot be fetched."""
        site = f"{parsed.protocol}//{parsed.host}"
        if site not in self._rules:
            if len(self._rules) >= _HOSTS_MAX:
                self._rules.clear()
            try:
                found = self._follow(f"{site}/robots.txt", ("*",), ROBOTS_MAX, obeys_robots=False)
                self._rules[site] = parse_robots(found.content)
            except WebError as error:
                # RFC 9309, section 2.3.1.3: another status of 4xx is as no file. Section 2.3.1.4: while it cannot be
                # reached, nothing is allowed.
                if not isinstance(error, _RefusedError):
                    raise
                self._rules[site] = parse_robots(b"")
        if not self._rules[site].can_fetch(parsed.href, ROBOT):
            raise WebError("robots", f"the robots.txt of {parsed.host} forbids {parsed.href}")

    def _exchange(self, parsed: can_ada.URL, types: Collection[str], bytes_max: int) -> tuple[int, str | None, bytes]:
        """Return status, where a redirect leads, and content of a response; raise WebError."""
        url = self._place(parsed)
        headers = [*self._headers, ("Accept", ", ".join(types).replace("*", "*/*"))]
        with (
            explained(parsed.host, SECONDS_MAX),
            self._pools.find(url).stream("GET", url, headers=headers) as response,
        ):
            fields = {name.lower().decode("latin-1"): value.decode("latin-1") for name, value in response.headers}
            if response.status in _FOLLOWED and "location" in fields:
                return response.status, fields["location"], b""
            if response.status in _GONE:
                return response.status, None, b""
            _check_response(parsed, response.status, fields, types)
            return response.status, None, _read(parsed, fields, response.iter_stream(), bytes_max)

    def _place(self, parsed: can_ada.URL) -> str:
        """Return where to send a request: in place of some hosts the operator names a server."""
        server = self._servers.get(parsed.hostname)
        if server is None:
            self._backend.trusted_host = None
            return parsed.href
        self._backend.trusted_host = can_ada.parse(server).hostname
        return f"{server.rstrip('/')}{parsed.pathname}{parsed.search}"

    def _pause(self, url: str) -> None:
        """Wait until the host of a URL may be asked again."""
        host = url.partition("://")[2].partition("/")[0]
        if host in self._servers:
            return
        if len(self._last_request) >= _HOSTS_MAX:
            self._last_request.clear()
        if host in self._last_request:
            time.sleep(max(self._last_request[host] + _PAUSE_SECONDS - time.monotonic(), 0.0))
        self._last_request[host] = time.monotonic()


def parse_web_url(url: str) -> can_ada.URL:
    """Return a URL as browsers read it; raise WebError for one that is not asked, wherever it is."""
    try:
        parsed = can_ada.parse(url) if len(url) <= _URL_MAX else None
    except ValueError:
        parsed = None
    if parsed is None or parsed.protocol not in _DEFAULT_PORTS or not parsed.hostname:
        raise WebError("bad_url", f"{url[:200]} is no URL of the web")
    if parsed.username or parsed.password:
        raise WebError("bad_url", f"{parsed.hostname}: a URL with a user or password is not asked")
    return parsed


def require_public(parsed: can_ada.URL, ports: Collection[int]) -> None:
    """Raise WebError for another port, or for an address in a private network; names are looked up when connecting."""
    port = int(parsed.port) if parsed.port else _DEFAULT_PORTS[parsed.protocol]
    if port not in ports:
        raise WebError("forbidden_port", f"{parsed.host} is at port {port}, which is not asked")
    # A connection that is open may be to a server of the operator.
    if is_address(host := parsed.hostname.strip("[]")) and not is_public(host):
        raise WebError("private_address", f"{host} is in a private network; not followed")


@contextmanager
def explained(host: str, seconds: float) -> Iterator[None]:
    """Raise WebError in place of what httpcore raises in the block, which asks `host` for so long."""
    try:
        yield
    except PrivateAddressError as error:
        raise WebError("private_address", f"{host} is in a private network; not followed") from error
    except httpcore.TimeoutException as error:
        raise WebError("too_slow", f"{host} did not answer within {seconds:.0f} seconds") from error
    except (httpcore.NetworkError, httpcore.ProtocolError, httpcore.ProxyError, OSError) as error:
        # ssl.SSLError is an OSError.
        raise WebError("unreachable", f"{host}: {str(error) or type(error).__name__}") from error


class _RefusedError(WebError):
    """A server answered with a status of 4xx."""


def _join(url: str, location: str) -> str:
    try:
        return urljoin(url, location)
    except ValueError as error:
        raise WebError("bad_url", f"{url} redirects to what is no URL") from error


def _check_response(parsed: can_ada.URL, status: int, fields: Mapping[str, str], types: Collection[str]) -> None:
    if status != HTTPStatus.OK:
        is_refusal = HTTPStatus.BAD_REQUEST <= status < HTTPStatus.INTERNAL_SERVER_ERROR
        kind = _RefusedError if is_refusal and status != HTTPStatus.TOO_MANY_REQUESTS else WebError
        raise kind("bad_status", f"{parsed.href} is answered {status}")
    media_type = fields.get("content-type", "").partition(";")[0].strip().lower()
    if "*" not in types and media_type not in types:
        raise WebError("wrong_type", f"{parsed.href} is {media_type or 'of no type'}, and not {' or '.join(types)}")
    if fields.get("content-encoding", "identity").lower() not in {"identity", "gzip"}:
        raise WebError("wrong_type", f"{parsed.href} is encoded as nobody asked for")


def _read(parsed: can_ada.URL, fields: Mapping[str, str], blocks: Iterator[bytes], bytes_max: int) -> bytes:
    """Return the content of a response; raise WebError for one that is too large, packed or unpacked."""
    # Bits for a header of gzip; a few kilobytes of it can become gigabytes.
    unpack = zlib.decompressobj(31) if fields.get("content-encoding", "").lower() == "gzip" else None
    content = bytearray()
    for block in blocks:
        try:
            content += block if unpack is None else unpack.decompress(block, bytes_max + 1 - len(content))
        except zlib.error as error:
            raise WebError("wrong_type", f"{parsed.href} is no gzip") from error
        if len(content) > bytes_max:
            raise WebError("too_large", f"{parsed.href} has more than {bytes_max:,} bytes")
    if unpack is not None and not unpack.eof:
        raise WebError("wrong_type", f"{parsed.href} is a gzip that is cut off")
    return bytes(content)

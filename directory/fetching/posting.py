"""Messages to URLs that others chose: no redirect is followed, no proxy is used, and no answer is read.

Addresses are checked as those of `directory.fetching.web` are, when connecting.
"""

from __future__ import annotations

import ssl
from collections.abc import Collection, Mapping
from typing import TYPE_CHECKING, Final, Self

import httpcore

from directory.fetching.network import PublicBackend, TimeBudget
from directory.fetching.web import WebError, explained, parse_web_url, require_public

if TYPE_CHECKING:
    import can_ada

PORTS: Final = frozenset({443, 8443})
# From the name's resolution to the headers of the answer.
SECONDS_MAX: Final = 15.0


def parse_receiver(url: str, private_hosts: Collection[str]) -> can_ada.URL:
    """Return the URL of a receiver; raise WebError for one that gets no messages.

    It is encrypted and public, but for `private_hosts`, which the operator names.
    """
    parsed = parse_web_url(url)
    if parsed.hostname not in private_hosts:
        if parsed.protocol != "https:":
            raise WebError("bad_url", f"{parsed.host} is not encrypted: write https://")
        require_public(parsed, PORTS)
    if parsed.hash:
        raise WebError("bad_url", f"{parsed.host}: a URL with a fragment gets no messages")
    return parsed


class Poster:
    """Sends messages one by one; a context manager."""

    def __init__(self, user_agent: str, *, private_hosts: Collection[str] = ()) -> None:
        """Send as `user_agent`, to public addresses and to `private_hosts`."""
        self._private_hosts = frozenset(private_hosts)
        self._budget = TimeBudget(SECONDS_MAX)
        self._backend = PublicBackend(self._budget)
        # No proxy of the environment: it would resolve names by itself, and might be inside of the network.
        self._pool = httpcore.ConnectionPool(ssl.create_default_context(), network_backend=self._backend)
        self._headers = {"User-Agent": user_agent, "Content-Type": "application/json", "Accept-Encoding": "identity"}

    def __enter__(self) -> Self:
        """Return the poster."""
        return self

    def __exit__(self, *_: object) -> None:
        """Close all connections."""
        self._pool.close()

    def post(self, url: str, body: bytes, headers: Mapping[str, str]) -> int:
        """Send a message and return the status of the answer, whose body is not read; raise WebError."""
        parsed = parse_receiver(url, self._private_hosts)
        self._backend.trusted_host = parsed.hostname if parsed.hostname in self._private_hosts else None
        fields = list({**self._headers, **headers}.items())
        self._budget.refill()
        with (
            self._budget.running(),
            explained(parsed.host, SECONDS_MAX),
            self._pool.stream("POST", parsed.href, headers=fields, content=body) as response,
        ):
            return int(response.status)

"""Servers that an operator names on the command line, to be asked in place of hosts."""

from __future__ import annotations

from collections.abc import Iterable
from urllib.parse import urlsplit

import click


def read_servers(pairs: Iterable[str]) -> dict[str, str]:
    """Return the URLs by host; raise click.UsageError for another form."""
    servers: dict[str, str] = {}
    for pair in pairs:
        host, _, url = pair.partition("=")
        parts = urlsplit(url)
        if not host or parts.scheme not in {"http", "https"} or not parts.hostname:
            raise click.UsageError(f"--server {pair!r}: write HOST=URL, such as social.example=https://mirror.example")
        servers[host.lower()] = url
    return servers

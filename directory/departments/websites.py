"""Hosts of websites, as departments are found by them: without `www.`, in lower case."""

from __future__ import annotations

import re
from typing import Final

import can_ada

_SCHEME: Final = re.compile(r"https?://", re.IGNORECASE)
_ACE: Final = "xn--"
_HOST: Final = re.compile(r"(https?://)([^/?#:]+)", re.IGNORECASE)


def parse_website_host(text: str) -> str:
    """Return the host of a website, of its address or of a host, in ASCII; raise ValueError."""
    written = text.strip()
    address = written if _SCHEME.match(written) else f"https://{written}"
    try:
        host = can_ada.parse(address).hostname
    except ValueError:
        host = ""
    host = host.rstrip(".").removeprefix("www.")
    if "." not in host or "@" in written:
        message = f"{text} is not a website; expected a host such as cdc.gov, or the address of a page"
        raise ValueError(message)
    return host


def spellings(host: str) -> tuple[str, ...]:
    """Return a host in ASCII, and as it is written where that differs: sources give either."""
    if _ACE not in host:
        return (host,)
    try:
        return (host, ".".join(_decode(label) for label in host.split(".")))
    except UnicodeError:
        return (host,)


def normalize_host(address: str) -> str:
    """Return an address with its host as a browser reads it, if that is not ASCII: PostgreSQL folds ASCII only."""
    found = _HOST.match(address)
    if found is None or found[2].isascii():
        return address
    try:
        host = spellings(can_ada.parse(f"https://{found[2]}").hostname)[-1]
    except ValueError:
        return address
    return found[1] + host + address[found.end() :]


def _decode(label: str) -> str:
    return label.removeprefix(_ACE).encode("ascii").decode("punycode") if label.startswith(_ACE) else label

"""The address of the client: of the connection, or what a trusted proxy says of it in X-Forwarded-For."""

from __future__ import annotations

import ipaddress
import re
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from _typeshed.wsgi import WSGIEnvironment

# An address of IPv6 in brackets or without them, or one of IPv4; both may have a port, as proxies of Azure send it.
_WITH_PORT: Final = re.compile(r"\[([0-9A-Fa-f:.]+)\](?::[0-9]{1,5})?|([0-9.]+)(?::[0-9]{1,5})?")
# What one subscriber of IPv6 has: within it anybody can change the address at will.
_PREFIX: Final = 64


def client_network(environ: WSGIEnvironment, *, trusted_proxies: int) -> str:
    """Return the address of the client in one spelling, of IPv6 its /64; "" where it has none.

    `trusted_proxies` is how many proxies in front of us each add an address to X-Forwarded-For: what stands further
    to the left was written by the client, and is not read. Where the header has fewer, the connection counts.
    """
    forwarded = environ.get("HTTP_X_FORWARDED_FOR", "").split(",") if trusted_proxies else []
    if 0 < trusted_proxies <= len(forwarded):
        return _normalize(forwarded[-trusted_proxies]) or _normalize(environ.get("REMOTE_ADDR", ""))
    return _normalize(environ.get("REMOTE_ADDR", ""))


def _normalize(text: str) -> str:
    text = text.strip()
    if (match := _WITH_PORT.fullmatch(text)) is not None:
        text = match[1] or match[2]
    try:
        address = ipaddress.ip_address(text.partition("%")[0])
    except ValueError:
        return ""
    if isinstance(address, ipaddress.IPv6Address):
        if address.ipv4_mapped is not None:
            return str(address.ipv4_mapped)
        return str(ipaddress.ip_network((address, _PREFIX), strict=False))
    return str(address)

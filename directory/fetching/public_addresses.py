"""Whether an IP address is on the internet: the table that guards against server-side request forgery.

`ipaddress` says of multicast, of site-local addresses, and of IPv6 addresses that lead to a private IPv4 one (NAT64,
6to4, IPv4-compatible) that they are global, and what it says differs between versions of Python.
"""

from __future__ import annotations

import ipaddress
from typing import Final

# IANA's registries of special-purpose addresses, https://www.iana.org/assignments/iana-ipv4-special-registry and
# https://www.iana.org/assignments/iana-ipv6-special-registry, and multicast.
_REFUSED: Final = tuple(
    map(
        ipaddress.ip_network,
        (
            "0.0.0.0/8",
            "10.0.0.0/8",
            "100.64.0.0/10",
            "127.0.0.0/8",
            "169.254.0.0/16",
            "172.16.0.0/12",
            "192.0.0.0/24",
            "192.0.2.0/24",
            "192.88.99.0/24",
            "192.168.0.0/16",
            "198.18.0.0/15",
            "198.51.100.0/24",
            "203.0.113.0/24",
            "224.0.0.0/4",
            "240.0.0.0/4",
            "2001::/23",
            "2001:db8::/32",
            "2002::/16",
            "3fff::/20",
        ),
    )
)
# Everything else of IPv6 is not assigned, local, multicast or a form of IPv4 addresses.
_GLOBAL_UNICAST: Final = ipaddress.IPv6Network("2000::/3")
# A network without IPv4 reaches the IPv4 addresses of the internet by this prefix (RFC 6052).
_NAT64: Final = ipaddress.IPv6Network("64:ff9b::/96")


def is_public(address: str) -> bool:
    """Whether an IP address is one of the internet, and not of this machine, a private network or a group."""
    found = ipaddress.ip_address(address)
    if isinstance(found, ipaddress.IPv6Address):
        embedded = found.ipv4_mapped
        if found in _NAT64:
            embedded = ipaddress.IPv4Address(int(found) & 0xFFFF_FFFF)
        if embedded is not None:
            found = embedded
        elif found not in _GLOBAL_UNICAST:
            return False
    return not any(found in network for network in _REFUSED if network.version == found.version)


def is_address(host: str) -> bool:
    """Whether a host is an IP address and no name."""
    try:
        ipaddress.ip_address(host)
    except ValueError:
        return False
    return True

"""The TCP sockets of this process: granian holds them and does not hand them out, so they are found by descriptor."""

import contextlib
import ipaddress
import os
import socket
import stat
import struct
import time
from collections.abc import Iterator
from typing import Final, NamedTuple

# Offsets in struct tcp_info (linux/tcp.h): segments that are not acknowledged, milliseconds since data were sent and
# received, bytes that the peer has acknowledged.
_UNACKED: Final = 24
_LAST_SENT: Final = 44
_LAST_RECEIVED: Final = 52
_BYTES_ACKED: Final = 120
_INFO_BYTES: Final = 256


class TcpInfo(NamedTuple):
    """What Linux knows of a connection; `acknowledged_bytes` are those that the peer has received."""

    idle_seconds: float
    acknowledged_bytes: int


def open_tcp_sockets() -> Iterator[tuple[int, socket.socket]]:
    """Yield the descriptor of each TCP socket, with a socket on a duplicate of it that is closed after its turn.

    It takes some 5 microseconds a socket. A duplicate, because granian may close its own meanwhile, and the system give
    the descriptor to another file.
    """
    for name in os.listdir("/dev/fd"):  # noqa: PTH208 - names alone, of thousands
        # OSError: it was closed since it was listed, or is not connected.
        with contextlib.suppress(OSError):
            if stat.S_ISSOCK(os.fstat(int(name)).st_mode):
                with socket.socket(fileno=os.dup(int(name))) as duplicate:
                    if duplicate.family in {socket.AF_INET, socket.AF_INET6} and duplicate.type == socket.SOCK_STREAM:
                        yield int(name), duplicate


def duplicate_socket_of(client: str) -> socket.socket | None:
    """Return a duplicate of the socket that is connected to `client`, as granian writes it: `127.0.0.1:50000`."""
    host, _, port = client.rpartition(":")
    if not host or not port.isdecimal():
        return None
    peer = (normalize_host(host.strip("[]")), int(port))
    for _, connection in open_tcp_sockets():
        # OSError: a listening socket has no peer.
        with contextlib.suppress(OSError):
            peer_host, peer_port, *_ = connection.getpeername()
            if (normalize_host(peer_host), peer_port) == peer:
                # Not `connection.dup()`, which makes the socket blocking, for granian too.
                return socket.socket(fileno=os.dup(connection.fileno()))
    return None


def normalize_host(host: str) -> str:
    """Return an IP address in its usual form, an IPv4 address that is mapped into IPv6 as IPv4."""
    with contextlib.suppress(ValueError):
        address = ipaddress.ip_address(host)
        mapped = address.ipv4_mapped if isinstance(address, ipaddress.IPv6Address) else None
        return str(mapped or address)
    return host


def read_tcp_info(connection: socket.socket) -> TcpInfo:
    """Return what Linux knows of a connection; it is not idle while it waits for an acknowledgement."""
    info = connection.getsockopt(socket.IPPROTO_TCP, socket.TCP_INFO, _INFO_BYTES)
    unacked, sent, received = (struct.unpack_from("=I", info, at)[0] for at in (_UNACKED, _LAST_SENT, _LAST_RECEIVED))
    # Linux before 4.1 does not report the bytes. The clock stands in for them, so that every client seems to go on.
    is_reported = len(info) >= _BYTES_ACKED + 8
    acknowledged = struct.unpack_from("=Q", info, _BYTES_ACKED)[0] if is_reported else time.monotonic_ns()
    return TcpInfo(0.0 if unacked else min(sent, received) / 1000, acknowledged)

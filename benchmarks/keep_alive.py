"""A client of few connections and little processor time, which sends prepared requests and keeps all answers."""

from __future__ import annotations

import contextlib
import re
import selectors
import socket
import threading
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import Final
from urllib.request import Request, urlopen

HOST: Final = "127.0.0.1"
_NO_BODY: Final = (204, 304)
_CHUNK: Final = 1 << 16
_TIMEOUT: Final = 60.0
_PATIENCE: Final = 0.1

Answer = tuple[int, bytes]


@dataclass(slots=True)
class Run:
    """The answers (status and body) in the order of the requests, None where there was no time for one; seconds."""

    answers: list[Answer | None]
    seconds: float
    latencies: list[float]


@dataclass(slots=True)
class _Connection:
    """One connection, the request that is under way on it, and what has come of its answer."""

    socket: socket.socket
    number: int = -1
    sent_at: float = 0.0
    received: bytearray = field(default_factory=bytearray)

    def send(self, number: int, request: bytes) -> None:
        self.number, self.sent_at = number, time.perf_counter()
        self.received.clear()
        self.socket.sendall(request)

    def answer(self) -> Answer | None:
        """Return the answer, None while a part of it is missing."""
        end = self.received.find(b"\r\n\r\n")
        if end < 0:
            return None
        status = int(self.received[9:12])
        length = re.search(rb"\r\ncontent-length: *(\d+)", self.received[:end], re.IGNORECASE)
        body = bytes(self.received[end + 4 :])
        is_whole = status in _NO_BODY or (length is not None and len(body) >= int(length[1]))
        return (status, body) if is_whole else None


def get(path: str, headers: str = "") -> bytes:
    """Return a GET request."""
    return f"GET {path} HTTP/1.1\r\nHost: {HOST}\r\n{headers}\r\n".encode()


def post(path: str, body: bytes) -> bytes:
    """Return a POST request of JSON."""
    head = (
        f"POST {path} HTTP/1.1\r\nHost: {HOST}\r\nContent-Type: application/json\r\nContent-Length: {len(body)}\r\n\r\n"
    )
    return head.encode() + body


def drive(
    port: int,
    requests: Sequence[bytes],
    connections: int,
    timeout: float = _TIMEOUT,
    ended: threading.Event | None = None,
) -> Run:
    """Send all requests over so many connections, on each the next one when an answer has come.

    It stops after `timeout` seconds, or soon after `ended` is set.
    """
    run = Run([None] * len(requests), 0.0, [])
    left = iter(enumerate(requests))
    with contextlib.ExitStack() as stack, selectors.DefaultSelector() as selector:
        begin = time.perf_counter()
        for number, request in zip(range(connections), requests, strict=False):
            next(left)
            connection = _Connection(stack.enter_context(socket.create_connection((HOST, port), _TIMEOUT)))
            connection.send(number, request)
            selector.register(connection.socket, selectors.EVENT_READ, connection)
        open_requests = min(connections, len(requests))
        while open_requests and time.perf_counter() < begin + timeout and not (ended and ended.is_set()):
            for key, _ in selector.select(_PATIENCE):
                connection = key.data
                chunk = connection.socket.recv(_CHUNK)
                if not chunk:
                    raise ConnectionError(f"the server closed a connection at {requests[connection.number][:200]!r}")
                connection.received += chunk
                answer = connection.answer()
                if answer is None:
                    continue
                run.answers[connection.number] = answer
                run.latencies.append(time.perf_counter() - connection.sent_at)
                following = next(left, None)
                if following is None:
                    open_requests -= 1
                else:
                    connection.send(*following)
        run.seconds = time.perf_counter() - begin
    return run


def download(port: int, path: str) -> Run:
    """Read a download as fast as it comes."""
    begin = time.perf_counter()
    request = Request(f"http://{HOST}:{port}{path}", headers={"Accept-Encoding": "identity"})
    with urlopen(request, timeout=_TIMEOUT) as response:  # noqa: S310 - likewise
        answer = response.status, response.read()
    seconds = time.perf_counter() - begin
    return Run([answer], seconds, [seconds])


@contextlib.contextmanager
def read_slowly(port: int, path: str, readers: int) -> Iterator[None]:
    """Run clients that read a download at 10 kB/s while the block runs; all have its first bytes before."""
    ended = threading.Event()
    with contextlib.ExitStack() as stack:
        connections = [stack.enter_context(socket.socket()) for _ in range(readers)]
        for connection in connections:
            # A small buffer: what the kernel holds counts as read.
            connection.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 8192)
            connection.settimeout(5)
            connection.connect((HOST, port))
            connection.sendall(get(path, "Connection: close\r\n"))
        for connection in connections:
            # Where readers hold threads, the last ones get nothing.
            with contextlib.suppress(TimeoutError):
                connection.recv(100)

        def read() -> None:
            while not ended.wait(0.1):
                for connection in connections:
                    with contextlib.suppress(OSError):
                        connection.setblocking(False)  # noqa: FBT003 - takes no keyword
                        connection.recv(1000)

        thread = threading.Thread(target=read)
        thread.start()
        try:
            yield
        finally:
            ended.set()
            thread.join()

"""How much slow readers of a download slow the other answers: `python -m benchmarks.slow_readers http://127.0.0.1:8000`.

Fifty clients read the bulk download at 10 kB/s each while four others ask for lists, one request after the other on a
connection each; before that, the four are alone. The 99th percentile with the slow ones must stay within twice that.
"""

import argparse
import asyncio
import socket
import statistics
import sys
import time
from collections.abc import Iterator
from itertools import count
from typing import Final
from urllib.parse import urlsplit

READERS: Final = 50
# Ten times a second: 10 kB/s.
BYTES_AT_ONCE: Final = 1000
PAUSE_SECONDS: Final = 0.1
ASKERS: Final = 4
DOWNLOAD: Final = "/v1/accounts.ndjson"
# The time limit until all readers have the first bytes.
PATIENCE_SECONDS: Final = 60


async def read_slowly(host: str, port: int, begun: asyncio.Semaphore) -> None:
    """Read the download at 10,000 bytes a second; release `begun` at the first bytes."""
    loop = asyncio.get_running_loop()
    with socket.socket() as connection:
        # A small receive buffer, so that the kernel reads little ahead.
        connection.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 8192)
        connection.setblocking(False)  # noqa: FBT003 - takes no keyword
        await loop.sock_connect(connection, (host, port))
        await loop.sock_sendall(connection, f"GET {DOWNLOAD} HTTP/1.1\r\nHost: {host}\r\n\r\n".encode())
        first = await loop.sock_recv(connection, 64)
        if not first.startswith(b"HTTP/1.1 200 "):
            raise ConnectionError(first.decode(errors="replace"))
        begun.release()
        while await loop.sock_recv(connection, BYTES_AT_ONCE):  # noqa: ASYNC110 - it waits for nothing but time
            await asyncio.sleep(PAUSE_SECONDS)


async def ask(host: str, port: int, until: float, addresses: Iterator[str], seconds: list[float]) -> None:
    """Request one list after the other and record the time of each response."""
    reader, writer = await asyncio.open_connection(host, port)
    while time.monotonic() < until:
        begin = time.perf_counter()
        writer.write(f"GET {next(addresses)} HTTP/1.1\r\nHost: {host}\r\n\r\n".encode())
        head = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1").lower()
        await reader.readexactly(int(head.partition("content-length:")[2].partition("\r\n")[0]))
        if not head.startswith("http/1.1 200 "):
            raise ConnectionError(head)
        seconds.append(time.perf_counter() - begin)
    writer.close()


def lists() -> Iterator[str]:
    """Yield paths without repetition, so that no response is cached."""
    for number in count(int(time.time())):
        yield f"/v1/accounts?sort=-followers&limit=25&followers_max={number}"


async def measure(host: str, port: int, duration: float) -> list[float]:
    """Return the seconds of each response."""
    seconds: list[float] = []
    addresses = lists()
    until = time.monotonic() + duration
    await asyncio.gather(*(ask(host, port, until, addresses, seconds) for _ in range(ASKERS)))
    return seconds


async def run(host: str, port: int, duration: float) -> bool:
    """Measure without and with slow readers, print both, and return whether the limit is kept."""
    await measure(host, port, 2)
    alone = percentile(await measure(host, port, duration))
    begun = asyncio.Semaphore(0)
    readers = [asyncio.create_task(read_slowly(host, port, begun)) for _ in range(READERS)]
    async with asyncio.timeout(PATIENCE_SECONDS):
        for _ in readers:
            await begun.acquire()
    loaded = percentile(await measure(host, port, duration))
    ended = sum(reader.done() for reader in readers)
    for reader in readers:
        reader.cancel()
    await asyncio.gather(*readers, return_exceptions=True)
    print(f"99th percentile alone {alone * 1000:.1f} ms, with {READERS} slow readers {loaded * 1000:.1f} ms")
    print(f"ratio {loaded / alone:.2f}, at most 2 is the rule; {ended} readers ended early, none may")
    return loaded <= 2 * alone and not ended


def percentile(seconds: list[float]) -> float:
    """Return the 99th percentile."""
    return statistics.quantiles(seconds, n=100)[98]


def main() -> int:
    """Run on the service whose address is given, which holds at least a few megabytes of accounts."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("address", help="address of a running service, such as http://127.0.0.1:8000")
    parser.add_argument("--seconds", type=float, default=10, help="length of each of the two measurements")
    options = parser.parse_args()
    place = urlsplit(options.address)
    return 0 if asyncio.run(run(place.hostname or "127.0.0.1", place.port or 80, options.seconds)) else 1


if __name__ == "__main__":
    sys.exit(main())

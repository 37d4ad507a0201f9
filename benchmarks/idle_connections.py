"""What idle connections cost others: `python -m benchmarks.idle_connections http://127.0.0.1:8000`.

Sixteen clients ask one request after the other on a connection each, in turns alone and next to 2,000 connections that
are mostly idle: a quarter says nothing, a quarter has sent half a header, half keeps its connection after an answer
and asks again now and then. The 99th percentile next to them is to stay within one and a half times that without.
"""

import argparse
import asyncio
import contextlib
import resource
import statistics
import sys
import time
from collections.abc import AsyncIterator, Iterator
from itertools import count
from typing import Final
from urllib.parse import urlsplit

from benchmarks.slow_readers import percentile

IDLE: Final = 2000
ASKERS: Final = 16
# The pause between two requests on a persistent connection.
PAUSE_SECONDS: Final = 10.0
MAX: Final = 1.5
HEADER: Final = "GET /v1 HTTP/1.1\r\nHost: x\r\n"


async def idle(host: str, port: int, number: int, opened: asyncio.Semaphore) -> None:
    """Keep one connection open, and reopen it whenever the server closes it."""
    sent = ("", f"{HEADER}X-Slow: ", f"{HEADER}\r\n", f"{HEADER}\r\n")[number % 4]
    while True:
        with contextlib.suppress(OSError):
            reader, writer = await asyncio.open_connection(host, port)
            with contextlib.closing(writer):
                opened.release()
                # Spread over the pause, as in production.
                await asyncio.sleep(PAUSE_SECONDS * number / IDLE if sent.endswith("\r\n\r\n") else 0)
                writer.write(sent.encode())
                while await reader.read(65536):
                    if sent.endswith("\r\n\r\n"):
                        await asyncio.sleep(PAUSE_SECONDS)
                        writer.write(sent.encode())
        await asyncio.sleep(1)


async def ask(host: str, port: int, until: float, addresses: Iterator[str], seconds: list[float]) -> None:
    """Send one request after the other and record the time of each response."""
    reader, writer = await asyncio.open_connection(host, port)
    with contextlib.closing(writer):
        while time.monotonic() < until:
            begin = time.perf_counter()
            writer.write(f"GET {next(addresses)} HTTP/1.1\r\nHost: {host}\r\n\r\n".encode())
            head = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1").lower()
            await reader.readexactly(int(head.partition("content-length:")[2].partition("\r\n")[0]))
            if not head.startswith("http/1.1 200 "):
                raise ConnectionError(head)
            seconds.append(time.perf_counter() - begin)


def questions() -> Iterator[str]:
    """Return paths without repetition, so that no response is cached."""
    return (f"/v1/accounts?limit=25&followers_max={number}" for number in count(int(time.time())))


async def measure(host: str, port: int, duration: float) -> list[float]:
    """Return the seconds of each response."""
    seconds: list[float] = []
    addresses = questions()
    until = time.monotonic() + duration
    await asyncio.gather(*(ask(host, port, until, addresses, seconds) for _ in range(ASKERS)))
    return seconds


@contextlib.asynccontextmanager
async def idle_connections(host: str, port: int) -> AsyncIterator[None]:
    """Keep the idle connections open during the block."""
    opened = asyncio.Semaphore(0)
    holders = [asyncio.create_task(idle(host, port, number, opened)) for number in range(IDLE)]
    try:
        async with asyncio.timeout(60):
            for _ in holders:
                await opened.acquire()
        # After the burst of their first requests.
        await asyncio.sleep(PAUSE_SECONDS + 1)
        yield
    finally:
        for holder in holders:
            holder.cancel()
        await asyncio.gather(*holders, return_exceptions=True)


async def run(host: str, port: int, rounds: int, duration: float) -> bool:
    """Measure in turns without and with idle connections, print both, and return whether the limit is kept."""
    await measure(host, port, 2)
    ratios = []
    for _ in range(rounds):
        alone = percentile(await measure(host, port, duration))
        async with idle_connections(host, port):
            crowded = percentile(await measure(host, port, duration))
        ratios.append(crowded / alone)
        print(f"99th percentile: alone {alone * 1000:.1f} ms, with {IDLE} {crowded * 1000:.1f} ms: {ratios[-1]:.2f}")
    print(f"the middle of {rounds} ratios: {statistics.median(ratios):.2f}, at most {MAX} wanted")
    return statistics.median(ratios) <= MAX


def main() -> None:
    """Measure the service at a URL."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("address")
    parser.add_argument("--rounds", type=int, default=7)
    parser.add_argument("--seconds", type=float, default=6)
    options = parser.parse_args()
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (max(soft, min(hard, 8192)), hard))
    parts = urlsplit(options.address)
    is_kept = asyncio.run(run(parts.hostname or "127.0.0.1", parts.port or 80, options.rounds, options.seconds))
    sys.exit(0 if is_kept else 1)


if __name__ == "__main__":
    main()

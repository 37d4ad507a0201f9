import asyncio
import socket
from collections.abc import AsyncIterator, Iterator
from contextlib import AsyncExitStack
from typing import Any

import pytest

from directory.http.bearer_tokens import make_token
from directory.worker.request_bodies import BodyMemoryError, BodyReader
from tests.worker.server import BODY_BYTES, get, running


class Client:
    """A client as granian hands it over, whose body comes in chunks."""

    def __init__(self, *chunks: bytes) -> None:
        self._chunks = chunks

    async def __aiter__(self) -> AsyncIterator[bytes]:
        for chunk in self._chunks:
            yield chunk


@pytest.fixture(scope="module")
def port(tmp_path_factory: pytest.TempPathFactory) -> Iterator[int]:
    """Yield the port of a real granian with the small application of tests/worker/server.py."""
    with running(tmp_path_factory.mktemp("worker")) as port:
        yield port


def test_a_body_that_does_not_come_in_time_is_answered_408(port: int) -> None:
    with socket.create_connection(("127.0.0.1", port), timeout=30) as sender:
        sender.sendall(b"POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 100\r\n\r\nx")
        answer = sender.recv(1000)
    assert answer.startswith(b"HTTP/1.1 408 ")
    assert b"connection: close" in answer.lower()
    assert get(port, "/", "POST", b"x" * BODY_BYTES)[0].status == 200


def test_a_client_that_leaves_in_the_middle_of_its_body_harms_nobody(port: int) -> None:
    with socket.create_connection(("127.0.0.1", port), timeout=30) as sender:
        sender.sendall(b"POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 100\r\n\r\nx")
    assert get(port, "/", "POST", b"x")[0].status == 200


def _read(reader: BodyReader, stack: AsyncExitStack, *chunks: bytes) -> Any:  # noqa: ANN401 - an awaitable of bytes
    client: Any = Client(*chunks)
    headers: Any = {"transfer-encoding": "chunked"}
    return stack.enter_async_context(reader.read(client, headers))


def test_all_bodies_together_are_bounded_but_short_ones_are_read_even_then() -> None:
    reader = BodyReader(100_000, max_total_bytes=150_000)

    async def run() -> None:
        async with AsyncExitStack() as stack:
            assert len(await _read(reader, stack, b"x" * 100_000)) == 100_000
            with pytest.raises(BodyMemoryError):
                await _read(reader, stack, b"x" * 30_000, b"x" * 30_000)
            # What was refused counts no more.
            assert len(await _read(reader, stack, b"x" * 40_000)) == 40_000
            assert len(await _read(reader, stack, b"x" * 16_000)) == 16_000
        async with AsyncExitStack() as stack:
            assert len(await _read(reader, stack, b"x" * 100_000)) == 100_000

    asyncio.run(run())


def test_observations_with_a_token_may_be_longer_and_nothing_else() -> None:
    reader = BodyReader(1_000)
    token = {"authorization": f"Bearer {make_token()}", "transfer-encoding": "chunked"}

    async def length(headers: Any, path: str) -> int:  # noqa: ANN401 - a dict is like the headers of granian
        client: Any = Client(b"x" * 1_000, b"x" * 1_000, b"x" * 1_000)
        async with reader.read(client, headers, path) as body:
            return len(body)

    assert asyncio.run(length(token, "/v1/observations.ndjson")) == 3_000
    # One chunk more than is taken: it is refused by its length.
    assert asyncio.run(length(token, "/v1/resolve")) == 2_000
    assert asyncio.run(length(token | {"authorization": "Bearer dir_x"}, "/v1/observations")) == 2_000

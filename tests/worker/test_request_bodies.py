import asyncio
import json
import socket
from collections.abc import AsyncIterator, Iterator
from contextlib import AsyncExitStack
from typing import Any

import pytest

from directory.http.bearer_tokens import make_token
from directory.worker.request_bodies import BodyIncompleteError, BodyMemoryError, BodyReader, UploadsBusyError
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


def test_a_body_that_breaks_off_is_answered_400(port: int) -> None:
    with socket.create_connection(("127.0.0.1", port), timeout=30) as sender:
        sender.sendall(b"POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 100\r\n\r\n{}")
        sender.shutdown(socket.SHUT_WR)
        assert sender.recv(1000).startswith(b"HTTP/1.1 400 ")


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


def _upload(port: int, body: bytes, head: str, *, is_allowed: bool) -> bytes:
    """Return the beginning of the answer to a file of which no more comes than `body`."""
    token = "Bearer good" if is_allowed else "Bearer bad"
    with socket.create_connection(("127.0.0.1", port), timeout=30) as sender:
        sender.sendall(
            f"POST /v1/imports HTTP/1.1\r\nHost: a\r\nAuthorization: {token}\r\n{head}\r\n\r\n".encode() + body
        )
        if is_allowed:
            sender.shutdown(socket.SHUT_WR)
        return sender.recv(1000)


def test_a_file_is_not_awaited_of_those_who_may_send_none(port: int) -> None:
    assert _upload(port, b"x", "Content-Length: 90000000", is_allowed=False).startswith(b"HTTP/1.1 200 ")


def test_a_file_that_breaks_off_is_refused_and_its_length_has_to_be_announced(port: int) -> None:
    assert _upload(port, b"x" * 10, "Content-Length: 100", is_allowed=True).startswith(b"HTTP/1.1 400 ")
    response, body = get(port, "/v1/imports", "POST", iter([b"x" * 10]), {"Authorization": "Bearer good"})
    assert (response.status, json.loads(body)["body"]) == (200, "")


def test_a_file_may_be_longer_than_other_bodies(port: int) -> None:
    body = b"x" * 3_000_000
    answer = json.loads(get(port, "/v1/imports", "POST", body, {"Authorization": "Bearer good"})[1])
    assert len(answer["body"]) == len(body)


def test_so_many_files_are_read_at_a_time() -> None:
    reader = BodyReader(100)
    headers: Any = {"content-length": "3"}

    async def run() -> None:
        async with AsyncExitStack() as stack:
            client: Any = Client(b"ab", b"c")
            for _ in range(4):
                assert (await stack.enter_async_context(reader.read_file(client, headers))).read() == b"abc"
            with pytest.raises(UploadsBusyError):
                await stack.enter_async_context(reader.read_file(client, headers))
        async with reader.read_file(Client(b"abc"), headers):  # type: ignore[arg-type]
            pass
        with pytest.raises(BodyIncompleteError):
            await reader.read_file(Client(b"ab"), headers).__aenter__()  # type: ignore[arg-type]

    asyncio.run(run())

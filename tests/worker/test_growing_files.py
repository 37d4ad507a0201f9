import contextlib
import http.client
import socket
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.worker.server import BLOCK_BYTES, BLOCKS, get, running

WHOLE = b"".join(bytes([number]) * BLOCK_BYTES for number in range(BLOCKS))


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("worker")


@pytest.fixture(scope="module")
def port(folder: Path) -> Iterator[int]:
    with running(folder) as port:
        yield port


def _wait_until_written(port: int, before: int) -> None:
    end = time.monotonic() + 20
    while int(get(port, "/written")[1]) == before and time.monotonic() < end:
        time.sleep(0.05)
    assert int(get(port, "/written")[1]) == before + 1


def test_a_file_is_sent_while_it_is_written_and_on_the_same_connection_comes_the_next_response(port: int) -> None:
    with contextlib.closing(http.client.HTTPConnection("127.0.0.1", port, timeout=20)) as connection:
        connection.request("GET", "/growing?wait=1")
        response = connection.getresponse()
        first = response.read(BLOCK_BYTES)
        get(port, "/proceed")
        assert first + response.read() == WHOLE
        assert response.headers["Transfer-Encoding"] == "chunked"
        connection.request("GET", "/written")
        assert connection.getresponse().status == 200


def test_a_client_that_does_not_read_does_not_hold_the_writer_up_and_gets_the_whole_file(port: int) -> None:
    before = int(get(port, "/written")[1])
    with socket.create_connection(("127.0.0.1", port), timeout=20) as reader:
        reader.sendall(b"GET /growing HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n")
        assert reader.recv(1000).startswith(b"HTTP/1.1 200")
        _wait_until_written(port, before)
        size = len(b"".join(iter(lambda: reader.recv(1_000_000), b"")))
    assert size > len(WHOLE) - 2000


def test_a_client_that_leaves_leaves_a_writer_that_completes_the_file(port: int, folder: Path) -> None:
    before = int(get(port, "/written")[1])
    with socket.create_connection(("127.0.0.1", port), timeout=20) as reader:
        reader.sendall(b"GET /growing?wait=1 HTTP/1.1\r\nHost: a\r\n\r\n")
        assert reader.recv(1000).startswith(b"HTTP/1.1 200")
    get(port, "/proceed")
    _wait_until_written(port, before)
    end = time.monotonic() + 20
    while (left := [*folder.glob("growing-*")]) and time.monotonic() < end:
        time.sleep(0.1)
    assert not left


@pytest.mark.parametrize("block", [1, BLOCKS - 1])
def test_a_file_that_cannot_be_completed_breaks_the_transfer_visibly(port: int, block: int) -> None:
    with pytest.raises((http.client.IncompleteRead, ConnectionResetError)):
        get(port, f"/growing?fail_at={block}")
    assert get(port, "/growing")[1] == WHOLE


def test_a_failure_before_the_first_byte_is_answered_by_the_application(port: int) -> None:
    response, body = get(port, "/growing?fail_at=0")
    assert (response.status, b"secret" in body) == (500, False)


@pytest.mark.parametrize("request_line", [b"HEAD /growing HTTP/1.1", b"GET /growing HTTP/1.0"])
def test_without_chunks_a_file_is_complete_before_it_is_sent(port: int, request_line: bytes) -> None:
    with socket.create_connection(("127.0.0.1", port), timeout=20) as reader:
        reader.sendall(request_line + b"\r\nHost: a\r\nConnection: close\r\n\r\n")
        head, _, body = b"".join(iter(lambda: reader.recv(1_000_000), b"")).partition(b"\r\n\r\n")
    assert f"content-length: {len(WHOLE)}".encode() in head.lower()
    assert len(body) == (0 if request_line.startswith(b"HEAD") else len(WHOLE))

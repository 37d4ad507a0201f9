"""Clients that stop reading are disconnected, and no others."""

import contextlib
import socket
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from directory.worker.file_transfers import StalledClients
from tests.worker.server import FILE_BYTES, get, running

STALLED = 0.5


@contextmanager
def connected() -> Iterator[tuple[socket.socket, socket.socket, str]]:
    """Yield our end of a connection, the client's, and the client's address."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        client = socket.create_connection(listener.getsockname(), timeout=10)
        ours, (host, port) = listener.accept()
        ours.settimeout(0)
        with client, ours:
            yield ours, client, f"{host}:{port}"


def fill(ours: socket.socket) -> None:
    """Send until the client would have to read."""
    with contextlib.suppress(BlockingIOError):
        while True:
            ours.send(bytes(65536))


def is_cut(ours: socket.socket) -> bool:
    """Whether nothing can be sent any more."""
    try:
        ours.send(b"x")
    except BlockingIOError:
        return False
    except OSError:
        return True
    return False


def test_a_client_that_stops_reading_is_cut_off() -> None:
    with connected() as (ours, client, address):
        readers = StalledClients(STALLED)
        readers.add(address)
        fill(ours)
        end = time.monotonic() + 20
        while not is_cut(ours) and time.monotonic() < end:
            readers.disconnect_stalled()
            time.sleep(0.05)
        assert is_cut(ours)
        with contextlib.suppress(ConnectionResetError):
            while client.recv(2**20):
                pass


def test_a_client_that_reads_or_has_read_all_and_one_that_is_not_ours_are_left_alone() -> None:
    with connected() as (slow, client, address), connected() as (done, _, idle), connected() as (other, _, _):
        readers = StalledClients(STALLED)
        for one in (address, idle, "nonsense", "", "[::1]:99999"):
            readers.add(one)
        fill(other)
        for _ in range(40):
            fill(slow)
            readers.disconnect_stalled()
            client.recv(2**20)
            time.sleep(0.05)
        assert (is_cut(slow), is_cut(done), is_cut(other)) == (False, False, False)


def test_a_client_that_went_is_forgotten() -> None:
    readers = StalledClients(0.0)
    with connected() as (_, _, address):
        readers.add(address)
        readers.disconnect_stalled()
    readers.disconnect_stalled()
    assert not readers._progress  # noqa: SLF001 - that is all there is of it


@pytest.mark.skipif(sys.platform != "linux", reason="Linux alone reports how far a client is")
def test_granian_gives_up_a_transfer_to_a_client_that_stops_reading(tmp_path: Path) -> None:
    with running(tmp_path, stalled_seconds=1) as port, socket.create_connection(("127.0.0.1", port)) as client:
        client.settimeout(30)
        client.sendall(b"GET /file HTTP/1.1\r\nHost: a\r\n\r\n")
        assert client.recv(1000).startswith(b"HTTP/1.1 200")
        end = time.monotonic() + 30
        while get(port, "/released")[1] == b"0" and time.monotonic() < end:
            time.sleep(0.2)
        assert get(port, "/released")[1] == b"1"
        received = 0
        with contextlib.suppress(ConnectionResetError):
            while chunk := client.recv(2**20):
                received += len(chunk)
        assert received < FILE_BYTES

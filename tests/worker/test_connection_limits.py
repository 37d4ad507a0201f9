import contextlib
import resource
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from directory.worker.connection_limits import close_idle
from tests.service import ROOT, Service, free_port

OPEN = "Ctrl-C stops it."
HEADER = b"GET /v1 HTTP/1.1\r\nHost: x\r\n"
BODY = b"POST /v1/resolve HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nContent-Length: 1000\r\n\r\n{"
KINDS = {"silent": b"", "header": HEADER + b"X-Slow: ", "keepalive": HEADER + b"\r\n", "body": BODY}

linux = pytest.mark.skipif(sys.platform != "linux", reason="what a connection is at is known from Linux alone")


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("registry")


@contextlib.contextmanager
def _serving(folder: Path, **environ: str) -> Iterator[Service]:
    service = Service(free_port(), {"DIRECTORY_DATA_DIR": str(folder), "DIRECTORY_SEED_DATA": "none", **environ})
    try:
        assert service.hear(OPEN)
        yield service
    finally:
        assert service.end() == 0


@contextlib.contextmanager
def _opened(port: int, number: int, sent: bytes) -> Iterator[list[socket.socket]]:
    with contextlib.ExitStack() as stack:
        clients = [
            stack.enter_context(socket.create_connection(("127.0.0.1", port), timeout=30)) for _ in range(number)
        ]
        for client in clients:
            client.sendall(sent)
        yield clients


def _is_closed(client: socket.socket) -> bool:
    """Whether the server closes a connection within the client's time-out."""
    try:
        while client.recv(65536):
            pass
    except TimeoutError:
        return False
    except OSError:
        return True
    return True


def _is_reset(client: socket.socket) -> bool:
    """Whether the server broke a connection off, and did not send all and close it."""
    try:
        while client.recv(65536):
            pass
    except ConnectionResetError:
        return True
    return False


def test_2000_connections_that_do_nothing_keep_nobody_out(folder: Path) -> None:
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (max(soft, min(hard, 8192)), hard))
    with _serving(folder) as service, contextlib.ExitStack() as stack:
        for sent in KINDS.values():
            stack.enter_context(_opened(service.port, 500, sent))
        for _ in range(5):
            assert service.get("/v1")["revision"] == 1


def test_a_connection_without_a_whole_request_is_closed_in_time(folder: Path) -> None:
    with _serving(folder, DIRECTORY_IDLE_SECONDS="1") as service:
        for kind in ("silent", "header", "keepalive"):
            with _opened(service.port, 3, KINDS[kind]) as clients:
                assert all(_is_closed(client) for client in clients), kind


@linux
def test_where_places_are_scarce_quiet_connections_give_way(folder: Path) -> None:
    with _serving(folder, DIRECTORY_CONNECTIONS="100") as service:
        for kind in ("silent", "header", "keepalive"):
            with _opened(service.port, 300, KINDS[kind]):
                assert service.get("/v1")["revision"] == 1, kind


@linux
def test_connections_that_the_service_opened_itself_are_left_alone() -> None:
    with contextlib.ExitStack() as stack:
        listener = stack.enter_context(socket.create_server(("127.0.0.1", 0)))
        port = listener.getsockname()[1]
        # Both ends are of this process: what clients opened, and what it opened to a database.
        ours = [stack.enter_context(socket.create_connection(("127.0.0.1", port), timeout=10)) for _ in range(10)]
        for _ in ours:
            stack.enter_context(listener.accept()[0])
        time.sleep(2.1)
        assert close_idle(10, {port}, set) == 4


@linux
def test_who_takes_nothing_of_an_answer_is_cut_off(folder: Path) -> None:
    with (
        _serving(folder, DIRECTORY_IDLE_SECONDS="2") as service,
        socket.socket(socket.AF_INET, socket.SOCK_STREAM) as client,
    ):
        client.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
        client.connect(("127.0.0.1", service.port))
        # All of them together are more than the system takes for the client.
        client.settimeout(20)
        client.sendall(b"GET /v1/regions?limit=1000 HTTP/1.1\r\nHost: x\r\n\r\n" * 40)
        time.sleep(6)
        assert _is_reset(client)


def test_clear_text_http_2_is_not_spoken(folder: Path) -> None:
    preface = b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n" + bytes([0, 0, 0, 4, 0, 0, 0, 0, 0])
    with _serving(folder) as service, _opened(service.port, 1, preface) as clients:
        answer = clients[0].recv(100)
        assert answer == b"" or answer.startswith(b"HTTP/1.1 4")


def _allow(limit: int, wanted: int | None) -> subprocess.CompletedProcess[str]:
    program = (
        "import resource; from directory.worker.connection_limits import allow_open_files;"
        f"resource.setrlimit(resource.RLIMIT_NOFILE, (256, {limit}));"
        f"print(allow_open_files({wanted}, 2), *resource.getrlimit(resource.RLIMIT_NOFILE))"
    )
    command = [sys.executable, "-c", program]
    return subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)


def test_the_limit_of_open_files_is_raised_as_far_as_it_has_to_be() -> None:
    assert _allow(4096, 1000).stdout.split() == ["1000", "1256", "4096"]


def test_connections_that_the_system_has_no_files_for_are_refused_with_the_remedy() -> None:
    told = _allow(1000, 5000)
    assert told.returncode == 1
    assert "5000 connections need 5256 open files a worker, and the system allows 1000" in told.stderr
    assert "ulimit -Hn" in told.stderr
    assert "DIRECTORY_CONNECTIONS to 744" in told.stderr


def test_without_a_setting_there_are_as_many_connections_as_the_system_allows() -> None:
    assert _allow(1000, None).stdout.split() == ["744", "1000", "1000"]

import contextlib
import http.client
import os
import signal
import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from tests.service import SECONDS, Service, free_port
from tests.worker.server import ending, get

OPEN = "Ctrl-C stops it."


@pytest.fixture
def service(tmp_path: Path) -> Iterator[Service]:
    environ = {"DIRECTORY_DATA_DIR": str(tmp_path), "DIRECTORY_SEED_DATA": "none", "DIRECTORY_WORKERS": "2"}
    service = Service(free_port(), environ)
    yield service
    service.end()


def _was_quiet(service: Service) -> bool:
    """Whether nothing was logged after the service was open: no panic, no killed worker, no traceback."""
    said = [line for line in service.lines if line]
    return said[-1] == OPEN


@pytest.mark.parametrize(("send", "number"), [(os.kill, signal.SIGTERM), (os.killpg, signal.SIGINT)])
def test_a_service_that_was_used_stops_quietly_with_connections_open(
    service: Service, tmp_path: Path, send: Callable[[int, int], None], number: int
) -> None:
    assert service.hear(OPEN)
    with contextlib.ExitStack() as stack:
        for path in ("/v1/accounts.ndjson", "/v1/accounts.csv", "/docs", "/v1/resolve?q=x.com/a", "/healthz"):
            client = http.client.HTTPConnection("127.0.0.1", service.port, timeout=20)
            stack.enter_context(contextlib.closing(client))
            client.request("GET", path)
            response = client.getresponse()
            assert response.status == 200
            response.read()
        assert list((tmp_path / "download-cache").glob("downloads-*"))
        assert service.end(send, number) == 0
    assert _was_quiet(service), service.lines
    assert not list((tmp_path / "download-cache").iterdir())


def test_a_second_signal_changes_nothing(service: Service) -> None:
    assert service.hear(OPEN)
    os.kill(service.process.pid, signal.SIGTERM)
    os.kill(service.process.pid, signal.SIGINT)
    time.sleep(0.1)
    assert service.end() == 0
    assert _was_quiet(service), service.lines


def test_what_is_asked_is_answered_at_the_end_and_told_to_be_the_last(tmp_path: Path) -> None:
    with ending(tmp_path) as (port, server), ThreadPoolExecutor(2) as pool:
        slow = pool.submit(get, port, "/slow")
        time.sleep(0.2)
        client = http.client.HTTPConnection("127.0.0.1", port, timeout=20)
        client.request("GET", "/cached")
        assert client.getresponse().read() == b"run 1"
        os.kill(server.pid, signal.SIGTERM)
        time.sleep(0.1)
        # On a connection that is open, from the cache.
        client.request("GET", "/cached")
        last = client.getresponse()
        assert last.read() == b"run 1"
        assert last.headers["Connection"] == "close"
        client.close()
        response, body = slow.result()
        assert (response.status, body) == (200, b"slow")
        assert response.headers["Connection"] == "close"
        assert server.wait(SECONDS) == 0
        assert server.stderr is not None
        assert server.stderr.read() == ""


def test_what_is_not_answered_in_time_is_refused_at_the_end(tmp_path: Path) -> None:
    with ending(tmp_path) as (port, server), ThreadPoolExecutor(4) as pool:
        # Two are worked on, the others wait.
        asked = [pool.submit(get, port, "/long") for _ in range(4)]
        time.sleep(0.5)
        os.kill(server.pid, signal.SIGTERM)
        for answered in asked:
            response, body = answered.result()
            assert response.status == 503
            assert b"/problems/service-busy" in body
            assert response.headers["Retry-After"]
        assert server.wait(SECONDS) == 0
        assert server.stderr is not None
        assert server.stderr.read() == ""


def test_a_download_that_nobody_reads_does_not_hold_the_end_up(tmp_path: Path) -> None:
    with ending(tmp_path) as (port, server):
        client = http.client.HTTPConnection("127.0.0.1", port, timeout=20)
        client.request("GET", "/file")
        assert client.getresponse().read(10)
        os.kill(server.pid, signal.SIGTERM)
        assert server.wait(SECONDS) == 0
        client.close()
        assert server.stderr is not None
        assert server.stderr.read() == ""


def test_clients_that_go_on_asking_do_not_hold_the_end_up(tmp_path: Path) -> None:
    with ending(tmp_path) as (port, server):
        ended = threading.Event()

        def ask() -> None:
            while not ended.is_set():
                with contextlib.suppress(OSError, http.client.HTTPException):
                    get(port, "/tasks")

        threads = [threading.Thread(target=ask) for _ in range(4)]
        for thread in threads:
            thread.start()
        time.sleep(0.5)
        os.kill(server.pid, signal.SIGTERM)
        assert server.wait(SECONDS) == 0
        ended.set()
        for thread in threads:
            thread.join()
        assert server.stderr is not None
        assert server.stderr.read() == ""

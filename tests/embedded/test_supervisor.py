"""The embedded PostgreSQL under a service when it is killed or stopped."""

import contextlib
import os
import signal
import time
from collections.abc import Iterator
from pathlib import Path

import psutil
import psycopg
import pytest

from tests.service import SECONDS, Service, free_port
from tests.worker.server import get

OPEN = "Ctrl-C stops it."


@pytest.fixture
def service(tmp_path: Path) -> Iterator[Service]:
    service = Service(free_port(), {"DIRECTORY_DATA_DIR": str(tmp_path), "DIRECTORY_SEED_DATA": "none"})
    assert service.hear(OPEN)
    yield service
    service.end()


def _postmaster(folder: Path) -> psutil.Process:
    return psutil.Process(int((folder / "postgresql" / "postmaster.pid").read_text().split()[0]))


def _comes_back(service: Service) -> bool:
    end = time.monotonic() + SECONDS
    while time.monotonic() < end:
        with contextlib.suppress(OSError):
            if get(service.port, "/healthz")[0].status == 200:
                return True
        time.sleep(0.2)
    return False


def test_it_is_started_again_when_its_head_was_killed_in_the_middle_of_work(service: Service, tmp_path: Path) -> None:
    head = _postmaster(tmp_path)
    url = f"postgresql://directory@/directory?host={tmp_path / 'postgresql'}&port=5432"
    with psycopg.connect(url, autocommit=True) as conn:
        # Stopped by SIGSTOP, it outlives its postmaster and keeps the shared memory that a new one needs.
        busy = psutil.Process(conn.info.backend_pid)
        busy.suspend()
        head.kill()
        assert _comes_back(service)
        assert not busy.is_running() or busy.status() == psutil.STATUS_ZOMBIE
    assert _postmaster(tmp_path) != head
    assert get(service.port, "/v1/accounts")[0].status == 200
    assert service.end() == 0


def test_the_service_ends_with_an_error_when_it_is_stopped_on_purpose(service: Service, tmp_path: Path) -> None:
    os.kill(_postmaster(tmp_path).pid, signal.SIGINT)
    assert service.process.wait(SECONDS) == 1
    assert service.hear("PostgreSQL was stopped, so the service ends")
    assert not (tmp_path / "postgresql" / "postmaster.pid").exists()

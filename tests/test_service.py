"""The `directory serve` command: what it says, serves, leaves and survives."""

import contextlib
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import psutil
import psycopg
import pytest

from tests.service import ROOT, SECONDS, Service, environ_of_user, free_port

OPEN = "Ctrl-C stops it."


def _all_end(processes: list[psutil.Process]) -> bool:
    """Whether all have ended, or do so soon: Python's resource tracker ends when it finds its pipe closed."""
    end = time.monotonic() + SECONDS
    while alive := [process for process in processes if process.is_running() and process.status() != "zombie"]:
        if time.monotonic() > end:
            return not alive
        time.sleep(0.05)
    return True


def _postmaster(data_dir: Path) -> int | None:
    """Return the number of the data folder's living PostgreSQL."""
    try:
        number = int((data_dir / "postgresql" / "postmaster.pid").read_text().splitlines()[0])
    except FileNotFoundError:
        return None
    with contextlib.suppress(psutil.NoSuchProcess):
        if psutil.Process(number).status() != psutil.STATUS_ZOMBIE:
            return number
    return None


@pytest.fixture
def start() -> Iterator[Callable[..., Service]]:
    """Yield a function that starts a service; all are ended after the test."""
    started: list[Service] = []

    def start(data_dir: Path, port: int | None = None, **environ: str) -> Service:
        environ = {"DIRECTORY_DATA_DIR": str(data_dir), "DIRECTORY_SEED_DATA": "none", **environ}
        started.append(Service(port or free_port(), environ))
        return started[-1]

    yield start
    for service in started:
        service.end()


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a data folder for several tests: what a start finds there is part of them."""
    return tmp_path_factory.mktemp("registry")


def test_serve_says_where_it_is_open_and_is(start: Callable[..., Service], folder: Path) -> None:
    service = start(folder, DIRECTORY_WARM_UP="1")
    assert service.hear(OPEN)
    said = "\n".join(service.lines)
    for path in ("/", "/docs", "/v1"):
        assert f"http://127.0.0.1:{service.port}{path} " in said
        assert service.get(path)
    assert service.get("/v1")["counts"]["accounts"] == 0
    assert service.get("/v1")["counts"]["regions"] > 5000
    assert service.hear("requests of the worker's own took")


@pytest.mark.parametrize(
    ("send", "number"), [(os.killpg, signal.SIGINT), (os.kill, signal.SIGTERM), (os.killpg, signal.SIGTERM)]
)
def test_ctrl_c_and_sigterm_stop_all_of_it(
    start: Callable[..., Service], folder: Path, send: Callable[[int, int], None], number: int
) -> None:
    service = start(folder, DIRECTORY_WORKERS="2")
    assert service.hear(OPEN)
    processes = service.processes()
    assert _postmaster(folder)
    assert service.end(send, number) == 0
    assert _postmaster(folder) is None
    assert _all_end(processes)


def test_a_signal_during_the_start_stops_all_of_it(start: Callable[..., Service], tmp_path: Path) -> None:
    service = start(tmp_path)
    assert service.hear("creating a new database")
    time.sleep(1)
    service.end()
    assert _postmaster(tmp_path) is None
    again = start(tmp_path)
    assert again.hear(OPEN)


def test_it_starts_again_after_kill_9_of_everything(start: Callable[..., Service], folder: Path) -> None:
    service = start(folder)
    assert service.hear(OPEN)
    before = service.get("/v1")["revision"]
    server = psutil.Process(_postmaster(folder))
    for process in [*service.processes(), server, *server.children()]:
        with contextlib.suppress(psutil.NoSuchProcess):
            process.kill()
    again = start(folder, service.port)
    assert again.hear(OPEN), again.lines
    assert again.get("/v1")["revision"] == before


def test_workers_end_when_the_command_alone_was_killed(start: Callable[..., Service], folder: Path) -> None:
    service = start(folder, DIRECTORY_WORKERS="2")
    assert service.hear(OPEN)
    workers = [process for process in service.processes()[1:] if process.name() != "postgres"]
    service.process.kill()
    again = start(folder, service.port)
    assert again.hear(OPEN), again.lines
    assert not [worker for worker in workers if worker.is_running() and worker.status() != "zombie"]


def test_a_worker_that_was_killed_is_replaced(start: Callable[..., Service], folder: Path) -> None:
    service = start(folder)
    assert service.hear(OPEN)
    listening = {item.pid for item in psutil.net_connections("tcp4") if item.laddr[1:] == (service.port,)}
    for worker in service.processes()[1:]:
        if worker.pid in listening:
            worker.kill()
    end = time.monotonic() + SECONDS
    while time.monotonic() < end:
        with contextlib.suppress(OSError):
            assert service.get("/v1")
            return
        time.sleep(0.1)
    pytest.fail("no worker answers")


def test_a_second_start_on_the_same_port_is_refused_and_does_no_harm(
    start: Callable[..., Service], folder: Path
) -> None:
    service = start(folder)
    second = start(folder, service.port)
    third = start(folder / "other", service.port)
    ended = [one for one in (service, second, third) if not one.hear(OPEN)]
    assert len(ended) == 2
    for one in ended:
        assert one.end() == 1
        assert f"127.0.0.1:{service.port} cannot be served on" in one.lines[-1]
        assert "PORT" in one.lines[-1]
    assert service.get("/v1")


def test_two_starts_at_once_on_one_folder_serve_both(start: Callable[..., Service], tmp_path: Path) -> None:
    services = [start(tmp_path), start(tmp_path)]
    assert all(service.hear(OPEN) for service in services)
    assert services[0].end() == 0
    assert services[1].get("/v1")["counts"]["regions"] > 5000
    assert services[1].end() == 0
    assert _postmaster(tmp_path) is None


def test_the_starter_data_are_loaded_once_whatever_happens_on_the_way(
    start: Callable[..., Service], tmp_path: Path
) -> None:
    killed = start(tmp_path, DIRECTORY_SEED_DATA="bundled")
    assert killed.hear("creating a new database")
    time.sleep(3)
    for process in killed.processes():
        process.kill()
    services = [start(tmp_path, DIRECTORY_SEED_DATA="bundled") for _ in range(2)]
    assert all(service.hear(OPEN) for service in services)
    counts = [service.get("/v1")["counts"]["accounts"] for service in services]
    assert counts[0] == counts[1] > 9000
    revisions = [service.get("/v1")["revision"] for service in services]
    assert revisions == [2, 2]
    assert sum("accounts: " in line for service in (killed, *services) for line in service.lines) <= 1


def test_with_a_database_url_the_embedded_postgresql_is_not_touched(
    start: Callable[..., Service], tmp_path: Path, bare_database_url: str
) -> None:
    service = start(tmp_path / "data", DATABASE_URL=bare_database_url)
    assert service.hear(OPEN)
    assert service.get("/v1")["counts"]["regions"] > 5000
    assert not (tmp_path / "data" / "postgresql").exists()
    with psycopg.connect(bare_database_url) as conn:
        query = "SELECT count(*) FROM pg_stat_activity WHERE application_name = 'directory listener'"
        assert conn.execute(query).fetchone() != (0,)


def test_what_serves_is_never_a_superuser_and_never_writes(start: Callable[..., Service], folder: Path) -> None:
    service = start(folder)
    assert service.hear(OPEN)
    assert service.get("/v1/accounts")["data"] == []
    url = f"postgresql://postgres@/directory?host={folder / 'postgresql'}&port=5432"
    with psycopg.connect(url) as conn:
        rows = conn.execute(
            "SELECT u.usename, u.usesuper FROM pg_stat_activity JOIN pg_user AS u USING (usesysid)"
            " WHERE application_name LIKE 'directory%'"
        ).fetchall()
    assert set(rows) == {("directory", False)}


@pytest.mark.parametrize(
    ("environ", "words"),
    [
        ({"PORT": "http"}, "PORT='http' cannot be used"),
        ({"DIRECTORY_STATER": "none"}, "DIRECTORY_STATER='none' cannot be used: there is no such setting"),
        ({"DATABASE_URL": "postgresql://127.0.0.1:1/none"}, "the database cannot be used"),
        ({"DIRECTORY_DATA_DIR": "/dev/null/data"}, "DIRECTORY_DATA_DIR"),
    ],
)
def test_what_is_wrong_with_the_settings_is_said_in_a_line(
    start: Callable[..., Service], tmp_path: Path, environ: dict[str, str], words: str
) -> None:
    service = start(tmp_path, **environ)
    assert not service.hear(OPEN)
    assert service.end() == 1
    assert words in service.lines[0]
    assert "Traceback" not in "\n".join(service.lines)


def test_status_tells_where_how_far_and_how_large(start: Callable[..., Service], folder: Path) -> None:
    service = start(folder)
    assert service.hear(OPEN)
    assert service.end() == 0
    told = subprocess.run(
        [sys.executable, "-m", "directory", "status"],
        cwd=ROOT,
        env={**environ_of_user(), "DIRECTORY_DATA_DIR": str(folder)},
        check=True,
        capture_output=True,
        text=True,
    ).stdout
    for words in ("PostgreSQL   18", str(folder), "schema ", "revision ", "regions ", " MB"):
        assert words in told
    assert _postmaster(folder) is None

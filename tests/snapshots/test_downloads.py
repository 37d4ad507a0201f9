"""Large files from the running service: resumed, in parallel, by slow readers, and beyond the end."""

import filecmp
import http.client
import shutil
import socket
import subprocess
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import psutil
import psycopg
import pytest

from tests.snapshots.planted import LINES, plant
from tests.snapshots.served import serving
from tests.worker.server import get

GIGABYTE = 1 << 30
PATH = "/v1/snapshots/1000/accounts.parquet"
SECONDS = 120


@pytest.fixture(scope="module")
def large(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a sparse file of 1 GiB with different content in each of its thousand blocks."""
    path = tmp_path_factory.mktemp("large") / "file"
    with path.open("wb") as file:
        file.truncate(GIGABYTE)
        for place in range(0, GIGABYTE, 1_000_003):
            file.seek(place)
            file.write(f"place {place}".encode())
    return path


@pytest.fixture(scope="module")
def storage(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return the folder of the snapshots, in the file system of the large file."""
    return tmp_path_factory.mktemp("storage")


@pytest.fixture(scope="module")
def port(module_database_url: str, large: Path, storage: Path) -> Iterator[int]:
    """Yield the port of the service, which has the file as one of a snapshot."""
    with psycopg.connect(module_database_url) as conn:
        plant(conn, storage, 1000, {"accounts.parquet": large})
    with serving(module_database_url, storage) as port:
        yield port


def _break_off(command: list[str], target: Path, size: int) -> None:
    """Run a download until there are `size` bytes of it, then kill it."""
    with subprocess.Popen(command) as download:
        end = time.monotonic() + SECONDS
        while time.monotonic() < end and download.poll() is None and not (target.exists() and _size(target) >= size):
            time.sleep(0.005)
        assert download.poll() is None, "it was over before it was broken off"
        download.kill()


def _size(path: Path) -> int:
    # Blocks on the disk: a parallel downloader creates the file in its full length at once.
    return path.stat().st_blocks * 512


def test_a_broken_download_is_resumed_by_curl(port: int, large: Path, tmp_path: Path) -> None:
    target = tmp_path / "file"
    command = ["curl", "--silent", "--fail", "-C", "-", "-o", str(target), f"http://127.0.0.1:{port}{PATH}"]
    _break_off([*command, "--limit-rate", "400M"], target, 100_000_000)
    had = target.stat().st_size
    assert 0 < had < GIGABYTE
    done = subprocess.run([*command, "-w", "%{http_code} %{size_download}"], check=True, capture_output=True, text=True)
    assert done.stdout == f"206 {GIGABYTE - had}"
    assert filecmp.cmp(target, large, shallow=False)
    # Resuming a complete file is a 416, after which the client keeps its file.
    again = subprocess.run([*command, "-w", "%{http_code}"], check=False, capture_output=True, text=True)
    assert again.stdout == "416"
    assert filecmp.cmp(target, large, shallow=False)


def test_a_download_that_is_compressed_on_its_way_is_resumed_by_what_is_on_the_disk(
    port: int, module_database_url: str, storage: Path, tmp_path: Path
) -> None:
    with psycopg.connect(module_database_url) as conn:
        plant(conn, storage, 998)
    target = tmp_path / "file"
    target.write_bytes(LINES[:5000])
    address = f"http://127.0.0.1:{port}/v1/snapshots/998/accounts.ndjson"
    subprocess.run(["curl", "--silent", "--fail", "--compressed", "-C", "-", "-o", str(target), address], check=True)
    assert target.read_bytes() == LINES
    subprocess.run(["curl", "--silent", "--fail", "-OJ", address], check=True, cwd=tmp_path)
    assert (tmp_path / "directory-of-official-accounts-998-accounts.ndjson").read_bytes() == LINES


@pytest.mark.skipif(shutil.which("aria2c") is None, reason="there is no aria2c")
def test_a_file_is_downloaded_in_parallel_by_aria2_and_resumed_too(port: int, large: Path, tmp_path: Path) -> None:
    target = tmp_path / "file"
    command = ["aria2c", "--quiet", "--split=4", "--max-connection-per-server=4", "--min-split-size=1M"]
    command += ["--file-allocation=none", f"--dir={tmp_path}", "--out=file", f"http://127.0.0.1:{port}{PATH}"]
    _break_off([*command, "--max-overall-download-limit=300M"], target, 100_000_000)
    assert target.with_name("file.aria2").exists()
    subprocess.run([*command, "--continue=true"], check=True, timeout=SECONDS)
    assert not target.with_name("file.aria2").exists()
    assert filecmp.cmp(target, large, shallow=False)


def test_a_part_from_the_middle_is_sent_without_what_is_before_it(port: int, large: Path) -> None:
    begun = time.monotonic()
    response, body = get(port, PATH, headers={"Range": "bytes=1000003000-1000003020"})
    assert (response.status, response.headers["Content-Length"]) == (206, "21")
    assert response.headers["Content-Range"] == f"bytes 1000003000-1000003020/{GIGABYTE}"
    with large.open("rb") as file:
        file.seek(1_000_003_000)
        assert body == file.read(21) != bytes(21)
    assert time.monotonic() - begun < 1


def test_readers_that_take_their_time_hold_no_thread_and_no_memory(port: int) -> None:
    (worker,) = (process for process in psutil.process_iter(["cmdline"]) if _listens(process, port))
    before = worker.memory_info().rss
    readers = [socket.create_connection(("127.0.0.1", port), timeout=20) for _ in range(60)]
    try:
        for reader in readers:
            reader.sendall(f"GET {PATH} HTTP/1.1\r\nHost: a\r\nRange: bytes=1-\r\n\r\n".encode())
        for reader in readers:
            assert reader.recv(1000).startswith(b"HTTP/1.1 206")
        begun = time.monotonic()
        for _ in range(20):
            assert get(port, "/v1/snapshots")[0].status == 200
        assert time.monotonic() - begun < 5
        # Less than a megabyte a reader; a file is a thousand.
        assert worker.memory_info().rss - before < 60_000_000
    finally:
        for reader in readers:
            reader.close()


def test_a_snapshot_that_is_removed_meanwhile_is_sent_to_its_end(
    port: int, module_database_url: str, storage: Path
) -> None:
    content = bytes(range(256)) * 200_000
    with psycopg.connect(module_database_url, autocommit=True) as conn:
        plant(conn, storage, 1001, {"accounts.csv": content})
        with socket.create_connection(("127.0.0.1", port), timeout=20) as reader:
            reader.sendall(b"GET /v1/snapshots/1001/accounts.csv HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n")
            received = reader.recv(1000)
            conn.execute("DELETE FROM snapshots WHERE revision = 1001")
            shutil.rmtree(storage / "1001")
            while piece := reader.recv(1 << 20):
                received += piece
        assert received.partition(b"\r\n\r\n")[2] == content
        assert get(port, "/v1/snapshots/1001/accounts.csv")[0].status == 404


def test_a_file_that_is_cut_short_on_the_disk_breaks_the_transfer_visibly(
    port: int, module_database_url: str, storage: Path
) -> None:
    with psycopg.connect(module_database_url, autocommit=True) as conn:
        plant(conn, storage, 999, {"accounts.csv": bytes(100_000_000)})
    with socket.create_connection(("127.0.0.1", port), timeout=20) as reader:
        reader.sendall(b"GET /v1/snapshots/999/accounts.csv HTTP/1.1\r\nHost: a\r\nRange: bytes=1-\r\n\r\n")
        response = http.client.HTTPResponse(reader)
        response.begin()
        with (storage / "999" / "accounts.csv").open("r+b") as file:
            file.truncate(20_000_000)
        with pytest.raises((http.client.IncompleteRead, ConnectionResetError)):
            response.read()


def test_many_parts_at_once_are_each_the_right_one(port: int, large: Path) -> None:
    wrong: list[int] = []

    def check(place: int) -> None:
        _, body = get(port, PATH, headers={"Range": f"bytes={place}-{place + 99_999}"})
        with large.open("rb") as file:
            file.seek(place)
            if body != file.read(100_000):
                wrong.append(place)

    threads = [threading.Thread(target=check, args=(place,)) for place in range(0, GIGABYTE, 50_000_000)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert not wrong


def _listens(process: psutil.Process, port: int) -> bool:
    try:
        return any(
            found.status == psutil.CONN_LISTEN and found.laddr.port == port for found in process.net_connections("tcp")
        )
    except (psutil.AccessDenied, psutil.NoSuchProcess):
        return False

import os
import resource
import shutil
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from typing import BinaryIO

import pytest

from directory.http.files.download_cache import DownloadCache, remove_leftovers
from directory.http.problems import NoRoomForDownloads, TooManyDownloads


class DatabaseGoneError(Exception):
    """What a writer may fail with."""


def files(folder: Path) -> list[Path]:
    return [path for path in folder.rglob("*") if path.is_file() and path.name != "lock"]


class Writer:
    """A writer that counts how often it was asked."""

    def __init__(self, text: bytes) -> None:
        self.text = text
        self.calls = 0

    def __call__(self, file: BinaryIO) -> None:
        """Write the text."""
        self.calls += 1
        file.write(self.text)


def test_a_download_has_the_bytes_that_were_written(tmp_path: Path) -> None:
    with DownloadCache(tmp_path, 1000, 1).get_or_write("a", Writer(b"12345")) as body:
        assert body.size == 5
        assert body.path.read_bytes() == b"".join(body) == b"12345"


def test_equal_downloads_are_written_once_and_share_a_file(tmp_path: Path) -> None:
    cache, writer = DownloadCache(tmp_path, 1000, 1), Writer(b"12345")
    first, second = cache.get_or_write("a", writer), cache.get_or_write("a", writer)
    first.close()
    third = cache.get_or_write("a", writer)
    assert writer.calls == 1
    assert second.path == third.path
    assert b"".join(second) == b"12345"


def test_a_download_waits_for_an_equal_one_under_way(tmp_path: Path) -> None:
    cache = DownloadCache(tmp_path, 1000, 1)
    begun, go_on = threading.Event(), threading.Event()
    bodies: list[bytes] = []

    def write_slowly(file: BinaryIO) -> None:
        begun.set()
        assert go_on.wait(10)
        file.write(b"12345")

    def download() -> None:
        with cache.get_or_write("a", write_slowly) as body:
            bodies.append(b"".join(body))

    threads = [threading.Thread(target=download) for _ in range(3)]
    threads[0].start()
    assert begun.wait(10)
    for thread in threads[1:]:
        thread.start()
    go_on.set()
    for thread in threads:
        thread.join(10)
    assert bodies == [b"12345"] * 3


def test_as_many_are_written_at_a_time_as_may_be(tmp_path: Path) -> None:
    cache = DownloadCache(tmp_path, 1000, 1)

    def write_two(file: BinaryIO) -> None:
        with pytest.raises(TooManyDownloads) as caught:
            cache.get_or_write("b", Writer(b"x"))
        assert ("Retry-After", "5") in list(caught.value.to_response("1").headers)
        file.write(b"12345")

    cache.get_or_write("a", write_two).close()
    cache.get_or_write("b", Writer(b"x")).close()


def test_a_failing_writer_leaves_nothing(tmp_path: Path) -> None:
    cache = DownloadCache(tmp_path, 10, 1)

    def fail(file: BinaryIO) -> None:
        file.write(b"12345678")
        raise DatabaseGoneError

    with pytest.raises(DatabaseGoneError):
        cache.get_or_write("a", fail)
    assert files(tmp_path) == []
    with cache.get_or_write("a", Writer(b"1234567890")) as body:
        assert body.size == 10


def test_who_waits_for_a_writer_that_fails_writes_itself(tmp_path: Path) -> None:
    cache = DownloadCache(tmp_path, 1000, 1)
    begun, go_on = threading.Event(), threading.Event()
    results: list[bytes] = []

    def fail(_: BinaryIO) -> None:
        begun.set()
        assert go_on.wait(10)
        raise DatabaseGoneError

    def download_in_vain() -> None:
        with pytest.raises(DatabaseGoneError):
            cache.get_or_write("a", fail)

    def download() -> None:
        with cache.get_or_write("a", Writer(b"12345")) as body:
            results.append(b"".join(body))

    failing, waiting = threading.Thread(target=download_in_vain), threading.Thread(target=download)
    failing.start()
    assert begun.wait(10)
    waiting.start()
    go_on.set()
    failing.join(10)
    waiting.join(10)
    assert results == [b"12345"]


def test_a_download_larger_than_the_room_is_refused_and_leaves_nothing(tmp_path: Path) -> None:
    cache = DownloadCache(tmp_path, 10, 1)
    with pytest.raises(TooManyDownloads):
        cache.get_or_write("a", Writer(b"12345678901"))
    assert files(tmp_path) == []


def test_downloads_that_nobody_reads_give_way_and_those_being_read_do_not(tmp_path: Path) -> None:
    cache = DownloadCache(tmp_path, 10, 1)
    idle = cache.get_or_write("idle", Writer(b"12345"))
    busy = cache.get_or_write("busy", Writer(b"54321"))
    idle.close()
    new = cache.get_or_write("new", Writer(b"abcde"))
    assert new.size == 5
    assert not idle.path.exists()
    assert b"".join(busy) == b"54321"
    with pytest.raises(TooManyDownloads):
        cache.get_or_write("newer", Writer(b"x"))
    new.close()


def test_closing_twice_releases_once(tmp_path: Path) -> None:
    cache = DownloadCache(tmp_path, 5, 1)
    first, second = cache.get_or_write("a", Writer(b"12345")), cache.get_or_write("a", Writer(b"12345"))
    first.close()
    first.close()
    with pytest.raises(TooManyDownloads):
        cache.get_or_write("b", Writer(b"x"))
    second.close()
    cache.get_or_write("b", Writer(b"x"))


def test_a_body_that_is_forgotten_is_released(tmp_path: Path) -> None:
    cache = DownloadCache(tmp_path, 5, 1)
    cache.get_or_write("a", Writer(b"12345"))
    assert cache.get_or_write("b", Writer(b"x")).size == 1


def test_what_a_killed_process_left_is_removed_at_the_next_start(tmp_path: Path) -> None:
    script = (
        "import os, pathlib, sys; from directory.http.files.download_cache import DownloadCache;"
        "cache = DownloadCache(pathlib.Path(sys.argv[1]), 99, 1);"
        "body = cache.get_or_write('a', lambda file: file.write(b'12345') and None);"
        "os.kill(os.getpid(), 9)"
    )
    subprocess.run([sys.executable, "-c", script, str(tmp_path)], check=False, cwd=Path(__file__).parents[3])
    assert len(files(tmp_path)) == 1
    DownloadCache(tmp_path, 99, 1)
    assert list(tmp_path.iterdir()) == []


def test_what_a_living_process_has_is_left_alone(tmp_path: Path) -> None:
    body = DownloadCache(tmp_path, 99, 1).get_or_write("a", Writer(b"12345"))
    DownloadCache(tmp_path, 99, 1)
    assert b"".join(body) == b"12345"


def test_a_folder_that_was_being_made_when_its_process_died_is_removed_after_a_while(tmp_path: Path) -> None:
    left, made_now = tmp_path / "new-left", tmp_path / "new-now"
    for folder in (left, made_now):
        folder.mkdir()
    os.utime(left, (0, 0))
    DownloadCache(tmp_path, 100, 1)
    assert [*tmp_path.iterdir()] == [made_now]


def test_nothing_is_written_to_disk_before_the_first_download(tmp_path: Path) -> None:
    DownloadCache(tmp_path / "cache", 99, 1).close()
    assert list(tmp_path.iterdir()) == []


def test_closing_the_cache_removes_its_files(tmp_path: Path) -> None:
    cache = DownloadCache(tmp_path, 99, 1)
    cache.get_or_write("a", Writer(b"12345")).close()
    cache.close()
    assert list(tmp_path.iterdir()) == []


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Path]:
    """Return a file system of 4 MiB."""
    folder = tmp_path / "disk"
    folder.mkdir()
    command = ["mount", "-t", "tmpfs", "-o", "size=4m", "tmpfs", str(folder)]
    if os.geteuid() or subprocess.run(command, capture_output=True, check=False).returncode:
        pytest.skip("a small file system is mounted by root alone")
    try:
        yield folder
    finally:
        subprocess.run(["umount", "-l", str(folder)], check=True)


@contextmanager
def no_file_longer_than(size: int) -> Iterator[None]:
    """Limit the files that this process writes to `size` bytes while the block runs."""
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (size, before[1]))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)


def test_files_that_nobody_reads_give_way_to_a_disk_that_is_full(small_disk: Path) -> None:
    cache = DownloadCache(small_disk, 100_000_000, 1)
    idle = cache.get_or_write("idle", Writer(bytes(2_000_000)))
    idle.close()
    body = cache.get_or_write("new", Writer(bytes(3_000_000)))
    assert not idle.path.exists()
    with pytest.raises(NoRoomForDownloads) as caught:
        cache.get_or_write("newer", Writer(bytes(2_000_000)))
    assert caught.value.status == 503
    assert ("Retry-After", "60") in list(caught.value.to_response("1").headers)
    # What is being read stays, and of the other one nothing is left.
    assert b"".join(body) == bytes(3_000_000)
    assert len(files(small_disk)) == 1
    body.close()
    cache.get_or_write("newer", Writer(bytes(2_000_000))).close()
    cache.close()


def test_some_of_the_disk_is_left_to_others(small_disk: Path) -> None:
    cache = DownloadCache(small_disk, 100_000_000, 1)

    def write(pieces: int, file: BinaryIO) -> None:
        file.writelines(bytes(50_000) for _ in range(pieces))

    with pytest.raises(NoRoomForDownloads, match="reserved for the registry"):
        cache.get_or_write("a", partial(write, 100))
    assert shutil.disk_usage(small_disk).free > 4_000_000
    with cache.get_or_write("b", partial(write, 70)):
        assert shutil.disk_usage(small_disk).free > 200_000
    cache.close()


def test_a_disk_that_fails_while_it_is_written_to_is_said_and_nothing_stays(tmp_path: Path) -> None:
    cache = DownloadCache(tmp_path, 100_000_000, 1)
    with no_file_longer_than(1_500_000), pytest.raises(NoRoomForDownloads, match="is full"):
        cache.get_or_write("a", Writer(bytes(3_000_000)))
    assert files(tmp_path) == []
    cache.get_or_write("a", Writer(bytes(3_000_000))).close()
    cache.close()


def test_a_folder_that_cannot_be_made_is_said(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("in the way", "utf-8")
    with pytest.raises(NoRoomForDownloads, match="cannot be written to"):
        DownloadCache(tmp_path / "file" / "cache", 1000, 1).get_or_write("a", Writer(b"12345"))


def test_a_file_that_somebody_removed_is_written_again(tmp_path: Path) -> None:
    cache, writer = DownloadCache(tmp_path, 1000, 1), Writer(b"12345")
    cache.get_or_write("a", writer).close()
    for folder in tmp_path.glob("downloads-*"):
        shutil.rmtree(folder)
    with cache.get_or_write("a", writer) as body:
        assert (b"".join(body), writer.calls) == (b"12345", 2)
    cache.close()


def test_folders_that_were_never_finished_are_removed_once_nobody_can_be_at_it(tmp_path: Path) -> None:
    fresh, old = tmp_path / "new-fresh", tmp_path / "new-old"
    for folder in (fresh, old):
        folder.mkdir()
    os.utime(old, (time.time() - 3600, time.time() - 3600))
    remove_leftovers(tmp_path)
    assert (fresh.exists(), old.exists()) == (True, False)

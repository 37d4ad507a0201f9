"""Files sent a moment ago are sent again from the response cache, to requests for the whole file."""

import time
from collections.abc import Iterator
from pathlib import Path

import psycopg
import pytest

from directory.http.files.body import FileBody
from directory.worker.cached_responses import build_cached_response
from tests.snapshots.planted import FILES, LINES, digest, plant
from tests.snapshots.served import serving
from tests.worker.server import get

ACCOUNTS = "/v1/snapshots/1000/accounts.ndjson"


@pytest.fixture(scope="module")
def port(module_database_url: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[int]:
    """Yield the port of a service that has sent its snapshot's files, whose rows were then deleted."""
    storage: Path = tmp_path_factory.mktemp("storage")
    with psycopg.connect(module_database_url) as conn:
        plant(conn, storage, 1000)
    with serving(module_database_url, storage) as port:
        yield port


@pytest.fixture
def unregistered(port: int, module_database_url: str) -> Iterator[float]:
    """Request a file, then remove its row until the end of the test; yield a time just before the response."""
    begun = time.monotonic()
    with psycopg.connect(module_database_url, autocommit=True) as conn:
        assert get(port, ACCOUNTS, headers={"X-Request-ID": "first"})[0].headers["X-Request-ID"] == "first"
        conn.execute("UPDATE snapshot_files SET name = 'gone' WHERE name = 'accounts.ndjson'")
        yield begun
        conn.execute("UPDATE snapshot_files SET name = 'accounts.ndjson' WHERE name = 'gone'")
    # Cached responses must not reach the next test.
    time.sleep(max(0.0, begun + 5.5 - time.monotonic()))


def test_it_is_sent_again_for_some_seconds_and_then_looked_after(port: int, unregistered: float) -> None:
    response, body = get(port, ACCOUNTS, headers={"X-Request-ID": "second"})
    assert (response.status, body, response.headers["ETag"]) == (200, LINES, digest(LINES))
    assert response.headers.get_all("X-Request-ID") == ["second"]
    assert response.headers.get_all("Content-Length") == [str(len(LINES))]
    head, _ = get(port, ACCOUNTS, "HEAD")
    assert (head.status, head.headers["Content-Length"]) == (200, str(len(LINES)))
    held, nothing = get(port, ACCOUNTS, headers={"If-None-Match": digest(LINES)})
    assert (held.status, nothing, held.headers["ETag"]) == (304, b"", digest(LINES))
    time.sleep(max(0.0, unregistered + 5.2 - time.monotonic()))
    assert get(port, ACCOUNTS)[0].status == 404


@pytest.mark.usefixtures("unregistered")
def test_a_different_request_is_not_answered_from_the_cache(port: int) -> None:
    others = [
        {"Range": "bytes=0-5"},
        {"If-Match": digest(LINES)},
        {"If-Modified-Since": "Sun, 01 Jun 2025 03:00:00 GMT"},
        {"If-Unmodified-Since": "Sun, 01 Jun 2025 03:00:00 GMT"},
        {"Accept-Encoding": "gzip"},
    ]
    assert get(port, ACCOUNTS, headers={"Accept": "application/json"})[0].status == 200
    assert [get(port, ACCOUNTS, headers=headers)[0].status for headers in others] == [404] * len(others)


def test_each_encoding_is_cached_separately(port: int) -> None:
    for _ in range(2):
        for encoding, name in (("identity", "accounts.ndjson"), ("gzip", "accounts.ndjson.gz")):
            response, body = get(port, ACCOUNTS, headers={"Accept-Encoding": encoding})
            assert (body, response.headers["ETag"]) == (FILES[name], digest(FILES[name]))


def test_the_latest_snapshot_is_never_cached(port: int, module_database_url: str, tmp_path: Path) -> None:
    path = "/v1/snapshots/latest/accounts.csv"
    assert get(port, path)[0].headers["Content-Location"].startswith("/v1/snapshots/1000-")
    with psycopg.connect(module_database_url, autocommit=True) as conn:
        plant(conn, tmp_path, 1001, {"accounts.csv": b"id\n"})
        assert get(port, path)[0].status == 503
        conn.execute("DELETE FROM snapshots WHERE revision = 1001")
    assert get(port, path)[1] == FILES["accounts.csv"]


@pytest.mark.parametrize(
    ("size", "declared", "is_in_memory"), [(1000, 1000, True), (1000, 999, False), (300_000, 300_000, False)]
)
def test_a_small_file_is_cached_in_memory_and_any_other_on_the_disk(
    tmp_path: Path,
    size: int,
    declared: int,
    is_in_memory: bool,  # noqa: FBT001 - what is expected
) -> None:
    path = tmp_path / "file"
    path.write_bytes(b"x" * size)
    answer = build_cached_response(200, [], FileBody(path, size=declared), is_stored=True)
    assert answer.body == (b"x" * size if is_in_memory else str(path))


def test_a_file_that_is_missing_is_left_to_the_sender(tmp_path: Path) -> None:
    path = tmp_path / "gone"
    assert build_cached_response(200, [], FileBody(path, size=10), is_stored=True).body == str(path)

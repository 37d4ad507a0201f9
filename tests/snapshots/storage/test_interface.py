import json
import urllib.request
from collections.abc import Iterator
from pathlib import Path

import psycopg
import pytest

from directory.snapshots.publish.build import build
from directory.snapshots.storage.interface import Storage, StorageError, open_storage
from directory.snapshots.verify.verification import verify_folder
from tests.snapshots.buckets import Server, served
from tests.snapshots.building import EDITION, KEY, add_accounts, hidden, known


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """Yield an S3 server."""
    with served(tmp_path_factory.mktemp("s3")) as server:
        yield server


@pytest.fixture(params=["file", "s3"])
def url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """Return the URL of an empty storage: a folder, then a bucket."""
    if request.param == "file":
        return (tmp_path / "a folder").as_uri()
    server: Server = request.getfixturevalue("server")
    return server.url.replace("/registry?", f"/{tmp_path.name}?")


def put(storage: Storage, revision: int, **contents: bytes) -> None:
    """Publish files of these names (`_` for a dot)."""
    with storage.scratch_folder() as folder:
        for name, content in contents.items():
            (folder / name.replace("_", ".")).write_bytes(content)
        storage.publish(folder, revision)


def read(storage: Storage, revision: int, name: str) -> bytes:
    """Return the bytes of a file."""
    return b"".join(storage.read(revision, name))


def test_files_are_published_listed_read_replaced_and_removed(url: str, tmp_path: Path) -> None:
    storage = open_storage(url, tmp_path / "scratch")
    assert storage.revisions() == set()
    large = bytes(range(256)) * 100_000
    put(storage, 7, manifest_json=b"{}", accounts_csv=large)
    put(storage, 12, manifest_json=b"{}")
    assert storage.revisions() == {7, 12}
    assert storage.sizes(7) == {"manifest.json": 2, "accounts.csv": len(large)}
    assert read(storage, 7, "accounts.csv") == large
    put(storage, 7, manifest_json=b"{1}")
    assert storage.sizes(7) == {"manifest.json": 3}
    storage.delete(7)
    storage.delete(7)
    assert (storage.revisions(), storage.sizes(7)) == ({12}, {})
    with pytest.raises(FileNotFoundError):
        read(storage, 7, "manifest.json")


def test_one_more_file_is_added_to_a_snapshot(url: str, tmp_path: Path) -> None:
    storage = open_storage(url, tmp_path / "scratch")
    put(storage, 7, manifest_json=b"{}")
    (tmp_path / "delta-from-3.ndjson").write_bytes(b"change\n")
    storage.add(tmp_path / "delta-from-3.ndjson", 7)
    assert storage.sizes(7) == {"manifest.json": 2, "delta-from-3.ndjson": 7}


def test_a_scratch_folder_is_removed_if_it_was_not_published(url: str, tmp_path: Path) -> None:
    storage = open_storage(url, tmp_path / "scratch")
    with pytest.raises(ValueError, match="a fault"), storage.scratch_folder() as folder:  # noqa: PT012
        (folder / "accounts.csv").write_bytes(b"half")
        raise ValueError("a fault")
    assert storage.revisions() == set()
    assert not folder.exists()


def test_a_storage_belongs_to_one_registry(url: str, tmp_path: Path) -> None:
    storage = open_storage(url, tmp_path / "scratch")
    storage.claim("one")
    storage.claim("one")
    with pytest.raises(StorageError, match="has the snapshots of another registry"):
        storage.claim("two")
    assert storage.revisions() == set()


def test_a_folder_is_read_by_its_path_and_a_bucket_by_a_presigned_url(server: Server, tmp_path: Path) -> None:
    folder, bucket = open_storage(tmp_path.as_uri()), open_storage(server.url, tmp_path / "scratch")
    for storage in (folder, bucket):
        put(storage, 3, manifest_json=b"{}", accounts_csv_gz=b"packed")
    assert folder.local_path(3, "manifest.json") == tmp_path / "3" / "manifest.json"
    assert folder.presign(3, "manifest.json") is None
    assert bucket.local_path(3, "manifest.json") is None
    address = bucket.presign(3, "accounts.csv.gz")
    assert address is not None
    assert "secret_access_key" not in address
    with urllib.request.urlopen(address, timeout=20) as answer:  # noqa: S310 - the server of this test
        assert (answer.read(), answer.headers["Content-Type"]) == (b"packed", "application/gzip")
        assert answer.headers["Cache-Control"] == "public, max-age=31536000, immutable"


def test_a_bucket_holds_a_snapshot_as_a_folder_does(server: Server, database_url: str, tmp_path: Path) -> None:
    revision = add_accounts(database_url, "one")
    storage = open_storage(server.url.replace("/registry?", "/whole?"), tmp_path / "scratch")
    assert build(database_url, storage, EDITION, KEY).is_new
    assert not build(database_url, storage, EDITION, KEY).is_new
    for name in storage.sizes(revision):
        (tmp_path / name).write_bytes(read(storage, revision, name))
    assert known(database_url) == {revision: set(storage.sizes(revision))}
    assert not list((tmp_path / "scratch").iterdir())
    (tmp_path / "scratch").rmdir()
    assert verify_folder(tmp_path, KEY.public).errors == []


def test_a_server_that_fails_midway_publishes_nothing_and_the_next_build_repairs(
    database_url: str, tmp_path: Path
) -> None:
    first = add_accounts(database_url, "one")
    (tmp_path / "s3").mkdir()
    with served(tmp_path / "s3") as server:
        storage = open_storage(server.url, tmp_path / "scratch")
        build(database_url, storage, EDITION, KEY)
        second = add_accounts(database_url, "two")
        sent = 0
        send = storage.add

        def fail(path: Path, revision: int) -> None:
            nonlocal sent
            sent += 1
            if sent == 40:
                server.kill()
            send(path, revision)

        storage.add = fail  # type: ignore[method-assign]
        with pytest.raises(StorageError, match=r"cannot be written to \(\d+/[a-z.]+\)"):
            build(database_url, storage, EDITION, KEY)
        assert set(known(database_url)) == {first}
        server.start()
        again = open_storage(server.url, tmp_path / "scratch")
        assert 0 < len(again.sizes(second)) < len(again.sizes(first))
        assert "manifest.json" not in again.sizes(second)
        assert build(database_url, again, EDITION, KEY).is_new
        assert known(database_url)[second] == set(again.sizes(second))
        assert again.sizes(first)
        assert not hidden(tmp_path / "scratch")


@pytest.mark.parametrize(
    ("url", "words"),
    [
        ("s3://bucket/prefix?endpoint=http://127.0.0.1:9&access_key_id=key&secret_access_key=hush", "cannot be listed"),
        ("s3://bucket?colour=red", "no option colour"),
    ],
)
def test_a_bucket_that_cannot_be_used_is_said_without_its_keys(
    url: str, words: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("directory.snapshots.storage.s3._RETRY", {"max_retries": 0})
    with pytest.raises(StorageError, match=words) as caught:
        open_storage(url).revisions()
    assert "hush" not in str(caught.value)


def test_the_mark_of_the_registry_is_the_time_of_its_first_revision(database_url: str, tmp_path: Path) -> None:
    add_accounts(database_url, "one")
    build(database_url, open_storage(tmp_path.as_uri()), EDITION, KEY)
    with psycopg.connect(database_url, options="-c timezone=UTC") as conn:
        row = conn.execute("SELECT to_json(at) #>> '{}' FROM revisions WHERE revision = 1").fetchone()
    assert row is not None
    assert (tmp_path / "registry").read_text()[:19] == json.loads(json.dumps(row[0]))[:19]

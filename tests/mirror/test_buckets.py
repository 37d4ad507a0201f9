"""A registry whose files are in a bucket of a real S3 server."""

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from directory.mirror.transfer import download
from directory.snapshots.fetch.http_client import HttpClient
from directory.snapshots.publish.manifest import parse_manifest
from directory.snapshots.storage.interface import open_storage
from tests.mirror.conftest import Published, fronting
from tests.mirror.fronts import Front, shown
from tests.snapshots.buckets import served


@pytest.fixture(scope="module")
def bucketed(published: Published, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Front]:
    """Yield a front to the registry whose third snapshot is in a bucket."""
    scratch = tmp_path_factory.mktemp("scratch")
    with served(tmp_path_factory.mktemp("server")) as server:
        storage, revision = open_storage(server.url, scratch), published.revisions[-1]
        with storage.scratch_folder() as folder:
            shutil.copytree(published.storage / str(revision), folder, dirs_exist_ok=True)
            storage.publish(folder, revision)
        with fronting(published, scratch, server.url) as front:
            yield front


def test_a_copy_is_made_from_a_bucket(bucketed: Front, published: Published, tmp_path: Path) -> None:
    assert bucketed.keep(tmp_path / "copy").files.downloaded == 8
    assert {status for path, _, status in bucketed.asked if path.count("/") == 4} == {307}
    assert shown(tmp_path / "copy") == published.files(published.revisions[-1])


def test_a_file_that_broke_off_goes_on_from_a_bucket(
    bucketed: Front, published: Published, client: HttpClient, tmp_path: Path
) -> None:
    name, revision = "regions.ndjson.zst", published.revisions[-1]
    folder = published.storage / str(revision)
    _, entries = parse_manifest((folder / "manifest.json").read_bytes())
    entry = next(entry for entry in entries if entry.name == name)
    (tmp_path / f"{name}.part").write_bytes((folder / name).read_bytes()[:1000])
    address = f"{bucketed.address}/v1/snapshots/{revision}/{name}"
    download(address, tmp_path / name, entry.bytes, entry.sha256, client)
    assert (tmp_path / name).read_bytes() == (folder / name).read_bytes()
    assert client.bytes == entry.bytes - 1000

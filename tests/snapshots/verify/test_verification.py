import gzip
import hashlib
import io
import json
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
import zstandard

from directory.app import create_app
from directory.config import Config
from directory.database.connections import Database
from directory.fetching.network import TransferError
from directory.snapshots.fetch.download import fetch_snapshot, snapshot_base_url
from directory.snapshots.publish.manifest import ManifestError
from directory.snapshots.publish.signature import SignatureError, SigningKey
from directory.snapshots.verify.verification import VerificationReport, verify_folder, verify_url
from tests.accounts.conftest import fill
from tests.live import address_of
from tests.snapshots.building import KEY, publish


@pytest.fixture(scope="module")
def root(module_database_url: str, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a storage with one snapshot of a registry in which every value occurs."""
    fill(module_database_url)
    root = tmp_path_factory.mktemp("snapshots")
    publish(module_database_url, root)
    return root


@pytest.fixture
def folder(root: Path, tmp_path: Path) -> Path:
    """Return a copy of the snapshot, for tests to damage."""
    [source] = [path for path in root.iterdir() if path.is_dir()]
    return shutil.copytree(source, tmp_path / source.name)


@pytest.fixture(scope="module")
def address(module_database_url: str, root: Path) -> Iterator[str]:
    """Yield the URL of a service that has the snapshot."""
    database = Database(module_database_url, statement_timeout_ms=5000)
    with address_of(
        create_app(
            Config(data_dir=root, download_cache_dir=root / "download-cache", storage_url=root.as_uri()), database
        )
    ) as url:
        yield url
    database.close()


def reseal(folder: Path, **contents: bytes) -> VerificationReport:
    """Replace files (`__` for a dot), list their new digests, sign again, and verify the snapshot."""
    manifest = json.loads((folder / "manifest.json").read_bytes())
    for key, content in contents.items():
        name = key.replace("__", ".")
        (folder / name).write_bytes(content)
        for entry in manifest["files"]:
            if entry["name"] == name:
                entry |= {"bytes": len(content), "sha256": hashlib.sha256(content).hexdigest()}
            # Its compressed forms are removed.
        manifest["files"] = [entry for entry in manifest["files"] if not entry["name"].startswith(f"{name}.")]
    text = json.dumps(manifest).encode()
    (folder / "manifest.json").write_bytes(text)
    (folder / "manifest.json.minisig").write_text(KEY.sign(io.BytesIO(text), "resealed"))
    return verify_folder(folder, KEY.public)


def test_a_snapshot_as_it_was_built_is_well(folder: Path) -> None:
    verdict = verify_folder(folder, KEY.public)
    assert (verdict.errors, verdict.notes) == ([], [])
    assert verdict.records > 1500
    assert verdict.files == len(list(folder.iterdir())) - 2
    own = verify_folder(folder)
    assert own.errors == []
    assert "the key is the snapshot's own" in own.notes[0]


def test_a_snapshot_is_not_well_by_another_key(folder: Path) -> None:
    with pytest.raises(SignatureError, match="not from the key"):
        verify_folder(folder, SigningKey.generate().public)


def test_a_manifest_that_was_changed_is_refused(folder: Path) -> None:
    path = folder / "manifest.json"
    path.write_bytes(path.read_bytes().replace(b'"revision": ', b'"revision": 1'))
    with pytest.raises(SignatureError, match="does not match the content"):
        verify_folder(folder, KEY.public)


@pytest.mark.parametrize("name", ["accounts.ndjson", "regions.csv.gz", "handles.parquet", "datapackage.json"])
def test_a_file_that_is_missing_short_or_changed_in_one_byte_is_named(folder: Path, name: str) -> None:
    path = folder / name
    content = path.read_bytes()
    path.write_bytes(content[:-1])
    assert verify_folder(folder, KEY.public).errors == [
        f"{name} has {len(content) - 1:,} bytes instead of {len(content):,}"
    ]
    path.write_bytes(content[:-1] + bytes([content[-1] ^ 1]))
    assert verify_folder(folder, KEY.public).errors == [f"{name} has another SHA-256"]
    path.unlink()
    assert verify_folder(folder, KEY.public).errors == [f"{name} is missing"]


def test_a_compressed_file_that_holds_something_else_is_named(folder: Path) -> None:
    plain = (folder / "sources.csv").read_bytes()
    bomb = bytes(300_000_000)
    for suffix, compress in (("gz", gzip.compress), ("zst", zstandard.compress)):
        key = f"sources__csv__{suffix}"
        assert reseal(folder, **{key: compress(plain[::-1])}).errors == [
            f"sources.csv.{suffix} has other content than sources.csv"
        ]
        assert "holds more than the" in reseal(folder, **{key: compress(bomb)}).errors[0]
        assert reseal(folder, **{key: compress(plain)[:-5]}).errors
        assert "cannot be decompressed" in reseal(folder, **{key: plain}).errors[0]
        assert reseal(folder, **{key: compress(plain)}).errors == []


@pytest.mark.parametrize(
    ("spoil", "words"),
    [
        (lambda lines: [lines[1], lines[0], *lines[2:]], "does not sort after"),
        (lambda lines: [lines[0], *lines], "does not sort after"),
        (lambda lines: lines[:-1], "csv has more rows"),
        (
            lambda lines: [lines[0].replace(b'"weibo"', b'"x"').replace(b'"x"', b'"wechat"'), *lines[1:]],
            "CSV differs",
        ),
        (lambda lines: [b"no JSON\n", *lines[1:]], "line 1: Expecting value"),
        (lambda lines: [b"[]\n", *lines[1:]], "not a JSON object"),
        (lambda lines: [b"\xff\n", *lines[1:]], "line 1: 'utf-8'"),
        (lambda lines: [lines[0].replace(b'"subject"', '"u\u0308"'.encode()), *lines[1:]], "normal form C"),
    ],
)
def test_lines_that_are_not_what_the_other_formats_say_are_named(
    folder: Path, spoil: Callable[[list[bytes]], list[bytes]], words: str
) -> None:
    lines = (folder / "accounts.ndjson").read_bytes().splitlines(keepends=True)
    assert words in " ".join(reseal(folder, accounts__ndjson=b"".join(spoil(lines))).errors)


def test_json_csv_and_parquet_that_say_otherwise_are_named(folder: Path) -> None:
    files = {name: (folder / name).read_bytes() for name in ("sources.json", "sources.csv", "sources.parquet")}
    assert (
        "sources.json does not have"
        in reseal(folder, sources__json=files["sources.json"].replace(b"One", b"Ten")).errors[0]
    )
    reseal(folder, sources__json=files["sources.json"])
    assert "the CSV differs" in reseal(folder, sources__csv=files["sources.csv"].replace(b"One", b"Ten")).errors[0]
    short = b"".join(files["sources.csv"].splitlines(keepends=True)[:-1])
    assert "the CSV has no such row" in reseal(folder, sources__csv=short).errors[0]
    reseal(folder, sources__csv=files["sources.csv"])
    found = reseal(folder, sources__parquet=(folder / "platforms.parquet").read_bytes())
    assert found.notes == ["sources.parquet was not compared: it has the columns of another version"]


@pytest.mark.parametrize("name", ["../outside", ".hidden", "a/b", "", 7])
def test_a_manifest_cannot_name_files_elsewhere(folder: Path, name: object) -> None:
    manifest = json.loads((folder / "manifest.json").read_bytes())
    manifest["files"][0]["name"] = name
    (folder / "manifest.json").write_text(json.dumps(manifest))
    with pytest.raises(ManifestError, match="is not a valid file name"):
        reseal(folder)


def test_a_registry_at_a_url_is_verified_by_download(address: str) -> None:
    for words in (address, f"{address}/v1/snapshots/latest", f"{address}/v1/snapshots/latest/manifest.json"):
        verdict = verify_url(words, KEY.public)
        assert (verdict.errors, verdict.notes) == ([], [])


def test_no_byte_more_is_downloaded_than_the_manifest_announces(address: str, root: Path, tmp_path: Path) -> None:
    [snapshot] = [path for path in root.iterdir() if path.name.isdecimal()]
    path = snapshot / "tombstones.json"
    content = path.read_bytes()
    try:
        path.write_bytes(content + bytes(1000))
        with pytest.raises(TransferError, match=r"tombstones\.json"):
            fetch_snapshot(address, tmp_path, KEY.public)
    finally:
        path.write_bytes(content)
    with pytest.raises(SignatureError, match="not from the key"):
        fetch_snapshot(address, tmp_path, SigningKey.generate().public)


@pytest.mark.parametrize(
    ("address", "base"),
    [
        ("https://example.org", "https://example.org/v1/snapshots/latest"),
        ("https://example.org/registry/", "https://example.org/registry/v1/snapshots/latest"),
        ("https://example.org/v1", "https://example.org/v1/snapshots/latest"),
        ("https://example.org/v1/snapshots", "https://example.org/v1/snapshots/latest"),
        ("https://example.org/v1/snapshots/17/?x=1", "https://example.org/v1/snapshots/17"),
        ("https://files.example.org/17/manifest.json", "https://files.example.org/17"),
    ],
)
def test_the_url_of_a_registry_leads_to_its_latest_snapshot(address: str, base: str) -> None:
    assert snapshot_base_url(address) == base


def test_a_url_without_a_snapshot_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(TransferError, match="cannot be fetched"):
        fetch_snapshot("http://127.0.0.1:9/", tmp_path, None)

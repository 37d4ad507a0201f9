"""Observations in snapshots: the same in every form, shared by snapshots in which they are the same."""

import csv
import gzip
import hashlib
import io
import json
import subprocess
import sys
from datetime import UTC, datetime
from pathlib import Path

import psycopg
import pytest
import zstandard
from pyarrow import parquet

from directory.database.revisions import begin_revision
from directory.followers.packing import pack_months
from directory.followers.reading import Block
from directory.followers.recording import RecordOptions, record_observations
from directory.snapshots.contents.observations import part_of
from directory.snapshots.contents.tables import ObservationRecordSchema
from directory.snapshots.verify.verification import verify_folder
from tests.snapshots.building import KEY, add_accounts, contents, publish

NOW = datetime.now(UTC)
YEARS = ("observations-2010", "observations-2011")
FORMS = ("parquet", "csv.gz", "csv.zst", "ndjson.gz", "ndjson.zst")


def observe(url: str, *rows: dict[str, object]) -> int:
    """Record observations in one revision, and return it."""
    with psycopg.connect(url, autocommit=True) as conn:
        block = Block("\n".join(map(json.dumps, rows)).encode(), 1, "ndjson")
        revision = record_observations(conn, [block], RecordOptions(source="s1")).revision
    assert revision is not None
    return revision


def observation_files(folder: Path) -> dict[str, bytes]:
    """Return the files of observations of a snapshot."""
    return {name: content for name, content in contents(folder).items() if part_of(name) is not None}


@pytest.fixture
def accounts(database_url: str) -> list[str]:
    """Return two accounts that were observed in 2010, packed, in 2011, and this month."""
    add_accounts(database_url, "one", "two")
    with psycopg.connect(database_url, autocommit=True) as conn:
        one, two = [row[0] for row in conn.execute("SELECT id FROM accounts ORDER BY id")]
        observe(
            database_url,
            {"account": two, "observed_at": "2010-12-31T23:59:59.5Z", "followers": 7, "verified": True},
            {"account": one, "observed_at": "2010-03-01T08:00:00+08:00", "followers": -1, "posts": 3},
            {"account": one, "observed_at": "2010-03-02", "followers": 10**30, "following": 5},
        )
        pack_months(conn, NOW)
    observe(
        database_url,
        {"account": one, "observed_at": "2011-03-14T09:00:00+08:00", "followers": 812, "last_post_at": "2011-03-14"},
        {"account": one, "observed_at": "2011-03-14T09:00:00+08:00", "followers": 60_000},
        {"account": two, "observed_at": f"{NOW:%Y-%m}-01T00:00:00Z", "followers": 1_500_000},
    )
    return [one, two]


def test_every_form_has_every_observation_packed_ones_too(
    database_url: str, accounts: list[str], tmp_path: Path
) -> None:
    folder = tmp_path / str(publish(database_url, tmp_path).revision)
    files = observation_files(folder)
    parts = (*YEARS, f"observations-{NOW:%Y-%m}")
    assert set(files) == {f"{part}.{form}" for part in parts for form in FORMS}
    with psycopg.connect(database_url) as conn:
        expected = conn.execute(
            """
            SELECT row_to_json(o) FROM (
                SELECT account_id AS account, observed_at, source, revision, followers, following, posts, last_post_at,
                       verified, stated FROM observation_series ORDER BY month >= '2011-01-01', account_id, observed_at
            ) AS o
            """
        ).fetchall()
    found = [json.loads(line) for part in parts for line in gzip.decompress(files[f"{part}.ndjson.gz"]).splitlines()]
    assert found == [record for (record,) in sorted(expected, key=lambda row: row[0]["observed_at"][:4])]
    assert list(found[0]) == list(ObservationRecordSchema().fields)
    assert {record["account"] for record in found} == set(accounts)
    for part in parts:
        for form in ("csv", "ndjson"):
            packed = zstandard.ZstdDecompressor().decompressobj().decompress(files[f"{part}.{form}.zst"])
            assert packed == gzip.decompress(files[f"{part}.{form}.gz"])
    rows = list(csv.DictReader(io.StringIO(gzip.decompress(files["observations-2010.csv.gz"]).decode(), newline="")))
    assert [row["followers"] for row in rows] == ["", "", "7"]
    assert rows[1]["stated"] == f'{{"followers": {10**30}}}'
    typed = parquet.read_table(folder / "observations-2010.parquet").to_pylist()
    assert typed[2]["observed_at"] == datetime(2010, 12, 31, 23, 59, 59, 500_000, tzinfo=UTC)
    assert [(row["followers"], row["posts"], row["verified"]) for row in typed] == [
        (None, 3, None), (None, None, None), (7, None, True),
    ]  # fmt: skip
    verdict = verify_folder(folder, KEY.public)
    assert (verdict.errors, verdict.notes) == ([], [])
    manifest = json.loads((folder / "manifest.json").read_bytes())
    assert manifest["counts"]["observations"] == len(found)
    assert {file["rows"] for file in manifest["files"] if file["name"].startswith("observations-2010")} == {3}
    assert {file["name"] for file in manifest["files"] if file["table"] == "observations"} == set(files)


def test_the_data_package_describes_the_observations(database_url: str, accounts: list[str], tmp_path: Path) -> None:
    assert accounts
    folder = tmp_path / str(publish(database_url, tmp_path).revision)
    command = [sys.executable, "-m", "frictionless", "validate", str(folder / "datapackage.json"), "--json"]
    report = json.loads(subprocess.run(command, check=False, capture_output=True, text=True, timeout=120).stdout)
    assert report["valid"], report
    rows = {task["name"]: task["stats"].get("rows") for task in report["tasks"]}
    assert [rows[part] for part in YEARS] == [3, 1]


def test_years_in_which_nothing_changed_are_shared_with_the_snapshot_before(
    database_url: str, accounts: list[str], tmp_path: Path
) -> None:
    one, _ = accounts
    first = tmp_path / str(publish(database_url, tmp_path).revision)
    observe(database_url, {"account": one, "observed_at": "2011-05-01", "followers": 61_000})
    second = tmp_path / str(publish(database_url, tmp_path).revision)
    shared = {name for name in contents(second) if (first / name).exists() and (second / name).samefile(first / name)}
    assert shared == {f"{part}.{form}" for part in (YEARS[0], f"observations-{NOW:%Y-%m}") for form in FORMS}
    # A file that is written again has the same bytes.
    with psycopg.connect(database_url, autocommit=True) as conn:
        conn.execute("DELETE FROM snapshots")
    again = tmp_path / "again" / str(publish(database_url, tmp_path / "again").revision)
    assert observation_files(again) == observation_files(second)
    assert not (again / f"{YEARS[0]}.parquet").samefile(second / f"{YEARS[0]}.parquet")


def test_the_observations_of_a_deleted_account_vanish_from_shared_years_too(
    database_url: str, accounts: list[str], tmp_path: Path
) -> None:
    gone = accounts[1].encode()
    first = tmp_path / str(publish(database_url, tmp_path).revision)
    assert any(gone in gzip.decompress(path.read_bytes()) for path in first.glob("observations-2010.*.gz"))
    with psycopg.connect(database_url, autocommit=True) as conn, conn.transaction():
        begin_revision(conn, actor="test", reason="an account is deleted")
        conn.execute("DELETE FROM accounts WHERE id = %s", (accounts[1],))
    second = tmp_path / str(publish(database_url, tmp_path).revision)
    assert {part_of(name) for name in observation_files(second)} == set(YEARS)
    assert all(gone not in gzip.decompress(path.read_bytes()) for path in second.glob("observations-*.gz"))
    assert (second / "observations-2011.parquet").samefile(first / "observations-2011.parquet")


def test_a_damaged_file_is_not_shared(database_url: str, accounts: list[str], tmp_path: Path) -> None:
    first = tmp_path / str(publish(database_url, tmp_path).revision)
    path = first / "observations-2010.ndjson.zst"
    path.write_bytes(bytes(path.stat().st_size))
    observe(database_url, {"account": accounts[0], "observed_at": "2011-05-01", "followers": 61_000})
    second = tmp_path / str(publish(database_url, tmp_path).revision)
    assert verify_folder(second, KEY.public).errors == []
    assert not (second / "observations-2010.parquet").samefile(first / "observations-2010.parquet")


def test_verification_finds_observations_that_differ_between_forms(
    database_url: str, accounts: list[str], tmp_path: Path
) -> None:
    assert accounts
    folder = tmp_path / str(publish(database_url, tmp_path).revision)
    lines = gzip.decompress((folder / "observations-2011.ndjson.gz").read_bytes()).replace(b"60000", b"60001")
    cells = gzip.decompress((folder / "observations-2011.csv.gz").read_bytes()).replace(b"60000", b"60001")

    def replace(**contents: bytes) -> list[str]:
        manifest = json.loads((folder / "manifest.json").read_bytes())
        for name, content in contents.items():
            path = folder / f"observations-2011.{name.replace('__', '.')}"
            path.write_bytes(content)
            (entry,) = (entry for entry in manifest["files"] if entry["name"] == path.name)
            entry |= {"bytes": len(content), "sha256": hashlib.sha256(content).hexdigest()}
        text = json.dumps(manifest).encode()
        (folder / "manifest.json").write_bytes(text)
        (folder / "manifest.json.minisig").write_text(KEY.sign(io.BytesIO(text), "sealed again"))
        return verify_folder(folder, KEY.public).errors

    assert replace(ndjson__gz=gzip.compress(lines)) == ["the compressed forms of observations-2011.ndjson differ"]
    assert replace(ndjson__zst=zstandard.compress(lines)) == ["observations-2011.ndjson, line 1: the CSV differs"]
    errors = replace(csv__gz=gzip.compress(cells), csv__zst=zstandard.compress(cells))
    assert errors == ["observations-2011.parquet does not have the records of observations-2011.csv"]

from pathlib import Path

import psycopg
import pytest
from psycopg import sql

from directory.database.revisions import begin_revision
from directory.snapshots.contents.tables import TABLES
from directory.snapshots.publish.build import BuildError
from directory.snapshots.publish.manifest import parse_manifest
from directory.snapshots.storage.interface import StorageError
from tests.snapshots.building import add_accounts, contents, hidden, known, publish, records


def test_a_snapshot_is_registered_with_every_file_in_its_folder(database_url: str, tmp_path: Path) -> None:
    revision = add_accounts(database_url, "one", "two")
    report = publish(database_url, tmp_path)
    assert (report.revision, report.is_new, report.counts["accounts"]) == (revision, True, 2)
    files = contents(tmp_path / str(revision))
    assert known(database_url) == {revision: set(files)}
    assert (report.files, report.bytes) == (len(files), sum(map(len, files.values())))
    manifest, entries = parse_manifest(files["manifest.json"])
    assert {entry.name for entry in entries} == set(files) - {"manifest.json", "manifest.json.minisig"}
    assert (manifest["revision"], manifest["previous"], manifest["counts"]["accounts"]) == (revision, None, 2)
    with psycopg.connect(database_url) as conn:
        stored = conn.execute("SELECT manifest FROM snapshots").fetchone()
    assert stored == (files["manifest.json"].decode(),)


def test_a_revision_that_is_published_is_not_built_again(database_url: str, tmp_path: Path) -> None:
    revision = add_accounts(database_url, "one")
    publish(database_url, tmp_path)
    made = (tmp_path / str(revision)).stat().st_ctime_ns
    report = publish(database_url, tmp_path)
    assert (report.revision, report.is_new, report.files) == (revision, False, 0)
    assert (tmp_path / str(revision)).stat().st_ctime_ns == made


def test_the_next_snapshot_names_the_one_before_it(database_url: str, tmp_path: Path) -> None:
    first = add_accounts(database_url, "one")
    publish(database_url, tmp_path)
    add_accounts(database_url, "between")
    second = add_accounts(database_url, "two")
    publish(database_url, tmp_path)
    manifest, _ = parse_manifest((tmp_path / str(second) / "manifest.json").read_bytes())
    assert manifest["previous"] == first
    assert set(known(database_url)) == {first, second}


def test_what_is_written_during_a_build_is_not_in_it_and_readers_see_the_one_before(
    database_url: str, tmp_path: Path
) -> None:
    first = add_accounts(database_url, "one")
    publish(database_url, tmp_path)
    second = add_accounts(database_url, "two")
    seen: list[set[int]] = []

    def meddle(step: str) -> None:
        seen.append(set(known(database_url)))
        if step == "read departments":
            with psycopg.connect(database_url, autocommit=True) as conn, conn.transaction():
                begin_revision(conn, actor="test", reason="meanwhile")
                conn.execute("INSERT INTO sources (id, title, licence) VALUES ('late', 'Late', 'CC0-1.0')")
                conn.execute("UPDATE accounts SET sources = '{late}'")

    report = publish(database_url, tmp_path, meddle)
    assert report.revision == second
    assert seen[-1] == {first, second}
    assert all(revisions == {first} for revisions in seen[:-1])
    folder = tmp_path / str(second)
    assert [record["id"] for record in records(folder, "sources") if record["id"] in {"s1", "late"}] == ["s1"]
    assert {source for record in records(folder, "accounts") for source in record["sources"]} == {"s1"}


def test_one_builds_at_a_time(database_url: str, tmp_path: Path) -> None:
    add_accounts(database_url, "one")
    refused: list[BuildError] = []

    def try_too(step: str) -> None:
        if step == "compress":
            with pytest.raises(BuildError, match="another process is building") as caught:
                publish(database_url, tmp_path)
            refused.append(caught.value)

    assert publish(database_url, tmp_path, try_too).is_new
    assert len(refused) == 1


def test_a_damaged_snapshot_is_replaced_by_the_next_build(database_url: str, tmp_path: Path) -> None:
    revision = add_accounts(database_url, "one")
    publish(database_url, tmp_path)
    folder = tmp_path / str(revision)
    before = contents(folder)
    (folder / "accounts.csv").write_bytes(b"half")
    (folder / "regions.json.gz").unlink()
    assert publish(database_url, tmp_path).is_new
    assert contents(folder) == before
    assert known(database_url) == {revision: set(before)}
    assert not hidden(tmp_path)


def test_files_that_are_not_known_are_removed_by_the_next_build(database_url: str, tmp_path: Path) -> None:
    revision = add_accounts(database_url, "one")
    for name in ("7", ".aside-0123"):
        (tmp_path / name).mkdir()
        (tmp_path / name / "accounts.csv").write_text("left behind")
    publish(database_url, tmp_path)
    assert sorted(path.name for path in tmp_path.iterdir()) == sorted([str(revision), "registry"])


def test_the_snapshots_of_another_registry_are_left_alone(
    database_url: str, module_database_url: str, tmp_path: Path
) -> None:
    add_accounts(database_url, "one")
    publish(database_url, tmp_path)
    before = sorted(tmp_path.rglob("*"))
    with psycopg.connect(module_database_url, autocommit=True) as conn:
        conn.execute("UPDATE revisions SET at = at - interval '1 day' WHERE revision = 1")
    with pytest.raises(StorageError, match="has the snapshots of another registry"):
        publish(module_database_url, tmp_path)
    assert sorted(tmp_path.rglob("*")) == before
    assert known(module_database_url) == {}


def test_a_registry_that_was_never_written_has_nothing_to_publish(database_url: str, tmp_path: Path) -> None:
    with psycopg.connect(database_url, autocommit=True) as conn:
        conn.execute("TRUNCATE revisions CASCADE")
    with pytest.raises(BuildError, match="the registry is empty"):
        publish(database_url, tmp_path)
    assert not list(tmp_path.iterdir())


def test_tombstones_are_read_from_an_index_and_not_from_all_versions(database_url: str) -> None:
    (tombstones,) = (table for table in TABLES if table.name == "tombstones")
    with psycopg.connect(database_url) as conn:
        # So few versions are read faster without an index; with many they are not.
        conn.execute("SET LOCAL enable_seqscan = off")
        plan = "\n".join(row[0] for row in conn.execute(sql.SQL("EXPLAIN {}").format(tombstones.query)))
    assert "versions_gone" in plan

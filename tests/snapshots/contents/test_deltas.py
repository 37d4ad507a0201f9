"""Deltas, which turn one snapshot into a later one."""

import datetime as dt
import json
from pathlib import Path

import psycopg
import pytest

from directory.changes.queries import ChangeRange, copy_changes
from directory.database.revisions import begin_revision
from directory.snapshots.contents import deltas
from directory.snapshots.contents.deltas import (
    check_counts,
    check_delta,
    counts_file_name,
    delta_base,
    delta_file_name,
    write_counts,
    write_deltas,
)
from directory.snapshots.publish.manifest import parse_manifest
from directory.snapshots.verify.verification import verify_folder
from tests.followers.observing import AT, observe
from tests.snapshots.building import KEY, add_accounts, known, publish


def published(url: str, root: Path, *names: str) -> list[int]:
    """Publish a snapshot after each of these accounts; return the revisions."""
    revisions = []
    for name in names:
        revisions.append(add_accounts(url, name))
        publish(url, root)
    return revisions


def feed(url: str, since: int, until: int) -> bytes:
    """Return the change feed between two revisions."""
    with (
        psycopg.connect(url, options="-c timezone=UTC") as conn,
        conn.cursor() as cursor,
        copy_changes(cursor, ChangeRange.of(since, until)) as rows,
    ):
        return b"".join(map(bytes, rows))


def test_a_snapshot_has_the_changes_since_each_one_before_it_as_the_feed_tells_them(
    database_url: str, tmp_path: Path
) -> None:
    *earlier, latest = published(database_url, tmp_path, "one", "two", "three", "four")
    folder = tmp_path / str(latest)
    _, entries = parse_manifest((folder / "manifest.json").read_bytes())
    listed = {entry.name: entry for entry in entries if entry.name.startswith("delta-")}
    assert set(listed) == {f"delta-from-{since}.ndjson{end}" for since in earlier for end in ("", ".gz", ".zst")}
    assert set(listed) <= known(database_url)[latest]
    for since in earlier:
        text = (folder / delta_file_name(since)).read_bytes()
        assert text == feed(database_url, since, latest)
        assert listed[delta_file_name(since)].rows == text.count(b"\n") == 2 * (4 - earlier.index(since) - 1)
    assert not verify_folder(folder, KEY.public).errors


def test_the_first_snapshot_has_no_delta(database_url: str, tmp_path: Path) -> None:
    (revision,) = published(database_url, tmp_path, "one")
    assert not list((tmp_path / str(revision)).glob("delta-*"))


@pytest.mark.parametrize(("share", "expected"), [(1.0, 1), (2.5, 2), (3.5, 3)])
def test_a_delta_as_large_as_the_snapshot_is_not_written_nor_any_that_begins_before_it(
    database_url: str, tmp_path: Path, share: float, expected: int
) -> None:
    *earlier, latest = [add_accounts(database_url, name) for name in ("one", "two", "six", "ten")]
    one = max(len(feed(database_url, since, since + 1)) for since in earlier)
    with psycopg.connect(database_url, options="-c timezone=UTC") as conn, conn.transaction():
        written = write_deltas(conn, tmp_path, latest, earlier, int(one * share) + 10)
        # The transaction continues although a COPY in it was cancelled.
        assert conn.execute("SELECT 1").fetchone() == (1,)
    assert [file.name for file in written] == [delta_file_name(since) for since in reversed(earlier[-expected:])]
    assert {path.name for path in tmp_path.iterdir()} == {file.name for file in written}


def test_all_deltas_together_have_a_maximum_size(
    database_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(deltas, "_MAX_TOTAL_RATIO", 1)
    *earlier, latest = [add_accounts(database_url, name) for name in ("one", "two", "six", "ten")]
    whole = len(feed(database_url, earlier[-2], latest)) * 2
    with psycopg.connect(database_url) as conn:
        written = write_deltas(conn, tmp_path, latest, earlier, whole)
    assert len(written) == 2
    assert sum(file.bytes for file in written) <= whole


def test_counts_since_a_revision_are_those_that_changed_and_have_a_maximum_size(
    database_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    add_accounts(database_url, "one", "two")
    with psycopg.connect(database_url, options="-c timezone=UTC") as conn:
        ids = [row[0] for row in conn.execute("SELECT id FROM accounts ORDER BY id")]
        first = begin_revision(conn, actor="test", reason="observed")
        observe(conn, ids, 7)
        last = begin_revision(conn, actor="test", reason="observed")
        observe(conn, ids[:1], 8, AT + dt.timedelta(days=1))
        both = write_counts(conn, tmp_path, [first, first - 1], 10_000)
        limited = tmp_path / "limited"
        limited.mkdir()
        monkeypatch.setattr(deltas, "_MAX_TOTAL_RATIO", 1)
        assert write_counts(conn, limited, [first, first - 1], both[1].bytes) == both[:1]
    assert [(file.name, file.rows) for file in both] == [
        (counts_file_name(first), 1),
        (counts_file_name(first - 1), 2),
    ]
    path = tmp_path / counts_file_name(first)
    assert json.loads(path.read_bytes())["followers"] == 8
    assert [each.name for each in limited.iterdir()] == [path.name]
    assert list(check_counts(path, first, last, 1)) == []
    assert list(check_counts(path, first, last, 2)) == [f"{path.name} has 1 lines instead of 2"]
    assert "out of range" in next(check_counts(path, last, last, 1))


def test_a_revision_that_changed_no_record_makes_an_empty_delta(database_url: str, tmp_path: Path) -> None:
    published(database_url, tmp_path, "one")
    with psycopg.connect(database_url) as conn:
        revision = begin_revision(conn, actor="test", reason="nothing")
    publish(database_url, tmp_path)
    assert (tmp_path / str(revision) / delta_file_name(revision - 1)).read_bytes() == b""
    assert not verify_folder(tmp_path / str(revision), KEY.public).errors


@pytest.mark.parametrize("name", ["accounts.ndjson", "delta-from-.ndjson", "delta-from-07.ndjson", "delta-from-7.json"])
def test_what_bears_another_name_is_no_delta(name: str) -> None:
    assert delta_base(name) is None
    assert delta_base(delta_file_name(7)) == 7


@pytest.mark.parametrize(
    ("places", "rows", "fault"),
    [
        ([(3, 1), (3, 2), (5, 1)], 3, None),
        ([], 0, None),
        ([(3, 1)], 2, "has 1 lines instead of 2"),
        ([(2, 9)], 1, "out of order or range"),
        ([(6, 1)], 1, "out of order or range"),
        ([(4, 1), (3, 1)], 2, "line 2: (3, 1) is out of order or range"),
        ([(4, 1), (4, 1)], 2, "line 2"),
        ([("x", 1)], 1, "not a change"),
    ],
)
def test_a_delta_out_of_order_is_detected(
    tmp_path: Path, places: list[tuple[int, int]], rows: int, fault: str | None
) -> None:
    path = tmp_path / delta_file_name(2)
    lines = [json.dumps({"revision": revision, "sequence": sequence}) + "\n" for revision, sequence in places]
    path.write_text("".join(lines), "utf-8")
    found = list(check_delta(path, 2, 5, rows))
    assert len(found) == (fault is not None)
    assert fault is None or fault in found[0]

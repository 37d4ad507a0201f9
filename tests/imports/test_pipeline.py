import csv
import gzip
import io
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import psycopg
import pytest

from directory.database.revisions import begin_revision, select_latest
from directory.imports.errors import SyntheticMixed, UnreadableFile
from directory.imports.options import Options
from directory.imports.pipeline import import_files, load_starter
from directory.imports.report import Report, RowsRejected
from directory.imports.sources import name_source

Load = Callable[..., Report]

GOOD = {"platform": "x", "handle": "nasa", "name": "NASA", "region": "US", "source": "s"}
BAD = {"platform": "x", "handle": "not a handle!", "region": "XX", "source": "s"}


def _count(conn: psycopg.Connection, what: str = "accounts") -> int:
    queries = {
        "accounts": "SELECT count(*) FROM accounts",
        "revisions": "SELECT max(revision) FROM revisions",
        "written": "SELECT (SELECT count(*) FROM accounts) + (SELECT count(*) FROM departments)"
        " + (SELECT count(*) FROM statements) + (SELECT count(*) FROM sources WHERE id = 's')",
    }
    row = conn.execute(queries[what].encode()).fetchone()
    assert row is not None
    return int(row[0])


@pytest.mark.parametrize(
    "content",
    [
        json.dumps(GOOD).encode(),
        gzip.compress(json.dumps(GOOD).encode(), mtime=0),
        json.dumps([GOOD], indent=2).encode(),
        b"Platform,Handle,Name,Region,Source\r\nx,nasa,NASA,US,s\r\n",
        "platform;handle;name;region;source\nx;nasa;NASA;US;s\n".encode("utf-8-sig"),
        "platform\thandle\tname\tregion\tsource\nx\tnasa\tNASA\tUS\ts\n".encode("utf-16"),
    ],
    ids=["ndjson", "gzip", "json", "csv", "semicolons", "tabs-utf-16"],
)
def test_every_format_gives_the_same_account(conn: psycopg.Connection, load: Load, content: bytes) -> None:
    assert load(content).created == 1
    assert load([GOOD]).revision is None
    row = conn.execute("SELECT handle, name, region_code, sources FROM accounts").fetchone()
    assert row == ("nasa", "NASA", "US", ["s"])


def test_the_same_file_again_changes_nothing_and_makes_no_revision(conn: psycopg.Connection, load: Load) -> None:
    rows = [GOOD, {**GOOD, "name": "Nasa", "source_id": "2"}, {**GOOD, "handle": "esa", "followers": 3}]
    first = load(rows)
    assert (first.created, first.revision) == (2, _count(conn, "revisions"))
    again = load(rows)
    assert (again.created, again.updated, again.unchanged, again.revision) == (0, 0, 2, None)
    assert first.revision == _count(conn, "revisions")


def test_one_bad_row_and_nothing_is_written(conn: psycopg.Connection, load: Load) -> None:
    revision = _count(conn, "revisions")
    with pytest.raises(RowsRejected) as raised:
        load([GOOD, {**BAD, "followers": "lots"}])
    report = raised.value.report
    assert (report.rows, report.rejected) == (2, 1)
    assert {(line, error.field) for _, line, error in report.errors} == {(2, "handle"), (2, "region"), (2, "followers")}
    assert (_count(conn, "written"), _count(conn, "revisions")) == (0, revision)


def test_contradictions_with_the_registry_are_told_together_with_all_other_faults(load: Load) -> None:
    load([{"platform": "weibo", "handle": "cdfb", "platform_user_id": "2679652763", "source": "s"}])
    with pytest.raises(RowsRejected) as raised:
        load([BAD, {"platform": "weibo", "handle": "cdfb", "platform_user_id": "1234567890", "source": "s"}])
    assert raised.value.report.rejected == 2


def test_invalid_rows_can_be_skipped(conn: psycopg.Connection, load: Load) -> None:
    report = load([BAD, GOOD, BAD], skip_invalid=True)
    assert (report.created, report.rejected, report.rows) == (1, 2, 3)
    assert _count(conn) == 1


def test_a_row_that_is_a_page_of_the_platform_is_rejected_and_the_others_are_loaded(
    conn: psycopg.Connection, load: Load
) -> None:
    page = {"platform": "flickr", "handle": "tags", "url": "https://www.flickr.com/photos/tags/", "source": "s"}
    report = load([GOOD, page])
    assert (report.created, report.rejected, dict(report.reasons)) == (1, 1, {"hashtag": 1})
    assert [(line, error.field) for _, line, error in report.errors] == [(2, "url")]
    assert _count(conn) == 1
    with pytest.raises(RowsRejected):
        load([GOOD, page], strict=True)


def test_a_dry_run_tells_the_truth_and_writes_nothing(conn: psycopg.Connection, load: Load) -> None:
    revision = _count(conn, "revisions")
    report = load([GOOD, {**GOOD, "source_id": "2"}], dry_run=True)
    assert (report.created, report.sources_created, report.revision) == (1, ["s"], None)
    assert (_count(conn, "written"), _count(conn, "revisions")) == (0, revision)


def test_rows_that_name_no_source_have_the_one_stated_else_that_of_the_files_name(
    conn: psycopg.Connection, load: Load, tmp_path: Path
) -> None:
    load([{"platform": "x", "handle": "nasa"}], default_source="mine")
    path = tmp_path / "Städte 2015.v2.csv"
    path.write_text("platform,handle\nx,esa\n", encoding="utf-8")
    report = import_files(conn, [path], Options(actor="test", reason="test"))
    made = name_source("Städte 2015.v2.csv")
    assert report.sources_without_licence == [made]
    rows = conn.execute("SELECT id, title, licence FROM sources WHERE licence = 'unknown' ORDER BY id").fetchall()
    assert rows == [("mine", "mine", "unknown"), (made, "Städte 2015.v2.csv", "unknown")]


def test_rejected_rows_are_in_a_file_of_the_inputs_form_that_can_be_mended_and_imported(
    conn: psycopg.Connection, tmp_path: Path
) -> None:
    path = tmp_path / "list.csv"
    path.write_text('Handle;platform;Name;nonsense\nnasa;x;"N; A";1\nb b;x;B;2\n', encoding="utf-8")
    options = Options(actor="t", reason="t", skip_invalid=True, ignore_unknown=True, rejected="auto")
    report = import_files(conn, [path], options)
    assert report.rejected_files == [str(tmp_path / "list.rejected.csv")]
    rejected = (tmp_path / "list.rejected.csv").read_text(encoding="utf-8-sig")
    header, row = csv.reader(io.StringIO(rejected), delimiter=";")
    assert header == ["Handle", "platform", "Name", "nonsense", "_errors"]
    assert row[:4] == ["b b", "x", "B", "2"]
    assert row[4].startswith("handle 'b b': ")
    cleaned = tmp_path / "list.rejected.csv"
    cleaned.write_text(rejected.replace("b b;", "bb;"), encoding="utf-8")
    assert import_files(conn, [cleaned], options).created == 1
    cleaned.write_text(rejected, encoding="utf-8")
    again = import_files(conn, [cleaned], options)
    assert again.rejected_files == [str(tmp_path / "list.rejected-2.csv")]
    assert (tmp_path / "list.rejected-2.csv").read_text(encoding="utf-8-sig").splitlines()[0] == ";".join(header)


def test_rejected_json_keeps_its_text_and_rows_that_contradict_the_registry_are_there_too(
    conn: psycopg.Connection, tmp_path: Path
) -> None:
    path = tmp_path / "list.ndjson"
    lines = [
        '{"platform":"weibo",  "handle": "cdfb", "platform_user_id": "2679652763"}',
        '{"platform":"weibo",  "handle": "cdfb", "platform_user_id": "1234567890"}',
        '{"platform":"x", broken',
        '{"platform":"x", "handle": "caf\\u00e9"}',
    ]
    path.write_text("\n".join(lines), encoding="utf-8")
    rejected = tmp_path / "rejected.ndjson"
    with pytest.raises(RowsRejected):
        import_files(conn, [path], Options(actor="t", reason="t", rejected=rejected))
    written = rejected.read_text(encoding="utf-8").splitlines()
    assert written[0] == lines[2]
    assert written[1].startswith(lines[3][:-1])
    assert written[2].startswith(lines[1][:-1])
    assert json.loads(written[2])["_errors"]


def test_several_files_are_one_import(conn: psycopg.Connection, tmp_path: Path) -> None:
    one, two = tmp_path / "one.csv", tmp_path / "two.ndjson"
    one.write_text("platform,handle\nx,nasa\n", encoding="utf-8")
    two.write_text('{"platform": "x", "handle": "b b"}\n{"platform": "x", "handle": "NASA"}\n', encoding="utf-8")
    report = import_files(conn, [one, two], Options(actor="t", reason="t", skip_invalid=True))
    assert (report.created, report.rows) == (1, 3)
    assert [(name, line) for name, line, _ in report.errors] == [(str(two), 1)]


def test_a_file_that_cannot_be_read_is_named_and_nothing_is_staged(conn: psycopg.Connection, tmp_path: Path) -> None:
    path = tmp_path / "list.csv"
    path.write_text("platform,handel\nx,nasa\n", encoding="utf-8")
    with pytest.raises(UnreadableFile, match=r"list\.csv: the column 'handel' is not known \(did you mean 'handle'"):
        import_files(conn, [path], Options(actor="t", reason="t"))
    columns = Options(actor="t", reason="t", columns={"handel": "handle"})
    assert import_files(conn, [path], columns).created == 1


def test_progress_is_told(load: Load) -> None:
    told: list[tuple[str, int, int]] = []
    load([GOOD], progress=lambda *step: told.append(step))
    assert told[0][0] == "reading"
    assert told[-1] == ("merging", 6, 6)
    assert all(done <= total for _, done, total in told)


def test_the_report_is_plain_json(load: Load) -> None:
    report: dict[str, Any] = json.loads(json.dumps(load([GOOD, BAD], skip_invalid=True).as_json()))
    assert report["rows"] == {"read": 2, "accepted": 1, "rejected": 1}
    assert report["accounts"]["created"] == 1
    assert set(report["rejected"]["by_reason"]) == {"malformed-handle", "unknown-region"}
    assert {"file", "line", "field", "value", "message", "remedy"} <= report["rejected"]["first"][0].keys()


def test_the_starter_data_load_whole_and_once(database_url: str) -> None:
    with psycopg.connect(database_url, autocommit=True) as conn:
        report = load_starter(conn)
        assert (report.rows, report.rejected) == (10_629, 0)
        assert report.created > 9_600
        assert report.sources_without_licence == []
        again = load_starter(conn)
        assert again.revision is None
        assert again.unchanged == report.created
        licences = conn.execute("SELECT count(*) FROM sources WHERE licence IN ('unknown', 'as above')").fetchone()
        assert licences == (0,)
        # An empty registry is filled without its indexes: all are there again.
        indexes = conn.execute("SELECT count(*) FROM pg_indexes WHERE tablename = 'accounts'").fetchone()
        assert indexes is not None
        assert indexes[0] > 10
        keys = conn.execute(
            "SELECT count(*) FROM pg_constraint WHERE contype = 'f' AND conrelid = 'accounts'::regclass"
        )
        assert keys.fetchone() == (4,)


@pytest.mark.parametrize(("first", "second"), [("synthetic", "ministry"), ("ministry", "synthetic")])
def test_synthetic_and_real_accounts_never_come_together(
    conn: psycopg.Connection, load: Load, first: str, second: str
) -> None:
    load([{**GOOD, "source": first}])
    with pytest.raises(SyntheticMixed, match="DIRECTORY_DATA_DIR"):
        load([{**GOOD, "handle": "esa", "source": second}])
    assert _count(conn) == 1


def test_a_line_that_no_row_could_fill_is_refused_before_memory_is_filled(load: Load) -> None:
    with pytest.raises(UnreadableFile, match="line 2 is longer"):
        load(b"platform,handle\nx," + b"a" * 2_000_000)


def test_the_revision_says_which_source_or_which_files_it_was_read_from(
    conn: psycopg.Connection, tmp_path: Path
) -> None:
    def source_of(*rows: dict[str, str]) -> str | None:
        path = tmp_path / "folder" / "list-2024.ndjson"
        path.parent.mkdir(exist_ok=True)
        path.write_text("".join(json.dumps(row) + "\n" for row in rows))
        import_files(conn, [path], Options(actor="test", reason="test"))
        latest = select_latest(conn)
        assert latest is not None
        return latest.source

    assert source_of(GOOD) == "s"
    assert source_of({**GOOD, "name": "Nasa"}, {**GOOD, "handle": "esa", "source": "t"}) == "list-2024.ndjson"
    begin_revision(conn, actor="editor", reason="by hand")
    latest = select_latest(conn)
    assert latest is not None
    assert latest.source is None


def test_an_optional_field_that_is_not_understood_is_noted_with_its_value_how_often_and_where_first(
    load: Load, accounts: Callable[[], list[dict[str, Any]]]
) -> None:
    file = b"url,name,language\nhttps://x.com/one,One,fr\nhttps://x.com/two,Two,Bilingual\nhttps://x.com/three,Three,Bilingual\n"
    report = load(file)
    assert (report.created, report.rejected) == (3, 0)
    assert [note for note in report.notes if "language 'Bilingual'" in note and note.endswith(": 2 (first on line 3)")]
    assert {account["handle"]: account["language"] for account in accounts()} == {
        "one": "fr",
        "two": None,
        "three": None,
    }
    with pytest.raises(RowsRejected):
        load(file, strict=True)

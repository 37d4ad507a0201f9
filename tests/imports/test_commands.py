import json
from collections.abc import Callable
from pathlib import Path
from typing import Any, cast

import click
import psycopg
import pytest
from click.testing import CliRunner, Result

from directory.imports.commands import ROWS_REJECTED, UNREADABLE, import_options, run_import
from directory.imports.report import LISTED_MAX

Run = Callable[..., Result]


@pytest.fixture
def run(conn: psycopg.Connection) -> Run:
    """Return a function that runs the command on the test's connection."""

    @click.command()
    @import_options
    def command(**options: object) -> None:
        run_import(conn, **cast("dict[str, Any]", options))

    return lambda *words, **more: CliRunner().invoke(command, list(map(str, words)), catch_exceptions=False, **more)


@pytest.fixture
def table(tmp_path: Path) -> Path:
    path = tmp_path / "list.csv"
    path.write_text("platform,handle,Agency Name\nx,nasa,NASA\n", encoding="utf-8")
    return path


def test_the_report_says_what_was_made(run: Run, table: Path, tmp_path: Path) -> None:
    report = tmp_path / "report.json"
    result = run(table, "--column", "Agency Name=department", "--report", report)
    assert result.exit_code == 0
    assert "accounts: 1 created" in result.stdout
    assert "licence unknown: list" in result.stdout
    assert json.loads(report.read_text(encoding="utf-8"))["departments"] == {"created": 1}


def test_standard_input_is_a_file_too(run: Run) -> None:
    result = run("-", "--source", "mine", input='{"platform": "x", "handle": "nasa"}\n')
    assert result.exit_code == 0
    assert "sources: mine created" in result.stdout


def test_a_slip_in_a_columns_name_ends_with_its_own_code(run: Run, tmp_path: Path) -> None:
    path = tmp_path / "slip.csv"
    path.write_text("platform,handle,folowers,statuss\nx,nasa,1,active\n", encoding="utf-8")
    result = run(path)
    assert result.exit_code == UNREADABLE
    assert "'folowers' is not known (did you mean 'followers'?)" in result.stderr
    assert "'statuss' is not known (did you mean 'status'?)" in result.stderr


def test_an_unknown_column_is_left_out_with_a_note_that_names_it(run: Run, tmp_path: Path) -> None:
    path = tmp_path / "more.csv"
    path.write_text("platform,handle,Fax,verification\nx,nasa,1,none\n", encoding="utf-8")
    result = run(path)
    assert result.exit_code == 0
    assert "left out, as their headings are not known: 'Fax', 'verification'" in result.stdout
    assert run(path, "--strict").exit_code == UNREADABLE


def test_rejected_rows_end_with_their_own_code_and_are_in_a_file(run: Run, tmp_path: Path) -> None:
    path = tmp_path / "list.ndjson"
    path.write_text('{"platform": "x", "handle": "b b"}\n', encoding="utf-8")
    result = run(path)
    assert result.exit_code == ROWS_REJECTED
    assert "line 1: handle 'b b'" in result.stderr
    assert "nothing was written" in result.stderr
    assert (tmp_path / "list.rejected.ndjson").exists()
    assert run(path, "--skip-invalid").exit_code == 0


def test_a_dry_run_leaves_no_file(run: Run, tmp_path: Path) -> None:
    path = tmp_path / "list.ndjson"
    path.write_text('{"platform": "x", "handle": "b b"}\n{"platform": "x", "handle": "nasa"}\n', encoding="utf-8")
    result = run(path, "--dry-run", "--skip-invalid")
    assert result.exit_code == 0
    assert "nothing was written" in result.stdout
    assert list(tmp_path.iterdir()) == [path]


@pytest.mark.parametrize(
    "words", [["--column", "nonsense"], ["--rejected", "FILE"], ["-", "-"], ["--rejected", "other", "FILE"]]
)
def test_wrong_usage_is_told(run: Run, table: Path, words: list[str]) -> None:
    assert run(table, *(str(table) if word == "FILE" else word for word in words)).exit_code == 2


def test_a_dry_run_tells_row_by_row_what_would_change(run: Run, conn: psycopg.Connection, tmp_path: Path) -> None:
    path, report = tmp_path / "list.csv", tmp_path / "report.json"
    path.write_text("platform,handle,name,status\nx,nasa,NASA,active\nx,esa,ESA,active\n", encoding="utf-8")
    assert f"  {path}, line 2: create x/nasa: url 'https://x.com/nasa', name 'NASA'" in run(path, "--dry-run").stdout
    assert "create x/nasa" not in run(path).stdout
    path.write_text("platform,handle,name,status\nx,nasa,NASA,active\nx,esa,,dormant\n", encoding="utf-8")
    told = run(path, "--dry-run", "--report", report).stdout
    assert f"  {path}, line 3: update x/esa: name 'ESA' → nothing, status 'active' → 'dormant'" in told
    assert f"stated before and that are emptied: 1\n  name: 1\n  {path}, line 3: x/esa, name was 'ESA'" in told
    written = json.loads(report.read_text(encoding="utf-8"))
    account = conn.execute("SELECT id FROM accounts WHERE handle = 'esa'").fetchone()
    assert account is not None
    row = {"file": str(path), "line": 3, "account": account[0], "platform": "x", "handle": "esa"}
    assert written["emptied"] == {
        "values": 1,
        "by_field": {"name": 1},
        "first": [{**row, "field": "name", "value": "ESA"}],
    }
    fields = {"name": {"before": "ESA", "after": None}, "status": {"before": "active", "after": "dormant"}}
    assert written["changes"] == [{**row, "action": "update", "fields": fields}]


def test_a_dry_run_lists_so_many_changes_and_counts_the_others(run: Run, tmp_path: Path) -> None:
    path = tmp_path / "list.csv"
    path.write_text("platform,handle\n" + "".join(f"x,h{n}\n" for n in range(LISTED_MAX + 7)), encoding="utf-8")
    told = run(path, "--dry-run").stdout
    assert told.count(": create x/h") == LISTED_MAX
    assert "… and 7 more" in told


def test_rejected_rows_that_cannot_be_kept_stop_the_import(run: Run, conn: psycopg.Connection, tmp_path: Path) -> None:
    path = tmp_path / "list.csv"
    path.write_text("platform,handle\nx,good\nx,b b\n", encoding="utf-8")
    for place in ("/dev/full", tmp_path / "list.csv" / "rejected.csv"):
        result = run(path, "--skip-invalid", "--rejected", place)
        assert (result.exit_code, "nothing was imported" in result.stderr) == (1, True)
    assert conn.execute("SELECT count(*) FROM accounts").fetchone() == (0,)
    assert [left.name for left in tmp_path.iterdir()] == ["list.csv"]


def test_a_report_that_cannot_be_written_is_said_before_anything_is_imported(
    run: Run, conn: psycopg.Connection, tmp_path: Path
) -> None:
    path = tmp_path / "list.csv"
    path.write_text("platform,handle\nx,good\n", encoding="utf-8")
    result = run(path, "--report", "/proc/none.json")
    assert (result.exit_code, "nothing was imported" in result.stderr) == (1, True)
    assert conn.execute("SELECT count(*) FROM accounts").fetchone() == (0,)
    # Of a disk that is full it is known only afterwards: the import is not undone, and says what it did.
    result = run(path, "--report", "/dev/full")
    assert (result.exit_code, "1 created" in result.stdout, "No space left" in result.stderr) == (1, True, True)


def test_a_source_of_the_command_is_spelt_as_one_of_a_row(run: Run, table: Path, conn: psycopg.Connection) -> None:
    assert run(table, "--ignore-unknown", "--source", "My List").exit_code == 0
    assert conn.execute("SELECT sources FROM accounts").fetchone() == (["my-list"],)


@pytest.mark.parametrize("source", ["名单", "-", "  ", "a" * 64])
def test_what_cannot_be_a_source_is_refused_with_a_remedy(run: Run, table: Path, source: str) -> None:
    result = run(table, f"--source={source}")
    assert result.exit_code == 2
    assert "--source" in result.stderr

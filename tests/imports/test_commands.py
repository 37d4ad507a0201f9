import json
from collections.abc import Callable
from pathlib import Path
from typing import Any, cast

import click
import psycopg
import pytest
from click.testing import CliRunner, Result

from directory.imports.commands import ROWS_REJECTED, UNREADABLE, import_options, run_import

Run = Callable[..., Result]


@pytest.fixture
def run(conn: psycopg.Connection) -> Run:
    """Give what runs the command on the test's connection."""

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


def test_an_unknown_column_ends_with_its_own_code(run: Run, table: Path) -> None:
    result = run(table)
    assert result.exit_code == UNREADABLE
    assert "'Agency Name' is not known" in result.stderr


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

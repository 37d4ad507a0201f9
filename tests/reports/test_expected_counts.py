"""`directory expected-counts`: the operator's own counts, in place of the program's."""

from __future__ import annotations

from contextlib import nullcontext
from pathlib import Path

import psycopg
import pytest
from click.testing import CliRunner, Result

from directory.http.fields import Selection
from directory.reference_data import sync_reference_data
from directory.reference_digest import is_current
from directory.reports.commands import expected_counts
from directory.reports.queries import CoverageFilter, select_coverage

HEADINGS = "region,kind,department_type,expected,counted_on,source,name"
WANTED = CoverageFilter(path=None, platforms=Selection(), types=Selection(), kind=None)


def run(conn: psycopg.Connection, folder: Path, *rows: str, headings: str = HEADINGS) -> Result:
    path = folder / "expected.csv"
    path.write_text("".join(f"{line}\n" for line in (headings, *rows)), encoding="utf-8")
    return run_file(conn, path)


def run_file(conn: psycopg.Connection, path: Path) -> Result:
    # click keeps a command's option for help as it is first asked for; as `directory` has it, it is on the page of all.
    names = ["-h", "--help"]
    return CliRunner().invoke(expected_counts, [str(path)], obj=lambda: nullcontext(conn), help_option_names=names)


def coverage(conn: psycopg.Connection) -> str:
    return "\n".join(row for row, *_ in select_coverage(conn, WANTED, after=None, limit=1000))


def test_own_counts_hold_in_place_of_the_programs_until_they_are_taken_back(
    conn: psycopg.Connection, tmp_path: Path
) -> None:
    before = coverage(conn)
    result = run(
        conn,
        tmp_path,
        'Sweden,municipality,local-government,291,2026-01-01,"SCB, https://example.org/",',
        "SE,county-police,police,21,2026-01-01,https://example.org/,Police of counties",
    )
    assert (result.exit_code, result.output) == (0, "expected counts: 2 of your own\n")
    after = coverage(conn)
    assert after.count('"code":"SE"') == 2
    assert '"expected":291' in after
    assert "Police of counties" in after
    # A start leaves them as they are.
    sync_reference_data(conn)
    assert coverage(conn) == after
    assert is_current(conn)
    assert run(conn, tmp_path).exit_code == 0
    assert coverage(conn) == before


@pytest.mark.parametrize(
    ("row", "message"),
    [
        ("Nowhere,municipality,local-government,3,2026-01-01,x,", "line 2: Nowhere is neither the code nor the name"),
        ("SE,Municipality,local-government,3,2026-01-01,x,", "kind: 'Municipality' is no slug"),
        ("SE,parish,local-government,3,2026-01-01,x,", "name: parish is no kind of the program"),
        ("SE,police,police,3,2026-01-01,x,Police", "kind: police is a department type"),
        ("SE,municipality,town,3,2026-01-01,x,", "department_type: 'town' is not known"),
        ("SE,municipality,local-government,0,2026-01-01,x,", "expected: '0' is no number"),
        ("SE,municipality,local-government,3,2026-02-30,x,", "counted_on: '2026-02-30' is no day"),
        ("SE,municipality,local-government,3,2026-01-01,,", "source: who states the number"),
        ("SE,municipality,local-government", "expected: '' is no number"),
        ("SE,municipality,local-government,3,2026-01-01,x\x00,", "source: it has more than"),
    ],
)
def test_a_row_that_is_no_count_is_named_and_nothing_is_written(
    conn: psycopg.Connection, tmp_path: Path, row: str, message: str
) -> None:
    before = coverage(conn)
    result = run(conn, tmp_path, row, "SE,municipality,local-government,291,2026-01-01,x,")
    assert result.exit_code == 3
    assert message in result.output
    assert "1 rows are rejected: nothing was written" in result.output
    assert coverage(conn) == before


def test_a_file_of_another_form_is_wrong_usage_and_a_row_twice_is_rejected(
    conn: psycopg.Connection, tmp_path: Path
) -> None:
    result = run(conn, tmp_path, headings="region,kind")
    assert result.exit_code == 2
    assert "has no column department_type" in result.output
    row = "SE,municipality,local-government,291,2026-01-01,x,"
    result = run(conn, tmp_path, row, row)
    assert result.exit_code == 3
    assert "line 3: municipality of SE is there twice" in result.output
    (tmp_path / "expected.csv").write_bytes(b"region\xff\n")
    result = run_file(conn, tmp_path / "expected.csv")
    assert result.exit_code == 2
    assert "no CSV file in UTF-8" in result.output

"""The 40,139 real rows, which are not part of the project: without them these tests are skipped, and say so."""

from pathlib import Path

import psycopg
import pytest

from directory.imports.load import import_file

ROWS = Path(__file__).parents[3] / "shared" / "data" / "accounts.ndjson.gz"
pytestmark = pytest.mark.skipif(not ROWS.exists(), reason=f"{ROWS} is not there")


def test_all_rows_load_and_again_without_a_change(database_url: str) -> None:
    with psycopg.connect(database_url, autocommit=True) as conn:
        report = import_file(conn, ROWS, actor="test", reason="test")
        assert (report.rows, report.rejected) == (40_139, 11)
        assert report.created > 40_000
        again = import_file(conn, ROWS, actor="test", reason="test")
        assert (again.revision, again.unchanged) == (None, report.created)
        rows = conn.execute(
            "SELECT region_code, count(*) FROM departments WHERE name_key = 'department of education' GROUP BY 1"
        ).fetchall()
        assert {"US", "PH", "IN-AR", "IN-DL"} <= {code for code, _ in rows}
        assert all(count == 1 for _, count in rows)
        chamber = "SELECT region_code FROM departments WHERE name = 'United States House of Representatives'"
        assert conn.execute(chamber).fetchall() == [("US",)]

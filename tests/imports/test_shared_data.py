"""The 40,139 and 19,146 real rows, which are no part of the project: without them the tests are skipped, and say so."""

import json
from pathlib import Path

import psycopg
import pytest

from directory.imports.options import Options
from directory.imports.pipeline import import_files
from directory.resolve.resolver import resolve

DATA = Path(__file__).parents[3] / "shared" / "data"
ROWS, MORE = DATA / "accounts.ndjson.gz", DATA / "more.ndjson.gz"
# The bound on coverage does not depend on data next to the project; and without the tracer it takes about half as long.
pytestmark = [
    pytest.mark.skipif(not ROWS.exists(), reason=f"{ROWS} is not there"),
    pytest.mark.no_cover,
]


def test_all_rows_load_and_again_without_a_change_and_every_url_is_its_own_accounts(database_url: str) -> None:
    with psycopg.connect(database_url, autocommit=True) as conn:
        report = import_files(conn, [ROWS], Options(actor="test", reason="test"))
        # Pages of the platforms themselves, which the list has as accounts.
        assert (report.rows, report.rejected) == (40_139, 11)
        assert report.created > 40_000
        again = import_files(conn, [ROWS], Options(actor="test", reason="test"))
        assert (again.revision, again.unchanged) == (None, report.created)
        rows = conn.execute(
            "SELECT region_code, count(*) FROM departments WHERE name_key = 'department of education' GROUP BY 1"
        ).fetchall()
        assert {"US", "PH", "IN-AR", "IN-DL"} <= {code for code, _ in rows}
        assert all(count == 1 for _, count in rows)
        chamber = "SELECT region_code FROM departments WHERE name = 'United States House of Representatives'"
        assert conn.execute(chamber).fetchall() == [("US",)]
        more = import_files(conn, [MORE], Options(actor="test", reason="test", skip_invalid=True))
        assert (more.rows, more.rejected) == (19_146, 9)
        assert _resolved_otherwise(conn) == []


def _resolved_otherwise(conn: psycopg.Connection) -> list[tuple[str, str]]:
    """Return the URLs of accounts that do not resolve to the very account, with their verdicts."""
    stored = conn.execute("SELECT url, id, status FROM accounts WHERE url IS NOT NULL ORDER BY id").fetchall()
    assert len(stored) > 55_000
    otherwise = []
    for begin in range(0, len(stored), 1_000):
        batch = stored[begin : begin + 1_000]
        verdicts = map(json.loads, resolve(conn, [url for url, _, _ in batch], plan=lambda _: None))
        for (url, account_id, status), verdict in zip(batch, verdicts, strict=True):
            due = "formerly_official" if status == "closed" else "official"
            if (verdict["verdict"], (verdict["account"] or {}).get("id")) != (due, account_id):
                otherwise.append((url, verdict["verdict"]))
    return otherwise

"""A page of a report reads no more of a large registry than it has to."""

from __future__ import annotations

import psycopg
import pytest

from directory.accounts.parameters import Filter
from directory.database.sql import compose
from directory.quality.queries.accounts import list_on_closed_platforms, list_unproven
from directory.quality.queries.departments import list_different_names, list_duplicates, list_shared_names
from directory.quality.queries.dormancy import count_dormant
from directory.quality.rows import Report, page_statement
from tests.quality.conftest import TODAY

DAY = TODAY.date()
REPORTS = {
    "accounts_department": [
        list_duplicates(Filter(), after=("1", "x"), limit=25),
        list_different_names(Filter(), after=("1",), limit=25),
        count_dormant(Filter(), "department", day=DAY, days=14, after=("1",), limit=25),
    ],
    "accounts_by_name": [list_shared_names(Filter(), after=("a", "FR"), limit=25)],
    "accounts_platform": [list_on_closed_platforms(Filter(), day=DAY, after=("google-plus", "1"), limit=25)],
    "accounts_unproven": [list_unproven(Filter(), day=DAY, days=0, after=("1",), limit=25)],
}


@pytest.mark.parametrize(("index", "report"), [(index, report) for index, some in REPORTS.items() for report in some])
def test_a_page_is_read_from_an_index(conn: psycopg.Connection, index: str, report: Report) -> None:
    # There are no accounts here, of which the planner would read all.
    conn.execute("SET LOCAL enable_seqscan = off")
    conn.execute("SET LOCAL enable_bitmapscan = off")
    statement = compose("EXPLAIN {}", page_statement(report))
    plan = "\n".join(line for (line,) in conn.execute(statement, report.parameters))
    assert f"using {index} on accounts" in plan
    assert "Seq Scan on accounts" not in plan

"""A page looks its counts up, in an index of the accounts observed; what is read whole joins all of them."""

import re

from directory.accounts.parameters import Filter
from directory.accounts.queries.download import copy_statement
from directory.accounts.queries.list import PageRequest, WhereClause, page_query
from directory.accounts.sorts import Order
from directory.database.sql import Fragment
from tests.accounts.conftest import Registry


def plan(registry: Registry, statement: Fragment) -> str:
    """Return the plan of a query, or of that of a COPY."""
    text = re.sub(r"^COPY \((.*)\) TO STDOUT.*", r"\1", statement.as_string(), flags=re.DOTALL)
    with registry.database.snapshot() as conn:
        # So few accounts are read faster without an index; with many they are not.
        conn.execute("SET LOCAL enable_seqscan = off")
        return "\n".join(line for (line,) in conn.execute(f"EXPLAIN {text}".encode()))


def test_a_page_by_id_looks_the_counts_of_its_records_up_and_joins_none(registry: Registry) -> None:
    page = page_query(Filter(), Order.by([]), PageRequest(limit=26), lambda _: None)
    found = plan(registry, page.statement)
    assert "SubPlan" in found
    assert "account_followers_observed" in found
    assert "Join" not in found
    assert "Nested Loop" not in found


def test_a_page_by_followers_takes_the_counts_that_it_begins_with(registry: Registry) -> None:
    page = page_query(Filter(), Order.by(["-followers"]), PageRequest(limit=26), lambda _: None)
    found = plan(registry, page.statement)
    assert "Index Scan Backward using account_followers_by_followers" in found
    assert "SubPlan" not in found
    assert "Sort" not in found


def test_a_download_joins_all_counts_at_once(registry: Registry) -> None:
    found = plan(registry, copy_statement("ndjson", WhereClause.of(Filter()), None))
    assert re.search(r"(Hash|Merge)( Left| Right)? Join", found)
    assert "SubPlan" not in found

"""Where a search looks first must not change what it finds: the pages of a registry of some thousand accounts."""

from collections.abc import Iterator
from dataclasses import replace

import psycopg
import pytest

from directory.accounts.parameters import Filter
from directory.accounts.queries.list import PageRequest
from directory.accounts.queries.search import select_accounts
from directory.accounts.sorts import Order
from directory.database.connections import Database
from directory.http.fields import Selection
from directory.regions.reference import regions
from directory.sample.loading import load_sample
from directory.sample.places import list_places
from directory.sample.rows import generate
from directory.search.query_plan import Bands, QueryPlan, bands_tsquery, build_bands, plan_query

ACCOUNTS = 6_000
ORDER = Order.by((), searching=True)
QUERIES = (
    "公安",
    "成都",
    "北京",
    "京",
    "chengdu",
    "gongan",
    "jy",
    "发布",
    "公安局",
    "教育 发布",
    "police",
    "sample",
    "样例",
)


@pytest.fixture(scope="module")
def database(module_database_url: str) -> Iterator[Database]:
    """Yield a registry of China's shape, with the planner's statistics of it."""
    rows = generate(ACCOUNTS, 1, list_places(regions().values()))
    with psycopg.connect(module_database_url, autocommit=True) as conn:
        load_sample(conn, rows, ACCOUNTS, 1, lambda *_: None)
        conn.execute("ANALYZE account_search")
    database = Database(module_database_url, statement_timeout_ms=20_000)
    yield database
    database.close()


def pages(database: Database, search: QueryPlan, wanted: Filter, limit: int, most: int) -> list[str]:
    """Return ids of what is found, read page by page, at most so many pages."""
    found: list[str] = []
    after = None
    for _ in range(most):
        with database.read() as conn:
            rows = select_accounts(conn, replace(wanted, search=search), ORDER, PageRequest(limit=limit, after=after))
        found += [row[-1] for row in rows]
        if len(rows) < limit:
            break
        after = rows[-1][1:]
    return found


@pytest.mark.parametrize("q", QUERIES)
@pytest.mark.parametrize("status", [None, "active"])
def test_pages_from_the_highest_bands_down_are_those_of_reading_everything(
    database: Database, q: str, status: str | None
) -> None:
    search = plan_query(database, q)
    values = {"status": Selection((status,))} if status else {}
    plain = replace(search, bands=Bands(), index_queries=search.tiers)
    wanted = Filter(values=values)
    expected = pages(database, plain, wanted, 1_000, 1)[:120]
    assert pages(database, search, wanted, 40, 3) == expected


def test_a_frequent_word_is_looked_for_by_band_and_a_rare_one_at_once(database: Database) -> None:
    frequent, rare = plan_query(database, "样例").parameters, plan_query(database, "chengduga-sample-1").parameters
    assert "True" in str(frequent["by_band"])
    assert (rare["group_starts"], rare["by_band"]) == ('{"0"}', '{"False"}')


def test_the_terms_of_an_account_that_is_deleted_go_with_it(database_url: str) -> None:
    with psycopg.connect(database_url, autocommit=True) as conn:
        load_sample(conn, generate(20, 1, list_places(regions().values())), 20, 1, lambda *_: None)
        with conn.transaction():
            conn.execute("SELECT begin_revision('test', 'test')")
            conn.execute("DELETE FROM accounts")
        assert conn.execute("SELECT count(*) FROM account_search").fetchone() == (0,)


def test_bands_are_written_eight_at_once_where_they_can_be() -> None:
    assert bands_tsquery(14, 26) == "'b14' | 'b15' | 'g2' | 'b24' | 'b25'"
    bands = build_bands({120: 300, 118: 300, 100: 9_000, 3: 100})
    assert bands.floors == (118, 100, 0)
    assert bands.facets[-1] is None


def test_a_registry_without_statistics_is_read_in_one_step() -> None:
    assert build_bands({}) == Bands((None,), (0,))

"""An index scan that ends with a full page has the rows that finding and sorting all matches has."""

from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import psycopg
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from directory.accounts.parameters import Filter
from directory.accounts.queries import search as search_queries
from directory.accounts.queries.index_scan import select_by_index_scan
from directory.accounts.queries.list import PageRequest, Row, select_by_sort, select_tiers_by_sort
from directory.accounts.queries.search import select_accounts, select_by_relevance, select_by_relevance_as_of
from directory.accounts.sorts import RELEVANCE, Order
from directory.database.connections import Database
from directory.database.point_in_time import PointInTime, select_point_in_time
from directory.database.revisions import begin_revision
from directory.followers.queries import Observation
from directory.http.fields import Selection
from directory.regions.reference import regions
from directory.sample.loading import load_sample
from directory.sample.places import list_places
from directory.sample.rows import generate
from directory.search.indexing import index_pending
from directory.search.query_plan import QueryPlan, plan_query
from tests.databases import copy_template, make_template
from tests.followers.observing import write_batch

ACCOUNTS = 6_000
# Each has a rule by which so many match that they are not all read: the last one of all accounts.
FREQUENT = ("公安", "sample", "样例")
OTHERS = ("发布", "成都", "公安局 -北京", "chengdu", "fb", "北京市")
LIMIT = 10


def load(url: str) -> None:
    """Load synthetic accounts, and let the planner count them."""
    with psycopg.connect(url, autocommit=True) as conn:
        load_sample(conn, generate(ACCOUNTS, 1, list_places(regions().values())), ACCOUNTS, 1, lambda *_: None)
        conn.execute("ANALYZE account_search")


class ChangedRegistry:
    """A registry that was changed, and what it found before."""

    def __init__(self, url: str) -> None:
        self.database = Database(url, statement_timeout_ms=20_000)
        with psycopg.connect(url, autocommit=True) as conn:
            self.revision = self.database.revision
            self.searches = {q: plan_query(self.database, q) for q in (*FREQUENT, *OTHERS)}
            self.found = {q: self.page(Filter(search=search), 60) for q, search in self.searches.items()}
            with conn.transaction():
                begin_revision(conn, actor="test", reason="followers of a third, names of a fifth, some gone")
                conn.execute(
                    """UPDATE accounts
                          SET name = CASE WHEN abs(hashtext(id)) % 5 = 0 THEN '别的名字' ELSE name END,
                              name_key = CASE WHEN abs(hashtext(id)) % 5 = 0 THEN '别的名字' ELSE name_key END
                        WHERE abs(hashtext(id)) % 5 = 0"""
                )
                counts = conn.execute(
                    """SELECT account_id, clock_timestamp(), 's1', coalesce(followers, 0) * 7 + 3
                         FROM account_followers
                        WHERE abs(hashtext(account_id)) % 3 = 0 OR abs(hashtext(account_id)) % 5 = 0"""
                )
                write_batch(conn, [Observation(*row) for row in counts])
                conn.execute("DELETE FROM accounts WHERE abs(hashtext(id)) % 97 = 0")
                index_pending(conn)
            found = select_point_in_time(conn, self.revision)
        assert found is not None
        self.as_of: PointInTime = found

    def page(self, account_filter: Filter, limit: int, after: tuple[str, ...] | None = None) -> list[Row]:
        """Return a page of a search of now, by its bands."""
        assert account_filter.search is not None
        with self.database.read() as conn:
            return select_by_relevance(
                conn, account_filter, account_filter.search.parameters, PageRequest(limit=limit, after=after)
            )


@pytest.fixture
def sample_url(server_url: str, sample_template: str) -> Iterator[str]:
    """Yield a registry of China's shape of the test's own, with the planner's statistics of it."""
    with copy_template(server_url, sample_template) as url:
        yield url


@pytest.fixture(scope="session")
def sample_template(server_url: str, template: str) -> str:
    """Return the name of a registry of China's shape, to copy and never to connect to."""
    return make_template(server_url, "sample", load, template)


@pytest.fixture(scope="module")
def changed(server_url: str, sample_template: str) -> Iterator[ChangedRegistry]:
    """Yield a changed registry of China's shape, with the planner's statistics of it before."""
    with copy_template(server_url, sample_template) as url:
        made = ChangedRegistry(url)
        yield made
        made.database.close()


@pytest.mark.parametrize("q", [*FREQUENT, *OTHERS])
def test_a_search_finds_as_of_then_what_it_found_then_page_after_page(changed: ChangedRegistry, q: str) -> None:
    search, found = changed.searches[q], []
    after = None
    with changed.database.read() as conn:
        while rows := select_by_relevance_as_of(
            conn, Filter(search=search, as_of=changed.as_of), PageRequest(limit=LIMIT, after=after)
        ):
            found += rows
            after = rows[-1][1:]
            if len(found) >= len(changed.found[q]):
                break
    assert found[: len(changed.found[q])] == changed.found[q]
    assert found


@settings(deadline=None, max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    st.sampled_from(FREQUENT),
    st.sampled_from(["followers", "-followers", "name", "-updated_at", "created_at", "-id", "opened_on"]),
    st.sampled_from([{}, {"platform": Selection(("weibo",))}, {"status": Selection(("active",))}]),
    st.integers(0, 120),
    st.integers(1, LIMIT),
    st.sampled_from(["now", "then"]),
)
def test_any_page_in_any_order_is_that_of_all_matches_sorted(
    changed: ChangedRegistry, q: str, sort: str, selections: dict[str, Selection], first: int, limit: int, when: str
) -> None:
    order = Order.by([sort])
    account_filter = Filter(
        search=changed.searches[q], values=selections, as_of=changed.as_of if when == "then" else None
    )
    with changed.database.read() as conn:
        before = select_by_sort(conn, account_filter, order, PageRequest(limit=first)) if first else []
        page = PageRequest(limit=limit, after=before[-1][1:] if before else None, highlight=True)
        assert select_accounts(conn, account_filter, order, page) == select_by_sort(conn, account_filter, order, page)


@pytest.mark.parametrize("q", FREQUENT)
@pytest.mark.parametrize("when", ["now", "then"])
def test_what_many_match_is_read_in_order_and_not_found_whole(changed: ChangedRegistry, q: str, when: str) -> None:
    account_filter = Filter(search=changed.searches[q], as_of=changed.as_of if when == "then" else None)
    order, page = Order.by(["-followers"]), PageRequest(limit=LIMIT)
    with changed.database.read() as conn:
        scanned = select_by_index_scan(conn, account_filter, order, page)
        assert scanned is not None
        assert scanned == select_by_sort(conn, account_filter, order, page)


def test_what_few_match_or_the_filter_leaves_is_found_whole(changed: ChangedRegistry) -> None:
    order, page = Order.by(["-followers"]), PageRequest(limit=LIMIT)
    rare = plan_query(changed.database, "chengduga-sample-1")
    education = Filter(search=changed.searches["公安"], values={"department_type": Selection(("education",))})
    with changed.database.read() as conn:
        assert select_by_index_scan(conn, Filter(search=rare), order, page) is None
        assert select_by_index_scan(conn, education, order, page) is None
        assert select_accounts(conn, education, order, page) == select_by_sort(conn, education, order, page)


def test_the_groups_of_a_search_are_all_its_rules_in_order(changed: ChangedRegistry) -> None:
    for search in changed.searches.values():
        rules = [rule for first, last, _ in search.groups for rule in range(first, last + 1)]
        assert rules == list(range(len(search.tiers)))
        assert [only(search, rule) for rule in rules] == list(search.index_queries)


def only(search: QueryPlan, rule: int) -> str | None:
    """Return the index query of one tier alone."""
    alone = search.restricted_to(rule, rule)
    assert all(asked is None for place, asked in enumerate(alone.index_queries) if place != rule)
    assert alone.tiers == search.tiers
    return alone.index_queries[rule]


def test_the_order_of_a_search_is_the_same_then_whatever_is_shown(changed: ChangedRegistry) -> None:
    search = changed.searches["公安"]
    with changed.database.read() as conn:
        rows = select_accounts(
            conn, Filter(search=search, as_of=changed.as_of), RELEVANCE, PageRequest(limit=5, fields=("id",))
        )
    assert [row[-1] for row in rows] == [row[-1] for row in changed.found["公安"][:5]]
    assert rows[0][0].decode() == f'{{"id":"{rows[0][-1]}"}}'
    assert replace(search, accounts=0).max_estimate == search.max_estimate


def test_accounts_whose_followers_are_not_known_are_not_read_in_the_order_of_followers(
    sample_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """They all have one place in it: reading the first of them means reading all."""
    found_whole = []

    def note(
        conn: psycopg.Connection[Any], account_filter: Filter, page: PageRequest, first: int, last: int
    ) -> list[Row]:
        found_whole.append((first, last))
        return select_tiers_by_sort(conn, account_filter, page, first, last)

    monkeypatch.setattr(search_queries, "select_tiers_by_sort", note)
    database = Database(sample_url, statement_timeout_ms=20_000)
    with psycopg.connect(sample_url, autocommit=True) as conn:
        with conn.transaction():
            begin_revision(conn, actor="test", reason="followers are not known")
            conn.execute("UPDATE account_followers SET followers = NULL, followers_at = NULL")
            conn.execute("UPDATE accounts SET status = 'dormant'")
            conn.execute("UPDATE accounts SET status = 'active'")
        as_of = select_point_in_time(conn, database.revision)
        search = plan_query(database, "公安")
        groups = [(first, last) for first, last, is_walked in search.groups if is_walked]
        found = select_by_relevance(conn, Filter(search=search), search.parameters, PageRequest(limit=LIMIT))
        assert select_by_relevance_as_of(conn, Filter(search=search, as_of=as_of), PageRequest(limit=LIMIT)) == found
    database.close()
    assert groups
    assert set(groups) <= set(found_whole)

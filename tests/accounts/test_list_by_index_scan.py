"""Reading accounts in order until enough of them match must give what finding all matches gives."""

from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import psycopg
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from directory.accounts import list_by_index_scan
from directory.accounts.filters import Filter
from directory.accounts.list_by_index_scan import select_ranked, select_walked
from directory.accounts.list_by_sort import select_group, select_matches
from directory.accounts.page_request import Part
from directory.accounts.queries import select_accounts, select_found
from directory.accounts.sorts import CLOSENESS, Order
from directory.database.connections import Database
from directory.database.point_in_time import PointInTime, select_point_in_time
from directory.database.revisions import begin_revision
from directory.http.fields import Selection
from directory.regions.reference import regions
from directory.sample.loading import load_sample
from directory.sample.places import list_places
from directory.sample.rows import generate
from directory.search.indexing import index_pending
from directory.search.query_plan import QueryPlan, plan_query
from tests.databases import copy_template, make_template

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


class Then:
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
                    """UPDATE accounts SET followers = coalesce(followers, 0) * 7 + 3, followers_at = now(),
                              name = CASE WHEN abs(hashtext(id)) % 5 = 0 THEN '别的名字' ELSE name END,
                              name_key = CASE WHEN abs(hashtext(id)) % 5 = 0 THEN '别的名字' ELSE name_key END
                        WHERE abs(hashtext(id)) % 3 = 0 OR abs(hashtext(id)) % 5 = 0"""
                )
                conn.execute("DELETE FROM accounts WHERE abs(hashtext(id)) % 97 = 0")
                index_pending(conn)
            found = select_point_in_time(conn, self.revision)
        assert found is not None
        self.as_of: PointInTime = found

    def page(self, wanted: Filter, limit: int, after: tuple[str, ...] | None = None) -> list[tuple[str, ...]]:
        """Give a page of a search of now, by its bands."""
        assert wanted.search is not None
        with self.database.read() as conn:
            return select_found(conn, wanted, wanted.search.parameters, Part(limit=limit, after=after))


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
def then(server_url: str, sample_template: str) -> Iterator[Then]:
    """Yield a changed registry of China's shape, with the planner's statistics of it before."""
    with copy_template(server_url, sample_template) as url:
        made = Then(url)
        yield made
        made.database.close()


@pytest.mark.parametrize("q", [*FREQUENT, *OTHERS])
def test_a_search_finds_as_of_then_what_it_found_then_page_after_page(then: Then, q: str) -> None:
    search, found = then.searches[q], []
    after = None
    with then.database.read() as conn:
        while rows := select_ranked(
            conn, Filter(search=search, as_of=then.as_of), search, Part(limit=LIMIT, after=after)
        ):
            found += rows
            after = rows[-1][1:]
            if len(found) >= len(then.found[q]):
                break
    assert found[: len(then.found[q])] == then.found[q]
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
    then: Then, q: str, sort: str, selections: dict[str, Selection], first: int, limit: int, when: str
) -> None:
    order = Order.by([sort])
    wanted = Filter(search=then.searches[q], selections=selections, as_of=then.as_of if when == "then" else None)
    with then.database.read() as conn:
        before = select_matches(conn, wanted, order, Part(limit=first)) if first else []
        part = Part(limit=limit, after=before[-1][1:] if before else None, marked=True)
        assert select_accounts(conn, wanted, order, part) == select_matches(conn, wanted, order, part)


@pytest.mark.parametrize("q", FREQUENT)
@pytest.mark.parametrize("when", ["now", "then"])
def test_what_many_match_is_read_in_order_and_not_found_whole(then: Then, q: str, when: str) -> None:
    wanted = Filter(search=then.searches[q], as_of=then.as_of if when == "then" else None)
    order, part = Order.by(["-followers"]), Part(limit=LIMIT)
    with then.database.read() as conn:
        walked = select_walked(conn, wanted, order, part)
        assert walked is not None
        assert walked == select_matches(conn, wanted, order, part)


def test_what_few_match_or_the_filter_leaves_is_found_whole(then: Then) -> None:
    order, part = Order.by(["-followers"]), Part(limit=LIMIT)
    rare = plan_query(then.database, "chengduga-sample-1")
    education = Filter(search=then.searches["公安"], selections={"department_type": Selection(("education",))})
    with then.database.read() as conn:
        assert select_walked(conn, Filter(search=rare), order, part) is None
        assert select_walked(conn, education, order, part) is None
        assert select_accounts(conn, education, order, part) == select_matches(conn, education, order, part)


def test_the_groups_of_a_search_are_all_its_rules_in_order(then: Then) -> None:
    for search in then.searches.values():
        rules = [rule for first, last, _ in search.groups for rule in range(first, last + 1)]
        assert rules == list(range(len(search.tiers)))
        assert [only(search, rule) for rule in rules] == list(search.index_queries)


def only(search: QueryPlan, rule: int) -> str | None:
    """Give what the index is asked for of one rule alone."""
    alone = search.restricted_to(rule, rule)
    assert all(asked is None for place, asked in enumerate(alone.index_queries) if place != rule)
    assert alone.tiers == search.tiers
    return alone.index_queries[rule]


def test_the_order_of_a_search_is_the_same_then_whatever_is_shown(then: Then) -> None:
    search = then.searches["公安"]
    with then.database.read() as conn:
        rows = select_accounts(conn, Filter(search=search, as_of=then.as_of), CLOSENESS, Part(limit=5, fields=("id",)))
    assert [row[-1] for row in rows] == [row[-1] for row in then.found["公安"][:5]]
    assert rows[0][0] == f'{{"id":"{rows[0][-1]}"}}'
    assert replace(search, accounts=0).max_estimate == search.max_estimate


def test_accounts_whose_followers_are_not_known_are_not_read_in_the_order_of_followers(
    sample_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """They all have one place in it: whoever reads the first of them reads all."""
    found_whole = []

    def note(conn: psycopg.Connection[Any], wanted: Filter, part: Part, first: int, last: int) -> list[tuple[str, ...]]:
        found_whole.append((first, last))
        return select_group(conn, wanted, part, first, last)

    monkeypatch.setattr(list_by_index_scan, "select_group", note)
    database = Database(sample_url, statement_timeout_ms=20_000)
    with psycopg.connect(sample_url, autocommit=True) as conn:
        with conn.transaction():
            begin_revision(conn, actor="test", reason="followers are not known")
            conn.execute("UPDATE accounts SET followers = NULL, followers_at = NULL")
        as_of = select_point_in_time(conn, database.revision)
        search = plan_query(database, "公安")
        groups = [(first, last) for first, last, is_walked in search.groups if is_walked]
        found = select_found(conn, Filter(search=search), search.parameters, Part(limit=LIMIT))
        assert select_ranked(conn, Filter(search=search, as_of=as_of), search, Part(limit=LIMIT)) == found
    database.close()
    assert groups
    assert set(groups) <= set(found_whole)

"""Pages of a search, and the choice of the query that reads a page (see the table in directory.accounts.queries)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import TYPE_CHECKING, Any, Final

from directory.accounts.queries.index_scan import select_by_index_scan, select_tier_by_index_scan
from directory.accounts.queries.list import (
    PageRequest,
    Row,
    WhereClause,
    record_json,
    select_by_sort,
    select_tiers_by_sort,
)
from directory.accounts.sorts import RELEVANCE, Order
from directory.database.point_in_time import ACCOUNT_RECORDS
from directory.database.prepared_statements import fetch_prepared
from directory.database.sql import Fragment, compose
from directory.search.queries import SEARCH_PAGE

if TYPE_CHECKING:
    from psycopg import Connection

    from directory.accounts.parameters import Filter

# How many matches are post-filtered at once, if those before did not fill the page. Beyond 4,200 in all, all
# matches are found, filtered and sorted.
_POST_FILTERED: Final = (200, 800, 3200)


def select_accounts(conn: Connection[Any], account_filter: Filter, order: Order, page: PageRequest) -> list[Row]:
    """Return a page of the list, by the query that reads the least for it."""
    search = account_filter.search
    if search is None:
        return select_by_sort(conn, account_filter, order, page)
    if order.is_by_relevance and account_filter.as_of is not None:
        return select_by_relevance_as_of(conn, account_filter, page)
    if order.is_by_relevance and account_filter.is_answered_by_search:
        return select_by_relevance(conn, account_filter, search.parameters, page)
    if order.is_by_relevance:
        rows = select_by_relevance_post_filtered(conn, account_filter, search.parameters, page)
    else:
        rows = select_by_index_scan(conn, account_filter, order, page)
    return rows if rows is not None else select_by_sort(conn, account_filter, order, page)


def select_by_relevance(
    conn: Connection[Any], account_filter: Filter, search_parameters: Mapping[str, object], page: PageRequest
) -> list[Row]:
    """Return a page of a search of now by relevance, for a filter that the search index can answer.

    It reads little more than the page, however many accounts match.
    """
    parameters = _relevance_parameters(account_filter, search_parameters, page)
    statement = _relevance_statement(record_json(page.fields), highlight=page.highlight)
    return fetch_prepared(conn, statement, parameters, first_as_bytes=True)


def select_by_relevance_post_filtered(
    conn: Connection[Any], account_filter: Filter, search_parameters: Mapping[str, object], page: PageRequest
) -> list[Row] | None:
    """Return a page of a search of now by relevance, its matches filtered in their order.

    For filters that the search index cannot answer; None where some thousand matches do not fill the page.
    """
    where = WhereClause.of(replace(account_filter, search=None))
    # A match that the filter excludes is returned without its JSON: the next step starts after it.
    statement = _relevance_statement(
        compose("CASE WHEN {} THEN {} END", where.filter_expression(), record_json(page.fields)),
        highlight=page.highlight,
    )
    matches: list[Row] = []
    after = page.after
    for limit in _POST_FILTERED:
        parameters = _relevance_parameters(account_filter, search_parameters, replace(page, limit=limit, after=after))
        rows = fetch_prepared(conn, statement, parameters | where.parameters, first_as_bytes=True)
        matches += [row for row in rows if row[0] is not None]
        if len(matches) >= page.limit or len(rows) < limit:
            return matches[: page.limit]
        after = rows[-1][1 : 1 + len(RELEVANCE.keys)]
    return None


def select_by_relevance_as_of(conn: Connection[Any], account_filter: Filter, page: PageRequest) -> list[Row]:
    """Return a page of a search by relevance at a point in time, group by group of its tiers.

    Of an earlier state there are no bands of followers to read from, as `search_page` has them of the current one.
    """
    search = account_filter.search
    if search is None:
        return []
    start = int(str(RELEVANCE.parse_cursor(page.after)[0])) if page.after is not None else -1
    rows: list[Row] = []
    for first, last, has_many in search.groups:
        # A group before the cursor, or one for which the search has no terms.
        if last < start or not any(search.index_queries[first : last + 1]):
            continue
        rest = replace(page, limit=page.limit - len(rows), after=page.after if first <= start else None)
        tiers = replace(account_filter, search=search.restricted_to(first, last))
        found = select_tier_by_index_scan(conn, tiers, first, rest) if has_many else None
        rows += found if found is not None else select_tiers_by_sort(conn, tiers, rest, first, last)
        if len(rows) == page.limit:
            break
    return rows


def _relevance_statement(shown: Fragment, *, highlight: bool) -> Fragment:
    # The order is repeated, because a join need not keep that of a function.
    return compose(
        """SELECT {}, p.tier::text, p.followers::text, p.status_rank::text, p.name_length::text, p.account_id{}
  FROM {} AS p
  JOIN {} ON accounts.id = p.account_id
 ORDER BY p.tier, p.followers DESC, p.status_rank, p.name_length, p.account_id""",
        shown,
        compose(", p.tier::text, accounts.document" if highlight else ""),
        SEARCH_PAGE,
        ACCOUNT_RECORDS,
    )


def _relevance_parameters(
    account_filter: Filter, search_parameters: Mapping[str, object], page: PageRequest
) -> dict[str, object]:
    parameters = {**search_parameters, "facet_filter": account_filter.search_facets, "limit": page.limit}
    if page.after is not None:
        cursor = RELEVANCE.parse_cursor(page.after)
        parameters |= zip(("tier", "followers", "status_rank", "name_length", "id"), cursor, strict=True)
    return parameters

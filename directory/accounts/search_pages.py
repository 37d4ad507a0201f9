"""Pages of a search: expanded by fuzzy tiers where it has few matches, with words left out where it has none."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from directory.accounts.queries.list import PageRequest, Row
from directory.accounts.queries.search import select_accounts, select_by_relevance
from directory.accounts.sorts import RELEVANCE, Order
from directory.http.problems import InvalidCursor
from directory.search.query_plan import add_fuzzy_tiers, plan_query
from directory.search.relaxation import relax_query, split_added_words
from directory.search.tiers import FEW, FIRST_FUZZY, are_few

if TYPE_CHECKING:
    from psycopg import Connection

    from directory.accounts.parameters import Filter
    from directory.database.connections import Database
    from directory.search.query_plan import QueryPlan

_FIRST_MATCHES = PageRequest(limit=FEW, fields=("id",))


def select_search_page(
    database: Database,
    conn: Connection[Any],
    account_filter: Filter,
    order: Order,
    page: PageRequest,
    *,
    is_alone: bool,
) -> tuple[list[Row], Filter]:
    """Return a page of a search, and the filter that it is of: expanded or relaxed where need be.

    `is_alone`: nothing is counted besides, so that no more has to be found than the page.
    Raises InvalidCursor where the cursor names words that the search does not have.
    """
    account_filter, page = _drop_words_of_cursor(database, account_filter, order, page)

    def select(tried: Filter) -> tuple[list[Row], Filter]:
        if is_alone and order.is_by_relevance and tried.is_answered_by_search:
            return select_relevance_page(database, conn, tried, page)
        return _select_page(database, conn, tried, order, page)

    # Relaxed only on the first page: later ones have the words that were left out in their cursor.
    rows, shown = select(account_filter)
    if rows or page.after is not None or (relaxed := find_relaxed(database, conn, shown)) is None:
        return rows, shown
    return select(relaxed)


def select_relevance_page(
    database: Database, conn: Connection[Any], account_filter: Filter, page: PageRequest
) -> tuple[list[Row], Filter]:
    """Return a page by relevance that the search index can answer, and its filter; expanded only where the page ends.

    The fuzzy tiers come after the others, so a page that the others fill is the same with and without them.
    """
    search = account_filter.search
    if search is None:
        return [], account_filter
    if page.after is not None and RELEVANCE.parse_cursor(page.after) and int(str(page.after[0])) >= FIRST_FUZZY:
        expanded = add_fuzzy_tiers(database, account_filter.search_text)
        rows = select_by_relevance(conn, account_filter, expanded.fuzzy_parameters, page)
        return rows, replace(account_filter, search=expanded)
    rows = select_by_relevance(conn, account_filter, search.parameters, page)
    if len(rows) == page.limit:
        return rows, account_filter
    first = rows
    if page.after is not None:
        first = select_by_relevance(conn, account_filter, search.parameters, PageRequest(limit=FEW))
    if not are_few(_tiers(first)):
        return rows, account_filter
    # Fuzzy tiers are planned only now: most searches never need them.
    expanded = add_fuzzy_tiers(database, account_filter.search_text)
    rest = replace(page, limit=page.limit - len(rows), after=None)
    rows = [*rows, *select_by_relevance(conn, account_filter, expanded.fuzzy_parameters, rest)]
    return rows, replace(account_filter, search=expanded)


def _select_page(
    database: Database, conn: Connection[Any], account_filter: Filter, order: Order, page: PageRequest
) -> tuple[list[Row], Filter]:
    """Return a page in any order, and the filter that it is of: expanded if it has few matches."""
    if not order.is_by_relevance or page.after is not None or page.limit < FEW:
        account_filter, _ = _expand_if_few(database, conn, account_filter)
        return select_accounts(conn, account_filter, order, page), account_filter
    # The first page by relevance shows by itself whether there are few matches.
    rows = select_accounts(conn, account_filter, order, page)
    if are_few(_tiers(rows)):
        account_filter = replace(account_filter, search=add_fuzzy_tiers(database, account_filter.search_text))
        rows = select_accounts(conn, account_filter, order, page)
    return rows, account_filter


def expand_search_if_few(database: Database, account_filter: Filter) -> Filter:
    """Return the filter with its search expanded if it has few matches, relaxed if it has none.

    For what needs all matches at once, as downloads do.
    """
    if account_filter.search is None:
        return account_filter
    with database.read() as conn:
        expanded, has_matches = _expand_if_few(database, conn, account_filter)
        relaxed = None if has_matches else find_relaxed(database, conn, account_filter)
        return _expand_if_few(database, conn, relaxed)[0] if relaxed is not None else expanded


def _expand_if_few(database: Database, conn: Connection[Any], account_filter: Filter) -> tuple[Filter, bool]:
    """Return the filter with its search expanded if it has few matches, and whether it has any."""
    first = select_accounts(conn, account_filter, RELEVANCE, _FIRST_MATCHES)
    if not are_few(_tiers(first)):
        return account_filter, True
    expanded = replace(account_filter, search=add_fuzzy_tiers(database, account_filter.search_text))
    return expanded, bool(first or select_accounts(conn, expanded, RELEVANCE, PageRequest(limit=1, fields=("id",))))


def find_relaxed(database: Database, conn: Connection[Any], account_filter: Filter) -> Filter | None:
    """Return the filter with words left out of a search without matches; None where that does not help."""
    if account_filter.search is None:
        return None

    def count(search: QueryPlan, most: int) -> int:
        page = PageRequest(limit=most, fields=("id",))
        return len(select_accounts(conn, replace(account_filter, search=search), RELEVANCE, page))

    relaxed = relax_query(database, account_filter.search.query, count)
    if relaxed is None:
        return None
    search = plan_query(database, relaxed.text)
    return replace(account_filter, search=search, search_text=relaxed.text, dropped=relaxed.dropped)


def _drop_words_of_cursor(
    database: Database, account_filter: Filter, order: Order, page: PageRequest
) -> tuple[Filter, PageRequest]:
    """Return the filter as the page before had it, and the page without the words in its cursor.

    The words that a page left out are the last value of its cursor.
    """
    if account_filter.search is None or page.after is None or len(page.after) <= len(order.keys):
        return account_filter, page
    *after, words = page.after
    dropped = tuple(str(words).split())
    parsed = split_added_words(account_filter.search.query)
    if not dropped or not set(dropped) <= set(parsed.words) or len(parsed.words) + len(parsed.phrases) <= len(dropped):
        raise InvalidCursor("The cursor is of another search.")
    text = parsed.text_without(dropped)
    search = plan_query(database, text)
    return replace(account_filter, search=search, search_text=text, dropped=dropped), replace(page, after=after)


def _tiers(rows: Sequence[Row]) -> list[int]:
    """Return the tiers by which rows matched: behind the JSON the first value of this order."""
    return [int(row[1]) for row in rows]

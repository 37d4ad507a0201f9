"""Searches that many accounts match, read from an index in the order of the list.

To find all matches and sort them costs as much as all of them, however few are shown. Here accounts are read in the
order of the list and compared with the search, until enough of them match. A search of now by relevance has bands for
that instead (see `search_page`).
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any, Final

from directory.accounts.queries.list import PageRequest, Row, WhereClause, search_parameters, select_list
from directory.accounts.sorts import RELEVANCE, Key
from directory.database.point_in_time import account_records, with_clause
from directory.database.prepared_statements import fetch_planned
from directory.database.sql import Fragment, compose, join, number_literal

if TYPE_CHECKING:
    from collections.abc import Sequence

    from psycopg import Connection

    from directory.accounts.parameters import Filter
    from directory.accounts.sorts import Order
    from directory.search.query_plan import QueryPlan

# To compare an account with a search costs as much as to find and sort so many matches.
_COST: Final = 3
# So many times more accounts are scanned than should be needed, before all matches are found and sorted after all.
_PATIENCE: Final = 4
_FOLLOWER_BAND, _STATUS_RANK = (key for key, _ in RELEVANCE.keys[1:3])
# What comes after a cursor by relevance, within one tier.
_AFTER: Final = compose(
    """(key_0 < %(after_1)s::bigint OR (key_0 = %(after_1)s::bigint
        AND (key_1, tested.name_length, scanned.id)
            > (%(after_2)s::integer, %(after_3)s::integer, %(after_4)s::text)))"""
)
_HITS: Final = """(SELECT scanned.*, tested.tier, tested.name_length
          FROM ({}) AS scanned
         CROSS JOIN LATERAL (
               SELECT s.name_length, search_tier(s.terms, s.texts, %(q_terms)s::tsquery[], %(q_checks)s::text[]) AS tier
                 FROM account_search AS s
                WHERE s.account_id = scanned.id
                  AND s.terms @@ search_any_tier(%(q)s::tsquery[])
                  AND (%(q_never)s::text IS NULL OR s.texts !~ %(q_never)s)
               -- Without OFFSET 0 the planner computes the tier twice, or joins all accounts at once.
               OFFSET 0) AS tested
         WHERE tested.tier IS NOT NULL
           AND {}
         ORDER BY {}
         LIMIT {}) AS hits"""


def select_by_index_scan(
    conn: Connection[Any], account_filter: Filter, order: Order, page: PageRequest
) -> list[Row] | None:
    """Return a page of a search that many accounts match, in an order other than relevance.

    None where too few seem to match for this to pay, or the page is not full after many accounts.
    """
    search = account_filter.search
    if search is None or (most := _max_scanned(search, page.limit)) is None:
        return None
    where = WhereClause.of(replace(account_filter, search=None), order=order)
    where.start_after(page.after, order)
    keys = [key for key, _ in order.keys]
    by = join(
        ", ",
        (
            compose("key_{} DESC" if descending else "key_{}", number_literal(position))
            for position, (_, descending) in enumerate(order.keys)
        ),
    )
    hits = compose(_HITS, _scan(where, keys, by), compose("true"), by, number_literal(page.limit))
    where.parameters |= {**search_parameters(search), "most": most}
    return _select_full_page(conn, where, hits, order, page)


def select_tier_by_index_scan(
    conn: Connection[Any], account_filter: Filter, tier: int, page: PageRequest
) -> list[Row] | None:
    """Return a page of a search by relevance, of what matches by one tier; None as `select_by_index_scan`.

    `account_filter.search` is for this tier alone: see `QueryPlan.restricted_to`.
    """
    search = account_filter.search
    if search is None or (most := _max_scanned(search, page.limit)) is None:
        return None
    where = WhereClause.of(replace(account_filter, search=None))
    # Accounts whose followers are not known all have one place in the index. They may be all accounts, and would be
    # read at once.
    where.add(compose("{} >= 0", _FOLLOWER_BAND.expression), {})
    where.parameters |= {**search_parameters(search), "most": most}
    matches = compose("tested.tier = {}", number_literal(tier))
    if page.after is not None:
        # The index is entered at the cursor's band of followers; which accounts of it come after is compared later.
        _, values = RELEVANCE.after(page.after)
        where.add(compose("{} <= %(after_1)s::bigint", _FOLLOWER_BAND.expression), values)
        matches = compose("{} AND {}", matches, _AFTER)
    scan = _scan(where, [_FOLLOWER_BAND, _STATUS_RANK], compose("key_0 DESC"))
    by = compose("key_0 DESC, key_1, tested.name_length, scanned.id")
    hits = compose(_HITS, scan, matches, by, number_literal(page.limit))
    return _select_full_page(conn, where, hits, RELEVANCE, page)


def _max_scanned(search: QueryPlan, limit: int) -> int | None:
    """Return how many accounts to scan for so many matches; None where to find all matches should cost less."""
    matches = search.max_estimate
    if matches * matches <= _COST * limit * search.accounts:
        return None
    return int(_PATIENCE * limit * search.accounts / matches)


def _scan(where: WhereClause, keys: Sequence[Key], order: Fragment) -> Fragment:
    """Return the query of the first `most` accounts of an index, and all that tie with the last one."""
    return compose(
        """SELECT accounts.id, {}
                  FROM {}{}
                 ORDER BY {}
                 FETCH FIRST (%(most)s::bigint) ROWS WITH TIES""",
        join(", ", (compose("{} AS key_{}", key.expression, number_literal(n)) for n, key in enumerate(keys))),
        account_records(where.as_of),
        where.where(),
        order,
    )


def _select_full_page(
    conn: Connection[Any], where: WhereClause, hits: Fragment, order: Order, page: PageRequest
) -> list[Row] | None:
    """Return the rows of hits; None if the page is not full: there may be more matches beyond what was scanned."""
    statement = compose(
        "{}SELECT {}\n  FROM {}\n  JOIN {} ON accounts.id = hits.id\n {}",
        with_clause(where.as_of, "accounts", "account_search"),
        select_list(page, order),
        hits,
        account_records(where.as_of),
        order.order_by(),
    )
    rows = fetch_planned(conn, statement, where.parameters, first_as_bytes=True)
    return rows if len(rows) == page.limit else None

"""Searches that many accounts match, by an index that gives the order of the list.

To find all matches and sort them costs what all of them cost, however few are shown. So accounts are read in the order
of the list instead and held against the search, until enough of them match. A search of what is now, in its own order,
has bands for that (see `search_page`); every other one is read so, and whatever it is as of then.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any, Final

from directory.accounts.list_by_sort import select_group
from directory.accounts.page_request import Part, columns
from directory.accounts.sorts import CLOSENESS, Key
from directory.accounts.where_clause import Where, search_parameters
from directory.database.point_in_time import with_clause
from directory.database.sql import Fragment, compose, join, number_literal

if TYPE_CHECKING:
    from collections.abc import Sequence

    from psycopg import Connection

    from directory.accounts.filters import Filter
    from directory.accounts.sorts import Order
    from directory.search.query_plan import QueryPlan

# To hold an account against a search costs as much as to find and sort so many matches.
_COST: Final = 3
# So many times more accounts are read than should be needed, before the matches are found in the other way after all.
_PATIENCE: Final = 4
_REACH, _STANDING = (key for key, _ in CLOSENESS.keys[1:3])
# What comes after a place in the order of a search, within one rule.
_AFTER: Final = compose(
    """(key_0 < %(after_1)s::bigint OR (key_0 = %(after_1)s::bigint
        AND (key_1, held.name_length, walked.id) > (%(after_2)s::integer, %(after_3)s::integer, %(after_4)s::text)))"""
)


def select_walked(conn: Connection[Any], wanted: Filter, order: Order, part: Part) -> list[tuple[str, ...]] | None:
    """Give what `select_accounts` gives of a search that many match, in an order that is not its own.

    None where too few seem to match for this way, or the part is not full after many accounts.
    """
    if wanted.search is None or (most := _patience(wanted.search, part.limit)) is None:
        return None
    where = Where.of(replace(wanted, search=None))
    where.begin_after(part.after, order)
    keys = [key for key, _ in order.keys]
    by = join(
        ", ",
        (compose("key_{} DESC" if down else "key_{}", number_literal(at)) for at, (_, down) in enumerate(order.keys)),
    )
    hits = _hold(_walk(where, keys, by), compose("true"), by, part.limit)
    where.parameters |= {**search_parameters(wanted.search), "most": most}
    return _select(conn, where, hits, order, part)


def select_ranked(conn: Connection[Any], wanted: Filter, search: QueryPlan, part: Part) -> list[tuple[str, ...]]:
    """Give what `select_accounts` gives of a search in its own order as of then: group by group of its rules."""
    place = CLOSENESS.read(part.after) if part.after is not None else [-1]
    rows: list[tuple[str, ...]] = []
    for first, last, is_walked in search.groups:
        if last < int(str(place[0])) or not any(search.index_queries[first : last + 1]):
            continue
        rest = replace(part, limit=part.limit - len(rows), after=part.after if first <= int(str(place[0])) else None)
        only = search.restricted_to(first, last)
        found = _select_rule(conn, wanted, only, first, rest) if is_walked else None
        if found is None:
            found = select_group(conn, replace(wanted, search=only), rest, first, last)
        rows += found
        if len(rows) == part.limit:
            break
    return rows


def _select_rule(
    conn: Connection[Any], wanted: Filter, search: QueryPlan, rule: int, part: Part
) -> list[tuple[str, ...]] | None:
    """Give what matches by one rule, in the order of a search; None as `select_walked` does."""
    if (most := _patience(search, part.limit)) is None:
        return None
    where, asked = Where.of(replace(wanted, search=None)), compose("held.tier = {}", number_literal(rule))
    # Of how many people those reach whose followers are not known is alike: they may be all, and are not read so.
    where.add(compose("{} >= 0", _REACH.expression), {})
    where.parameters |= {**search_parameters(search), "most": most}
    if part.after is not None:
        # The index is entered at as many followers; which of those come after is told when they are read.
        _, values = CLOSENESS.after(part.after)
        where.add(compose("{} <= %(after_1)s::bigint", _REACH.expression), values)
        asked = compose("{} AND {}", asked, _AFTER)
    walked = _walk(where, [_REACH, _STANDING], compose("key_0 DESC"))
    hits = _hold(walked, asked, compose("key_0 DESC, key_1, held.name_length, walked.id"), part.limit)
    return _select(conn, where, hits, CLOSENESS, part)


def _patience(search: QueryPlan, limit: int) -> int | None:
    """Give how many accounts to read for so many matches; None where to find all matches should cost less."""
    matches = search.max_estimate
    if matches * matches <= _COST * limit * search.accounts:
        return None
    return int(_PATIENCE * limit * search.accounts / matches)


def _walk(where: Where, keys: Sequence[Key], order: Fragment) -> Fragment:
    """Give the query of the first `most` accounts in the order of an index, and all that share the last one's place."""
    return compose(
        "SELECT accounts.id, {} FROM accounts {} ORDER BY {} FETCH FIRST (%(most)s::bigint) ROWS WITH TIES",
        join(", ", (compose("{} AS key_{}", key.expression, number_literal(place)) for place, key in enumerate(keys))),
        where.clause(),
        order,
    )


def _hold(walked: Fragment, asked: Fragment, order: Fragment, limit: int) -> Fragment:
    """Give the query of what of the accounts read matches the search, until there are enough."""
    return compose(
        """(SELECT walked.*, held.tier, held.name_length
              FROM ({}) AS walked
             CROSS JOIN LATERAL (
                   SELECT s.name_length,
                          search_tier(s.terms, s.texts, %(q_terms)s::tsquery[], %(q_checks)s::text[]) AS tier
                     FROM account_search AS s
                    WHERE s.account_id = walked.id AND s.terms @@ search_any_tier(%(q)s::tsquery[])
                      AND (%(q_never)s::text IS NULL OR s.texts !~ %(q_never)s)
                   -- So that the tier is told once, and an account is looked up when its turn comes.
                   OFFSET 0) AS held
             WHERE held.tier IS NOT NULL AND {}
             ORDER BY {} LIMIT {}) AS hits""",
        walked,
        asked,
        order,
        number_literal(limit),
    )


def _select(
    conn: Connection[Any], where: Where, hits: Fragment, order: Order, part: Part
) -> list[tuple[str, ...]] | None:
    """Give the rows of hits; None if there are fewer than are wanted."""
    statement = compose(
        "{}SELECT {} FROM {} JOIN accounts ON accounts.id = hits.id {}",
        with_clause(where.as_of, "accounts", "account_search"),
        columns(part, order),
        hits,
        order.order_by(),
    )
    rows = conn.execute(statement, where.parameters, prepare=False).fetchall()
    return rows if len(rows) == part.limit else None

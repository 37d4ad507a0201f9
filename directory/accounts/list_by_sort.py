"""All that matches a filter, put in order: by an index where one gives the order, else sorted."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from directory.accounts.page_request import Part, columns
from directory.accounts.sorts import CLOSENESS
from directory.accounts.where_clause import Where
from directory.database.prepared_statements import fetch_prepared
from directory.database.sql import Fragment, compose, number_literal

if TYPE_CHECKING:
    from psycopg import Connection

    from directory.accounts.filters import Filter
    from directory.accounts.sorts import Order

_BY_RULES: Final = compose("hits.tier BETWEEN %(first_rule)s::integer AND %(last_rule)s::integer")


def select_matches(conn: Connection[Any], wanted: Filter, order: Order, part: Part) -> list[tuple[str, ...]]:
    """Give a part of the list as `select_accounts` does."""
    where = Where.of(wanted)
    where.begin_after(part.after, order)
    # A literal: the plan of a prepared statement must know how few rows are wanted.
    statement = _write(where, order, part, number_literal(part.limit))
    # Where one index gives the very order, one plan is good for all values. Elsewhere it depends on the values: a
    # plan made without them walks the wrong index, or sorts a whole province.
    is_plain = wanted.is_empty or (wanted.is_one_platform and order.is_by_followers)
    if is_plain and order.is_single and wanted.as_of is None:
        return fetch_prepared(conn, statement, where.parameters)
    return conn.execute(statement, where.parameters, prepare=False).fetchall()


def select_group(conn: Connection[Any], wanted: Filter, part: Part, first: int, last: int) -> list[tuple[str, ...]]:
    """Give a part of a search in its own order as `select_accounts` does, of what matches by rules `first` to `last`.

    `wanted.search` is for those rules alone: see `Search.only`.
    """
    where = Where.of(wanted)
    where.begin_after(part.after, CLOSENESS)
    where.add(_BY_RULES, {"first_rule": first, "last_rule": last, "limit": part.limit})
    # Whatever is sought, what is found is looked up and sorted; to plan that as of then takes longer than to do it.
    where.is_planned_once = wanted.is_search_alone
    statement = _write(where, CLOSENESS, part, compose("%(limit)s::integer"))
    if where.is_planned_once:
        return fetch_prepared(conn, statement, where.parameters)
    return conn.execute(statement, where.parameters, prepare=False).fetchall()


def _write(where: Where, order: Order, part: Part, limit: Fragment) -> Fragment:
    return compose(
        "{}SELECT {} FROM {} {} {} LIMIT {}",
        where.opening(),
        columns(part, order),
        where.rows(),
        where.clause(),
        order.order_by(),
        limit,
    )

"""All that matches a filter, put in order: by an index where one gives the order, else sorted."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from directory.accounts.conditions import Where
from directory.accounts.parts import Part, document
from directory.prepared import fetch
from directory.statements import number, write

if TYPE_CHECKING:
    from psycopg import Connection

    from directory.accounts.filters import Filter
    from directory.accounts.sorts import Order


def select_matches(
    conn: Connection[Any], wanted: Filter, order: Order, part: Part, rules: tuple[int, int] | None = None
) -> list[tuple[str, ...]]:
    """Give a part of the list as `select_accounts` does.

    Of a search only what matches by one of the `rules` from the first to the last, where they are given.
    """
    where = Where.of(wanted)
    if part.after is not None:
        where.add(*order.after(part.after))
    if rules is not None:
        where.add(write("hits.tier BETWEEN {} AND {}", *map(number, rules)), {})
    if wanted.past is not None and order.newest_first is not None:
        # True of all that was there: so the index is entered behind all that came later.
        where.add(write("{} <= %(as_of_at)s", order.newest_first), {})
    statement = write(
        "{}SELECT {}, {}{} FROM {} {} {} LIMIT {}",
        where.opening(),
        document(part.fields),
        order.values(),
        write(", hits.tier::text, accounts.document" if part.marked else ""),
        where.rows(),
        where.clause(),
        order.order_by(),
        # A literal: the plan of a prepared statement must know how few rows are wanted.
        number(part.limit),
    )
    # Where one index gives the very order, one plan is good for all values. Elsewhere it depends on the values: a
    # plan made without them walks the wrong index, or sorts a whole province.
    is_plain = wanted.is_empty or (wanted.is_one_platform and order.is_by_followers)
    if is_plain and order.is_single and wanted.past is None:
        return fetch(conn, statement, where.parameters)
    return conn.execute(statement, where.parameters, prepare=False).fetchall()
